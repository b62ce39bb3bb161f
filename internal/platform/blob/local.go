package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// local is a directory on this machine. Names lie in 256 folders per first part,
// because directories of a million entries are slow.
type local struct{ *stage }

// place is where a name lies; the end of our ids is random.
func place(name string) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	dir, base := path.Split(name)
	if len(base) < 2 {
		return "", fmt.Errorf("blob: %q is too short", name)
	}
	stem := base[:len(base)-len(path.Ext(base))]
	return "files/" + dir + stem[len(stem)-2:] + "/" + base, nil
}

func (l *local) Put(_ context.Context, name string, s *Staged) error {
	at, err := place(name)
	if err != nil {
		return err
	}
	if err := s.Sync(); err != nil {
		return err
	}
	if err := l.makeDir(path.Dir(at)); err != nil {
		return err
	}
	if err := l.root.Rename(s.name, at); err != nil {
		return err
	}
	s.kept = true
	return l.syncDir(path.Dir(at))
}

// makeDir makes a directory that survives a power cut, with those above it.
func (l *local) makeDir(dir string) error {
	if st, err := l.root.Stat(dir); err == nil && st.IsDir() {
		return nil
	}
	if up := path.Dir(dir); up != "." {
		if err := l.makeDir(up); err != nil {
			return err
		}
	}
	if err := l.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return l.syncDir(path.Dir(dir))
}

func (l *local) syncDir(dir string) error {
	d, err := l.root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func (l *local) Open(_ context.Context, name string, size int64) (io.ReadSeekCloser, error) {
	at, err := place(name)
	if err != nil {
		return nil, err
	}
	f, err := l.root.Open(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	} else if err != nil {
		return nil, err
	}
	if st, err := f.Stat(); err != nil || st.Size() != size {
		f.Close()
		return nil, errors.Join(err, fmt.Errorf("blob: the file has not the %d bytes it should have", size))
	}
	return f, nil
}

func (l *local) Delete(_ context.Context, name string) error {
	at, err := place(name)
	if err != nil {
		return err
	}
	if err := l.root.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (l *local) Check(context.Context) error {
	s, err := l.Stage()
	if err != nil {
		return err
	}
	defer s.Discard()
	_, err = s.Write([]byte("x"))
	return err
}

var _ Store = (*local)(nil)

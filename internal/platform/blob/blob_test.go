package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/internal/platform/secret"
)

func bucketOf(t *testing.T, f *fakeS3, dir string) Store {
	t.Helper()
	s, err := Open(dir, "s3://files/sb/media?endpoint="+f.URL+"&region="+fakeRegion, Credentials{KeyID: fakeKey, Secret: secret.NewString(fakeSecret)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// onEach runs a test with a directory and with a bucket.
func onEach(t *testing.T, run func(t *testing.T, s Store, dir string)) {
	t.Run("local", func(t *testing.T) {
		dir := t.TempDir()
		s, err := Open(dir, "", Credentials{})
		if err != nil {
			t.Fatal(err)
		}
		run(t, s, dir)
	})
	t.Run("s3", func(t *testing.T) {
		dir := t.TempDir()
		run(t, bucketOf(t, newFakeS3(t), dir), dir)
	})
}

func put(t *testing.T, s Store, name string, data []byte) error {
	t.Helper()
	st, err := s.Stage()
	if err != nil {
		t.Fatal(err)
	}
	defer st.Discard()
	if _, err := st.Write(data); err != nil {
		t.Fatal(err)
	}
	return s.Put(t.Context(), name, st)
}

const name = "0190aaaa-0000-7000-8000-0000000000aa/0190aaaa-0000-7000-8000-0000000000bc"

func TestStore(t *testing.T) {
	onEach(t, func(t *testing.T, s Store, dir string) {
		if err := s.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, data := range [][]byte{{}, []byte("one"), bytes.Repeat([]byte("0123456789abcdef"), 20_000)} {
			if err := put(t, s, name, data); err != nil {
				t.Fatal(err)
			}
			r, err := s.Open(t.Context(), name, int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d bytes of %d: %v", len(got), len(data), err)
			}
			if end, err := r.Seek(0, io.SeekEnd); err != nil || end != int64(len(data)) {
				t.Error(end, err)
			}
			if len(data) > 3 {
				if _, err := r.Seek(5, io.SeekStart); err != nil {
					t.Fatal(err)
				}
				part := make([]byte, 7)
				if _, err := io.ReadFull(r, part); err != nil || string(part) != "56789ab" {
					t.Errorf("%q %v", part, err)
				}
			}
			r.Close()
			if _, err := s.Open(t.Context(), name, int64(len(data))+1); err == nil && len(data) > 0 {
				t.Error("a file of another size was opened")
			}
		}
		if err := put(t, s, name+".thumb", []byte("small")); err != nil {
			t.Error(err)
		}
		for range 2 {
			if err := s.Delete(t.Context(), name); err != nil {
				t.Error(err)
			}
		}
		if _, err := s.Open(t.Context(), name, 1); !errors.Is(err, ErrMissing) {
			t.Error(err)
		}
		left, err := fs.ReadDir(os.DirFS(dir), "tmp")
		if err != nil || len(left) > 0 {
			t.Error("left in tmp:", left, err)
		}
	})
}

// No name leads out of the store, and none that only looks like one of ours.
func TestNames(t *testing.T) {
	onEach(t, func(t *testing.T, s Store, _ string) {
		for _, n := range []string{"", "/", "a/..", "../a", "a/../../b", "/etc/passwd", "a//b", "a/.htaccess", "a/\u200b.htaccess", "A", "a b", "a\x00", "a\\b", strings.Repeat("a", 201)} {
			if err := put(t, s, n, nil); err == nil {
				t.Errorf("kept as %q", n)
			}
			if _, err := s.Open(t.Context(), n, 1); err == nil || errors.Is(err, ErrMissing) {
				t.Errorf("looked for %q: %v", n, err)
			}
			if err := s.Delete(t.Context(), n); err == nil {
				t.Errorf("deleted %q", n)
			}
		}
	})
}

// A process that died while gathering leaves nothing for ever.
func TestStagingIsSwept(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, "", Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	st, err := s.Stage()
	if err != nil {
		t.Fatal(err)
	}
	st.Close()
	at := filepath.Join(dir, st.name)
	if _, err := Open(dir, "", Credentials{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(at); err != nil {
		t.Error("what may still be gathered was swept:", err)
	}
	long := time.Now().Add(-2 * staleAfter)
	if err := os.Chtimes(at, long, long); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, "", Credentials{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) {
		t.Error("left over:", err)
	}
}

// A bucket that fails is an error, never a wrong file.
func TestBucketInTrouble(t *testing.T) {
	f := newFakeS3(t)
	s := bucketOf(t, f, t.TempDir())
	data := bytes.Repeat([]byte("x"), 5000)
	f.fail("503", "503", "503")
	if err := put(t, s, name, data); err == nil {
		t.Error("kept while the bucket refuses")
	}
	f.fail("503")
	if err := put(t, s, name, data); err != nil {
		t.Error("one 503 is not tried over:", err)
	}
	read := func() ([]byte, error) {
		r, err := s.Open(t.Context(), name, int64(len(data)))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	}
	for _, fault := range []string{"503", "wrong length", "half body", "half chunked"} {
		f.fail(fault)
		if got, err := read(); err == nil {
			t.Errorf("%s: read %d bytes", fault, len(got))
		}
	}
	f.fail("slow")
	if got, err := read(); err != nil || !bytes.Equal(got, data) {
		t.Error(len(got), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Open(ctx, name, int64(len(data))); err == nil || strings.Contains(err.Error(), "Signature") {
		t.Error(err)
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	b, err := Open(t.TempDir(), "s3://files?endpoint="+gone.URL, Credentials{KeyID: fakeKey, Secret: secret.NewString(fakeSecret)})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Check(t.Context()); err == nil {
		t.Error("nobody listens and the check passes")
	}
}

func TestParseURL(t *testing.T) {
	b, err := ParseURL("s3://files/a/b?endpoint=http://minio:9000&region=x")
	if err != nil || b.Name != "files" || b.Prefix != "a/b" || b.Endpoint.Host != "minio:9000" || b.Region != "x" {
		t.Error(b, err)
	}
	if b, err := ParseURL("s3://files"); err != nil || b.Endpoint.String() != "https://s3.us-east-1.amazonaws.com" {
		t.Error(b, err)
	}
	for _, bad := range []string{"files", "https://files", "s3://", "s3://a", "s3://key:secret@files", "s3://files?acl=public", "s3://files/../x", "s3://files?endpoint=minio:9000", "s3://files?endpoint=http://m/x"} {
		if _, err := ParseURL(bad); err == nil || !strings.Contains(err.Error(), "--media-url") || strings.Contains(err.Error(), "key:secret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

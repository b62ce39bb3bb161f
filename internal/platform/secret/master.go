package secret

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// MasterKey wraps the data keys. It is never stored with what they seal.
type MasterKey struct{ key [32]byte }

// String shows nothing of the key.
func (MasterKey) String() string { return redacted }

// GoString shows nothing of the key.
func (MasterKey) GoString() string { return redacted }

// MasterKeyEnv is the environment variable that holds the master key.
const MasterKeyEnv = "SWITCHBOARD_MASTER_KEY"

// ParseMasterKey reads 32 bytes in base64, with or without padding, standard or
// URL alphabet.
func ParseMasterKey(text string) (MasterKey, error) {
	t := strings.TrimRight(strings.TrimSpace(text), "=")
	b, err := base64.RawStdEncoding.DecodeString(t)
	if err != nil {
		b, err = base64.RawURLEncoding.DecodeString(t)
	}
	var k MasterKey
	if err != nil || len(b) != len(k.key) {
		// The text may be half a key: it must not appear in the error.
		return k, errors.New("a master key is 32 random bytes in base64; make one with: openssl rand -base64 32")
	}
	copy(k.key[:], b)
	return k, nil
}

// MasterKeySource says where the key comes from; the first that is given counts.
type MasterKeySource struct {
	Text    String // SWITCHBOARD_MASTER_KEY
	File    string // --master-key-file
	DataDir string // <data>/master.key, made at the first start
	Create  bool   // make the file in DataDir when it is not there
}

// LoadMasterKey finds the master key. made tells that it is new, so that the
// caller can say that it must be kept apart from backups.
func LoadMasterKey(src MasterKeySource) (key MasterKey, made bool, err error) {
	switch {
	case !src.Text.IsZero():
		key, err = ParseMasterKey(src.Text.Reveal())
		if err != nil {
			err = fmt.Errorf("%s: %w", MasterKeyEnv, err)
		}
		return key, false, err
	case src.File != "":
		key, err = readMasterKey(src.File)
		return key, false, err
	case src.DataDir == "":
		return key, false, errors.New("no master key: set " + MasterKeyEnv + " or --master-key-file to the same key on every node")
	}
	path := filepath.Join(src.DataDir, "master.key")
	key, err = readMasterKey(path)
	if !errors.Is(err, fs.ErrNotExist) || !src.Create {
		return key, false, err
	}
	if made, err = createMasterKey(path); err != nil {
		return key, false, err
	}
	key, err = readMasterKey(path) // what is on the disk counts, whoever wrote it
	return key, made, err
}

func readMasterKey(path string) (MasterKey, error) {
	st, err := os.Stat(path)
	if err != nil {
		return MasterKey{}, fmt.Errorf("master key: %w", err)
	}
	if st.Mode().Perm()&0o077 != 0 {
		return MasterKey{}, fmt.Errorf("master key: others may read %s; run: chmod 600 %s", path, path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return MasterKey{}, fmt.Errorf("master key: %w", err)
	}
	k, err := ParseMasterKey(string(b))
	if err != nil {
		return k, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// createMasterKey writes a new key so that it is there whole or not at all, and
// never over another one: a lost key is lost credentials.
func createMasterKey(path string) (made bool, err error) {
	var b [32]byte
	_, _ = rand.Read(b[:])                                        // never fails
	tmp, err := os.CreateTemp(filepath.Dir(path), ".master.key-") // 0600
	if err != nil {
		return false, fmt.Errorf("master key: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.WriteString(base64.StdEncoding.EncodeToString(b[:]) + "\n")
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return false, fmt.Errorf("master key: %w", err)
	}
	if err := os.Link(tmp.Name(), path); errors.Is(err, fs.ErrExist) {
		return false, nil // another process was faster
	} else if err != nil {
		return false, fmt.Errorf("master key: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return false, fmt.Errorf("master key: %w", err)
	}
	return true, errors.Join(dir.Sync(), dir.Close())
}

package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Names inside the data directory.
const (
	databaseFile   = "switchboard.db"
	mediaDirectory = "media"
	lockFile       = "serve.lock"
	openFile       = "open.lock"
)

// prepareDirectory makes the data directory and makes sure that it can be
// written, before anything half-made is left in it.
func prepareDirectory(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the data directory %s cannot be made: %w; choose another with --data", dir, reason(err))
	}
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return fmt.Errorf("the data directory %s cannot be written: %w; mend its permissions or choose another with --data", dir, reason(err))
	}
	f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return fmt.Errorf("the data directory %s cannot be written: %w; mend its permissions or choose another with --data", dir, reason(err))
	}
	return nil
}

// reason is an error without the path, which the sentence around it names.
func reason(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// lockDirectory keeps a second server away from a SQLite directory: two would
// each send what the other is sending. The operating system frees the lock when
// the process ends, however it ends.
func lockDirectory(dir string) (release func(), err error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the lock %s cannot be made: %w; mend the permissions of --data", path, reason(err))
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another switchboard serves %s; stop it, or give this one its own --data", dir)
		}
		return nil, fmt.Errorf("the directory %s cannot be locked: %w; put --data on a local disk", dir, err)
	}
	return func() { f.Close() }, nil
}

// lockOpening makes processes that open a SQLite directory take turns: two that
// find no schema at the same time would both make it. It is held for the time
// of opening only. (PostgreSQL has a lock of its own for this.)
func lockOpening(dir string) (release func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, openFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err == nil {
			return func() { f.Close() }, nil
		}
		f.Close()
	}
	return nil, fmt.Errorf("the directory %s cannot be locked: %w; put --data on a local disk", dir, reason(err))
}

package pgcluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// user is who runs the server: ourselves, or someone without privileges when
// we are root, which postgres refuses.
type user struct {
	uid, gid int
	switchTo bool
}

func serverUser() (user, error) {
	if os.Geteuid() != 0 {
		return user{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := osuser.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2); err != nil {
			return user{}, err
		}
		return user{uid: uid, gid: gid, switchTo: true}, nil
	}
	return user{}, errors.New("we are root, which postgres refuses, and there is neither a user postgres nor nobody to run it as")
}

// prepare makes a command run as the user, in dir and in a session of its own,
// so that an interrupt at the terminal reaches us and not the server.
func (u user) prepare(cmd *exec.Cmd, dir string) {
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if u.switchTo {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(u.uid), Gid: uint32(u.gid), NoSetGroups: false}
	}
}

func (u user) own(path string) error {
	if !u.switchTo {
		return nil
	}
	return os.Chown(path, u.uid, u.gid)
}

// makeDir makes the cluster's directory where the user can reach it: a
// temporary directory inside somebody's home is of no use to `nobody`.
func makeDir(parent string, u user) (string, error) {
	given := parent != ""
	if !given {
		parent = os.TempDir()
	}
	if u.switchTo && !traversable(parent) {
		if given {
			return "", fmt.Errorf("%s cannot be entered by the user that runs postgres: chmod o+x it and its parents", parent)
		}
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "sb-pg-")
	if err != nil {
		return "", err
	}
	return dir, u.own(dir)
}

func traversable(dir string) bool {
	for dir, _ = filepath.Abs(dir); ; dir = filepath.Dir(dir) {
		st, err := os.Stat(dir)
		if err != nil || st.Mode()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// Package pgcluster starts throw-away PostgreSQL clusters from the binaries
// installed on this machine. A cluster lives exactly as long as the process
// that started it, however that process ends. It is for tests and benchmarks
// and never touches a database that was there before.
package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options change what an ordinary test gets.
type Options struct {
	// NoFsync trades the cluster's crash safety for speed. Only for tests that
	// pull no plug.
	NoFsync bool
	// Settings are added to postgresql.conf: name → value.
	Settings map[string]string
	// Dir keeps the data somewhere else than the temporary directory, on a
	// file system under test for instance. It must be traversable by the user
	// that runs the server and is removed at the end.
	Dir string
}

// Cluster is a running server.
type Cluster struct {
	Dir  string // data, log and socket
	Port int

	stdin io.WriteCloser // closing it tells the watchdog to end the server
	done  chan error
}

// ErrNotInstalled says that the binaries are missing and how to get them.
var ErrNotInstalled = errors.New("PostgreSQL is not installed: on Debian or Ubuntu run 'apt-get install postgresql' " +
	"(elsewhere any PostgreSQL ≥ 15 with initdb and postgres in PATH), or point TEST_POSTGRES_URL at a server you may create databases on")

// watchdog runs the server and ends it when our end of its stdin closes, which
// the kernel does for us even when we are killed. The directory goes with it.
// A line on stdin ends it (crash) or begins it anew (start).
const watchdog = `"$1/postgres" -D "$2/data" & pid=$!
while read -r order; do
  kill -QUIT $pid 2>/dev/null
  wait $pid
  [ "$order" = start ] && { "$1/postgres" -D "$2/data" & pid=$!; }
done
kill -QUIT $pid 2>/dev/null
wait $pid
cd / && rm -rf "$2"`

// Start makes a cluster and waits until it answers.
func Start(opt Options) (*Cluster, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	as, err := serverUser()
	if err != nil {
		return nil, err
	}
	// Another process may take the port between our look and the server's
	// bind; then we begin anew.
	for try := 0; ; try++ {
		c, err := start(bin, as, opt)
		if err == nil || try == 4 || !strings.Contains(err.Error(), "could not bind") {
			return c, err
		}
	}
}

func start(bin string, as user, opt Options) (*Cluster, error) {
	dir, err := makeDir(opt.Dir, as)
	if err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"),
		"--no-sync", "--auth=trust", "-E", "UTF8", "--locale=C", "-U", "postgres")
	as.prepare(initdb, dir)
	out, err := initdb.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("initdb: %w: %s", err, out)
	}
	var c *Cluster
	if err == nil {
		c, err = launch(bin, dir, as, opt)
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return c, nil
}

func launch(bin, dir string, as user, opt Options) (*Cluster, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := writeConfig(dir, port, opt, as); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	// No output of ours is inherited: `go test` waits for everybody who holds it.
	cmd := exec.Command("/bin/sh", "-c", watchdog, "pg-watchdog", bin, dir)
	cmd.Stdout, cmd.Stderr = log, log
	as.prepare(cmd, dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	c := &Cluster{Dir: dir, Port: port, stdin: stdin, done: make(chan error, 1)}
	go func() { c.done <- cmd.Wait() }()
	if err := c.ready(); err != nil {
		text, _ := os.ReadFile(filepath.Join(dir, "log"))
		c.Stop()
		return nil, fmt.Errorf("%w; its log:\n%s", err, text)
	}
	return c, nil
}

// ready waits until the server answers queries. A server that could not bind
// its port has written so: that one is not waited for.
func (c *Cluster) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		if log, _ := os.ReadFile(filepath.Join(c.Dir, "log")); strings.Contains(string(log), "FATAL:  could not") {
			return errors.New("postgres did not start: could not bind or read something")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer after 30 s: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// URL addresses a database of the cluster as its superuser.
func (c *Cluster) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(c.Port)),
		Path: "/" + database, RawQuery: "sslmode=disable"}
	return u.String()
}

// PID is the server's own process, for tests that kill or freeze it.
func (c *Cluster) PID() (int, error) {
	b, err := os.ReadFile(filepath.Join(c.Dir, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strconv.Atoi(strings.TrimSpace(line))
}

// Crash ends the server at once, as a power cut would end it, and keeps its data.
func (c *Cluster) Crash() error {
	if _, err := io.WriteString(c.stdin, "crash\n"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.URL("postgres"))
		if err != nil && ctx.Err() == nil {
			return nil
		} else if err != nil {
			return err
		}
		_ = conn.Close(ctx)
		<-time.After(10 * time.Millisecond)
	}
}

// Restart begins the server again on the same port and data.
func (c *Cluster) Restart() error {
	if _, err := io.WriteString(c.stdin, "start\n"); err != nil {
		return err
	}
	return c.ready()
}

// Stop ends the server and removes its data.
func (c *Cluster) Stop() {
	_ = c.stdin.Close()
	select {
	case <-c.done:
	case <-time.After(20 * time.Second): // the watchdog goes on by itself
	}
}

func writeConfig(dir string, port int, opt Options, as user) error {
	set := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": dir,
		"max_connections":         "200",
		"synchronous_commit":      "on",
		"shared_buffers":          "128MB",
		"timezone":                "UTC",
		"logging_collector":       "off",
	}
	if len(dir) > 80 { // a socket's path has at most 107 bytes
		set["unix_socket_directories"] = ""
	}
	if opt.NoFsync {
		set["fsync"], set["full_page_writes"] = "off", "off"
	}
	for k, v := range opt.Settings {
		set[k] = v
	}
	var b strings.Builder
	for k, v := range set {
		fmt.Fprintf(&b, "%s = '%s'\n", k, strings.ReplaceAll(v, "'", "''"))
	}
	path := filepath.Join(dir, "data", "postgresql.auto.conf")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		return err
	}
	return as.own(path)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// findBinaries gives the directory of initdb and postgres: PATH first, then
// where Debian keeps each major version, newest first.
func findBinaries() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil && executable(filepath.Join(filepath.Dir(p), "postgres")) {
			return filepath.Dir(p), nil
		}
	}
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	best, bestVersion := "", 0
	for _, d := range dirs {
		v, _ := strconv.Atoi(filepath.Base(filepath.Dir(d)))
		if v > bestVersion && executable(filepath.Join(d, "initdb")) && executable(filepath.Join(d, "postgres")) {
			best, bestVersion = d, v
		}
	}
	if best == "" {
		return "", ErrNotInstalled
	}
	return best, nil
}

func executable(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0
}

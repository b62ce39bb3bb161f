package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/internal/platform/id"
)

var binary string

// TestMain builds the program once: exit codes and single lines are promises of
// the binary, not of a function.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "switchboard-cmd-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "switchboard")
	if out, err := exec.Command("go", "build", "-ldflags", "-X main.version=v1.2.3", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Println(string(out))
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func command(stdin string, args ...string) *exec.Cmd {
	c := exec.Command(binary, args...)
	c.Stdin = strings.NewReader(stdin)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "SWITCHBOARD_") {
			c.Env = append(c.Env, v)
		}
	}
	return c
}

func result(t *testing.T, c *exec.Cmd) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	stop := time.AfterFunc(time.Minute, func() { _ = c.Process.Kill() })
	defer stop.Stop()
	err := c.Run()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), o.String(), e.String()
}

// refused runs a command that must fail with one line that holds all words.
func refused(t *testing.T, code int, c *exec.Cmd, words ...string) {
	t.Helper()
	got, _, errs := result(t, c)
	lines := strings.Split(strings.TrimRight(errs, "\n"), "\n")
	last := lines[len(lines)-1]
	if got != code || len(lines) != 1 || !strings.HasPrefix(last, "switchboard: ") {
		t.Fatalf("exit %d, want %d and one line:\n%s", got, code, errs)
	}
	for _, w := range words {
		if !strings.Contains(last, w) {
			t.Errorf("%q does not say %q", last, w)
		}
	}
}

// newData makes a data directory with the organization Acme.
func newData(t *testing.T) string {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	create(t, "--data", data)
	return data
}

const password = "violet teapot orbit"

// create makes an administrator of Acme and gives the organization's id.
func create(t *testing.T, storage ...string) string {
	t.Helper()
	code, out, errs := result(t, command(password+"\n", append([]string{"admin", "create", "--email", "ada@example.com", "--password-stdin",
		"--organization", "Acme", "--log-level", "warn"}, storage...)...))
	if code != 0 || errs != "" {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if _, err := id.Parse(strings.TrimSuffix(out, "\n")); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	return strings.TrimSpace(out)
}

// start runs a server until the test ends and gives its address.
func start(t *testing.T, args ...string) (*exec.Cmd, string) {
	t.Helper()
	c := command("", args...)
	c.Stderr = os.Stderr
	pipe, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	late := time.AfterFunc(time.Minute, func() { _ = c.Process.Kill() })
	defer late.Stop()
	lines := bufio.NewScanner(pipe)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "listens on "); ok {
			go io.Copy(io.Discard, pipe) //nolint:errcheck // ends with the process
			return c, "http://" + strings.TrimPrefix(address, "http://")
		}
	}
	t.Fatal("the server does not say where it listens")
	return nil, ""
}

func get(t *testing.T, url string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	return a.StatusCode
}

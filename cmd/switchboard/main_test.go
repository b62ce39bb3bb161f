package main

import (
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/id"
)

func TestWrongUsage(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "bad.conf")
	if err := os.WriteFile(file, []byte("listne: 127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	org := id.New().String()
	for _, c := range []struct {
		args  string
		words []string
	}{
		{"", []string{"serve"}},
		{"srve", []string{"srve"}},
		{"serve --nope", []string{"--nope", "--help"}},
		{"serve --listen nonsense", []string{"--listen", "host:port"}},
		{"serve --public-url ftp://x", []string{"--public-url"}},
		{"serve --egress-allow 10.0.0", []string{"--egress-allow", "CIDR"}},
		{"serve --provider-url x", []string{"--provider-url", "TYPE=URL"}},
		{"serve --trusted-proxies x", []string{"--trusted-proxies"}},
		{"serve --log-level loud", []string{"--log-level", "debug"}},
		{"serve --config " + file, []string{"listne", file}},
		{"admin create --email a@example.com --password-stdin", []string{"--organization"}},
		{"admin create --email a@example.com --organization A --data " + dir, []string{"--password-stdin"}},
		{"admin create --email a@example.com --organization A --password-stdin --data " + dir, []string{"password"}},
		{"admin create --email nonsense --organization A --password-stdin --data " + dir, []string{"password"}},
		{"token create --organization x --name n --data " + dir, []string{"--organization", "admin create"}},
		{"token create --name n --expires -1h --organization " + org + " --data " + dir, []string{"--expires"}},
	} {
		t.Run(c.args, func(t *testing.T) { refused(t, 2, command("", strings.Fields(c.args)...), c.words...) })
	}
}

func TestFailures(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	t.Run("not a directory", func(t *testing.T) {
		refused(t, 1, command("", "serve", "--data", filepath.Join(file, "data")), "data directory", "--data")
	})
	t.Run("unwritable directory", func(t *testing.T) {
		if os.Getuid() == 0 {
			t.Skip("root may write everywhere")
		}
		closed := filepath.Join(dir, "closed")
		if err := os.Mkdir(closed, 0o500); err != nil {
			t.Fatal(err)
		}
		refused(t, 1, command("", "serve", "--data", closed), "cannot be written", "--data")
	})
	t.Run("port in use", func(t *testing.T) {
		refused(t, 1, command("", "serve", "--data", filepath.Join(dir, "d"), "--listen", ln.Addr().String()), "in use", "--listen")
	})
	t.Run("missing configuration", func(t *testing.T) {
		refused(t, 1, command("", "serve", "--config", filepath.Join(dir, "none")), "configuration file", "none")
	})
	t.Run("unreachable database", func(t *testing.T) {
		refused(t, 1, command("", "migrate", "--data", dir, "--database-url", "postgres://u:hidden@127.0.0.1:1/x"), "cannot be reached", "--database-url")
		_, _, errs := result(t, command("", "migrate", "--data", dir, "--database-url", "postgres://u:hidden@127.0.0.1:1/x"))
		if strings.Contains(errs, "hidden") {
			t.Error("the password is shown:", errs)
		}
	})
	t.Run("not a database URL", func(t *testing.T) {
		refused(t, 1, command("", "migrate", "--data", dir, "--database-url", "mysql://x"), "--database-url", "postgres://")
	})
	t.Run("unknown organization", func(t *testing.T) {
		refused(t, 1, command("", "token", "create", "--organization", id.New().String(), "--name", "n", "--data", newData(t)), "organization")
	})
	t.Run("newer version", func(t *testing.T) {
		data := newData(t)
		pool, err := sql.Open("sqlite", filepath.Join(data, "switchboard.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		if _, err := pool.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
			t.Fatal(err)
		}
		refused(t, 1, command("", "serve", "--data", data, "--listen", "127.0.0.1:0"), "newer version")
	})
	t.Run("lost master key", func(t *testing.T) {
		data := newData(t)
		if err := os.Remove(filepath.Join(data, "master.key")); err != nil {
			t.Fatal(err)
		}
		refused(t, 1, command("", "migrate", "--data", data), "master.key", "missing")
		other := command("", "migrate", "--data", data)
		other.Env = append(other.Env, "SWITCHBOARD_MASTER_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
		refused(t, 1, other, "master key does not fit")
	})
}

func TestServeAndCommandsBesideIt(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { serveAndBeside(t, "--data", filepath.Join(t.TempDir(), "data")) })
	t.Run("postgres", func(t *testing.T) {
		serveAndBeside(t, "--data", filepath.Join(t.TempDir(), "data"), "--database-url", dbtest.PostgresURL(t))
	})
}

func serveAndBeside(t *testing.T, storage ...string) {
	server, base := start(t, append([]string{"serve", "--listen", "127.0.0.1:0"}, storage...)...)
	for _, path := range []string{"/healthz", "/readyz"} {
		if code := get(t, base+path); code != 200 {
			t.Fatalf("%s answers %d", path, code)
		}
	}
	org := create(t, storage...)
	if again := create(t, storage...); again != org {
		t.Fatalf("another organization: %s beside %s", again, org)
	}
	code, out, errs := result(t, command("", append([]string{"token", "create", "--organization", org, "--name", "test", "--expires", "720h"}, storage...)...))
	if code != 0 || !strings.HasPrefix(out, "sb_") || strings.Count(out, "\n") != 1 {
		t.Fatal(code, out, errs)
	}
	if len(storage) == 2 {
		refused(t, 1, command("", append([]string{"serve", "--listen", "127.0.0.1:0"}, storage...)...), "another switchboard serves", "--data")
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Fatal("after SIGTERM:", err)
	}
}

func TestConfigShowsWhatIsInForce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sb.conf")
	if err := os.WriteFile(file, []byte("listen: 127.0.0.1:1111\npublic_url = https://file.example.com # ours\nlog-level: warn\negress-allow: 10.0.0.0/8\negress-allow: 192.168.0.0/16\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := command("", "config", "--listen", "127.0.0.1:2222", "--database-url", "postgres://u:hidden@db/x")
	c.Env = append(c.Env, "SWITCHBOARD_CONFIG="+file, "SWITCHBOARD_LISTEN=127.0.0.1:3333", "SWITCHBOARD_LOG_LEVEL=error",
		"SWITCHBOARD_TRUSTED_PROXIES=127.0.0.1\n10.1.0.0/16,fd00::/8", "SWITCHBOARD_MASTER_KEY=hidden",
		"SWITCHBOARD_MEDIA_URL=s3://files/sb?region=eu-central-1", "AWS_ACCESS_KEY_ID=hidden", "AWS_SECRET_ACCESS_KEY=hidden")
	code, out, errs := result(t, c)
	if code != 0 || strings.Contains(out, "hidden") {
		t.Fatal(code, out, errs)
	}
	have := map[string]int{}
	for line := range strings.Lines(out) {
		have[strings.Join(strings.Fields(line), " ")]++
	}
	for _, want := range []string{
		"listen: 127.0.0.1:2222 # flag",
		"public-url: https://file.example.com # file " + file,
		"log-level: error # environment SWITCHBOARD_LOG_LEVEL",
		"log-format: text # default",
		"egress-allow: 10.0.0.0/8 # file " + file,
		"egress-allow: 192.168.0.0/16 # file " + file,
		"trusted-proxies: fd00::/8 # environment SWITCHBOARD_TRUSTED_PROXIES",
		"database-url: postgres://u:********@db/x # flag",
		"data: ./data # default",
		"media-url: s3://files/sb?region=eu-central-1 # environment SWITCHBOARD_MEDIA_URL",
		"# config: " + file + " # environment SWITCHBOARD_CONFIG",
		"# master key: ******** # environment SWITCHBOARD_MASTER_KEY",
	} {
		if have[want] != 1 {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestVersionAndHelp(t *testing.T) {
	if code, out, _ := result(t, command("", "version")); code != 0 || !strings.HasPrefix(out, "switchboard v1.2.3 ") {
		t.Fatal(code, out)
	}
	if code, out, _ := result(t, command("", "serve", "--help")); code != 0 || !strings.Contains(out, "SWITCHBOARD_LISTEN") {
		t.Fatal(code, out)
	}
	if code, _, errs := result(t, command("", "serve", "--version")); code != 2 || !strings.Contains(errs, "--version") {
		t.Fatal(code, errs)
	}
}

func TestDemoAndSimulate(t *testing.T) {
	for _, args := range [][]string{{"demo", "--listen", "127.0.0.1:0"}, {"simulate", "--listen", "127.0.0.1:0"}} {
		c, base := start(t, args...)
		if code := get(t, base+"/healthz"); code != 200 {
			t.Fatal(args, code)
		}
		if err := c.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err != nil {
			t.Fatal(args, err)
		}
	}
}

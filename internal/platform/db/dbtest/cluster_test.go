package dbtest

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"switchboard/internal/platform/db/dbtest/pgcluster"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestPostgresURL_empty_durable_and_apart(t *testing.T) {
	ctx := context.Background()
	a, b := connect(t, PostgresURL(t)), connect(t, PostgresURL(t))
	if _, err := a.Exec(ctx, `CREATE TABLE x (a int)`); err != nil {
		t.Fatal(err)
	}
	var n int
	var super, sync, enc, collate string
	if err := b.QueryRow(ctx, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`).Scan(&n); err != nil || n != 0 {
		t.Fatalf("%d tables, %v: want an empty database", n, err)
	}
	err := b.QueryRow(ctx, `SELECT current_setting('is_superuser'), current_setting('synchronous_commit'), current_setting('server_encoding'),
		(SELECT datcollate FROM pg_database WHERE datname = current_database())`).Scan(&super, &sync, &enc, &collate)
	if err != nil || super != "on" || sync != "on" || enc != "UTF8" {
		t.Fatalf("superuser %s, synchronous_commit %s, encoding %s, %v", super, sync, enc, err)
	}
	if os.Getenv(EnvPostgresURL) == "" && collate != "C" {
		t.Fatalf("collation %s", collate)
	}
}

func TestPostgresURL_dropped_at_the_end_even_when_in_use(t *testing.T) {
	var url string
	t.Run("inner", func(t *testing.T) {
		url = PostgresURL(t)
		conn, err := pgx.Connect(context.Background(), url) // never closed by us
		if err != nil || conn.Ping(context.Background()) != nil {
			t.Fatal(err)
		}
	})
	if _, err := pgx.Connect(context.Background(), url); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Fatalf("the database is still there: %v", err)
	}
}

// A killed test process must not leave a server behind: this test runs itself
// as a child that starts a cluster and is then killed without warning.
func TestCluster_ends_with_a_killed_process(t *testing.T) {
	if os.Getenv("DBTEST_CHILD") == "1" {
		c, err := pgcluster.Start(pgcluster.Options{NoFsync: true})
		if err != nil {
			t.Fatal(err)
		}
		pid, err := c.PID()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = os.Stdout.WriteString("CLUSTER " + strconv.Itoa(pid) + " " + c.Dir + "\n")
		select {}
	}
	if testing.Short() {
		t.Skip("starts a second cluster")
	}
	if _, err := server(); err != nil {
		Without(t, err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestCluster_ends_with_a_killed_process$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), "DBTEST_CHILD=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sc, pid, dir := bufio.NewScanner(out), 0, ""
	for pid == 0 && sc.Scan() {
		if f := strings.Fields(sc.Text()); len(f) == 3 && f[0] == "CLUSTER" {
			pid, _ = strconv.Atoi(f[1])
			dir = f[2]
		}
	}
	if pid == 0 {
		_ = cmd.Wait()
		t.Skip("this machine has no PostgreSQL binaries of its own")
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("server %d does not live: %v", pid, err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		_, dirErr := os.Stat(dir)
		if syscall.Kill(pid, 0) != nil && os.IsNotExist(dirErr) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("15 s after the test was killed: server %d or %s still there (%v)", pid, dir, dirErr)
		}
	}
}

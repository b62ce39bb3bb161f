// Package dbtest gives tests databases of their own. It is imported by tests
// only and never by the program.
package dbtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"switchboard/internal/platform/db/dbtest/pgcluster"
)

// Environment of database tests.
const (
	// EnvPostgresURL names a server on which the tests may create databases;
	// without it each test process starts a cluster of its own.
	EnvPostgresURL = "TEST_POSTGRES_URL"
	// EnvSQLiteOnly set to 1 skips what needs PostgreSQL when it is missing.
	EnvSQLiteOnly = "SWITCHBOARD_TEST_SQLITE_ONLY"
)

// server is the superuser's URL of the server that serves this process. The
// cluster is never stopped here: it ends with the process.
var server = sync.OnceValues(func() (string, error) {
	if u := os.Getenv(EnvPostgresURL); u != "" {
		return u, nil
	}
	c, err := pgcluster.Start(pgcluster.Options{})
	if err != nil {
		return "", err
	}
	return c.URL("postgres"), nil
})

// PostgresURL gives the URL (as superuser) of an empty database that is the
// test's alone and is dropped when it ends. Roles belong to the whole cluster
// and are shared with other tests.
func PostgresURL(t testing.TB) string {
	t.Helper()
	base, err := server()
	if err != nil {
		Without(t, err)
	}
	var b [8]byte
	_, _ = rand.Read(b[:])
	name := "sbtest_" + hex.EncodeToString(b[:])
	if err := adminExec(base, `CREATE DATABASE `+name); err != nil {
		t.Fatalf("create a database on %s: %v", redacted(base), err)
	}
	t.Cleanup(func() {
		if err := adminExec(base, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`); err != nil {
			t.Errorf("drop database %s: %v", name, err)
		}
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("%s is no URL: %v", EnvPostgresURL, err)
	}
	u.Path = "/" + name
	return u.String()
}

func adminExec(base, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, base)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

func redacted(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "the server of " + EnvPostgresURL
	}
	return u.Redacted()
}

// Without ends a test for which there is no PostgreSQL: it fails, unless
// EnvSQLiteOnly says to do without.
func Without(t testing.TB, why error) {
	t.Helper()
	if os.Getenv(EnvSQLiteOnly) == "1" {
		t.Skipf("SKIPPED ON POSTGRESQL because %s=1: %v", EnvSQLiteOnly, why)
	}
	t.Fatalf("no PostgreSQL for this test: %v\n(or set %s=1 to test on SQLite alone)", why, EnvSQLiteOnly)
}

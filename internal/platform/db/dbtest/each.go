package dbtest

import (
	"path/filepath"
	"testing"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
)

// Each runs a test on every engine: SQLite in a temporary file, and PostgreSQL
// in a fresh database. The database is the one thing that is never mocked.
func Each(t *testing.T, clk clock.Clock, run func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, SQLite(t, clk)) })
	t.Run("postgres", func(t *testing.T) { run(t, Postgres(t, clk)) })
}

// SQLite opens a database in a temporary file.
func SQLite(t testing.TB, clk clock.Clock) *db.DB {
	t.Helper()
	return open(t, db.Options{Path: filepath.Join(t.TempDir(), "switchboard.db"), Clock: clk})
}

// Postgres opens a fresh PostgreSQL database.
func Postgres(t testing.TB, clk clock.Clock) *db.DB {
	t.Helper()
	return open(t, db.Options{URL: PostgresURL(t), Clock: clk})
}

func open(t testing.TB, o db.Options) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

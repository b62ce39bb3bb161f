package db

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNewerSchema says that the data was written by a newer Switchboard.
var ErrNewerSchema = errors.New("the data was written by a newer version of Switchboard; start that version or restore a backup made with this one")

// schemaAhead is how many migrations the data may be ahead of the binary: a
// release expands, the next contracts, so one step back still works.
const schemaAhead = 1

func migrateSQLite(ctx context.Context, pool *sql.DB) error {
	p, err := goose.NewProvider(goose.DialectSQLite3, pool, dialectFS{SQLite}, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	return up(ctx, p)
}

func migratePostgres(ctx context.Context, cfg *pgx.ConnConfig) error {
	cfg.ConnectTimeout = 5 * time.Second
	pool := stdlib.OpenDB(*cfg)
	defer pool.Close()
	if err := pool.PingContext(ctx); err != nil {
		return fmt.Errorf("the database %s at %s:%d cannot be reached: %w; check --database-url and that PostgreSQL runs", cfg.Database, cfg.Host, cfg.Port, err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, pool, dialectFS{Postgres}, goose.WithSessionLocker(locker), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	return up(ctx, p)
}

func up(ctx context.Context, p *goose.Provider) error {
	src := p.ListSources()
	newest := src[len(src)-1].Version
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	if have > newest+schemaAhead {
		return ErrNewerSchema
	}
	if have >= newest {
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("the schema could not be brought up to date: %w", err)
	}
	return nil
}

// dialectFS shows each migration file in one dialect: blocks between
// "-- only sqlite" or "-- only postgres" and "-- end only" are kept or dropped,
// and column-type tokens are replaced.
type dialectFS struct{ engine Engine }

func (d dialectFS) Open(name string) (fs.File, error) {
	f, err := migrations.Open(path.Join("migrations", name))
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return f, err
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return &memFile{Reader: bytes.NewReader([]byte(dialect(d.engine, string(raw)))), info: st}, nil
}

// ReadDir lists the migrations; goose looks for them at the root.
func (d dialectFS) ReadDir(name string) ([]fs.DirEntry, error) {
	return migrations.ReadDir(path.Join("migrations", name))
}

func dialect(e Engine, src string) string {
	var out strings.Builder
	drop := false
	for _, line := range strings.SplitAfter(src, "\n") {
		word := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(word, "-- only "):
			drop = strings.TrimPrefix(word, "-- only ") != e.String()
		case word == "-- end only":
			drop = false
		case !drop:
			out.WriteString(line)
		}
	}
	return schemaTokens(e, out.String())
}

type memFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (m *memFile) Stat() (fs.FileInfo, error) { return m.info, nil }
func (m *memFile) Close() error               { return nil }

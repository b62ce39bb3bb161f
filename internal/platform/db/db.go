// Package db stores everything Switchboard knows, in SQLite or PostgreSQL, with
// one SQL text for both. It owns transactions, statement caching, batching, the
// commit of events and the migrations. It knows nothing of messaging: the SQL
// itself lives with the domains.
//
// Writes of an organization run as the role "app", to which row-level security
// shows that organization only; the system's own work runs as "system". On
// SQLite one goroutine owns the only writing connection, so the two differ only
// in PostgreSQL.
package db

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/id"
)

// Options configure a database.
type Options struct {
	Path   string // SQLite file; used when URL is empty
	URL    string // postgres://…
	Log    *slog.Logger
	Clock  clock.Clock
	Schema string // PostgreSQL schema; "" = public

	// MaxPages bounds a SQLite file (PRAGMA max_page_count); 0 = unbounded. For
	// tests of a full disk.
	MaxPages int64
}

// DB is an open database.
type DB struct {
	engine Engine
	opts   Options
	clock  clock.Clock
	log    *slog.Logger
	be     backend

	mu       sync.Mutex
	onEvents []func(org id.ID, seq int64)
}

type backend interface {
	read(ctx context.Context, org id.ID, system bool, fn func(*Tx) error) error
	write(ctx context.Context, org id.ID, system, bulk bool, fn func(*Tx) error) error
	ping(ctx context.Context) error
	prepare(ctx context.Context, s *Stmt) error
	close()
}

// Open connects, checks that commits are durable, and migrates the schema.
func Open(ctx context.Context, opts Options) (*DB, error) {
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	if opts.Clock == nil {
		opts.Clock = clock.System{}
	}
	d := &DB{opts: opts, clock: opts.Clock, log: opts.Log}
	var err error
	if opts.URL != "" {
		d.engine = Postgres
		d.be, err = openPostgres(ctx, d)
	} else {
		d.engine = SQLite
		d.be, err = openSQLite(ctx, d)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Engine tells which database this is.
func (d *DB) Engine() Engine { return d.engine }

// Close waits for running transactions and closes the database.
func (d *DB) Close() { d.be.close() }

// Ping tells whether the database can be written.
func (d *DB) Ping(ctx context.Context) error { return d.be.ping(ctx) }

// Prepare checks a statement against the schema. For tests.
func (d *DB) Prepare(ctx context.Context, s *Stmt) error { return d.be.prepare(ctx, s) }

// Tenant is the database as one organization sees it.
func (d *DB) Tenant(org id.ID) Scope { return Scope{d: d, org: org} }

// System is the database as the gateway and the sweeps see it: all
// organizations. Which packages may ask for it is held by archtest.
func (d *DB) System() Scope { return Scope{d: d, system: true} }

// Scope is a way into the database with fixed rights.
type Scope struct {
	d      *DB
	org    id.ID
	system bool
}

// Read runs fn on one consistent snapshot.
func (s Scope) Read(ctx context.Context, fn func(*Tx) error) error {
	return s.d.be.read(ctx, s.org, s.system, fn)
}

// Write runs fn in a transaction and returns once it is durable. fn may run
// more than once (a conflict with another transaction), so it must not change
// anything outside except what it sets anew each time. It makes no network or
// file call.
func (s Scope) Write(ctx context.Context, fn func(*Tx) error) error {
	return s.d.be.write(ctx, s.org, s.system, false, fn)
}

// Bulk is Write for work that nobody waits for; it yields to Write.
func (s Scope) Bulk(ctx context.Context, fn func(*Tx) error) error {
	return s.d.be.write(ctx, s.org, s.system, true, fn)
}

// OnEvents registers a function called after each commit that appended events,
// with the newest sequence of the organization. It must not block.
func (d *DB) OnEvents(f func(org id.ID, seq int64)) {
	d.mu.Lock()
	d.onEvents = append(d.onEvents, f)
	d.mu.Unlock()
}

func (d *DB) committed(heads map[id.ID]int64, after []func()) {
	d.mu.Lock()
	on := d.onEvents
	d.mu.Unlock()
	for org, seq := range heads {
		for _, f := range on {
			f(org, seq)
		}
	}
	for _, f := range after {
		f()
	}
}

// call runs fn and turns a panic into an error, so that a defect in one
// transaction fails that transaction alone.
func call(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("db: transaction panicked: %v", p)
		}
	}()
	return fn(tx)
}

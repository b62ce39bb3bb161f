package db

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// The roles of the two pools. A migration makes them.
const (
	roleApp    = "switchboard_app"
	roleSystem = "switchboard_system"
	endTime    = 15 * time.Second // for COMMIT or ROLLBACK
	tries      = 8                // attempts of a transaction that lost a conflict
)

type postgresDB struct {
	d           *DB
	app, system *pgxpool.Pool
}

func openPostgres(ctx context.Context, d *DB) (*postgresDB, error) {
	cfg, err := pgxpool.ParseConfig(d.opts.URL)
	if err != nil {
		return nil, errors.New("--database-url is not a PostgreSQL URL; expected postgres://user:password@host:5432/name")
	}
	if err := migratePostgres(ctx, cfg.ConnConfig.Copy()); err != nil {
		return nil, err
	}
	p := &postgresDB{d: d}
	if p.app, err = newPool(ctx, cfg.Copy(), roleApp, 16); err != nil {
		return nil, err
	}
	if p.system, err = newPool(ctx, cfg.Copy(), roleSystem, 12); err != nil {
		p.app.Close()
		return nil, err
	}
	var commit string
	if err := p.system.QueryRow(ctx, "SHOW synchronous_commit").Scan(&commit); err != nil {
		p.close()
		return nil, err
	}
	if commit == "off" {
		p.close()
		return nil, errors.New("PostgreSQL runs with synchronous_commit=off and would lose acknowledged messages in a crash; set it to on")
	}
	return p, nil
}

// planning keeps plans from depending on when statistics were last gathered:
// every statement names its tables in the order they are to be read and has an
// index for what it looks up, so the planner need not try other orders (which
// takes longer than running the statement) nor read a table whole because it
// was small a minute ago.
var planning = map[string]string{"join_collapse_limit": "1", "enable_seqscan": "off", "jit": "off"}

func newPool(ctx context.Context, cfg *pgxpool.Config, role string, size int32) (*pgxpool.Pool, error) {
	cfg.MaxConns = max(cfg.MaxConns, size)
	cfg.ConnConfig.RuntimeParams["application_name"] = "switchboard"
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	for k, v := range planning {
		cfg.ConnConfig.RuntimeParams[k] = v
	}
	cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	cfg.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SET ROLE "+role)
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return pool, pool.Ping(ctx)
}

func (p *postgresDB) pool(system bool) *pgxpool.Pool {
	if system {
		return p.system
	}
	return p.app
}

func (p *postgresDB) read(ctx context.Context, org id.ID, system bool, fn func(*Tx) error) error {
	var err error
	for range tries {
		if err = p.look(ctx, org, system, fn); !errors.As(err, new(lost)) || ctx.Err() != nil {
			break
		}
	}
	return pgError(err)
}

func (p *postgresDB) look(ctx context.Context, org id.ID, system bool, fn func(*Tx) error) error {
	c, err := p.pool(system).Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	s := newSession(c.Conn(), "BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ", org, system)
	err = call(fn, &Tx{ctx: ctx, s: s, engine: Postgres, Org: org, readonly: true})
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if e := s.end(end, err == nil); err == nil {
		err = e
	}
	if err != nil && c.Conn().IsClosed() {
		err = lost{err}
	}
	return err
}

// lost says that the connection died before a commit was asked for, so that
// nothing of the transaction can have happened and another connection may be
// tried. Connections of a server that was restarted are found out this way.
type lost struct{ error }

func (l lost) Unwrap() error { return l.error }

func (p *postgresDB) write(ctx context.Context, org id.ID, system, _ bool, fn func(*Tx) error) error {
	var err error
	for n := range tries {
		if n > 0 {
			Conflicts.Add(1)
			t := time.NewTimer(time.Duration(rand.IntN(5<<n)+1) * time.Millisecond)
			select {
			case <-t.C:
			case <-ctx.Done():
				t.Stop()
				return ctx.Err()
			}
		}
		if err = p.once(ctx, org, system, fn); errors.As(err, new(lost)) && ctx.Err() == nil {
			continue
		}
		if !conflict(err) {
			return pgError(err)
		}
	}
	if !conflict(err) {
		return pgError(err)
	}
	return (&fault.Error{Kind: fault.Unavailable, Code: "storage_busy", RetryAfter: time.Second,
		Message: "Too many changes of the same rows at once."}).Because(err)
}

func (p *postgresDB) once(ctx context.Context, org id.ID, system bool, fn func(*Tx) error) error {
	c, err := p.pool(system).Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	s := newSession(c.Conn(), "BEGIN", org, system)
	tx := &Tx{ctx: ctx, s: s, engine: Postgres, Org: org}
	err = call(fn, tx)
	var heads map[id.ID]int64
	if err == nil {
		heads, err = appendEvents(tx, tx.events, p.d.clock.Now())
	}
	// The end of the transaction is not canceled with the caller: a commit cut
	// half-way would leave its outcome unknown. A server that does not answer at
	// all is not waited for longer than that is worth.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	asked := err == nil
	if e := s.end(end, err == nil); err == nil {
		err = e
	}
	if err != nil {
		if !asked && c.Conn().IsClosed() {
			err = lost{err}
		}
		return err
	}
	p.d.committed(heads, tx.after)
	return nil
}

func (p *postgresDB) ping(ctx context.Context) error {
	return p.write(ctx, id.Zero, true, false, func(tx *Tx) error {
		_, err := tx.Exec(ping)
		return err
	})
}

var ping = SQL("SELECT 1")

func (p *postgresDB) prepare(ctx context.Context, s *Stmt) error {
	c, err := p.system.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	_, err = c.Conn().Prepare(ctx, "", s.Text(Postgres))
	return err
}

func (p *postgresDB) close() {
	p.app.Close()
	p.system.Close()
}

// Violates tells whether err says that a unique index refused a row because of
// another transaction's. (On SQLite, whose writer is alone, a look before the
// write sees everything, so it is asked for PostgreSQL only.)
func Violates(err error, index string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "23505" && e.ConstraintName == index
}

// Referred tells whether err says that a row could not go because another one
// refers to it.
func Referred(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "23503"
}

// conflict tells whether another transaction got in the way, so that a second
// try may succeed.
func conflict(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}

// pgError gives trouble of the connection or the server its fault.
func pgError(err error) error {
	if err == nil {
		return nil
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch e.Code[:2] {
		case "08", "53", "57", "58":
			return unavailable(err)
		}
		if e.Code == "25006" { // read-only transaction: a standby or a full disk guard
			return unavailable(err)
		}
		return err
	}
	var n net.Error
	var ce *pgconn.ConnectError
	if errors.As(err, &n) || errors.As(err, &ce) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed") {
		return unavailable(err)
	}
	return err
}

package db

import (
	"context"
	"errors"
	"fmt"
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

func newPool(ctx context.Context, cfg *pgxpool.Config, role string, size int32) (*pgxpool.Pool, error) {
	cfg.MaxConns = max(cfg.MaxConns, size)
	cfg.ConnConfig.RuntimeParams["application_name"] = "switchboard"
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
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

// begin opens the transaction and confines it to the organization in one round
// trip. The id is our own hexadecimal text, so it can stand in the statement.
func begin(ctx context.Context, c *pgxpool.Conn, org id.ID, system, readonly bool) error {
	text := "BEGIN"
	if readonly {
		text = "BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ"
	}
	if !system {
		text += "; SELECT set_config('app.organization','" + org.String() + "',true)"
	}
	_, err := c.Conn().PgConn().Exec(ctx, text).ReadAll()
	return err
}

func (p *postgresDB) read(ctx context.Context, org id.ID, system bool, fn func(*Tx) error) error {
	c, err := p.pool(system).Acquire(ctx)
	if err != nil {
		return pgError(err)
	}
	defer c.Release()
	if err := begin(ctx, c, org, system, true); err != nil {
		return pgError(err)
	}
	err = call(fn, &Tx{ctx: ctx, s: pgSession{c.Conn()}, engine: Postgres, Org: org, readonly: true})
	if _, e := c.Conn().PgConn().Exec(context.WithoutCancel(ctx), "COMMIT").ReadAll(); err == nil {
		err = e
	}
	return pgError(err)
}

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
		if err = p.once(ctx, org, system, fn); !conflict(err) {
			return pgError(err)
		}
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
	if err := begin(ctx, c, org, system, false); err != nil {
		return err
	}
	tx := &Tx{ctx: ctx, s: pgSession{c.Conn()}, engine: Postgres, Org: org}
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
	if err != nil {
		if _, e := c.Conn().PgConn().Exec(end, "ROLLBACK").ReadAll(); e != nil {
			c.Conn().Close(end)
		}
		return err
	}
	res, err := c.Conn().PgConn().Exec(end, "COMMIT").ReadAll()
	if err != nil {
		return err
	}
	if len(res) > 0 && res[0].CommandTag.String() == "ROLLBACK" {
		return errors.New("db: the transaction was rolled back at commit")
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

type pgSession struct{ c *pgx.Conn }

func (s pgSession) exec(ctx context.Context, st *Stmt, args []any) (int64, error) {
	tag, err := s.c.Exec(ctx, st.Text(Postgres), args...)
	return tag.RowsAffected(), err
}

func (s pgSession) query(ctx context.Context, st *Stmt, args []any) (rows, error) {
	return s.c.Query(ctx, st.Text(Postgres), args...)
}

func (s pgSession) each(ctx context.Context, st *Stmt, rows [][]any) error {
	var b pgx.Batch
	for _, r := range rows {
		b.Queue(st.Text(Postgres), r...)
	}
	return s.c.SendBatch(ctx, &b).Close()
}

func (s pgSession) insert(ctx context.Context, in *Insert, rows [][]any, returning bool) ([]bool, error) {
	cols := make([]any, len(in.Cols))
	for i, c := range in.Cols {
		cols[i] = column(c.Type, rows, i)
	}
	if !returning {
		_, err := s.c.Exec(ctx, in.many.Text(Postgres), cols...)
		return nil, err
	}
	r, err := s.c.Query(ctx, in.manyNew.Text(Postgres), cols...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	key := func(vals []any) string {
		var b strings.Builder
		for _, v := range vals {
			fmt.Fprintf(&b, "%v\x00", v)
		}
		return b.String()
	}
	inserted := map[string]bool{}
	for r.Next() {
		vals, err := r.Values()
		if err != nil {
			return nil, err
		}
		inserted[key(vals)] = true
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	fresh := make([]bool, len(rows))
	vals := make([]any, len(in.keyAt))
	for i, row := range rows {
		for j, at := range in.keyAt {
			vals[j] = row[at]
		}
		fresh[i] = inserted[key(vals)]
	}
	return fresh, nil
}

// column gathers one column of a batch as the typed slice pgx sends as array.
func column(t ColType, rows [][]any, i int) any {
	switch t {
	case ID:
		return gather[[16]byte](rows, i)
	case Text:
		out := make([]*string, len(rows))
		for n, r := range rows {
			switch v := r[i].(type) {
			case nil:
			case string:
				out[n] = &v
			default:
				s := fmt.Sprint(v) // named string types
				out[n] = &s
			}
		}
		return out
	case Int:
		out := make([]*int64, len(rows))
		for n, r := range rows {
			switch v := r[i].(type) {
			case nil:
			case int64:
				out[n] = &v
			case int:
				x := int64(v)
				out[n] = &x
			}
		}
		return out
	case Bool:
		return gather[bool](rows, i)
	default:
		out := make([][]byte, len(rows))
		for n, r := range rows {
			out[n], _ = r[i].([]byte)
		}
		return out
	}
}

func gather[T any](rows [][]any, i int) []*T {
	out := make([]*T, len(rows))
	for n, r := range rows {
		if v, ok := r[i].(T); ok {
			out[n] = &v
		}
	}
	return out
}

// Violates tells whether err says that a unique index refused a row because of
// another transaction's. (On SQLite, whose writer is alone, a look before the
// write sees everything, so it is asked for PostgreSQL only.)
func Violates(err error, index string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "23505" && e.ConstraintName == index
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

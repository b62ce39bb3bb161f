package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"

	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// Limits of the SQLite writer.
const (
	groupMost    = 256                   // transactions that share one commit
	groupTime    = 20 * time.Millisecond // how long a group is filled
	queueMost    = 4096                  // waiting writes before new ones are refused
	readers      = 4
	stmtCacheMax = 400
)

type sqliteDB struct {
	d        *DB
	pool     *sql.DB
	writer   *liteConn
	readers  chan *liteConn
	urgent   chan *writeJob
	bulk     chan *writeJob
	quit     chan struct{}
	stopped  chan struct{}
	closing  sync.Once
	closed   chan struct{}
	readOnly *sql.DB
}

type writeJob struct {
	ctx  context.Context
	org  id.ID
	fn   func(*Tx) error
	done chan error
}

func sqliteDSN(path string, pragmas ...string) string {
	q := url.Values{}
	for _, p := range append([]string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(1)", "mmap_size(268435456)", "cache_size(-65536)", "temp_store(MEMORY)"}, pragmas...) {
		q.Add("_pragma", p)
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func openSQLite(ctx context.Context, d *DB) (*sqliteDB, error) {
	path := d.opts.Path
	if dir := filepath.Dir(path); dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("the data directory %s cannot be made: %w", dir, err)
		}
	}
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600); err == nil { // for nobody else's eyes; its journals take the same mode
		f.Close()
	}
	pool, err := sql.Open("sqlite", sqliteDSN(path))
	if err != nil {
		return nil, err
	}
	if err := migrateSQLite(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	s := &sqliteDB{
		d: d, pool: pool, readers: make(chan *liteConn, readers),
		urgent: make(chan *writeJob, queueMost), bulk: make(chan *writeJob, 64),
		quit: make(chan struct{}), stopped: make(chan struct{}), closed: make(chan struct{}),
	}
	s.readOnly, err = sql.Open("sqlite", sqliteDSN(path, "query_only(1)"))
	if err != nil {
		return nil, err
	}
	if s.writer, err = newLiteConn(ctx, pool); err != nil {
		return nil, err
	}
	if err := s.writer.checkDurable(ctx); err != nil {
		return nil, err
	}
	if d.opts.MaxPages > 0 {
		if _, err := s.writer.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count=%d", d.opts.MaxPages)); err != nil {
			return nil, err
		}
	}
	for range readers {
		c, err := newLiteConn(ctx, s.readOnly)
		if err != nil {
			return nil, err
		}
		s.readers <- c
	}
	go s.run()
	return s, nil
}

// run is the goroutine that owns the writing connection. Small writes that wait
// while the previous commit is synced share the next one; nothing waits for a
// timer.
func (s *sqliteDB) run() {
	defer close(s.stopped)
	for {
		var first *writeJob
		select {
		case first = <-s.urgent:
		default:
			select {
			case first = <-s.urgent:
			case first = <-s.bulk:
			case <-s.quit:
				select { // nothing acknowledged may be left in the queues
				case first = <-s.urgent:
				case first = <-s.bulk:
				default:
					return
				}
			}
		}
		s.group(first)
	}
}

func (s *sqliteDB) group(first *writeJob) {
	ctx := context.Background()
	began := time.Now()
	if err := s.writer.control(ctx, "BEGIN IMMEDIATE"); err != nil {
		first.done <- liteError(err)
		return
	}
	var done []*writeJob
	var events []Event
	var after []func()
	var broken error
	job := first
	for job != nil {
		if err := job.ctx.Err(); err != nil {
			job.done <- err
		} else {
			tx := &Tx{ctx: context.WithoutCancel(job.ctx), s: s.writer, engine: SQLite, Org: job.org}
			err := s.writer.control(ctx, "SAVEPOINT s")
			if err == nil {
				if err = call(job.fn, tx); err == nil {
					err = s.writer.control(ctx, "RELEASE s")
				} else if e := s.writer.control(ctx, "ROLLBACK TO s"); e != nil {
					broken = err // the whole transaction is gone, as after a full disk
				} else if e := s.writer.control(ctx, "RELEASE s"); e != nil {
					broken = err
				}
			} else {
				broken = err
			}
			if err != nil {
				job.done <- liteError(err)
			} else {
				done = append(done, job)
				events = append(events, tx.events...)
				after = append(after, tx.after...)
			}
		}
		job = nil
		if broken == nil && len(done) < groupMost && time.Since(began) < groupTime {
			select {
			case job = <-s.urgent:
			default:
				select {
				case job = <-s.bulk:
				default:
				}
			}
		}
	}
	var heads map[id.ID]int64
	err := broken
	if err == nil {
		tx := &Tx{ctx: ctx, s: s.writer, engine: SQLite}
		heads, err = appendEvents(tx, events, s.d.clock.Now())
	}
	if err == nil {
		err = s.writer.control(ctx, "COMMIT")
	}
	if err != nil {
		if isSyncFailure(err) {
			// After a failed fsync nobody knows what reached the disk; trying
			// again may report success for pages that are lost.
			s.d.log.Error("the disk refused to sync; stopping so that nothing is acknowledged in vain", "error", err)
			os.Exit(1)
		}
		_ = s.writer.control(ctx, "ROLLBACK") // fails when SQLite rolled back already
		for _, j := range done {
			j.done <- liteError(err)
		}
		return
	}
	for _, j := range done {
		j.done <- nil
	}
	s.d.committed(heads, after)
}

func (s *sqliteDB) write(ctx context.Context, org id.ID, _, bulk bool, fn func(*Tx) error) error {
	j := &writeJob{ctx: ctx, org: org, fn: fn, done: make(chan error, 1)}
	q := s.urgent
	if bulk {
		q = s.bulk
	}
	select {
	case <-s.quit:
		return errClosing
	default:
	}
	if bulk {
		select {
		case q <- j:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.quit:
			return errClosing
		}
	} else {
		select {
		case q <- j:
		case <-s.quit:
			return errClosing
		default:
			return fault.New(fault.Unavailable, "storage_busy", "The database has more to write than it can.").Because(errors.New("writer queue full"))
		}
	}
	select {
	case err := <-j.done:
		return err
	case <-s.stopped:
		select {
		case err := <-j.done:
			return err
		default:
			return errClosing
		}
	}
}

func (s *sqliteDB) read(ctx context.Context, org id.ID, _ bool, fn func(*Tx) error) error {
	var c *liteConn
	select {
	case c = <-s.readers:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closed:
		return errClosing
	}
	defer func() { s.readers <- c }()
	if err := c.control(ctx, "BEGIN"); err != nil {
		return liteError(err)
	}
	err := call(fn, &Tx{ctx: ctx, s: c, engine: SQLite, Org: org, readonly: true})
	if e := c.control(context.Background(), "COMMIT"); e != nil {
		_ = c.control(context.Background(), "ROLLBACK") // the next reader needs a connection without a transaction
		if err == nil {
			err = e
		}
	}
	return liteError(err)
}

func (s *sqliteDB) ping(ctx context.Context) error {
	return s.write(ctx, id.Zero, true, false, func(*Tx) error { return nil })
}

func (s *sqliteDB) prepare(ctx context.Context, st *Stmt) error {
	c := <-s.readers
	defer func() { s.readers <- c }()
	p, err := c.conn.PrepareContext(ctx, st.Text(SQLite))
	if err != nil {
		return err
	}
	return p.Close()
}

func (s *sqliteDB) close() {
	s.closing.Do(func() {
		close(s.quit)
		<-s.stopped
		close(s.closed)
		s.writer.close()
		for range readers {
			(<-s.readers).close()
		}
		s.readOnly.Close()
		s.pool.Close()
	})
}

var errClosing = fault.New(fault.Unavailable, "shutting_down", "The server is shutting down.")

// liteConn is one connection with its prepared statements. Statements are
// prepared on the connection itself: preparing on the pool while its only
// connection is inside a transaction would wait for ever.
type liteConn struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

func newLiteConn(ctx context.Context, pool *sql.DB) (*liteConn, error) {
	c, err := pool.Conn(ctx)
	if err != nil {
		return nil, liteError(err)
	}
	return &liteConn{conn: c, stmts: map[string]*sql.Stmt{}}, nil
}

func (c *liteConn) close() {
	for _, s := range c.stmts {
		s.Close()
	}
	c.conn.Close()
}

func (c *liteConn) checkDurable(ctx context.Context) error {
	var mode string
	var sync int
	if err := c.conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if err := c.conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&sync); err != nil {
		return err
	}
	if !strings.EqualFold(mode, "wal") || sync < 2 {
		return fmt.Errorf("the database would not survive a power cut (journal_mode %s, synchronous %d); put --data on a local disk that supports WAL", mode, sync)
	}
	return nil
}

func (c *liteConn) control(ctx context.Context, text string) error {
	p, err := c.stmt(ctx, text)
	if err != nil {
		return err
	}
	_, err = p.ExecContext(ctx)
	return err
}

func (c *liteConn) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	if p := c.stmts[text]; p != nil {
		return p, nil
	}
	p, err := c.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if len(c.stmts) >= stmtCacheMax {
		for k, old := range c.stmts { // any will do: texts differ by filters only
			old.Close()
			delete(c.stmts, k)
			break
		}
	}
	c.stmts[text] = p
	return p, nil
}

func (c *liteConn) exec(ctx context.Context, s *Stmt, args []any) (int64, error) {
	p, err := c.stmt(ctx, s.Text(SQLite))
	if err != nil {
		return 0, err
	}
	r, err := p.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (c *liteConn) queue(ctx context.Context, s *Stmt, args []any) error {
	_, err := c.exec(ctx, s, args)
	return err
}

type liteRows struct{ *sql.Rows }

func (r liteRows) Close() { r.Rows.Close() }

func (c *liteConn) query(ctx context.Context, s *Stmt, args []any) (rows, error) {
	p, err := c.stmt(ctx, s.Text(SQLite))
	if err != nil {
		return nil, err
	}
	r, err := p.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	return liteRows{r}, nil
}

func (c *liteConn) each(ctx context.Context, s *Stmt, rows [][]any) error {
	for _, r := range rows {
		if _, err := c.exec(ctx, s, r); err != nil {
			return err
		}
	}
	return nil
}

func (c *liteConn) insert(ctx context.Context, in *Insert, rows [][]any, _ bool) ([]bool, error) {
	fresh := make([]bool, len(rows))
	for i, r := range rows {
		n, err := c.exec(ctx, in.one, r)
		if err != nil {
			return nil, err
		}
		fresh[i] = n > 0
	}
	return fresh, nil
}

// liteError gives storage trouble its fault; everything else stays as it is.
func liteError(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case 5, 6, 8, 10, 13, 14: // BUSY LOCKED READONLY IOERR FULL CANTOPEN
		return unavailable(err)
	}
	return err
}

func isSyncFailure(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == 10|4<<8 || e.Code() == 10|5<<8) // IOERR_FSYNC, IOERR_DIR_FSYNC
}

func unavailable(err error) error {
	return (&fault.Error{Kind: fault.Unavailable, Code: "storage_unavailable",
		Message: "The database cannot be written at the moment.", RetryAfter: 5 * time.Second,
		Hint: "It recovers by itself once the disk has room or the database answers; see the server's log."}).Because(err)
}

package db

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"switchboard/internal/platform/id"
)

// pgSession runs the statements of one transaction. What gives no result the
// caller waits for is queued and travels with the next statement that does, or
// with COMMIT: a round trip costs more than most of our statements. An error of
// a queued statement is that of the one it travels with, which is as good,
// because either ends the transaction.
type pgSession struct {
	c       *pgx.Conn
	waiting pgx.Batch
	count   int // statements so far, without BEGIN
}

// queueMost bounds how much is sent at once.
const sendMost = 1024

// newSession begins a transaction and confines it to the organization.
func newSession(c *pgx.Conn, begin string, org id.ID, system bool) *pgSession {
	s := &pgSession{c: c}
	s.waiting.Queue(begin)
	if !system {
		s.waiting.Queue("SELECT set_config('app.organization', $1, true)", org.String())
	}
	return s
}

// end commits or rolls back. A transaction without a statement never began.
func (s *pgSession) end(ctx context.Context, commit bool) error {
	if s.count == 0 {
		return nil
	}
	var err error
	if commit {
		s.waiting.Queue("COMMIT")
		var tag string
		if tag, err = s.flush(ctx); err == nil {
			if tag == "ROLLBACK" {
				err = errors.New("db: the transaction was rolled back at commit")
			}
			return err
		}
	}
	if s.c.PgConn().TxStatus() != 'I' {
		if _, e := s.c.PgConn().Exec(ctx, "ROLLBACK").ReadAll(); e != nil {
			_ = s.c.Close(ctx) // ends the transaction as well
		}
	}
	return err
}

// flush sends what waits and gives the last statement's command tag.
func (s *pgSession) flush(ctx context.Context) (tag string, err error) {
	n := s.waiting.Len()
	r := s.send(ctx)
	for range n {
		t, err := r.Exec()
		if err != nil {
			_ = r.Close() // says the same
			return "", err
		}
		tag = t.String()
	}
	return tag, r.Close()
}

func (s *pgSession) send(ctx context.Context) pgx.BatchResults {
	b := s.waiting
	s.waiting = pgx.Batch{}
	return s.c.SendBatch(ctx, &b)
}

func (s *pgSession) queue(ctx context.Context, st *Stmt, args []any) error {
	s.count++
	s.waiting.Queue(st.Text(Postgres), args...)
	if s.waiting.Len() < sendMost {
		return nil
	}
	_, err := s.flush(ctx)
	return err
}

func (s *pgSession) exec(ctx context.Context, st *Stmt, args []any) (int64, error) {
	s.count++
	if s.waiting.Len() == 0 {
		tag, err := s.c.Exec(ctx, st.Text(Postgres), args...)
		return tag.RowsAffected(), err
	}
	n := s.waiting.Len()
	s.waiting.Queue(st.Text(Postgres), args...)
	r := s.send(ctx)
	for range n {
		if _, err := r.Exec(); err != nil {
			_ = r.Close() // says the same
			return 0, err
		}
	}
	tag, err := r.Exec()
	if e := r.Close(); err == nil {
		err = e
	}
	return tag.RowsAffected(), err
}

func (s *pgSession) query(ctx context.Context, st *Stmt, args []any) (rows, error) {
	return s.ask(ctx, st, args)
}

func (s *pgSession) ask(ctx context.Context, st *Stmt, args []any) (pgx.Rows, error) {
	s.count++
	if s.waiting.Len() == 0 {
		return s.c.Query(ctx, st.Text(Postgres), args...)
	}
	n := s.waiting.Len()
	s.waiting.Queue(st.Text(Postgres), args...)
	r := s.send(ctx)
	for range n {
		if _, err := r.Exec(); err != nil {
			_ = r.Close() // says the same
			return nil, err
		}
	}
	rs, err := r.Query()
	if err != nil {
		_ = r.Close() // says the same
		return nil, err
	}
	return &lastRows{rs, r}, nil
}

// lastRows are the rows of the last statement of a batch.
type lastRows struct {
	pgx.Rows
	batch pgx.BatchResults
}

func (r *lastRows) Close() {
	r.Rows.Close()
	_ = r.batch.Close() // Err of the rows tells
}

// Next ends the batch with the last row, so that the connection is free as it
// is after a query of its own.
func (r *lastRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

func (s *pgSession) each(ctx context.Context, st *Stmt, rows [][]any) error {
	for _, r := range rows {
		if err := s.queue(ctx, st, r); err != nil {
			return err
		}
	}
	return nil
}

func (s *pgSession) insert(ctx context.Context, in *Insert, rows [][]any, returning bool) ([]bool, error) {
	cols := make([]any, len(in.Cols))
	for i, c := range in.Cols {
		cols[i] = column(c.Type, rows, i)
	}
	if !returning {
		return nil, s.queue(ctx, in.many, cols)
	}
	r, err := s.ask(ctx, in.manyNew, cols)
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

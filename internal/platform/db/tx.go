package db

import (
	"context"
	"errors"

	"switchboard/internal/platform/id"
)

// ErrNoRows says that a query for one row found none.
var ErrNoRows = errors.New("db: no rows")

// session runs statements inside an open transaction of one engine.
type session interface {
	exec(ctx context.Context, s *Stmt, args []any) (int64, error)
	queue(ctx context.Context, s *Stmt, args []any) error
	query(ctx context.Context, s *Stmt, args []any) (rows, error)
	each(ctx context.Context, s *Stmt, rows [][]any) error
	insert(ctx context.Context, in *Insert, rows [][]any, returning bool) ([]bool, error)
}

type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Tx is one transaction. It must not be used after the function it was given
// to has returned, nor by two goroutines at once.
type Tx struct {
	ctx      context.Context
	s        session
	engine   Engine
	readonly bool
	// Org is the organization the transaction is confined to; zero for the
	// system's own.
	Org    id.ID
	events []Event
	after  []func()
}

// Context is the context of the caller.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Engine tells which dialect is spoken, for the few bodies that differ.
func (tx *Tx) Engine() Engine { return tx.engine }

// Exec runs a statement and gives the number of rows it changed.
func (tx *Tx) Exec(s *Stmt, args ...any) (int64, error) {
	return tx.s.exec(tx.ctx, s, convertAll(tx.engine, args))
}

// Do is Exec for who does not ask how many rows changed. On PostgreSQL the
// statement travels with the next one, and so does its error.
func (tx *Tx) Do(s *Stmt, args ...any) error {
	return tx.s.queue(tx.ctx, s, convertAll(tx.engine, args))
}

// Row runs a query for one row; ErrNoRows when there is none.
func (tx *Tx) Row(s *Stmt, args []any, dest ...any) error {
	r, err := tx.s.query(tx.ctx, s, convertAll(tx.engine, args))
	if err != nil {
		return err
	}
	defer r.Close()
	if !r.Next() {
		if err := r.Err(); err != nil {
			return err
		}
		return ErrNoRows
	}
	if err := r.Scan(dest...); err != nil {
		return err
	}
	r.Close()
	return r.Err()
}

// Query runs a query and calls scan once for each row.
func (tx *Tx) Query(s *Stmt, args []any, scan func(scan func(dest ...any) error) error) error {
	r, err := tx.s.query(tx.ctx, s, convertAll(tx.engine, args))
	if err != nil {
		return err
	}
	defer r.Close()
	for r.Next() {
		if err := scan(r.Scan); err != nil {
			return err
		}
	}
	return r.Err()
}

// Each runs one statement for many rows of parameters, in order, in as few
// round trips as the engine allows.
func (tx *Tx) Each(s *Stmt, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	for _, r := range rows {
		convertAll(tx.engine, r)
	}
	return tx.s.each(tx.ctx, s, rows)
}

// InsertMany inserts rows as the engine likes it best: a prepared loop on
// SQLite, one statement over arrays on PostgreSQL.
func (tx *Tx) InsertMany(in *Insert, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	for _, r := range rows {
		convertAll(tx.engine, r)
	}
	_, err := tx.s.insert(tx.ctx, in, rows, false)
	return err
}

// InsertNew is InsertMany with ON CONFLICT DO NOTHING: it tells for each row
// whether it was new. Keys must differ within the batch.
func (tx *Tx) InsertNew(in *Insert, rows [][]any) ([]bool, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	for _, r := range rows {
		convertAll(tx.engine, r)
	}
	return tx.s.insert(tx.ctx, in, rows, true)
}

// AfterCommit runs f once the transaction is durable, outside of it. It is for
// hints only: a crash right after the commit loses it.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// ColType is the type of an inserted column.
type ColType string

// Column types of Insert.
const (
	ID    ColType = "uuid"
	Text  ColType = "text"
	Int   ColType = "bigint"
	Bool  ColType = "boolean"
	Bytes ColType = "bytea"
)

// Col is one column of an Insert.
type Col struct {
	Name string
	Type ColType
}

// Insert describes a batch insert.
type Insert struct {
	Table string
	Cols  []Col
	// Key are the columns whose conflict means "exists already"; they are
	// compared by InsertNew. Empty for tables without such a key.
	Key []string

	one, many, manyNew *Stmt
	keyAt              []int
}

// NewInsert registers a batch insert, written as "name type" per column.
func NewInsert(table string, key []string, cols ...Col) *Insert {
	in := &Insert{Table: table, Cols: cols, Key: key}
	names, params, arrays := "", "", ""
	for i, c := range cols {
		if i > 0 {
			names, params, arrays = names+", ", params+", ", arrays+", "
		}
		n := itoa(i + 1)
		names, params, arrays = names+c.Name, params+"$"+n, arrays+"$"+n+"::"+string(c.Type)+"[]"
		for _, k := range key {
			if k == c.Name {
				in.keyAt = append(in.keyAt, i)
			}
		}
	}
	conflict, returning := "", ""
	if len(key) > 0 {
		list := ""
		for i, k := range key {
			if i > 0 {
				list += ", "
			}
			list += k
		}
		conflict = " ON CONFLICT (" + list + ") DO NOTHING"
		returning = " RETURNING " + list
	}
	head := "INSERT INTO " + table + " (" + names + ") "
	in.one = SQL(head + "VALUES (" + params + ")" + conflict)
	// Over arrays only PostgreSQL is asked, so these are not registered.
	in.many = Dynamic(head + "SELECT * FROM unnest(" + arrays + ")" + conflict)
	in.manyNew = Dynamic(head + "SELECT * FROM unnest(" + arrays + ")" + conflict + returning)
	return in
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

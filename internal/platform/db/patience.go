package db

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// countWithin is how long a count may take: people wait for the rows, not for
// their number.
const countWithin = 500 * time.Millisecond

var (
	beforeCount = SQL(`SAVEPOINT counting`)
	afterCount  = SQL(`RELEASE SAVEPOINT counting`)
	undoCount   = SQL(`ROLLBACK TO SAVEPOINT counting`)
	anyLength   = Dynamic(`SET LOCAL statement_timeout = 0`)
)

// rowWithin is Row that gives up after a while, which is no error: the
// transaction goes on.
func (tx *Tx) rowWithin(most time.Duration, s *Stmt, args []any, dest ...any) (inTime bool, err error) {
	if tx.engine == SQLite {
		within := *tx
		var cancel context.CancelFunc
		within.ctx, cancel = context.WithTimeout(tx.ctx, most)
		defer cancel()
		err = within.Row(s, args, dest...)
		if err != nil && within.ctx.Err() != nil && tx.ctx.Err() == nil {
			return false, nil
		}
		return err == nil, err
	}
	// PostgreSQL stops a statement by itself and leaves what came before it.
	if err := tx.Do(beforeCount); err != nil {
		return false, err
	}
	if err := tx.Do(Dynamic(`SET LOCAL statement_timeout = ` + strconv.FormatInt(max(1, most.Milliseconds()), 10))); err != nil {
		return false, err
	}
	err = tx.Row(s, args, dest...)
	var e *pgconn.PgError
	switch {
	case err == nil:
		if err := tx.Do(anyLength); err != nil {
			return false, err
		}
		return true, tx.Do(afterCount)
	case errors.As(err, &e) && e.Code == "57014" && tx.ctx.Err() == nil:
		_, err := tx.Exec(undoCount) // the limit goes with it
		return false, err
	}
	return false, err
}

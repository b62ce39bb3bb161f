package db

import (
	"fmt"

	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// List reads one page of a list of the transaction's organization. The table
// that holds organization_id goes by the alias t in from. It gives the number
// of all rows when that was asked for and could be told soon, otherwise -1. One row above the page is
// read, so that the caller sees whether there is more.
func List(tx *Tx, l *query.List, columns, from string, scan func(scan func(...any) error) error) (int64, error) {
	return ListOf(tx, tx.Org, l, columns, from, scan)
}

// ListOf is List in a transaction of the system, confined to an organization by
// its condition alone: for rows whose other half is server-wide.
func ListOf(tx *Tx, org id.ID, l *query.List, columns, from string, scan func(scan func(...any) error) error) (total int64, err error) {
	total = -1
	if l.Spec.Scoped && l.Within == nil {
		return total, fmt.Errorf("db: the list of %s does not say within what", l.Spec.Resource)
	}
	if l.CountExact {
		if total, err = countOf(tx, org, l, from); err != nil {
			return total, err
		}
	}
	e := grammarOf(tx)
	where, order, limit, args := l.SQL(e, 2)
	if l.Split() {
		var keys string
		keys, where, order, limit, args = l.SplitSQL(e, 2, "t.organization_id = $1")
		from = "(" + keys + ") v CROSS JOIN " + from // tables are read in the order they stand in: these few first
	}
	text := "SELECT " + columns + " FROM " + from + " WHERE t.organization_id = $1 AND (" + where + ") " + order + " " + limit
	return total, tx.Query(Dynamic(text), append([]any{org}, args...), scan)
}

// countOf counts all rows of a list; -1 when that takes too long.
func countOf(tx *Tx, org id.ID, l *query.List, from string) (int64, error) {
	where, args := l.CountSQL(grammarOf(tx), 2)
	var n int64
	inTime, err := tx.rowWithin(countWithin, Dynamic("SELECT count(*) FROM "+from+" WHERE t.organization_id = $1 AND ("+where+")"),
		append([]any{org}, args...), &n)
	if err != nil || !inTime {
		return -1, err
	}
	return n, nil
}

func grammarOf(tx *Tx) query.Engine {
	if tx.engine == Postgres {
		return query.Postgres
	}
	return query.SQLite
}

package db

import (
	"fmt"

	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// List reads one page of a list of the transaction's organization. The table
// that holds organization_id goes by the alias t in from. It gives the number
// of all rows when that was asked for, otherwise -1. One row above the page is
// read, so that the caller sees whether there is more.
func List(tx *Tx, l *query.List, columns, from string, scan func(scan func(...any) error) error) (int64, error) {
	return ListOf(tx, tx.Org, l, columns, from, scan)
}

// ListOf is List in a transaction of the system, confined to an organization by
// its condition alone: for rows whose other half is server-wide.
func ListOf(tx *Tx, org id.ID, l *query.List, columns, from string, scan func(scan func(...any) error) error) (int64, error) {
	total := int64(-1)
	if l.Spec.Scoped && l.Within == nil {
		return total, fmt.Errorf("db: the list of %s does not say within what", l.Spec.Resource)
	}
	e := query.SQLite
	if tx.engine == Postgres {
		e = query.Postgres
	}
	if l.CountExact {
		where, args := l.CountSQL(e, 2)
		if err := tx.Row(Dynamic("SELECT count(*) FROM "+from+" WHERE t.organization_id = $1 AND ("+where+")"),
			append([]any{org}, args...), &total); err != nil {
			return total, err
		}
	}
	where, order, limit, args := l.SQL(e, 2)
	if l.Split() {
		var keys string
		keys, where, order, limit, args = l.SplitSQL(e, 2, from+" WHERE t.organization_id = $1 AND ")
		from = "(" + keys + ") v CROSS JOIN " + from // tables are read in the order they stand in: these few first
	}
	text := "SELECT " + columns + " FROM " + from + " WHERE t.organization_id = $1 AND (" + where + ") " + order + " " + limit
	return total, tx.Query(Dynamic(text), append([]any{org}, args...), scan)
}

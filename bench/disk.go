package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"sort"
	"strings"
)

// disk measures P15: what the messages of P1 to P4 take in the SQLite file,
// by table with its indexes.
func disk(n *node, res *results) error {
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(n.data, "switchboard.db"))
	if err != nil {
		return err
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	if _, err := pool.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return err
	}
	var messages float64
	if err := pool.QueryRow("SELECT count(*) FROM message").Scan(&messages); err != nil {
		return err
	}
	rows, err := pool.Query("SELECT m.tbl_name, m.name, sum(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name GROUP BY 1, 2")
	if err != nil {
		return err
	}
	defer rows.Close()
	var kept, raw float64
	var lines []string
	for rows.Next() {
		var table, name string
		var size float64
		if err := rows.Scan(&table, &name, &size); err != nil {
			return err
		}
		per := size / messages
		switch table {
		case "webhook_body", "webhook_event":
			raw += per
		case "message", "provider_message", "conversation", "enquiry", "enquiry_event", "contact", "identity", "event", "event_head":
			kept += per
		default:
			continue
		}
		if per >= 1 {
			lines = append(lines, fmt.Sprintf("%s %.0f", name, per))
		}
	}
	sort.Strings(lines)
	fmt.Println("   bytes per message:", strings.Join(lines, ", "))
	size := fmt.Sprintf("%.0f messages of %d contacts", messages, contacts)
	res.add(row{"P15", "bytes per message: message, conversation, enquiry, event, key", n.engine, f0(kept), "≤ 900", kept <= 900, size, 0})
	res.add(row{"P15", "bytes per message: raw webhook and its row", n.engine, f0(raw), "≤ 300", raw <= 300, size, 0})
	return rows.Err()
}

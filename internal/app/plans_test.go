package app

import (
	"database/sql"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"switchboard/internal/platform/db"
)

// rarely are statements that may read all rows of an organization: a person
// asks for them now and then, or the table is small.
var rarely = []string{
	"FROM enquiry e WHERE e.organization_id = ?1 AND e.channel_id = ?2", // a channel is deleted
	"FROM outbox",                     // holds what waits only
	"(SELECT seq, at FROM event",      // the oldest, with a limit
	"SELECT b.organization_id, b.id ", // the oldest, with a limit
	"FROM source s JOIN channel c",    // a handful of channels
}

// grown are the tables that grow with every message.
var grown = regexp.MustCompile(`(?:SCAN|SEARCH) (\w+)(?: AS \w+)? ?(.*)`)

// TestNoStatementReadsAnOrganizationWhole asks SQLite's planner about every
// registered statement: finding a few rows must not take longer the more an
// organization has.
func TestNoStatementReadsAnOrganizationWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plans.db")
	d, err := db.Open(t.Context(), db.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
	pool, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	large := regexp.MustCompile(`\b(message|conversation|contact|identity|enquiry|webhook_event|webhook_body|provider_message|event|media)\b`)
	parameter := regexp.MustCompile(`\?\d+`)
	for _, s := range db.Registered() {
		text := strings.Join(strings.Fields(s.Text(db.SQLite)), " ")
		if !large.MatchString(text) || has(text, rarely) {
			continue
		}
		rows, err := pool.Query("EXPLAIN QUERY PLAN " + parameter.ReplaceAllString(text, "NULL"))
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		for rows.Next() {
			var a, b, c int
			var detail string
			if err := rows.Scan(&a, &b, &c, &detail); err != nil {
				t.Fatal(err)
			}
			m := grown.FindStringSubmatch(detail)
			if m == nil || m[1] == "json_each" || m[1] == "CONSTANT" || m[1] == "event_head" {
				continue
			}
			whole := strings.HasPrefix(detail, "SCAN") && !strings.Contains(detail, "INDEX webhook_event_pending")
			if whole || strings.HasSuffix(detail, "(organization_id=?)") || strings.HasSuffix(detail, "(organization_id=? AND type=?)") {
				t.Errorf("%s\n\treads too much: %s", text, detail)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
}

func has(text string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

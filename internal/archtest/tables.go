package archtest

import (
	"fmt"
	"go/ast"
	"regexp"
	"strings"
)

// owners says which package alone writes a table. Reading by join is free.
var owners = map[string]string{
	"organization": "internal/domain/account",
	"users":        "internal/domain/account",
	"session":      "internal/domain/account",
	"member":       "internal/domain/account",
	"api_token":    "internal/domain/account",

	"team":           "internal/domain/account",
	"team_member":    "internal/domain/account",
	"invitation":     "internal/domain/account",
	"password_reset": "internal/domain/account",
	"login_history":  "internal/domain/account",
	"audit_log":      "internal/platform/audit", // written with the act itself, by every domain
	"audit_head":     "internal/platform/audit",

	"contact":  "internal/domain/contact",
	"identity": "internal/domain/contact",

	"source":  "internal/domain/channel",
	"channel": "internal/domain/channel",

	"conversation":     "internal/domain/inbox",
	"message":          "internal/domain/inbox",
	"message_step":     "internal/domain/inbox",
	"provider_message": "internal/domain/inbox",
	"message_star":     "internal/domain/inbox",
	"read_mark":        "internal/domain/inbox",
	"enquiry":          "internal/domain/inbox",
	"enquiry_event":    "internal/domain/inbox",
	"enquiry_counter":  "internal/domain/inbox",
	"outbox":           "internal/domain/inbox",
	"send_lane":        "internal/domain/inbox", // made with the first outbox row, gone with the last

	"parked":     "internal/domain/inbox",
	"poll_vote":  "internal/domain/inbox",
	"poll_tally": "internal/domain/inbox",

	"channel_notice": "internal/domain/channel",
	"webhook_body":   "internal/domain/channel",
	"webhook_event":  "internal/domain/channel",

	"delivery":         "internal/domain/delivery",
	"delivery_attempt": "internal/domain/delivery",
	"ingest_lane":      "internal/gateway",
	"send_gate":        "internal/gateway",

	"media": "internal/domain/media",
	"job":   "internal/platform/job",

	"event":       "internal/platform/db", // appended as the last statement before COMMIT
	"event_head":  "internal/platform/db",
	"idempotency": "internal/platform/idempotency",
	"data_key":    "internal/app",
	"instance":    "internal/app",
}

var (
	writes = regexp.MustCompile(`(?i)\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|DELETE\s+FROM(?:\s+ONLY)?|UPDATE(?:\s+ONLY)?)\s+(?:"?([a-zA-Z_][a-zA-Z0-9_]*)"?|(%[a-z]|` + unseen + `))(?:\s+(?:AS\s+)?[a-z_][a-z0-9_]*)?\s*(\bSET\b)?`)
	create = regexp.MustCompile(`(?im)^\s*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([a-z_][a-z0-9_]*)`)
)

const oneOwner = "a table that two packages write belongs to neither: its rules (lock order, events, counters) live with one owner"

// Tables holds: one owner per database table. Tests and migrations are free.
func Tables(t *Tree) (out []Problem) {
	known := map[string]bool{}
	for _, name := range migrationTables(t) {
		known[name] = true
		if owners[name] == "" {
			out = append(out, Problem{"internal/platform/db/migrations", "table " + name + " has no owner", oneOwner,
				fmt.Sprintf("add %q: \"internal/domain/…\" to owners in internal/archtest/tables.go", name)})
		}
	}
	for _, f := range t.Files {
		if f.Test || inside(f.Dir, "internal/archtest") || inside(f.Dir, "scripts") || inside(f.Dir, "bench") {
			continue
		}
		judge := func(n ast.Node, table string) {
			owner := owners[table]
			switch {
			case owner == "" && known[table]: // said once above
			case owner == "":
				out = append(out, Problem{t.at(f, n), "writes table " + table + ", which has no owner", oneOwner,
					fmt.Sprintf("if the table is new, add %q: %q to owners in internal/archtest/tables.go", table, f.Dir)})
			case !inside(f.Dir, owner):
				out = append(out, Problem{t.at(f, n), fmt.Sprintf("%s writes table %s of %s", f.Dir, table, owner), oneOwner,
					"call a function of " + owner + " with your *db.Tx, or let it listen to an event"})
			}
		}
		texts(f.AST, func(n ast.Node, s string) {
			for _, m := range writes.FindAllStringSubmatch(s, -1) {
				verb := strings.ToUpper(strings.Fields(m[0])[0])
				table := m[1]
				if verb == "UPDATE" && m[3] == "" && !strings.HasPrefix(m[0], "UPDATE "+unseen) {
					continue // FOR UPDATE, DO UPDATE SET, or English
				}
				if table == "" {
					// db builds batch inserts, lease works on the table of each of its
					// users: both are handed the name by the owner.
					if !inside(f.Dir, "internal/platform/db") && !inside(f.Dir, "internal/platform/lease") {
						out = append(out, Problem{t.at(f, n), "the table of a write is not in its text", oneOwner + ", and the owner cannot be seen here",
							"write the table's name into the statement"})
					}
					continue
				}
				if strings.ToLower(table) != table || strings.EqualFold(table, "set") {
					continue
				}
				if m[0][0] >= 'a' && m[0][0] <= 'z' && owners[table] == "" && !known[table] {
					continue // a sentence, not a statement
				}
				judge(n, table)
			}
		})
		ast.Inspect(f.AST, func(n ast.Node) bool { // db.NewInsert("table", …)
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 {
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "NewInsert" {
					if table, ok := stringLit(call.Args[0]); ok {
						judge(call, table)
					}
				}
			}
			return true
		})
	}
	return out
}

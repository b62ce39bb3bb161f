package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// The data set of the inbox: each conversation has the same number of
// messages, and who wrote last has nothing to do with who wrote first. A fifth
// waits; the rest is closed and was one of the members'. A tenth is nobody's
// team's.
const (
	members         = 100
	teams           = 10
	conversations   = 200_000
	perConversation = 5
	scatter         = 7919 // prime, so that multiplying by it visits every conversation
)

// load fills the database with SQL of its own, in the database: the server is
// stopped meanwhile. Ids are UUIDv7 in the order of time, as the server's are.
func (n *node) load() error {
	driver, dsn := "sqlite", "file:"+filepath.Join(n.data, "switchboard.db")+"?_pragma=synchronous(OFF)&_pragma=cache_size(-400000)&_pragma=foreign_keys(0)"
	if n.pg != nil {
		driver, dsn = "pgx", n.url
	}
	pool, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	start := time.Now().Add(-30 * 24 * time.Hour).Truncate(time.Second).UnixMilli()
	at := func(i string) string { return fmt.Sprintf("(%d + %s * 2000)", start, i) }
	key := func(kind int, i string) string {
		if n.pg != nil {
			return fmt.Sprintf("(lpad(to_hex((%s)::bigint),12,'0')||'7%03x8'||lpad(to_hex((%s)::bigint),15,'0'))::uuid", at(i), kind, i)
		}
		return fmt.Sprintf("unhex(printf('%%012x7%03x8%%015x', %s, %s))", kind, at(i), i)
	}
	lit := func(id string) string {
		h := strings.ReplaceAll(id, "-", "")
		if n.pg != nil {
			return "'" + h + "'::uuid"
		}
		return "x'" + h + "'"
	}
	series := func(count int) string {
		if n.pg != nil {
			return fmt.Sprintf("FROM generate_series(0::bigint, %d) AS g(n)", count-1)
		}
		return fmt.Sprintf("FROM (WITH RECURSIVE g(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM g WHERE n < %d) SELECT n FROM g)", count-1)
	}
	inverse := 1
	for inverse*scatter%conversations != 1 {
		inverse++
	}
	last := fmt.Sprintf("(%d + n * %d %% %d)", (perConversation-1)*conversations, inverse, conversations)
	convOf := fmt.Sprintf("(n * %d %% %d)", scatter, conversations)
	text := "'Hello, could you tell me when order number ' || n || ' will be delivered? Thank you very much for your help.'"
	org, ch := lit(n.org), lit(n.channel)
	// Two members are an agent and a supervisor of one team.
	people := []string{}
	for i, role := range []string{"agent", "supervisor"} {
		n := fmt.Sprint(i + 1)
		people = append(people,
			"INSERT INTO users (id, email, name, password_hash, created_at, updated_at) VALUES ("+key(8, n)+",'"+role+"@example.com','"+role+"','',0,0)",
			"INSERT INTO member (organization_id, id, user_id, role, name, created_at, updated_at) VALUES ("+org+","+key(6, n)+","+key(8, n)+",'"+role+"','"+role+"',0,0)",
			"INSERT INTO team_member (organization_id, member_id, team_id) VALUES ("+org+","+key(6, n)+","+key(7, "1")+")",
			"UPDATE api_token SET member_id = "+key(6, n)+" WHERE name = '"+role+"'")
	}
	holder := "CASE WHEN n % 5 <> 0 THEN " + key(6, fmt.Sprintf("(n %% %d)", members)) + " END"
	team := fmt.Sprintf("CASE WHEN n / 5 %% %d <> 9 THEN %s END", teams, key(7, fmt.Sprintf("(n / 5 %% %d)", teams)))
	off := "PRAGMA foreign_keys=OFF"
	if n.pg != nil {
		off = "SET session_replication_role = replica"
	}
	for _, q := range append([]string{off,
		"INSERT INTO contact (organization_id, id, name, name_folded, created_at, updated_at) SELECT " + org + "," + key(1, "n") + ", 'Visitor ' || n, 'visitor ' || n," + at("n") + "*1000," + at("n") + "*1000 " + series(conversations),
		"INSERT INTO identity (organization_id, type, kind, address, id, contact_id, name, created_at) SELECT " + org + ",'WHATSAPP_CLOUD','phone', CAST(491550000000 + n AS TEXT)," + key(2, "n") + "," + key(1, "n") + ", 'Visitor ' || n," + at("n") + "*1000 " + series(conversations),
		"INSERT INTO conversation (organization_id, id, channel_id, contact_id, thread_key, unread_count, last_message_at, last_message_id, last_inbound_at, window_expires_at, enquiry_id, enquiry_status, holder_id, team_id, created_at, updated_at) SELECT " +
			org + "," + key(3, "n") + "," + ch + "," + key(1, "n") + ", CAST(n AS TEXT), n % 4, " + at(last) + "*1000, " + key(5, last) + "," + at(last) + "*1000," + at(last) + "*1000 + 86400000000," +
			"CASE WHEN n % 5 = 0 THEN " + key(4, "n") + " END, CASE WHEN n % 5 = 0 THEN 'open' ELSE 'none' END," + holder + "," + team + "," + at("n") + "*1000," + at(last) + "*1000 " + series(conversations),
		"INSERT INTO enquiry (organization_id, id, number, status, conversation_id, channel_id, contact_id, created_at, updated_at) SELECT " +
			org + "," + key(4, "n*5") + ", 'E-202601-' || n, 'open', " + key(3, "n*5") + "," + ch + "," + key(1, "n*5") + "," + at("n*5") + "*1000," + at("n*5") + "*1000 " + series(conversations/5),
		"INSERT INTO message (organization_id, id, conversation_id, channel_id, direction, kind, text, status, provider_message_id, author_type, author_id, occurred_at, created_at) SELECT " +
			org + "," + key(5, "n") + "," + key(3, convOf) + "," + ch + ",'inbound','text'," + text + ",'received','wamid.' || n,'contact'," + key(1, convOf) + "," + at("n") + "*1000," + at("n") + "*1000 " + series(conversations*perConversation),
		fmt.Sprintf("INSERT INTO team (organization_id, id, name, name_folded, created_at, updated_at) SELECT %s, %s, 'Team ' || n, 'team ' || n, 0, 0 %s", org, key(7, "n"), series(teams)),
	}, people...) {
		if _, err := pool.Exec(q); err != nil {
			return fmt.Errorf("%w in %.120s", err, q)
		}
	}
	tidy := "PRAGMA wal_checkpoint(TRUNCATE)"
	if n.pg != nil {
		tidy = "VACUUM ANALYZE" // what autovacuum would have done within the hour
	}
	_, err = pool.ExecContext(context.Background(), tidy)
	return err
}

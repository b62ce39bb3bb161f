package db

import (
	"regexp"
	"strings"
	"sync"
)

// Engine names one of the two databases Switchboard runs on.
type Engine int

// The engines.
const (
	SQLite Engine = iota
	Postgres
)

// String is the engine's name in logs and metrics.
func (e Engine) String() string {
	if e == Postgres {
		return "postgres"
	}
	return "sqlite"
}

// Stmt is one SQL text for both engines. Parameters are $1, $2 …; tokens stand
// for what truly differs:
//
//	IN @ids($n)   a list of ids (IDs)         … id IN @ids($1)
//	IN @list($n)  a list of texts (Texts)     … name IN @list($1)
//	@lock         row lock, nothing on SQLite, whose writer is alone
//	@skip_locked  row lock that steps over rows others hold
//	@now          the database's own time, microseconds
type Stmt struct {
	src  string
	text [2]string
}

var registry struct {
	sync.Mutex
	all []*Stmt
}

// SQL registers a statement. It is called for package variables, so that a test
// can prepare every statement on both engines.
func SQL(src string) *Stmt {
	s := Dynamic(src)
	registry.Lock()
	registry.all = append(registry.all, s)
	registry.Unlock()
	return s
}

// Dynamic makes a statement whose text depends on the request (filters, order).
// User input never becomes part of the text.
func Dynamic(src string) *Stmt {
	return &Stmt{src: src, text: [2]string{rewrite(SQLite, src), rewrite(Postgres, src)}}
}

// Text is the statement in an engine's own dialect.
func (s *Stmt) Text(e Engine) string { return s.text[e] }

// Registered lists every statement made with SQL.
func Registered() []*Stmt {
	registry.Lock()
	defer registry.Unlock()
	return append([]*Stmt(nil), registry.all...)
}

var (
	dollar  = regexp.MustCompile(`\$(\d+)`)
	tokenID = regexp.MustCompile(`IN @ids\((\$\d+)\)`)
	tokenLs = regexp.MustCompile(`IN @list\((\$\d+)\)`)
)

// rewrite turns tokens into an engine's dialect. SQLite gets ?N, because some
// drivers mistake $2 before $1 for the first parameter.
func rewrite(e Engine, src string) string {
	if strings.Contains(src, "@") {
		if e == SQLite {
			src = tokenID.ReplaceAllString(src, "IN (SELECT unhex(value) FROM json_each($1))")
			src = tokenLs.ReplaceAllString(src, "IN (SELECT value FROM json_each($1))")
			src = strings.NewReplacer("@lock", "", "@skip_locked", "",
				"@now", "CAST(unixepoch('now','subsec')*1000000 AS INTEGER)").Replace(src)
		} else {
			// = ANY is a condition of an index; IN (SELECT unnest(…)) is a join,
			// which reads the whole organization while there are no statistics.
			src = tokenID.ReplaceAllString(src, "= ANY($1::uuid[])")
			src = tokenLs.ReplaceAllString(src, "= ANY($1::text[])")
			src = strings.NewReplacer("@lock", "FOR NO KEY UPDATE", "@skip_locked", "FOR NO KEY UPDATE SKIP LOCKED",
				"@now", "(extract(epoch from clock_timestamp())*1000000)::bigint").Replace(src)
		}
	}
	if e == SQLite {
		return dollar.ReplaceAllString(src, "?$1")
	}
	return src
}

// schemaTokens are the words a migration uses for column types.
func schemaTokens(e Engine, src string) string {
	if e == SQLite {
		return strings.NewReplacer("@id", "BLOB", "@text", "TEXT", "@bytes", "BLOB", "@norowid", "WITHOUT ROWID").Replace(src)
	}
	return strings.NewReplacer("@id", "UUID", "@text", `TEXT COLLATE "C"`, "@bytes", "BYTEA", "@norowid", "").Replace(src)
}

package query

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
	"pgregory.net/rapid"

	"switchboard/internal/platform/id"
	"switchboard/internal/platform/text"
)

type row struct {
	ID        id.ID   `json:"id"`
	Name      string  `json:"name"`
	Note      *string `json:"note"`
	Number    *int64  `json:"number"`
	CreatedAt string  `json:"created_at"`
	micros    int64
}

// run executes a list on SQLite as the database layer would.
func run(t rapid.TB, db *sql.DB, l *List) []string {
	where, order, limit, args := l.SQL(SQLite, 1)
	for i, a := range args {
		if v, ok := a.(id.ID); ok {
			args[i] = v[:]
		}
	}
	q := regexp.MustCompile(`\$(\d+)`).ReplaceAllString("SELECT c.id FROM c WHERE "+where+" "+order+" "+limit, "?$1")
	rows, err := db.Query(q, args...)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var v id.ID
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPagesCoverEverythingOnce walks every mixture of orders page by page on a
// real database and compares with a sort in Go.
func TestPagesCoverEverythingOnce(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE c (id BLOB PRIMARY KEY, owner_id BLOB, name TEXT, name_folded TEXT, note TEXT, type TEXT, number INT, active INT, created_at INT, secret TEXT, fixed TEXT)"); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		if _, err := db.Exec("DELETE FROM c"); err != nil {
			t.Fatal(err)
		}
		word := rapid.SampledFrom([]string{"a", "B", "b", "É", "é", "z*", "_"})
		rows := map[string]row{}
		for range rapid.IntRange(0, 25).Draw(t, "rows") {
			r := row{ID: id.New(), Name: word.Draw(t, "name"), micros: int64(rapid.IntRange(0, 3).Draw(t, "at"))}
			r.CreatedAt = fmt.Sprintf("1970-01-01T00:00:00.%06dZ", r.micros)
			if rapid.Bool().Draw(t, "has note") {
				r.Note = new(word.Draw(t, "note"))
			}
			if rapid.Bool().Draw(t, "has number") {
				r.Number = new(int64(rapid.IntRange(-1, 2).Draw(t, "number")))
			}
			if _, err := db.Exec("INSERT INTO c (id,name,name_folded,note,number,created_at) VALUES (?,?,?,?,?,?)",
				r.ID[:], r.Name, text.Fold(r.Name), r.Note, r.Number, r.micros); err != nil {
				t.Fatal(err)
			}
			rows[r.ID.String()] = r
		}
		var order []string
		for _, f := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"id", "name", "note", "number", "created_at"}), 0, 4, rapid.ID).Draw(t, "order") {
			order = append(order, f+rapid.SampledFrom([]string{"", ".asc", ".desc"}).Draw(t, "direction"))
		}
		values := url.Values{"order": {strings.Join(order, ",")}, "limit": {fmt.Sprint(rapid.IntRange(1, 9).Draw(t, "limit"))}}
		var got []string
		for {
			l, bad := ParseList(spec, values, Prefer{})
			if bad != nil {
				t.Fatal(bad)
			}
			page := run(t, db, &l)
			more := len(page) > l.Limit
			if more {
				page = page[:l.Limit]
			}
			got = append(got, page...)
			if !more {
				break
			}
			printed, _ := json.Marshal(rows[page[len(page)-1]])
			var members map[string]json.RawMessage
			_ = json.Unmarshal(printed, &members)
			next, err := CursorAfter(&l, members)
			if err != nil {
				t.Fatal(err)
			}
			values.Set("cursor", next)
		}
		want := make([]string, 0, len(rows))
		for k := range rows {
			want = append(want, k)
		}
		l, _ := ParseList(spec, url.Values{"order": values["order"]}, Prefer{})
		slices.SortFunc(want, func(a, b string) int { return compare(l.Order, rows[a], rows[b]) })
		if !slices.Equal(got, want) {
			t.Fatalf("order %v:\n got %v\nwant %v", order, got, want)
		}
	})
}

func compare(order []Order, a, b row) int {
	for _, o := range order {
		c := 0
		switch o.Field.Name {
		case "id":
			c = strings.Compare(a.ID.String(), b.ID.String())
		case "name":
			c = strings.Compare(text.Fold(a.Name), text.Fold(b.Name))
		case "note":
			c = nullable(a.Note, b.Note)
		case "number":
			c = nullable(a.Number, b.Number)
		case "created_at":
			c = cmp.Compare(a.micros, b.micros)
		}
		if o.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func nullable[T cmp.Ordered](a, b *T) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1 // NULL is the largest
	case b == nil:
		return -1
	}
	return cmp.Compare(*a, *b)
}

// TestEveryFormRunsOnSQLite executes each operator on each field.
func TestEveryFormRunsOnSQLite(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE c (id BLOB PRIMARY KEY, owner_id BLOB, name TEXT, name_folded TEXT, note TEXT, type TEXT, number INT, active INT, created_at INT, secret TEXT, fixed TEXT)"); err != nil {
		t.Fatal(err)
	}
	someID := id.MustParse(someID)
	if _, err := db.Exec("INSERT INTO c VALUES (?,NULL,'Žofie A_b','zofie a_b','Hello [x] 50%','SMS',5,1,1795363426123456,'','f')", someID[:]); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		f := &spec.Fields[rapid.IntRange(0, len(spec.Fields)-1).Draw(t, "field")]
		if !f.Filterable {
			return
		}
		op := rapid.SampledFrom(f.Operators().Names()).Draw(t, "op")
		value := map[Type]string{UUID: someID.String(), Text: "a*B[", FoldedText: "Ž*", Enum: "SMS", Int: "5", Bool: "true", Time: "2026-11-22T16:03:46Z"}[f.Type]
		switch op {
		case "in":
			value = "(" + value + ")"
		case "is":
			value = "null"
		}
		cond := op + "." + value
		if rapid.Bool().Draw(t, "not") {
			cond = "not." + cond
		}
		values := url.Values{f.Name: {cond}}
		if rapid.Bool().Draw(t, "grouped") {
			values = url.Values{"or": {"(" + f.Name + "." + cond + ",and(" + f.Name + "." + cond + ",id.is.null))"}}
		}
		l, bad := ParseList(spec, values, Prefer{})
		if bad != nil {
			t.Fatal(values, bad)
		}
		run(t, db, &l)
	})
	for q, n := range map[string]int{
		"name=ilike.ZOFIE*": 1, "name=ilike.*a_b": 1, "name=ilike.*axb": 0, "name=like.Ž*": 1, "name=like.ž*": 0, "note=like.*[x]*": 1, "note=like.hello*": 0,
		"note=ilike.hello*": 1, "note=like.*50%5C%25": 1, "note=like.%25[x]%25": 1, "note=ilike.*%5C*": 0, "created_at=2026-11-22T16:03:46.123456Z": 1, "active=is.true": 1, "number=in.()": 0, "number=not.in.()": 1,
	} {
		l, bad := parseQuery(t, q)
		if bad != nil {
			t.Fatal(q, bad)
		}
		if got := run(t, db, &l); len(got) != n {
			t.Errorf("%s: %d rows, want %d", q, len(got), n)
		}
	}
}

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

func show(args []any) string {
	var out []string
	for _, a := range args {
		out = append(out, fmt.Sprint(a))
	}
	return strings.Join(out, "|")
}

// safe is all a statement may consist of besides what the declaration wrote.
var safe = regexp.MustCompile(`^[A-Za-z_.$0-9 ()=<>,]*$`)

func noUserText(t interface{ Fatalf(string, ...any) }, l *List) {
	for _, e := range []Engine{SQLite, Postgres} {
		where, order, limit, args := l.SQL(e, 1)
		all := strings.NewReplacer(` ESCAPE '\'`, "", ` COLLATE "C"`, "").Replace(where + " " + order + " " + limit)
		if !safe.MatchString(all) {
			t.Fatalf("a caller's text in the statement: %s", all)
		}
		for _, word := range regexp.MustCompile(`[A-Za-z_.]{2,}`).FindAllString(all, -1) {
			known := slices.ContainsFunc(spec.Fields, func(f Field) bool { return f.Column == word || f.Folded == word })
			if !known && !slices.Contains(strings.Fields("AND OR NOT IN IS NULL TRUE FALSE LIKE GLOB ORDER BY DESC NULLS FIRST LAST LIMIT OFFSET lower"), word) {
				t.Fatalf("a foreign word %q in %s", word, all)
			}
		}
		for i := range args {
			if !strings.Contains(where+limit+" ", fmt.Sprintf("$%d", i+1)) {
				t.Fatalf("argument %d is not used in %s", i+1, where)
			}
		}
	}
}

// FuzzParse: whatever a caller sends is understood or refused, and none of its
// text reaches a statement.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"type=SMS", "or=(a.eq.1,b.in.(x,y),not.and(number.gt.1,c.is.null))", "note=in.(%22a,b%22,c)", "order=name.desc&limit=3&cursor=eyJ2IjpbXX0",
		"name=ilike.*%25_[]*", "select=id,name::text", "note=like.%5C", "or=(note.eq.%22%5C%22)", "and=((((((", "number=not.not.eq.1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		values, err := url.ParseQuery(s)
		if err != nil {
			return
		}
		l, bad := ParseList(spec, values, Prefer{})
		if bad != nil {
			if bad.Code == "" || bad.Hint == "" {
				t.Fatalf("a refusal without words: %+v", bad)
			}
			return
		}
		noUserText(t, &l)
	})
}

func TestValuesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.String(), 1, 6).Draw(t, "words")
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
			if strings.ContainsRune(w, 0) || len(w) > maxText {
				t.Skip()
			}
		}
		values := url.Values{"note": {"in.(" + strings.Join(quoted, ",") + ")"}, "or": {"(note.eq." + quoted[0] + ",note.not.neq." + quoted[0] + ")"}}
		l, bad := ParseList(spec, values, Prefer{})
		if bad != nil {
			t.Fatal(bad)
		}
		noUserText(t, &l)
		var want []any
		for _, w := range words {
			if !slices.Contains(want, any(w)) {
				want = append(want, w)
			}
		}
		if !slices.Equal(l.Where[0].Args, want) || l.Where[1].Group[0].Args[0] != words[0] || l.Where[1].Group[1].Args[0] != words[0] {
			t.Fatalf("%q became %q", words, l.Where[0].Args)
		}
	})
}

func TestTamperedCursorIsRefused(t *testing.T) {
	l, _ := parseQuery(t, "order=number.desc")
	good, err := NextCursor(&l, []any{int64(5), id.MustParse(someID)})
	if err != nil {
		t.Fatal(err)
	}
	if l, bad := parseQuery(t, "order=number.desc&cursor="+good); bad != nil || len(l.After) != 2 || l.After[0] != int64(5) {
		t.Fatal(bad, l.After)
	}
	for _, q := range []string{"order=number.asc&cursor=" + good, "cursor=" + good, "order=number.desc&cursor=" + good + "A"} {
		if _, bad := parseQuery(t, q); bad == nil || bad.Code != "bad_cursor" {
			t.Errorf("%s: %v", q, bad)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(good)
		b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
		if _, bad := ParseList(spec, url.Values{"order": {"number.desc"}, "cursor": {string(b)}}, Prefer{}); bad == nil {
			t.Fatalf("accepted %s", b)
		}
	})
}

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

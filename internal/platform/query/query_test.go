package query

import (
	"net/url"
	"strings"
	"testing"

	"switchboard/internal/platform/fault"
)

var spec = &Spec{
	Resource: "contacts",
	Members:  []string{"identities"},
	Fields: []Field{
		{Name: "id", Column: "c.id", Type: UUID, Filterable: true, Sortable: true},
		{Name: "owner_id", Column: "c.owner_id", Type: UUID, Filterable: true, Nullable: true},
		{Name: "name", Column: "c.name", Folded: "c.name_folded", Type: FoldedText, Filterable: true, Sortable: true},
		{Name: "note", Column: "c.note", Type: Text, Filterable: true, Sortable: true, Nullable: true},
		{Name: "type", Column: "c.type", Type: Enum, Values: []string{"SMS", "EMAIL"}, Aliases: map[string]string{"MAIL": "EMAIL"}, Filterable: true},
		{Name: "number", Column: "c.number", Type: Int, Filterable: true, Sortable: true, Nullable: true},
		{Name: "active", Column: "c.active", Type: Bool, Filterable: true},
		{Name: "created_at", Column: "c.created_at", Type: Time, Filterable: true, Sortable: true},
		{Name: "secret", Column: "c.secret", Type: Text},
		{Name: "fixed", Column: "c.fixed", Type: Text, Ops: Eq | In, Filterable: true},
	},
}

func parseQuery(t *testing.T, q string) (List, *fault.Error) {
	t.Helper()
	values, err := url.ParseQuery(q)
	if err != nil {
		t.Fatal(err)
	}
	return ParseList(spec, values, Prefer{})
}

const someID = "0199b0c2-7d5e-7c3a-8f00-3b5d2f9a1c44"

func TestSpecIsSound(t *testing.T) {
	if err := spec.Check(); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]Spec{
		"no key":     {Resource: "x", Fields: []Field{{Name: "a", Column: "a"}}},
		"twice":      {Resource: "x", Fields: []Field{{Name: "id", Column: "a"}, {Name: "id", Column: "a"}}},
		"reserved":   {Resource: "x", Fields: []Field{{Name: "id", Column: "a"}, {Name: "order", Column: "a"}}},
		"no values":  {Resource: "x", Fields: []Field{{Name: "id", Column: "a"}, {Name: "t", Column: "a", Type: Enum}}},
		"not folded": {Resource: "x", Fields: []Field{{Name: "id", Column: "a"}, {Name: "t", Column: "a", Type: FoldedText}}},
	} {
		if s.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestText pins the statement and its arguments for each form of the grammar.
func TestText(t *testing.T) {
	for _, row := range []struct{ query, sqlite, postgres, args string }{
		{"", "TRUE", "", ""},
		{"type=SMS", "(c.type = $3)", "", "SMS"},
		{"type=eq.SMS", "(c.type = $3)", "", "SMS"},
		{"type=MAIL", "(c.type = $3)", "", "EMAIL"},
		{"type=neq.SMS", "(c.type <> $3)", "", "SMS"},
		{"type=not.eq.SMS", "NOT (c.type = $3)", "", "SMS"},
		{"type=in.(SMS,EMAIL,SMS)", "(c.type IN ($3,$4))", "", "SMS|EMAIL"},
		{"type=not.in.(SMS)", "NOT (c.type IN ($3))", "", "SMS"},
		{"type=in.()", "(FALSE)", "", ""},
		{"number=gt.1&number=lte.-5", "(c.number > $3) AND (c.number <= $4)", "", "1|-5"},
		{"created_at=gte.2026-11-22T16:03:46.123456Z", "(c.created_at >= $3)", "", "1795363426123456"},
		{"id=" + someID, "(c.id = $3)", "", someID},
		{"owner_id=is.null", "(c.owner_id IS NULL)", "", ""},
		{"owner_id=not.is.null", "NOT (c.owner_id IS NULL)", "", ""},
		{"active=is.true", "(c.active IS TRUE)", "", ""},
		{"active=is.FALSE", "(c.active IS FALSE)", "", ""},
		{"active=true", "(c.active = $3)", "", "true"},
		{"note=in.(%22a,b%22,c,%22d%5C%22e%22,f)", "(c.note IN ($3,$4,$5,$6))", "", `a,b|c|d"e|f`},
		{"note=like.A*b_[?", "(c.note GLOB $3)", `(c.note LIKE $3 ESCAPE '\')`, `A*b_[[][?]~A%b\_[?`},
		{"note=like.50%5C%25%25", "(c.note GLOB $3)", `(c.note LIKE $3 ESCAPE '\')`, `50%*~50\%%`},
		{"note=ilike.*ÄB*", "(lower(c.note) GLOB $3)", `(lower(c.note COLLATE "C") LIKE $3 ESCAPE '\')`, `*Äb*~%Äb%`},
		{"name=ilike.*Dvořák*", "(c.name_folded GLOB $3)", `(c.name_folded LIKE $3 ESCAPE '\')`, `*dvorak*~%dvorak%`},
		{"name=Anna", "(c.name = $3)", "", "Anna"},
		{"name=anna.b@example.org", "(c.name = $3)", "", "anna.b@example.org"},
		{"name=not.a.chance", "(c.name = $3)", "", "not.a.chance"},
		{"name=eq.eq.x", "(c.name = $3)", "", "eq.x"},
		{"name=", "(c.name = $3)", "", ""},
		{"or=(type.eq.SMS,number.in.(1,2),not.and(active.is.true,name.not.eq.x))",
			"((c.type = $3) OR (c.number IN ($4,$5)) OR NOT ((c.active IS TRUE) AND NOT (c.name = $6)))", "", "SMS|1|2|x"},
		{"not.or=(number.eq.1,number.eq.2)", "NOT ((c.number = $3) OR (c.number = $4))", "", "1|2"},
		{"and=(number.gt.1,or(number.lt.5,note.is.null))", "((c.number > $3) AND ((c.number < $4) OR (c.note IS NULL)))", "", "1|5"},
		{`or=(note.eq."a,b)(",note.like."x.y*")`, "((c.note = $3) OR (c.note GLOB $4))", `((c.note = $3) OR (c.note LIKE $4 ESCAPE '\'))`, "a,b)(|x.y*~a,b)(|x.y%"},
		{"note='; DROP TABLE x; --", "(c.note = $3)", "", "'; DROP TABLE x; --"},
	} {
		l, bad := parseQuery(t, strings.ReplaceAll(row.query, ";", "%3B"))
		if bad != nil {
			t.Errorf("%s: %v", row.query, bad)
			continue
		}
		sqliteArgs, pgArgs, both := strings.Cut(row.args, "~")
		if !both {
			pgArgs = sqliteArgs
		}
		pg := row.postgres
		if pg == "" {
			pg = row.sqlite
		}
		expect(t, row.query, &l, SQLite, row.sqlite, sqliteArgs)
		expect(t, row.query, &l, Postgres, pg, pgArgs)
	}
}

func expect(t *testing.T, q string, l *List, e Engine, text, args string) {
	t.Helper()
	where, order, limit, got := l.SQL(e, 3)
	if where != text {
		t.Errorf("%s (%d):\n got %s\nwant %s", q, e, where, text)
	}
	if order != "ORDER BY c.id DESC" || !strings.HasPrefix(limit, "LIMIT $") {
		t.Errorf("%s: %s %s", q, order, limit)
	}
	if s := show(got[:len(got)-1]); s != args {
		t.Errorf("%s (%d): args %s, want %s", q, e, s, args)
	}
	if got[len(got)-1] != int64(51) {
		t.Errorf("%s: limit %v", q, got[len(got)-1])
	}
	count, cargs := l.CountSQL(e, 3)
	if count != text || show(cargs) != args {
		t.Errorf("%s: count %s %v", q, count, cargs)
	}
}

func TestOrderAndSelect(t *testing.T) {
	for _, row := range []struct{ query, order string }{
		{"order=created_at.desc,id.desc", "ORDER BY c.created_at DESC, c.id DESC"},
		{"order=created_at", "ORDER BY c.created_at, c.id"},
		{"order=id.asc,name.desc", "ORDER BY c.id"},
		{"order=number.desc.nullsfirst", "ORDER BY c.number DESC NULLS FIRST, c.id DESC"},
		{"order=number.nullslast,name.desc", "ORDER BY c.number NULLS LAST, c.name_folded DESC, c.id DESC"},
		{"order=", "ORDER BY c.id DESC"},
	} {
		l, bad := parseQuery(t, row.query)
		if bad != nil {
			t.Errorf("%s: %v", row.query, bad)
			continue
		}
		if _, order, _, _ := l.SQL(SQLite, 1); order != row.order {
			t.Errorf("%s: %s, want %s", row.query, order, row.order)
		}
	}
	l, bad := parseQuery(t, "select=id, name,id,identities&limit=0&offset=20")
	if bad != nil || strings.Join(l.Select, ",") != "id,name,identities" || l.Limit != 0 || l.Offset != 20 {
		t.Errorf("%+v %v", l, bad)
	}
	if l, bad = parseQuery(t, "select=*,id"); bad != nil || l.Select != nil {
		t.Errorf("%+v %v", l, bad)
	}
}

func TestRefusals(t *testing.T) {
	deep := strings.Repeat("and(", 9) + "number.eq.1" + strings.Repeat(")", 9)
	for _, row := range []struct{ query, code, says string }{
		{"colour=red", "unknown_field", "Allowed: id, owner_id"},
		{"secret=x", "unknown_field", "Allowed: id"},
		{"identities=x", "unknown_field", ""},
		{"contact.name=x", "unknown_field", ""},
		{"name=fts.x", "unknown_operator", "ilike"},
		{"name=cs.{x}", "unknown_operator", ""},
		{"name=like(any).{x}", "unknown_operator", ""},
		{"type=gt.SMS", "unknown_operator", "Allowed: eq, neq, in, is."},
		{"type=blub.SMS", "unknown_operator", ""},
		{"number=xx.1", "unknown_operator", ""},
		{"fixed=like.a", "unknown_operator", "Allowed: eq, in."},
		{"active=like.a", "unknown_operator", ""},
		{"type=FAX", "bad_value", "SMS, EMAIL"},
		{"id=abc", "bad_value", "UUID"},
		{"id=00000000-0000-0000-0000-000000000000", "bad_value", ""},
		{"number=1.5", "bad_value", ""},
		{"number=99999999999999999999", "bad_value", ""},
		{"active=yes", "bad_value", "true, false"},
		{"created_at=gt.yesterday", "bad_value", "RFC 3339"},
		{"created_at=gt.2026-11-22", "bad_value", ""},
		{"owner_id=is.true", "bad_value", "null"},
		{"active=is.unknown", "bad_value", "null, true, false"},
		{"type=in.SMS", "bad_value", ""},
		{"note=in.(%22a)", "bad_value", ""},
		{"note=%00", "bad_value", ""},
		{"note=%ff", "bad_value", ""},
		{"note=" + strings.Repeat("a", 1001), "bad_value", "1000"},
		{"note=like." + strings.Repeat("a*", 9), "bad_value", "8"},
		{"or=", "bad_value", ""}, {"or=()", "bad_value", ""}, {"or=(a", "bad_value", ""},
		{"or=(number.eq.1", "bad_value", ""}, {"or=number.eq.1", "bad_value", ""}, {"or=(number.eq.1))", "bad_value", ""},
		{"or=(number)", "unknown_operator", ""}, {"or=(number.eq)", "unknown_operator", ""}, {"or=(number.foo.1)", "unknown_operator", ""},
		{"or=(,)", "unknown_field", ""}, {"or=(colour.eq.1)", "unknown_field", "number"},
		{"and=(" + deep + ")", "bad_value", "Nest"},
		{"number=1" + strings.Repeat("&number=1", 50), "bad_value", "50"},
		{"contacts.or=(number.eq.1)", "unknown_field", ""},
		{"order=colour", "unknown_field", "number"}, {"order=type", "unknown_field", ""}, {"order=name.up", "unknown_operator", "asc, desc"},
		{"order=number.desc.nullslast", "bad_value", "nullslast"}, {"order=number.nullsfirst", "bad_value", ""},
		{"order=number.asc.desc", "unknown_operator", ""}, {"order=name,name.desc", "bad_value", ""}, {"order=name&order=id", "bad_value", ""},
		{"limit=501", "bad_value", "500"}, {"limit=-1", "bad_value", ""}, {"limit=x", "bad_value", ""}, {"limit=", "bad_value", ""},
		{"offset=100001", "bad_value", "100000"}, {"limit=1&limit=2", "bad_value", ""},
		{"select=colour", "unknown_field", "identities"}, {"select=name::text", "bad_select", "casts"}, {"select=a(b)", "bad_select", "embedded"},
		{"select=x:name", "bad_select", ""}, {"select=name->x", "bad_select", ""}, {"select=*,owner(*)", "bad_select", ""}, {"select=count()", "bad_select", ""},
		{"cursor=x", "bad_cursor", ""}, {"cursor=", "bad_cursor", ""}, {"cursor=x&offset=1", "bad_value", ""},
		{"on_conflict=id", "unknown_field", "upsert"},
	} {
		l, bad := parseQuery(t, row.query)
		if bad == nil {
			t.Errorf("%s: accepted as %+v", row.query, l)
			continue
		}
		if bad.Code != row.code || bad.Kind != fault.BadRequest || bad.Hint == "" || bad.Details == "" || !strings.Contains(bad.Message+bad.Hint, row.says) {
			t.Errorf("%.60s: got %s %q %q", row.query, bad.Code, bad.Details, bad.Hint)
		}
	}
}

func TestBulkNeedsAFilter(t *testing.T) {
	for q, code := range map[string]string{"": "filter_required", "select=id": "filter_required", "limit=1&id=" + someID: "unknown_field", "id=" + someID: ""} {
		values, _ := url.ParseQuery(q)
		l, bad := ParseBulk(spec, values)
		switch {
		case code == "" && (bad != nil || l.Limit != MaxBulk):
			t.Errorf("%q: %v %+v", q, bad, l)
		case code != "" && (bad == nil || bad.Code != code):
			t.Errorf("%q: %v", q, bad)
		}
	}
}

func TestPrefer(t *testing.T) {
	for in, want := range map[string]any{
		"": Prefer{}, "return=representation": Prefer{Representation: true}, "count=exact, return=minimal": Prefer{CountExact: true, Minimal: true},
		"missing=default,respond-async": Prefer{}, "handling=strict,max-affected=3": Prefer{MaxAffected: 3}, `return="representation"; x=1`: Prefer{Representation: true},
		"resolution=merge-duplicates": nil, "count=planned": nil, "return=all": nil, "tx=rollback": nil, "max-affected=x": nil,
	} {
		got, bad := ParsePrefer([]string{in})
		if want == nil && (bad == nil || bad.Code != "bad_prefer") || want != nil && (bad != nil || got != want) {
			t.Errorf("%q: %+v %v", in, got, bad)
		}
	}
}

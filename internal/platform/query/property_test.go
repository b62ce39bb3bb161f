package query

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"switchboard/internal/platform/id"
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

package api

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file anew")

// rows are scenarios against three contacts: Anna (SMS, 5, active), Žofie
// (EMAIL, no number), Bob (SMS, 7). What is printed is in testdata/scenarios.golden.
var rows = []struct{ name, method, target, headers, body string }{
	{"list", "GET", "/rest/v1/contacts", "", ""},
	{"list selected", "GET", "/rest/v1/contacts?select=name,id&order=name", "", ""},
	{"list filtered", "GET", "/rest/v1/contacts?type=eq.SMS&number=gt.5&select=name", "", ""},
	{"list folded", "GET", "/rest/v1/contacts?name=ilike.zof*&select=name", "", ""},
	{"list or", "GET", "/rest/v1/contacts?or=(number.is.null,name.eq.Bob)&select=name&order=id", "", ""},
	{"list first page with count", "GET", "/rest/v1/contacts?limit=2&select=name&order=number.desc", "Prefer: count=exact", ""},
	{"list offset with count", "GET", "/rest/v1/contacts?limit=2&offset=2&select=name", "Prefer: count=exact", ""},
	{"list none with count", "GET", "/rest/v1/contacts?name=Nobody", "Prefer: count=exact", ""},
	{"list limit 0", "GET", "/rest/v1/contacts?limit=0", "Prefer: count=exact", ""},
	{"list param", "GET", "/rest/v1/contacts?tab=mine&select=id", "", ""},
	{"list bad param", "GET", "/rest/v1/contacts?tab=x", "", ""},
	{"head", "HEAD", "/rest/v1/contacts", "Prefer: count=exact", ""},
	{"single", "GET", "/rest/v1/contacts?name=eq.Bob&select=name", "Accept: application/vnd.pgrst.object+json", ""},
	{"single of two", "GET", "/rest/v1/contacts?type=eq.SMS", "Accept: application/vnd.pgrst.object+json", ""},
	{"single of none", "GET", "/rest/v1/contacts?name=eq.X", "Accept: application/vnd.pgrst.object+json", ""},
	{"unknown field", "GET", "/rest/v1/contacts?colour=red", "", ""},
	{"unknown operator", "GET", "/rest/v1/contacts?name=fts.a", "", ""},
	{"bad value", "GET", "/rest/v1/contacts?type=FAX", "", ""},
	{"range", "GET", "/rest/v1/contacts", "Range: 0-9", ""},
	{"csv", "GET", "/rest/v1/contacts", "Accept: text/csv", ""},
	{"bad query", "GET", "/rest/v1/contacts?a=%zz", "", ""},
	{"not signed in", "GET", "/rest/v1/contacts", "Authorization: -", ""},
	{"bad token", "GET", "/rest/v1/contacts", "Authorization: Bearer no", ""},
	{"not allowed", "POST", "/rest/v1/contacts", "Authorization: Bearer reader", "{}"},
	{"too broad", "GET", "/rest/v1/slow", "", ""},
	{"one", "GET", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000001", "", ""},
	{"one selected", "GET", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000001?select=name", "", ""},
	{"one unknown parameter", "GET", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000001?a=b", "", ""},
	{"one absent", "GET", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000099", "", ""},
	{"one malformed", "GET", "/rest/v1/contacts/7", "", ""},
	{"create", "POST", "/rest/v1/contacts", "", `{"name":"Carla","number":3}`},
	{"create returning", "POST", "/rest/v1/contacts?select=name&columns=%22name%22", "Prefer: return=representation", `{"name":"Carla"}`},
	{"create returning one", "POST", "/rest/v1/contacts?select=name", "Prefer: return=representation\nAccept: application/vnd.pgrst.object+json", `[{"name":"Carla"}]`},
	{"create minimal", "POST", "/rest/v1/contacts", "Prefer: return=minimal", `{"name":"Carla"}`},
	{"create many", "POST", "/rest/v1/contacts?select=name,number", "", `[{"name":"Carla"},{"name":"Dan","number":1}]`},
	{"create none", "POST", "/rest/v1/contacts", "", `[]`},
	{"create many wanting one", "POST", "/rest/v1/contacts", "Accept: application/vnd.pgrst.object+json", `[{"name":"Carla"},{"name":"Dan"}]`},
	{"create many, domain says no", "POST", "/rest/v1/contacts", "", `[{"name":"Carla"},{"name":"Nobody"}]`},
	{"create many, wrong", "POST", "/rest/v1/contacts", "", `[{"name":"Carla"},{"number":"x"}]`},
	{"create empty", "POST", "/rest/v1/contacts", "", ""},
	{"create upsert", "POST", "/rest/v1/contacts", "Prefer: resolution=merge-duplicates", `{"name":"Carla"}`},
	{"create wrong members", "POST", "/rest/v1/contacts", "", `{"name":"secret secret secret secret","type":"secret","number":2000,"active":"secret","owner_id":"secret","colour":"secret","address":{"street":"secret","tags":["a","b",3],"x.y[0]":1},"settings":{"a.b":1,"c/d":2}}`},
	{"create one wrong member", "POST", "/rest/v1/contacts", "", `{"name":""}`},
	{"create number with decimals", "POST", "/rest/v1/contacts", "", `{"name":"a","number":1.0}`},
	{"create null", "POST", "/rest/v1/contacts", "", `{"name":null}`},
	{"create text", "POST", "/rest/v1/contacts", "", `"secret"`},
	{"bad json", "POST", "/rest/v1/contacts", "", `{"name":secret}`},
	{"trailing", "POST", "/rest/v1/contacts", "", `{"name":"a"} x`},
	{"duplicate key", "POST", "/rest/v1/contacts", "", `{"name":"a","address":{"street":"a","street":"b"}}`},
	{"bad utf8", "POST", "/rest/v1/contacts", "", "{\"name\":\"\xff\"}"},
	{"nul", "POST", "/rest/v1/contacts", "", `{"name":"a\u0000"}`},
	{"huge number", "POST", "/rest/v1/contacts", "", `{"name":"a","number":1e999}`},
	{"too deep", "POST", "/rest/v1/contacts", "", strings.Repeat("[", 100) + strings.Repeat("]", 100)},
	{"too large", "POST", "/rest/v1/contacts", "", `{"name":"` + strings.Repeat("a", 5000) + `"}`},
	{"form", "POST", "/rest/v1/contacts", "Content-Type: application/x-www-form-urlencoded", "name=a"},
	{"no type", "POST", "/rest/v1/contacts", "Content-Type: -", `{"name":"a"}`},
	{"latin1", "POST", "/rest/v1/contacts", "Content-Type: application/json; charset=iso-8859-1", `{"name":"a"}`},
	{"gzip", "POST", "/rest/v1/contacts", "Content-Encoding: gzip", `{"name":"a"}`},
	{"patch", "PATCH", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000001", "Content-Type: application/merge-patch+json", `{"name":"Ann","number":null}`},
	{"patch minimal", "PATCH", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000001", "Prefer: return=minimal", `{"name":"Ann"}`},
	{"patch null", "PATCH", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000001", "", `{"name":null,"note":null}`},
	{"patch lost update", "PATCH", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000001", `If-Match: "old"`, `{"name":"Ann"}`},
	{"patch with merge type on post", "POST", "/rest/v1/contacts", "Content-Type: application/merge-patch+json", `{"name":"a"}`},
	{"delete", "DELETE", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000001", "", ""},
	{"delete lost update", "DELETE", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000001", `If-Match: "old"`, ""},
	{"patch where", "PATCH", "/rest/v1/contacts?type=eq.SMS", "", `{"note":"x"}`},
	{"patch where returning", "PATCH", "/rest/v1/contacts?type=eq.SMS&select=name,note&columns=note", "Prefer: return=representation,count=exact", `{"note":"x"}`},
	{"patch where one", "PATCH", "/rest/v1/contacts?name=Bob&select=name,note", "Prefer: return=representation\nAccept: application/vnd.pgrst.object+json", `{"note":"x"}`},
	{"patch where one of two", "PATCH", "/rest/v1/contacts?type=SMS", "Prefer: return=representation\nAccept: application/vnd.pgrst.object+json", `{"note":"x"}`},
	{"patch where at most one", "PATCH", "/rest/v1/contacts?type=SMS", "Prefer: handling=strict,max-affected=1", `{"note":"x"}`},
	{"patch where nothing", "PATCH", "/rest/v1/contacts", "", `{"note":"x"}`},
	{"patch where limit", "PATCH", "/rest/v1/contacts?type=SMS&limit=1", "", `{"note":"x"}`},
	{"delete where", "DELETE", "/rest/v1/contacts?type=eq.SMS", "", ""},
	{"delete where returning", "DELETE", "/rest/v1/contacts?name=in.(Bob,Anna)&select=name", "Prefer: return=representation", ""},
	{"delete where nothing", "DELETE", "/rest/v1/contacts", "", ""},
	{"action", "POST", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000001/greet", "", ""},
	{"action with empty object", "POST", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000001/greet", "", "{}"},
	{"action with members", "POST", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000001/greet", "", `{"a":1}`},
	{"action without answer", "POST", "/rest/v1/nothing", "", ""},
	{"panic", "POST", "/rest/v1/panic", "", ""},
	{"failure", "POST", "/rest/v1/fails", "", ""},
	{"busy", "POST", "/rest/v1/wait", "", ""},
	{"stream", "GET", "/rest/v1/stream", "Accept: text/event-stream", ""},
	{"stream refused", "GET", "/rest/v1/stream", "Last-Event-ID: bad", ""},
	{"stream unknown parameter", "GET", "/rest/v1/stream?a=b", "", ""},
	{"absent address", "GET", "/rest/v1/nowhere", "", ""},
	{"trailing slash", "GET", "/rest/v1/contacts/", "", ""},
	{"double slash", "GET", "/rest/v1//contacts", "", ""},
	{"wrong method", "PUT", "/rest/v1/contacts", "", "{}"},
	{"options", "OPTIONS", "/rest/v1/contacts/0199b0c2-0000-7000-9000-000000000001", "", ""},
}

func TestScenarios(t *testing.T) {
	var out strings.Builder
	for _, r := range rows {
		f, s := newFake(t)
		f.insert(newContact{Name: "Anna", Number: new(int64(5)), Active: true})
		f.insert(newContact{Name: "Žofie", Type: "EMAIL"})
		f.insert(newContact{Name: "Bob", Number: new(int64(7)), Note: new("<b> & co")})
		w := call(s, r.method, r.target, r.headers, r.body)
		fmt.Fprintf(&out, "== %s\n%s %s\n%d\n", r.name, r.method, clip(r.target), w.Code)
		for _, name := range []string{"Allow", "Content-Range", "Content-Type", "ETag", "Link", "Location", "Preference-Applied", "Retry-After", "WWW-Authenticate", "X-Extra"} {
			if v := w.Header().Get(name); v != "" {
				fmt.Fprintf(&out, "%s: %s\n", name, v)
			}
		}
		body := w.Body.String()
		if strings.Contains(body, "secret") {
			t.Errorf("%s: the answer repeats what was sent or failed: %s", r.name, body)
		}
		if w.Code >= 400 {
			checkProblem(t, r.name, w.Code, w.Header(), []byte(body))
		}
		fmt.Fprintf(&out, "%s\n\n", requestIDs.ReplaceAllString(body, `"request_id":"…"`))
	}
	compareGolden(t, "testdata/scenarios.golden", out.String())
}

var requestIDs = regexp.MustCompile(`"request_id":"[^"]+"`)

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%s line %d:\n got %s\nwant %s", path, i+1, g[i], w[i])
		}
	}
	if len(g) != len(w) {
		t.Fatalf("%s: %d lines, want %d", path, len(g), len(w))
	}
}

// checkProblem holds for every failure whatsoever.
func checkProblem(t *testing.T, name string, status int, h http.Header, body []byte) {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal(body, &p); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	for _, m := range []string{"type", "title", "detail", "code", "message", "details", "hint", "request_id"} {
		if _, ok := p[m].(string); !ok {
			t.Errorf("%s: %s is no text: %v", name, m, p[m])
		}
	}
	if p["status"] != float64(status) || p["message"] != p["detail"] || p["type"] != "/docs/errors#"+p["code"].(string) || h.Get("X-Request-Id") != p["request_id"] ||
		h.Get("Content-Type") != typeProblem {
		t.Errorf("%s: %v", name, p)
	}
	domain := []string{"name_taken", "bad_token", "busy"}
	known := slices.ContainsFunc(coreCodes, func(c Code) bool { return c.Code == p["code"] })
	if !known && !slices.Contains(domain, p["code"].(string)) {
		t.Errorf("%s: the code %v is not in the list of codes", name, p["code"])
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	_, s := newFake(t)
	for _, target := range []string{"/rest/v1/contacts", "/rest/v1/nowhere", "/rest/v1/openapi.json", "/docs", "/docs/errors", "/docs/style.css"} {
		h := call(s, "GET", target, "", "").Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") ||
			!strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || h.Get("Referrer-Policy") != "no-referrer" || h.Get("X-Request-Id") == "" {
			t.Errorf("%s: %v", target, h)
		}
	}
}

func TestFailuresAreLoggedOnce(t *testing.T) {
	f, s := newFake(t)
	w := call(s, "POST", "/rest/v1/fails", "", "")
	if log := f.log.String(); strings.Count(log, w.Header().Get("X-Request-Id")) != 1 || !strings.Contains(log, "a secret") {
		t.Error(log)
	}
}

func TestPagesFollowTheLink(t *testing.T) {
	f, s := newFake(t)
	for i := range 23 {
		f.insert(newContact{Name: fmt.Sprintf("N%02d", i%4), Number: new(int64(i % 3))})
	}
	next, seen := "/rest/v1/contacts?limit=5&select=id&order=number.desc,name", map[string]bool{}
	for next != "" {
		w := call(s, "GET", next, "", "")
		if w.Code != 200 {
			t.Fatal(w.Body)
		}
		var page []struct{ ID string }
		_ = json.Unmarshal(w.Body.Bytes(), &page)
		for _, r := range page {
			if seen[r.ID] {
				t.Fatal("twice", r.ID)
			}
			seen[r.ID] = true
		}
		next = ""
		if link := w.Header().Get("Link"); link != "" {
			next = link[1:strings.Index(link, ">")]
		}
	}
	if len(seen) != 23 {
		t.Fatal(len(seen))
	}
}

func TestEntityTags(t *testing.T) {
	f, s := newFake(t)
	f.insert(newContact{Name: "<Anna>"})
	at := "/rest/v1/contacts/" + nthID(1).String()
	tag := call(s, "GET", at, "", "").Header().Get("ETag")
	if w := call(s, "GET", at, "If-None-Match: W/"+tag, ""); w.Code != 304 || w.Body.Len() > 0 {
		t.Fatal(w.Code)
	}
	w := call(s, "PATCH", at, "If-Match: "+tag, `{"name":"Ann"}`)
	if w.Code != 200 || w.Header().Get("ETag") == tag {
		t.Fatal(w.Code, w.Body)
	}
	if again := call(s, "PATCH", at, "If-Match: "+tag, `{"name":"Anne"}`); again.Code != 412 {
		t.Fatal(again.Code)
	}
	if got := call(s, "GET", at, "", "").Header().Get("ETag"); got != w.Header().Get("ETag") {
		t.Fatal("PATCH and GET print different tags")
	}
	if w := call(s, "DELETE", at, "If-Match: "+w.Header().Get("ETag"), ""); w.Code != 204 {
		t.Fatal(w.Code)
	}
}

func TestIdempotencyKey(t *testing.T) {
	f, s := newFake(t)
	first := call(s, "POST", "/rest/v1/contacts", "Idempotency-Key: k1", `{"name":"Anna"}`)
	again := call(s, "POST", "/rest/v1/contacts", "Idempotency-Key: k1", `{"name":"Anna"}`)
	if first.Code != 201 || again.Code != 201 || first.Body.String() != again.Body.String() || f.n != 1 ||
		again.Header().Get("Location") != first.Header().Get("Location") || again.Header().Get("Idempotency-Replayed") != "true" {
		t.Fatal(first.Code, again.Code, again.Body, f.n)
	}
	if w := call(s, "POST", "/rest/v1/contacts", "Idempotency-Key: k1", `{"name":"Bob"}`); w.Code != 422 {
		t.Fatal(w.Code)
	}
	if w := call(s, "POST", "/rest/v1/contacts", "Idempotency-Key: k2", `{"name":"Nobody"}`); w.Code != 422 || !strings.Contains(w.Body.String(), "name_taken") {
		t.Fatal(w.Body)
	}
	if w := call(s, "POST", "/rest/v1/contacts", "Idempotency-Key: k2", `{"name":"Carla"}`); w.Code != 201 {
		t.Fatal("a refused request used the key up", w.Body)
	}
	if w := call(s, "POST", "/rest/v1/contacts", "Idempotency-Key: "+strings.Repeat("k", 256), `{"name":"Carla"}`); w.Code != 400 {
		t.Fatal(w.Code)
	}
}

func TestIncompleteDeclarationsAreRefused(t *testing.T) {
	whole := func() Route {
		r := Route{Path: "/x/{id}", Operation: "x", Summary: "X", Tag: "X", Permission: Public, Resource: "x", Rate: "write", Audit: "none", Idempotent: Naturally}
		return Action(r, func(_ context.Context, _ *Call, _ None) (None, error) { return None{}, nil })
	}
	if _, err := New(Config{Auth: fakeAuth{}, Routes: []Route{whole()}}); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Route){
		"permission": func(r *Route) { r.Permission = "" }, "resource": func(r *Route) { r.Resource = "" }, "rate class": func(r *Route) { r.Rate = "" },
		"audit class": func(r *Route) { r.Audit = "" }, "idempotency": func(r *Route) { r.Idempotent = Unset }, "operation id": func(r *Route) { r.Operation = "" },
		"summary": func(r *Route) { r.Summary = "" }, "tag": func(r *Route) { r.Tag = "" }, "handler": func(r *Route) { r.Handler = nil },
		"no store": func(r *Route) { r.Idempotent = ByKey }, "path": func(r *Route) { r.Path = "x" }, "query": func(r *Route) { r.kind = kindList },
	} {
		r := whole()
		spoil(&r)
		if _, err := New(Config{Auth: fakeAuth{}, Routes: []Route{r}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := New(Config{Auth: fakeAuth{}, Routes: []Route{whole(), whole()}}); err == nil {
		t.Error("a route twice was accepted")
	}
	if _, err := New(Config{Routes: []Route{whole()}}); err == nil {
		t.Error("no authenticator was accepted")
	}
}

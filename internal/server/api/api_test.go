package api

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"switchboard/internal/platform/id"
)

var update = flag.Bool("update", false, "write the golden file anew")

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

func TestForgottenMatchIsNoSuccess(t *testing.T) {
	r := Route{Path: "/x/{id}", Operation: "x", Summary: "X", Tag: "X", Permission: Public, Resource: "x", Rate: "write", Audit: "none"}
	s, err := New(Config{Auth: fakeAuth{}, Log: slog.New(slog.DiscardHandler), Routes: []Route{
		Delete(r, func(context.Context, *Call, id.ID) error { return nil }),
	}})
	if err != nil {
		t.Fatal(err)
	}
	at := "/rest/v1/x/" + nthID(1).String()
	if w := call(s, "DELETE", at, `If-Match: "a"`, ""); w.Code != 500 {
		t.Error(w.Code)
	}
	if w := call(s, "DELETE", at, "", ""); w.Code != 204 {
		t.Error(w.Code)
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

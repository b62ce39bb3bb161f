package api

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestDocumentIsDeterministicAndWhole(t *testing.T) {
	_, a := newFake(t)
	_, b := newFake(t)
	if !bytes.Equal(a.OpenAPIJSON(), b.OpenAPIJSON()) {
		t.Error("two servers of one declaration print two documents")
	}
	if dir := os.Getenv("WRITE_DOCS"); dir != "" { // to look at
		for name, target := range map[string]string{"openapi.json": "/rest/v1/openapi.json", "openapi.yaml": "/rest/v1/openapi.yaml", "index.html": "/docs", "errors.html": "/docs/errors", "style.css": "/docs/style.css"} {
			_ = os.WriteFile(dir+"/"+name, call(a, "GET", target, "", "").Body.Bytes(), 0o644)
		}
	}
	var d struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string         `json:"operationId"`
			Permission  string         `json:"x-permission"`
			Responses   map[string]any `json:"responses"`
		}
		Components struct {
			Schemas map[string]struct {
				Properties map[string]map[string]any
				Required   []string
			}
		}
	}
	if err := json.Unmarshal(a.OpenAPIJSON(), &d); err != nil {
		t.Fatal(err)
	}
	for _, r := range a.Routes() {
		op := d.Paths[Base+r.Path][strings.ToLower(r.Method)]
		if op.OperationID != r.Operation || op.Permission != r.Permission || len(op.Responses) < 4 {
			t.Errorf("%s: %+v", r.name(), op)
		}
	}
	if d.OpenAPI != "3.1.0" || d.Paths["/rest/v1/contacts"]["head"].OperationID == "" {
		t.Error(d.OpenAPI)
	}
	p := d.Components.Schemas["Contact"].Properties
	for member, want := range map[string]string{
		"id": `"type":"string"`, "owner_id": `"type":["string","null"]`, "note": `"type":["string","null"]`, "created_at": `"format":"date-time"`,
		"parent": `"anyOf":[{"$ref":"#/components/schemas/ContactRef"},{"type":"null"}]`,
	} {
		if got, _ := json.Marshal(p[member]); !strings.Contains(string(got), want) {
			t.Errorf("%s: %s, want %s", member, got, want)
		}
	}
	change := d.Components.Schemas["ContactChange"]
	if got, _ := json.Marshal(change.Properties["name"]); len(change.Required) != 0 || !strings.Contains(string(got), `"type":"string"`) {
		t.Errorf("a merge patch: %s %v", got, change.Required)
	}
	text := string(a.OpenAPIJSON())
	for _, never := range []string{"$schema", `["array"`, `"Set"`} {
		if strings.Contains(text, never) {
			t.Errorf("the document holds %s", never)
		}
	}
	for _, ref := range regexp.MustCompile(`"#/components/(\w+)/(\w+)"`).FindAllStringSubmatch(text, -1) {
		var whole map[string]map[string]map[string]any
		var top map[string]json.RawMessage
		_ = json.Unmarshal(a.OpenAPIJSON(), &top)
		_ = json.Unmarshal([]byte(`{"c":`+string(top["components"])+`}`), &whole)
		if whole["c"][ref[1]][ref[2]] == nil {
			t.Errorf("%s leads nowhere", ref[0])
		}
	}
}

func TestPagesObeyTheirPolicy(t *testing.T) {
	_, s := newFake(t)
	for target, holds := range map[string][]string{
		"/docs":                 {"List contacts", "contacts.edit", "Idempotency-Key", "curl -X POST", "/docs/style.css", "ilike"},
		"/docs/errors":          {"PGRST116", `id="unknown_field"`, "out_of_cheese"},
		"/docs/style.css":       {"#0b6076", "prefers-color-scheme"},
		"/rest/v1/openapi.yaml": {"openapi: 3.1.0", "/rest/v1/contacts/{id}:"},
	} {
		w := call(s, "GET", target, "Authorization: -", "")
		body := w.Body.String()
		for _, h := range holds {
			if w.Code != 200 || !strings.Contains(body, h) {
				t.Errorf("%s (%d) lacks %s", target, w.Code, h)
			}
		}
		if strings.HasSuffix(w.Header().Get("Content-Type"), "html; charset=utf-8") {
			for _, never := range []string{"<script", "style=", "<style", "onclick", "https://", "http://"} {
				if strings.Contains(body, never) {
					t.Errorf("%s holds %s", target, never)
				}
			}
		}
		if again := call(s, "GET", target, "If-None-Match: "+w.Header().Get("ETag"), ""); again.Code != 304 {
			t.Errorf("%s: %d", target, again.Code)
		}
	}
}

func FuzzBody(f *testing.F) {
	for _, s := range []string{`{"name":"a"}`, `[{"name":"a"},{"note":null}]`, `{"settings":{"a.b":1,"":2}}`, `{"address":{"tags":[[]]}}`, `"\ud800"`, `{"a":1e400}`} {
		f.Add(s)
	}
	_, s := newFake(f)
	f.Fuzz(func(t *testing.T, body string) {
		if strings.TrimSpace(body) == "" {
			return
		}
		if w := call(s, "POST", "/rest/v1/contacts", "", body); w.Code >= 500 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w := call(s, "PATCH", "/rest/v1/contacts?name=nobody", "", body); w.Code >= 500 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}

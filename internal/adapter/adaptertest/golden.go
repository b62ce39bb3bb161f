package adaptertest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"switchboard/internal/adapter"
	"switchboard/internal/message"
)

// golden compares with a file, or writes it under -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (make it with -update and read it before committing)", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s\n--- got\n%s\n--- want\n%s", path, got, want)
	}
}

// sources lists the inputs of a golden folder.
func sources(t testing.TB, pattern string) []string {
	t.Helper()
	all, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	files := slices.DeleteFunc(all, func(p string) bool { return strings.Contains(filepath.Base(p), ".golden.") })
	if len(files) == 0 {
		t.Fatalf("no file matches %s", pattern)
	}
	return files
}

// Render shows what Parse found as indented JSON without empty members.
func Render(p adapter.Parsed) ([]byte, error) {
	type broken struct{ Body, Err string }
	view := struct {
		Events               []message.Inbound
		Broken               []broken
		Ignored, Unsupported int
	}{Events: p.Events, Ignored: p.Ignored, Unsupported: p.Unsupported}
	for _, b := range p.Broken {
		view.Broken = append(view.Broken, broken{string(b.Body), b.Err.Error()})
	}
	return render(view)
}

func render(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, err
	}
	tree = prune(tree)
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(tree)
	return buf.Bytes(), err
}

// prune drops what says nothing: null, "", false, 0, empty lists and objects
// and the zero time. A location keeps its zeros.
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		_, place := v["latitude"]
		for k, e := range v {
			if e = prune(e); e == nil && !(place && (k == "latitude" || k == "longitude")) {
				delete(v, k)
			} else if e != nil {
				v[k] = e
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			if e := prune(v[i]); e != nil {
				v[i] = e
			}
		}
		if len(v) == 0 {
			return nil
		}
	case string:
		if v == "" || v == "0001-01-01T00:00:00Z" {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	case json.Number:
		if v == "0" {
			return nil
		}
	}
	return v
}

// record keeps a request and its body.
func (p *provider) record(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		body = []byte("unreadable")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, recorded{r, body})
}

func (p *provider) requests() []recorded {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

// http writes the requests as they were sent, headers in order of name, those
// of the transport left out.
func (p *provider) http() []byte {
	var b bytes.Buffer
	for _, r := range p.requests() {
		boundary := "\x00" // in nothing that is sent
		if _, p, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && p["boundary"] != "" {
			boundary = p["boundary"]
		}
		b.WriteString(r.Method + " " + r.URL.RequestURI() + "\n")
		names := make([]string, 0, len(r.Header))
		for k := range r.Header {
			if k != "User-Agent" && k != "Accept-Encoding" && k != "Content-Length" {
				names = append(names, k)
			}
		}
		slices.Sort(names)
		for _, k := range names {
			b.WriteString(k + ": " + strings.ReplaceAll(strings.Join(r.Header[k], ", "), boundary, "BOUNDARY") + "\n")
		}
		b.WriteString("\n")
		b.Write(bytes.ReplaceAll(r.body, []byte(boundary), []byte("BOUNDARY")))
		b.WriteString("\n\n")
	}
	return b.Bytes()
}

// Package webui serves the web app, which is embedded in the binary. Every page
// is the same document; the app finds its way by the path. Each answer carries a
// fresh nonce for the styles the app makes at run time.
package webui

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed all:dist
var dist embed.FS

const placeholder = "__CSP_NONCE__"

// policy is what a page of ours may load: itself. Trusted types are reported
// only: enforced, they leave the page blank.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; img-src 'self' data: blob:; media-src 'self' blob:; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; frame-src 'self'; frame-ancestors 'none'; " +
	"base-uri 'none'; form-action 'self'; object-src 'none'"

// Handler serves the app.
func Handler() (http.Handler, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	page, err := fs.ReadFile(files, "index.html")
	if err != nil {
		page = []byte("<!doctype html><meta charset=utf-8><title>Switchboard</title><p>This binary was built without its web app. Build it with <code>make build</code>.")
	}
	return &handler{files: files, page: page}, nil
}

type handler struct {
	files fs.FS
	page  []byte
	gzip  sync.Map // name -> []byte
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if name != "" && name != "index.html" {
		if b, err := fs.ReadFile(h.files, name); err == nil {
			h.file(w, r, name, b)
			return
		}
		if strings.HasPrefix(name, "assets/") || path.Ext(name) != "" {
			http.NotFound(w, r)
			return
		}
	}
	var raw [18]byte
	_, _ = rand.Read(raw[:]) // never fails
	nonce := base64.StdEncoding.EncodeToString(raw[:])
	head.Set("Content-Security-Policy", fmt.Sprintf(policy, nonce))
	head.Set("Content-Security-Policy-Report-Only", "require-trusted-types-for 'script'")
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	_, _ = w.Write(bytes.ReplaceAll(h.page, []byte(placeholder), []byte(nonce)))
}

func (h *handler) file(w http.ResponseWriter, r *http.Request, name string, b []byte) {
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	head := w.Header()
	head.Set("Content-Type", kind)
	head.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if path.Ext(name) == ".js" { // a worker runs under the policy of its own script
		head.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'")
	}
	if strings.HasPrefix(name, "assets/") { // its name holds its hash
		head.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		sum := sha256.Sum256(b)
		head.Set("Cache-Control", "no-cache")
		head.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	}
	if z := h.squeezed(name, b); z != nil {
		head.Add("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			head.Set("Content-Encoding", "gzip")
			b = z
		}
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
}

// squeezed is a text file deflated, once for the life of the process; nil for
// what is compressed already.
func (h *handler) squeezed(name string, b []byte) []byte {
	switch path.Ext(name) {
	case ".js", ".css", ".svg", ".json", ".webmanifest":
	default:
		return nil
	}
	if z, ok := h.gzip.Load(name); ok {
		return z.([]byte)
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is a valid one
	_, _ = w.Write(b)                                       // a buffer takes everything
	_ = w.Close()
	h.gzip.Store(name, out.Bytes())
	return out.Bytes()
}

package simulator

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed phone
var phoneFiles embed.FS

// mountPhone serves the visitor phone. The page needs nothing but itself, so
// the policy allows nothing else.
func (s *Simulator) mountPhone(mux *http.ServeMux) {
	files, err := fs.Sub(phoneFiles, "phone")
	if err != nil {
		panic(err) // the directory is embedded: it cannot be missing
	}
	static := http.StripPrefix("/phone/", http.FileServerFS(files))
	headers := func(h http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'self'; media-src 'self' blob:; img-src 'self' blob:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.Header().Set("Referrer-Policy", "no-referrer")
			w.Header().Set("Cache-Control", "no-cache")
			h.ServeHTTP(w, r)
		}
	}
	mux.HandleFunc("GET /phone", headers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "index.html")
	})))
	mux.HandleFunc("GET /phone/", headers(static))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/phone", http.StatusFound)
	})
}

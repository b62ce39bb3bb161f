// Package files sends the bytes of files: to members through the REST interface,
// and to providers that fetch by a link. A file is whatever a stranger sent, so
// its headers let no browser run it. The package decides nothing about who may
// have a file.
package files

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"switchboard/internal/domain/media"
	"switchboard/internal/platform/clock"
	"switchboard/internal/server/api"
)

// Source is where the bytes come from.
type Source interface {
	Open(ctx context.Context, f *media.File) (io.ReadSeekCloser, error)
	Thumbnail(ctx context.Context, f *media.File) ([]byte, error)
}

// stallTime is how long a reader may take nothing.
const stallTime = time.Minute

// Send answers with a file; download asks the browser to save it.
func Send(w http.ResponseWriter, r *http.Request, s Source, f *media.File, download bool) error {
	body, err := s.Open(r.Context(), f)
	if err != nil {
		return err
	}
	defer body.Close()
	kind, how := "application/octet-stream", "attachment"
	if media.Inline(f.MIMEType) && f.Kind != "document" || f.MIMEType == "application/pdf" {
		kind = f.MIMEType
	}
	if media.Inline(f.MIMEType) && f.Kind != "document" && !download {
		how = "inline"
	}
	harmless(w.Header(), kind)
	w.Header().Set("Content-Disposition", media.Disposition(how, f.FileName))
	w.Header().Set("ETag", `"`+f.SHA256[:min(32, len(f.SHA256))]+`"`)
	http.ServeContent(patient{w}, r, "", time.Time{}, body)
	return nil
}

// SendThumbnail answers with the small picture of a file.
func SendThumbnail(w http.ResponseWriter, r *http.Request, s Source, f *media.File) error {
	b, err := s.Thumbnail(r.Context(), f)
	if err != nil {
		return err
	}
	harmless(w.Header(), "image/jpeg")
	w.Header().Set("Content-Disposition", "inline")
	w.Header().Set("ETag", `"t`+f.SHA256[:min(32, len(f.SHA256))]+`"`)
	http.ServeContent(patient{w}, r, "", time.Time{}, strings.NewReader(string(b)))
	return nil
}

func harmless(h http.Header, kind string) {
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	// A file never changes, but who may see it does.
	h.Set("Cache-Control", "private, max-age=3600")
}

// patient gives each write its own deadline: a large file may take long, a
// reader that stopped may not.
type patient struct{ http.ResponseWriter }

func (p patient) Write(b []byte) (int, error) {
	_ = http.NewResponseController(p.ResponseWriter).SetWriteDeadline(clock.System{}.Now().Add(stallTime))
	return p.ResponseWriter.Write(b)
}

// Handler serves the links that providers fetch by: no cookies, nothing but the
// one file.
func Handler(s *media.Service, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, err := s.ByLink(r.Context(), r.PathValue("token"))
		if err == nil {
			err = Send(w, r, s, f, false)
		}
		if err != nil {
			api.Problem(w, r, log, err)
			return
		}
	})
}

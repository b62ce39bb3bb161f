// Package hooks takes the webhook calls of providers: it bounds and reads the
// body and hands it to the gateway. It understands nothing of what it carries.
package hooks

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"switchboard/internal/gateway"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/server/api"
)

// readTime is how long a provider may take to send one body.
const readTime = 20 * time.Second

// drainMost is how much of a body that is too large is read before the refusal,
// bytes.
const drainMost = 16 << 20

// Handler answers /webhooks/{type}/{channel}.
func Handler(g *gateway.Gateway, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	h := &handler{g, log}
	mux.HandleFunc("GET /webhooks/{type}/{channel}", h.serve)
	mux.HandleFunc("POST /webhooks/{type}/{channel}", h.serve)
	mux.HandleFunc("/webhooks/", func(w http.ResponseWriter, r *http.Request) {
		if len(strings.Split(strings.Trim(r.URL.Path, "/"), "/")) == 3 {
			w.Header().Set("Allow", "GET, POST")
			api.Problem(w, r, log, fault.New(fault.BadRequest, "method_not_allowed", "Webhooks are POSTed; GET is for verification."))
			return
		}
		api.Problem(w, r, log, fault.Absent("webhook"))
	})
	return mux
}

type handler struct {
	g   *gateway.Gateway
	log *slog.Logger
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) {
	ch, err := id.Parse(r.PathValue("channel"))
	limit, ok := h.g.BodyLimit(r.PathValue("type"))
	if err != nil || !ok {
		api.Problem(w, r, h.log, fault.Absent("webhook"))
		return
	}
	if err := h.g.Expects(r.Context(), r.PathValue("type"), ch); err != nil { // before a byte is kept
		api.Problem(w, r, h.log, err)
		return
	}
	req := gateway.Request{Method: r.Method, Header: r.Header, Query: r.URL.Query()}
	if r.Method == http.MethodPost {
		if req.Body, err = readBody(w, r, limit); err != nil {
			api.Problem(w, r, h.log, err)
			return
		}
	} else {
		req.Method = http.MethodGet // HEAD asks for the same
	}
	answer, err := h.g.Accept(r.Context(), r.PathValue("type"), ch, req)
	if err != nil {
		api.Problem(w, r, h.log, err)
		return
	}
	literally(w, answer)
}

// literally writes an answer. It may repeat what the caller sent: it must never
// run in a browser.
func literally(w http.ResponseWriter, answer gateway.Response) {
	for k, v := range answer.Header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", answer.ContentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body) // the caller may be gone; what he sent is stored
}

func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	tooLarge := fault.New(fault.TooLarge, "body_too_large", "A webhook has at most %d bytes.", limit)
	if err := http.NewResponseController(w).SetReadDeadline(deadline(readTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, err
	}
	if r.ContentLength > limit {
		// Who sends all before he listens must still hear why.
		_, _ = io.CopyN(io.Discard, r.Body, drainMost)
		return nil, tooLarge
	}
	// Memory follows what has come, not what was announced.
	buf := make([]byte, 0, min(max(r.ContentLength+1, 512), 64<<10))
	body := http.MaxBytesReader(w, r.Body, limit)
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		var big *http.MaxBytesError
		switch {
		case errors.Is(err, io.EOF):
			return buf, nil
		case errors.As(err, &big):
			_, _ = io.CopyN(io.Discard, r.Body, drainMost)
			return nil, tooLarge
		case err != nil:
			return nil, fault.New(fault.BadRequest, "body_incomplete", "The body did not arrive whole.").Because(err)
		}
	}
}

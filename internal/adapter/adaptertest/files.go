package adaptertest

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/message"
)

// fileKinds are the kinds whose messages hold files.
var fileKinds = []message.Kind{message.Image, message.Audio, message.Video, message.Document, message.Sticker}

func (s Suite) receivesFiles() bool {
	return slices.ContainsFunc(s.Type.Caps.Inbound, func(k message.Kind) bool { return slices.Contains(fileKinds, k) })
}

// uploads breaks the way of a file that travels ahead of its message. Nothing
// was sent then, so no doubt may remain: the message is tried again or refused,
// never uncertain, and the request that sends it is not made.
func (s Suite) uploads(t *testing.T) {
	kind := slices.IndexFunc(fileKinds, func(k message.Kind) bool { return s.Type.Caps.Kinds[k] == message.Supported })
	_, ahead := s.open(t, nil).(adapter.Uploader)
	if ahead != s.Type.FilesAhead || ahead != (s.Uploaded != "") {
		t.Errorf("the connection is an Uploader: %v, but the type says %v, and Suite.Uploaded %q", ahead, s.Type.FilesAhead, s.Uploaded)
	}
	if !ahead || kind < 0 {
		return // files travel with their message
	}
	out := adapter.Outbound{Ref: "ref-1", To: everybody, Content: samples[fileKinds[kind]], Files: s.files("0123456789")}
	out.Content.Kind = fileKinds[kind]
	for name, handle := range map[string]http.HandlerFunc{
		"503": answerWith(503, nil, "<html>"), "500": answerWith(500, nil, "<html>"), "garbage": answerWith(200, nil, "<html>hello"),
		"no id": answerWith(200, nil, "{}"), "reset": hijack(""), "half body": hijack("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{\"a\":"),
		"silence": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			p := provide(t, func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
					t.Error("the message went without its file")
				}
				handle(w, r)
			})
			_, err := deliver(ctx, s.open(t, p), out)
			s.fault(t, err, adapter.Unreachable)
		})
	}
	t.Run("unreadable", func(t *testing.T) {
		p := provide(t, s.takes(http.StatusOK, s.Accepted))
		bad := out
		bad.Files = []adapter.File{{Open: func(context.Context) (io.ReadCloser, error) { return nil, io.ErrClosedPipe }}}
		_, err := deliver(t.Context(), s.open(t, p), bad)
		s.fault(t, err, adapter.Unreachable)
		if len(p.requests()) > 0 {
			t.Error("something was sent")
		}
	})
}

package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// The time that one call has for its body ends with that call: what comes later
// over the same connection lives as long as it likes.
func TestADeadlineEndsWithItsCall(t *testing.T) {
	const short = 80 * time.Millisecond
	quick := Route{Method: http.MethodGet, Path: "/quick", Operation: "quick", Summary: "Q", Tag: "T", Permission: Public, Resource: "things", Rate: "read", Timeout: short}
	stream := quick
	stream.Path, stream.Operation, stream.Timeout = "/stream", "stream", -1
	var connections []string
	s, err := New(Config{Auth: fakeAuth{}, Log: slog.New(slog.DiscardHandler), Routes: []Route{
		Action(quick, func(_ context.Context, c *Call, _ None) (int, error) {
			connections = append(connections, c.Request.RemoteAddr)
			<-c.Ctx.Done() // it answers at the last moment, and over it
			<-time.After(short)
			return 1, nil
		}),
		Plain(stream, func(w http.ResponseWriter, c *Call) error {
			connections = append(connections, c.Request.RemoteAddr)
			late := time.NewTimer(3 * short)
			defer late.Stop()
			select {
			case <-c.Ctx.Done():
				return errors.New("cut off by the deadline of an earlier call")
			case <-late.C:
				_, err := io.WriteString(w, "whole")
				return err
			}
		}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	defer server.Close()
	for _, step := range []struct{ path, want string }{{"/quick", "1"}, {"/stream", "whole"}} {
		res, err := server.Client().Get(server.URL + Base + step.path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || string(b) != step.want {
			t.Errorf("%s: %d %s %v", step.path, res.StatusCode, b, err)
		}
	}
	if len(connections) != 2 || connections[0] != connections[1] {
		t.Errorf("not one connection, so nothing was shown: %v", connections)
	}
}

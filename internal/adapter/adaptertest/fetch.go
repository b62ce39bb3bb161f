package adaptertest

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"testing"

	"switchboard/internal/adapter"
	"switchboard/internal/message"
)

// fetch checks that an answer which is no file is never handed over as one, and
// that only what may pass is tried again.
func (s Suite) fetch(t *testing.T, w adapter.Webhook) {
	file, found := s.received(t, w)
	if _, ok := w.(adapter.Fetcher); !ok || !found {
		return
	}
	for status, again := range map[int]bool{404: false, 410: false, 429: true, 500: true, 503: true} {
		p := provide(t, answerWith(status, nil, "<html>not the file"))
		d, err := s.openAt(t, p).(adapter.Fetcher).Fetch(context.Background(), file)
		if err == nil {
			d.Body.Close() //nolint:errcheck // nothing is left to do with it
			t.Errorf("an answer of %d is handed over as the file", status)
			continue
		}
		s.silent(t, adapter.Outbound{}, err)
		reason := adapter.AsSendError(err).Reason
		if retried := reason == adapter.Throttled || reason == adapter.Unreachable; retried != again {
			t.Errorf("an answer of %d to a download means %s; tried again: %v, want %v", status, reason, retried, again)
		}
	}
}

// received is the first file of the golden inputs.
func (s Suite) received(t *testing.T, w adapter.Webhook) (message.Media, bool) {
	for _, path := range sources(t, "testdata/receive/*.json") {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range w.Parse(body).Events {
			if e.Message != nil && len(e.Message.Content.Media) > 0 && e.Message.Content.Media[0].Error == "" {
				return e.Message.Content.Media[0], true
			}
		}
	}
	return message.Media{}, false
}

// openAt opens a connection whose every request goes to p, wherever a link leads.
func (s Suite) openAt(t *testing.T, p *provider) adapter.Conn {
	t.Helper()
	to, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := *p.Client()
	client.Transport = rerouted{to, client.Transport}
	return s.connect(t, p.URL, &client, s.Settings)
}

type rerouted struct {
	to   *url.URL
	next http.RoundTripper
}

// RoundTrip sends a copy of the request to the provider of the test.
func (r rerouted) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host = r.to.Scheme, r.to.Host
	return r.next.RoundTrip(req)
}

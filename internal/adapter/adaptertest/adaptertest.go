// Package adaptertest is the suite that every adapter runs in a few lines. It
// feeds golden files, damaged bodies, forged signatures and hard answers to an
// adapter and holds its descriptor to its word. It talks to nobody but a test
// server of its own.
package adaptertest

import (
	"flag"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"switchboard/internal/adapter"
)

var update = flag.Bool("update", false, "write golden files instead of comparing")

// Suite is what an adapter tells about itself.
type Suite struct {
	Type     *adapter.Type
	Settings adapter.Settings

	// Sign makes the headers of an authentic webhook; nil when the provider
	// signs nothing.
	Sign func(s adapter.Settings, body []byte) http.Header
	// BodyUnsigned: the headers prove who calls, not what he says.
	BodyUnsigned bool
	// Secrets are the settings without which nothing may be accepted.
	Secrets []string

	// Issued are the credentials made for the other side.
	Issued map[string]adapter.Credential
	// Address is the setting that holds where the type calls, for types without a
	// provider of their own.
	Address string
	// Links gives the files of messages links, for types that hand those on.
	Links bool
	// Bare says that 2xx alone means the message was taken, whatever the body.
	Bare bool

	// MessageID is a provider id as Parse gives it, for quotes and reactions to
	// refer to, and MessageWire how it stands in a request; "" = any word does.
	MessageID, MessageWire string
	// Accepted is the provider's answer to a message it takes.
	Accepted string
	// Uploaded is its answer to a file that is handed over before the message;
	// "" where files travel with the message.
	Uploaded string
	// Answers are hard answers of the provider and what each must mean.
	Answers []Answer
	// Now is the adapter's clock; zero = 1 January 2026.
	Now time.Time
}

// Answer is one answer of the provider and what it must mean.
type Answer struct {
	Name       string
	Status     int
	Header     http.Header
	Body       string
	Reason     adapter.Reason
	Scope      adapter.Scope
	RetryAfter time.Duration
}

// Run runs everything that applies to the type.
func Run(t *testing.T, s Suite) {
	t.Helper()
	if s.Now.IsZero() {
		s.Now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if s.MessageID == "" {
		s.MessageID, s.MessageWire = "provider-id-7", "provider-id-7"
	}
	t.Run("facts", facts)
	t.Run("descriptor", s.descriptor)
	if w, ok := s.open(t, nil).(adapter.Webhook); ok {
		t.Run("receive", func(t *testing.T) { s.receive(t, w) })
		t.Run("inbound", func(t *testing.T) { s.inbound(t, w) })
		t.Run("fetch", func(t *testing.T) { s.fetch(t, w) })
		t.Run("damaged", func(t *testing.T) { s.damaged(t, w) })
		if s.Sign != nil {
			t.Run("signature", s.signature)
		}
	}
	t.Run("send", s.send)
	t.Run("caps", s.caps)
	t.Run("answers", s.answers)
	t.Run("faults", s.faults)
	t.Run("uploads", s.uploads)
}

// open opens a connection; nil leaves it without any provider.
func (s Suite) open(t testing.TB, p *provider) adapter.Conn {
	t.Helper()
	return s.openWith(t, p, s.Settings)
}

func (s Suite) openWith(t testing.TB, p *provider, settings adapter.Settings) adapter.Conn {
	t.Helper()
	if p == nil {
		return s.connect(t, "http://127.0.0.1:9", &http.Client{Timeout: 10 * time.Second}, settings)
	}
	return s.connect(t, p.URL, p.Client(), settings)
}

func (s Suite) connect(t testing.TB, base string, client *http.Client, settings adapter.Settings) adapter.Conn {
	t.Helper()
	kit := adapter.Kit{BaseURL: base, HTTP: client, Now: func() time.Time { return s.Now }, Log: slog.New(slog.DiscardHandler)}
	if s.Address != "" {
		settings = maps.Clone(settings)
		settings[s.Address] = base + "/hook"
	}
	c, err := s.Type.Open(adapter.Account{OrganizationID: "organization", SourceID: "source", ChannelID: "channel", Settings: settings, Issued: s.Issued}, kit)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return c
}

// without is the settings less one.
func (s Suite) without(key string) adapter.Settings {
	m := maps.Clone(s.Settings)
	delete(m, key)
	return m
}

// provider is a provider that records what it is asked.
type provider struct {
	*httptest.Server
	mu   sync.Mutex
	seen []recorded
}

type recorded struct {
	*http.Request
	body []byte
}

// provide starts a provider that answers with handle after recording.
func provide(t *testing.T, handle http.HandlerFunc) *provider {
	t.Helper()
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.record(r)
		handle(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func answerWith(status int, header http.Header, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		maps.Copy(w.Header(), header)
		w.WriteHeader(status)
		w.Write([]byte(body)) //nolint:errcheck // a test server
	}
}

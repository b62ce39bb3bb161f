package adaptertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/message"
)

// sendCase is a file of testdata/send.
type sendCase struct {
	Outbound adapter.Outbound
	Answer   json.RawMessage // of the provider; absent = Suite.Accepted
	Files    []string        // bytes of Content.Media
	Status   int             // 0 = 200
}

// send compares the request of testdata/send/*.json and what came of it with
// the golden files.
func (s Suite) send(t *testing.T) {
	for _, path := range sources(t, "testdata/send/*.json") {
		t.Run(strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".json"), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var c sendCase
			dec := json.NewDecoder(bytes.NewReader(raw))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&c); err != nil {
				t.Fatalf("%v (an Outbound as encoding/json writes it: its own members by their Go names, those of a file as mime_type, provider_id, …)", err)
			}
			if c.Status == 0 {
				c.Status = http.StatusOK
			}
			if c.Answer == nil {
				c.Answer = json.RawMessage(s.Accepted)
			}
			c.Outbound.Files = s.files(c.Files...)
			p := provide(t, s.takes(c.Status, string(c.Answer)))
			receipt, err := deliver(context.Background(), s.open(t, p), c.Outbound)
			golden(t, strings.TrimSuffix(path, ".json")+".golden.http", append(p.http(), outcome(t, receipt, err)...))
			s.silent(t, c.Outbound, err)
		})
	}
}

// takes answers messages as told, and files on their way ahead as taken.
func (s Suite) takes(status int, answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.Uploaded != "" && strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
			answerWith(http.StatusOK, nil, s.Uploaded)(w, r)
			return
		}
		answerWith(status, nil, answer)(w, r)
	}
}

// files are outbound files with these bytes.
func (s Suite) files(bytes ...string) (out []adapter.File) {
	for i, b := range bytes {
		link := ""
		if s.Links {
			link = "https://switchboard.example/files/" + itoa(i)
		}
		out = append(out, adapter.File{Link: link, Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(b)), nil }})
	}
	return out
}

// deliver sends a message as the gateway does: its files first where the type
// hands them over ahead.
func deliver(ctx context.Context, c adapter.Conn, out adapter.Outbound) (adapter.Receipt, error) {
	if u, ok := c.(adapter.Uploader); ok && len(out.Files) > 0 {
		ids, err := u.Upload(ctx, out)
		if err != nil {
			return adapter.Receipt{}, err
		}
		for i, v := range ids {
			out.Files[i].ID = v
		}
	}
	return c.Send(ctx, out)
}

// outcome renders receipt or error below the request.
func outcome(t *testing.T, r adapter.Receipt, err error) []byte {
	t.Helper()
	var v any = r
	if err != nil {
		v = map[string]any{"error": adapter.AsSendError(err)}
	}
	out, err := render(v)
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte("# outcome\n"), out...)
}

// silent fails when an error tells a secret or the text of the message.
func (s Suite) silent(t *testing.T, out adapter.Outbound, err error) {
	t.Helper()
	if err == nil {
		return
	}
	e := adapter.AsSendError(err)
	all := strings.Join([]string{e.Error(), e.Title, e.Detail, e.Hint}, "\n")
	for _, f := range s.Type.Fields {
		if v := s.Settings[f.Key]; f.Secret && len(v) > 3 && strings.Contains(all, v) {
			t.Errorf("the error tells the setting %s", f.Key)
		}
	}
	if len(out.Content.Text) > 5 && strings.Contains(all, out.Content.Text) {
		t.Error("the error tells the text of the message")
	}
}

// samples is one small content of every kind.
var samples = map[message.Kind]message.Content{
	message.Text:      {Text: "A text"},
	message.Image:     {Media: []message.Media{{Kind: message.Image, ProviderID: "file", URL: "https://files.example/a.png", MIMEType: "image/png", Size: 10}}},
	message.Audio:     {Media: []message.Media{{Kind: message.Audio, ProviderID: "file", URL: "https://files.example/a.mp3", MIMEType: "audio/mpeg", Size: 10}}},
	message.Video:     {Media: []message.Media{{Kind: message.Video, ProviderID: "file", URL: "https://files.example/a.mp4", MIMEType: "video/mp4", Size: 10}}},
	message.Document:  {Media: []message.Media{{Kind: message.Document, ProviderID: "file", URL: "https://files.example/a.pdf", MIMEType: "application/pdf", Size: 10}}},
	message.Sticker:   {Media: []message.Media{{Kind: message.Sticker, ProviderID: "file", URL: "https://files.example/a.webp", MIMEType: "image/webp", Size: 10}}},
	message.Locations: {Location: &message.Location{Latitude: 52.5, Longitude: 13.4, Name: "Gate"}},
	message.Contacts:  {Contacts: []message.ContactCard{{Name: message.ContactName{FormattedName: "Mara Okafor"}}}},
	message.Interactive: {Text: "Which?", Interactive: &message.InteractiveBody{Type: "button",
		Buttons: []message.Button{{ID: "a", Title: "One"}, {ID: "b", Title: "Two"}}}},
	message.Template:    {Template: &message.TemplateCall{Name: "hello", Language: "en"}},
	message.Reaction:    {Text: "👍"},
	message.Poll:        {Poll: &message.PollBody{Question: "When?", Options: []message.PollOption{{Text: "Today"}, {Text: "Tomorrow"}}}},
	message.Note:        {Text: "internal"},
	message.Event:       {Text: "internal"},
	message.Unsupported: {Text: "unknown"},
}

// sample is a small content of a kind, a file of a type that the limits take.
func (s Suite) sample(kind message.Kind) message.Content {
	c := samples[kind]
	c.Kind, c.Media = kind, slices.Clone(c.Media)
	if types := s.Type.Limits.Media[kind].Types; len(c.Media) > 0 && len(types) > 0 && !slices.Contains(types, c.Media[0].MIMEType) {
		c.Media[0].MIMEType = types[0]
	}
	return c
}

// everybody has an address of every kind but a group's.
var everybody = message.Party{Addresses: []message.Address{
	{Kind: message.Phone, Value: "12025550177"}, {Kind: message.ScopedID, Value: "US.9120000000000001"},
	{Kind: message.HandleID, Value: "ana"}, {Kind: message.MailAddress, Value: "ana@mail.example"},
	{Kind: message.ExternalUser, Value: "u1"}}}

// caps holds the descriptor to its word: what it claims is sent, what it
// refuses never leaves, and each ability it claims exists.
func (s Suite) caps(t *testing.T) {
	for _, kind := range message.Kinds {
		out := adapter.Outbound{Ref: "ref-1", To: everybody, Content: s.sample(kind)}
		if kind == message.Reaction {
			out.Target = s.MessageID
		}
		if len(out.Content.Media) > 0 {
			out.Files = s.files("0123456789")
		}
		p := provide(t, s.takes(http.StatusOK, s.Accepted))
		_, err := deliver(context.Background(), s.open(t, p), out)
		claim := s.Type.Caps.Kinds[kind]
		internal := kind == message.Note || kind == message.Event || kind == message.Unsupported
		fits := message.Fit(out.Content, s.Type.Caps, s.Type.Limits)
		switch claimed := claim == message.Supported || claim == message.Degraded; {
		case claimed && internal:
			t.Errorf("%s is never sent but claimed", kind)
		case claimed && (err != nil || fits != nil):
			t.Errorf("%s is claimed but fails: %v, %v", kind, err, fits)
		case !claimed && (err == nil || adapter.AsSendError(err).Reason != adapter.NotSupported):
			t.Errorf("%s is not claimed, so Send must answer NotSupported, got %v", kind, err)
		case !claimed && len(p.requests()) > 0:
			t.Errorf("%s is not claimed but was sent", kind)
		case !claimed && fits == nil:
			t.Errorf("%s is not claimed but fits", kind)
		}
	}
	conn := s.open(t, nil)
	if _, ok := conn.(adapter.Fetcher); ok != s.receivesFiles() {
		t.Errorf("files are claimed in Caps.Inbound: %v, Fetcher implemented: %v", s.receivesFiles(), ok)
	}
	if _, ok := conn.(adapter.Typer); ok != s.Type.Caps.Typing {
		t.Errorf("typing is claimed: %v, implemented: %v", s.Type.Caps.Typing, ok)
	}
	if _, ok := conn.(adapter.Registrar); ok != s.Type.Caps.Subscribes {
		t.Errorf("subscribes is claimed: %v, implemented: %v", s.Type.Caps.Subscribes, ok)
	}
	if _, ok := conn.(adapter.Reader); ok != s.Type.Caps.MarkRead {
		t.Errorf("mark_read is claimed: %v, implemented: %v", s.Type.Caps.MarkRead, ok)
	}
	p := provide(t, answerWith(http.StatusOK, nil, s.Accepted))
	out := adapter.Outbound{Ref: "ref-1", To: everybody, Content: message.Content{Kind: message.Text, Text: "A text"}, ReplyTo: s.MessageID}
	if _, err := s.open(t, p).Send(context.Background(), out); err != nil {
		t.Fatalf("reply: %v", err)
	}
	if quoted := bytes.Contains(p.http(), []byte(s.MessageWire)); quoted != s.Type.Caps.Reply {
		t.Errorf("reply is claimed: %v, sent: %v", s.Type.Caps.Reply, quoted)
	}
}

// text is a message every type can send.
func text() adapter.Outbound {
	return adapter.Outbound{Ref: "ref-1", To: everybody, Content: message.Content{Kind: message.Text, Text: "the words of the message"}}
}

// answers checks the classification table.
func (s Suite) answers(t *testing.T) {
	for _, a := range s.Answers {
		t.Run(a.Name, func(t *testing.T) {
			p := provide(t, answerWith(a.Status, a.Header, a.Body))
			_, err := s.open(t, p).Send(context.Background(), text())
			if err == nil {
				t.Fatal("no error")
			}
			s.silent(t, text(), err)
			e := adapter.AsSendError(err)
			if e.Reason != a.Reason || e.Scope != a.Scope || e.RetryAfter != a.RetryAfter {
				t.Errorf("got %s/%q after %v, want %s/%q after %v", e.Reason, e.Scope, e.RetryAfter, a.Reason, a.Scope, a.RetryAfter)
			}
			if e.Title == "" {
				t.Error("the error has no title")
			}
			if len(p.requests()) != 1 {
				t.Errorf("%d requests, want 1: repeating is the gateway's", len(p.requests()))
			}
		})
	}
}

// faults breaks the line at every place a request can break. Only where the
// request surely never left may the answer be Unreachable.
func (s Suite) faults(t *testing.T) {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	cases := map[string]struct {
		handle http.HandlerFunc
		want   adapter.Reason
	}{
		"reset":       {hijack(""), adapter.Uncertain},
		"half header": {hijack("HTTP/1.1 20"), adapter.Uncertain},
		"half body":   {hijack("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{\"a\":"), adapter.Uncertain},
		"garbage":     {answerWith(200, nil, "<html>hello"), adapter.Uncertain},
		"empty":       {answerWith(200, nil, ""), adapter.Uncertain},
		"no id":       {answerWith(200, nil, "{}"), adapter.Uncertain},
		"too large":   {answerWith(200, nil, strings.Repeat(" ", 2<<20)+s.Accepted), adapter.Uncertain},
		"504":         {answerWith(504, nil, "<html>timeout"), adapter.Uncertain},
		"502":         {answerWith(502, nil, "<html>bad gateway"), adapter.Uncertain},
		"silence":     {func(_ http.ResponseWriter, r *http.Request) { waitFor(r, release) }, adapter.Uncertain},
	}
	for name, c := range cases {
		if s.Bare && (name == "garbage" || name == "empty" || name == "no id" || name == "too large") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			_, err := s.open(t, provide(t, c.handle)).Send(ctx, text())
			s.fault(t, err, c.want)
		})
	}
	t.Run("refused", func(t *testing.T) {
		p := provide(t, answerWith(200, nil, s.Accepted))
		p.Close() // nobody listens on its port now
		_, err := s.open(t, p).Send(context.Background(), text())
		s.fault(t, err, adapter.Unreachable)
	})
	t.Run("canceled before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		p := provide(t, answerWith(200, nil, s.Accepted))
		_, err := s.open(t, p).Send(ctx, text())
		if err == nil || len(p.requests()) != 0 {
			t.Errorf("a canceled send went on: %v", err)
		}
	})
}

// hijack answers with these bytes and breaks the line; with none, by a reset.
func hijack(write string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		conn.Write([]byte(write)) //nolint:errcheck // the line breaks anyway
		if tcp, ok := conn.(*net.TCPConn); ok && write == "" {
			tcp.SetLinger(0) //nolint:errcheck // makes it a reset
		}
		conn.Close() //nolint:errcheck // the line breaks anyway
	}
}

func waitFor(r *http.Request, release <-chan struct{}) {
	select {
	case <-r.Context().Done():
	case <-release:
	}
}

func (s Suite) fault(t *testing.T, err error, want adapter.Reason) {
	t.Helper()
	var se *adapter.SendError
	if !errors.As(err, &se) {
		t.Fatalf("want a *SendError, got %v", err)
	}
	if se.Reason != want {
		t.Errorf("got %v, want %s", err, want)
	}
	s.silent(t, text(), err)
}

// descriptor checks the type's description of itself.
func (s Suite) descriptor(t *testing.T) {
	ty := s.Type
	if ty.ID != strings.ToUpper(ty.ID) || ty.Name == "" || ty.Open == nil {
		t.Error("id, name or Open is missing")
	}
	if !regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`).MatchString(ty.Accent) {
		t.Errorf("accent %q is not #RRGGBB", ty.Accent)
	}
	if !strings.Contains(ty.Icon, `viewBox="0 0 24 24"`) || !strings.Contains(ty.Icon, "currentColor") || strings.Count(ty.Icon, "<path") != 1 {
		t.Error("the icon must be one path in currentColor in a viewBox of 24")
	}
	seen := map[string]bool{}
	for _, f := range ty.Fields {
		if f.Key == "" || f.Label == "" || f.Help == "" || seen[f.Key] {
			t.Errorf("field %q needs a unique key, a label and a help text", f.Key)
		}
		seen[f.Key] = true
		if f.Step > 0 && !regexp.MustCompile(`(?m)^`+itoa(f.Step)+`\. `).MatchString(ty.Setup) {
			t.Errorf("field %s names step %d, which the guide lacks", f.Key, f.Step)
		}
		if v := s.Settings[f.Key]; f.Pattern != "" && v != "" {
			if re, err := regexp.Compile(f.Pattern); err != nil || !re.MatchString(v) {
				t.Errorf("pattern of field %s: %v", f.Key, err)
			}
		}
	}
	for key := range s.Settings {
		if !seen[key] {
			t.Errorf("setting %q is no field", key)
		}
	}
	for kind, l := range ty.Limits.Media {
		if l.Types == nil {
			t.Errorf("limits of %s: types must not be nil; an empty list takes any", kind)
		}
	}
	for kind := range ty.Caps.Kinds {
		if _, ok := samples[kind]; !ok {
			t.Errorf("caps name the unknown kind %q", kind)
		}
	}
}

func itoa(n int) string {
	b, _ := json.Marshal(n) //nolint:errcheck // an int always encodes
	return string(b)
}

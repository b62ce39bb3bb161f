package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/domain/media"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/simulator"
)

// picture draws a JPEG; equal seeds give equal bytes.
func picture(t testing.TB, w, h, seed int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{uint8(x * seed), uint8(y + seed), uint8(seed), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// program makes a token for calls over HTTP.
func (s *scene) program(permissions ...string) string {
	s.Helper()
	_, text, err := s.look.Accounts(nil).CreateToken(s.Context(), s.admin, account.NewToken{Name: "files " + id.New().String(), Permissions: permissions})
	if err != nil {
		s.Fatal(err)
	}
	return text
}

// rest makes one call and gives its status and body.
func (s *scene) rest(n *node, token, method, path string, body []byte, header ...string) (int, []byte, http.Header) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), method, n.url+path, bytes.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer a.Body.Close()
	got, err := io.ReadAll(a.Body)
	if err != nil {
		s.Fatal(err)
	}
	return a.StatusCode, got, a.Header
}

// thread lists the messages of a conversation, oldest first.
func (s *scene) thread(n *node, c id.ID) []inbox.Message {
	s.Helper()
	spec := &inbox.MessageSpec
	rows, _, err := n.inbox.Messages(s.Context(), s.admin, &query.List{Spec: spec, Limit: 10_000, Order: []query.Order{{Field: &spec.Fields[0]}},
		Where: []query.Cond{{Op: query.Eq, Field: &spec.Fields[2], Args: []any{c}}}})
	if err != nil {
		s.Fatal(err)
	}
	return rows
}

// heardFile waits until the files of a visitor's latest message are settled.
func (s *scene) heardFile(n *node, c id.ID, state media.State) inbox.Message {
	s.Helper()
	var out inbox.Message
	s.until(30*time.Second, "a file is "+string(state), func() bool {
		for _, m := range s.thread(n, c) {
			if len(m.Media) > 0 && m.Direction == inbox.In && m.Media[0].State == state {
				out = m
				return true
			}
		}
		return false
	})
	return out
}

// A visitor sends a picture, a member answers with a file: the bytes are the
// same at both ends, whatever the sender called them.
func TestFilesRoundTrip(t *testing.T) {
	onEach(t, func(s *scene) {
		n, _, a := s.one()
		token := s.program(account.MediaView, account.MediaEdit, account.InboxView, account.InboxSend)
		photo := picture(t, 1000, 600, 3)
		s.inbound(a, simulator.Inbound{Visitor: "12025550177", Kind: "image", Text: "Look", Data: photo, MIME: "image/jpeg", Filename: "../../etc/halo.jpg"})
		var c inbox.Conversation
		s.until(20*time.Second, "a conversation", func() bool {
			all := s.conversations(n)
			if len(all) == 1 {
				c = all[0]
			}
			return len(all) == 1
		})
		got := s.heardFile(n, c.ID, media.Ready).Media[0]
		if got.MIMEType != "image/jpeg" || got.Size != int64(len(photo)) || got.Width == nil || *got.Width != 1000 || *got.Height != 600 || got.ThumbnailURL == nil {
			t.Errorf("%+v", got)
		}
		status, body, h := s.rest(n, token, "GET", *got.URL, nil)
		if status != 200 || !bytes.Equal(body, photo) || h.Get("Content-Type") != "image/jpeg" || !strings.HasPrefix(h.Get("Content-Disposition"), "inline") ||
			h.Get("Content-Security-Policy") != "sandbox; default-src 'none'" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%d, %d bytes, %v", status, len(body), h)
		}
		if status, part, _ := s.rest(n, token, "GET", *got.URL, nil, "Range", "bytes=10-19"); status != 206 || !bytes.Equal(part, photo[10:20]) {
			t.Errorf("range: %d, %d bytes", status, len(part))
		}
		if status, _, _ := s.rest(n, token, "GET", *got.URL, nil, "If-None-Match", h.Get("ETag")); status != 304 {
			t.Errorf("not modified: %d", status)
		}
		status, small, _ := s.rest(n, token, "GET", *got.ThumbnailURL, nil)
		if cfg, err := jpeg.DecodeConfig(bytes.NewReader(small)); status != 200 || err != nil || cfg.Width != 480 || cfg.Height != 288 {
			t.Errorf("thumbnail: %d %+v %v", status, cfg, err)
		}

		answer := picture(t, 300, 200, 7)
		status, body, _ = s.rest(n, token, "POST", "/rest/v1/media?file_name=shade.png&conversation_id="+c.ID.String(), answer, "Content-Type", "text/html")
		var up media.MediaFile
		if err := json.Unmarshal(body, &up); err != nil || status != 201 || up.State != media.Ready || up.MIMEType != "image/jpeg" || up.FileName != "shade.png.jpg" {
			t.Fatalf("%d %s %v", status, body, err)
		}
		draft := fmt.Sprintf(`{"kind":"image","text":"The new shade","media":[{"id":%q}],"client_id":"one"}`, up.ID)
		status, body, _ = s.rest(n, token, "POST", "/rest/v1/conversations/"+c.ID.String()+"/messages", []byte(draft), "Content-Type", "application/json")
		var m inbox.Message
		if err := json.Unmarshal(body, &m); err != nil || status != 201 || len(m.Media) != 1 || m.Media[0].ID != up.ID {
			t.Fatalf("%d %s %v", status, body, err)
		}
		s.becomes(n, m.ID, "delivered")
		sends := s.sends(a)
		var sent struct {
			Image struct{ ID, Caption string }
		}
		if err := json.Unmarshal(sends[0].Body, &sent); err != nil || sent.Image.Caption != "The new shade" {
			t.Errorf("%s %v", sends[0].Body, err)
		}
		if there, kind, err := s.sim.File(a.PhoneNumberID, sent.Image.ID); err != nil || !bytes.Equal(there, answer) || kind != "image/jpeg" {
			t.Errorf("%d bytes of %s at the provider: %v", len(there), kind, err)
		}
		if status, body, _ = s.rest(n, token, "POST", "/rest/v1/conversations/"+c.ID.String()+"/messages", []byte(draft), "Content-Type", "application/json"); status != 200 {
			t.Errorf("the same again: %d %s", status, body)
		}
		s.sentOnce()
		s.until(10*time.Second, "nothing left to do but to look after a day", func() bool { return s.count(`SELECT count(*) FROM job WHERE kind <> 'media.expire'`) == 0 })
	})
}

// An upload that is too large is refused while it is still on its way.
func TestUploadIsRefusedBeforeItsEnd(t *testing.T) {
	onOne(t, "sqlite", func(s *scene) {
		n, _, a := s.one()
		c := s.hear(n, a, "12025550177")
		token := s.program(account.MediaEdit)
		body, feed := io.Pipe()
		sent := make(chan int64, 1)
		go func() { // 200 MB of film, as fast as it is taken
			film := append([]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), make([]byte, 1<<20)...)
			var total int64
			for total < 200<<20 {
				k, err := feed.Write(film)
				total += int64(k)
				if err != nil {
					break
				}
			}
			sent <- total
		}()
		r, err := http.NewRequestWithContext(s.Context(), "POST", n.url+"/rest/v1/media?file_name=a.mp4&conversation_id="+c.ID.String(), body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		body.CloseWithError(io.ErrClosedPipe)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var p struct{ Code, Details string }
		if err := json.NewDecoder(answer.Body).Decode(&p); err != nil || answer.StatusCode != 413 || p.Code != "file_too_large" || !strings.Contains(p.Details, fmt.Sprint(16<<20)) {
			t.Errorf("%d %+v %v", answer.StatusCode, p, err)
		}
		if total := <-sent; total > 40<<20 {
			t.Errorf("%d bytes were taken", total)
		}
		s.want("rows left", s.count(`SELECT count(*) FROM media`), 0)
	})
}

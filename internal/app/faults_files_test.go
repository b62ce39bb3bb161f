package app

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/domain/media"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
	"switchboard/internal/simulator"
)

// kept is a file as the database has it.
type kept struct {
	id           id.ID
	state        media.State
	blob, remote string
	size         int64
}

func (s *scene) kept() (out []kept) {
	s.Helper()
	if err := s.look.DB.System().Read(s.Context(), func(tx *db.Tx) error {
		out = nil
		return tx.Query(db.Dynamic(`SELECT id, state, blob, remote, size FROM media WHERE remote IS NOT NULL`), nil, func(scan func(...any) error) error {
			var k kept
			var remote json.RawMessage
			if err := scan(&k.id, &k.state, &k.blob, db.JSON(&remote), &k.size); err != nil {
				return err
			}
			var m message.Media
			err := json.Unmarshal(remote, &m)
			k.remote = m.ProviderID
			out = append(out, k)
			return err
		})
	}); err != nil {
		s.Fatal(err)
	}
	return out
}

// rightFiles holds every file that is called ready against the provider's own
// bytes, and gives how many there are.
func (s *scene) rightFiles(a simulator.Account) (ready int) {
	s.Helper()
	for _, k := range s.kept() {
		if k.state != media.Ready {
			continue
		}
		ready++
		r, err := s.look.Blobs.Open(s.Context(), k.blob, k.size)
		if err != nil {
			s.Fatalf("a file that is ready cannot be read: %v", err)
		}
		got, err := io.ReadAll(r)
		r.Close()
		want, _, e := s.sim.File(a.PhoneNumberID, k.remote)
		if err != nil || e != nil || !bytes.Equal(got, want) {
			s.Fatalf("a wrong file: %d bytes, want %d (%v, %v)", len(got), len(want), err, e)
		}
	}
	return ready
}

// noStrays holds that each file in the store belongs to a row, or to a job that
// removes it.
func (s *scene) noStrays() {
	s.Helper()
	known := map[string]bool{}
	for _, k := range s.kept() {
		known[path.Base(k.blob)] = true
	}
	for name := range s.tally(`SELECT key FROM job WHERE kind = 'media.remove'`) {
		known[path.Base(name)] = true
	}
	root := filepath.Join(s.cfg.Data, mediaDirectory, "files")
	if err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !known[strings.TrimSuffix(d.Name(), ".thumb")] {
			s.Errorf("nobody knows %s", p)
		}
		return err
	}); err != nil && !os.IsNotExist(err) {
		s.Error(err)
	}
}

// Kill -9 in the middle of downloads, again and again: in the end every file is
// there, and at no moment is one called ready that is not the one that was sent.
func TestFaultKilledWhileDownloading(t *testing.T) {
	onEach(t, func(s *scene) {
		a := s.withChannel()
		many, kills := scaled(1000), scaled(20)+1
		p := s.process(freePort(t))
		s.front.to(p.url)
		s.knobs(a, simulator.Knobs{DelayAnswersMS: 30})
		rnd := rand.New(rand.NewPCG(3, 4))
		for i := range many {
			sum := sha256.Sum256([]byte(fmt.Sprint(i)))
			data := append([]byte("%PDF-1.4\n"), bytes.Repeat(sum[:], 500+rnd.IntN(6000))...)
			s.inbound(a, simulator.Inbound{Visitor: fmt.Sprintf("120255%05d", i%20), Kind: "document", Data: data, MIME: "application/pdf", Filename: "f.pdf"})
		}
		s.fail(a, simulator.Fault{Fault: "slow", On: "download", Count: many / 4})
		ready := func() int { return s.count(`SELECT count(*) FROM media WHERE state = 'ready'`) }
		for k := range kills {
			goal := (k + 1) * many / (kills + 1)
			s.until(120*time.Second, "progress", func() bool { return ready() >= goal })
			wait(time.Duration(rnd.IntN(60)) * time.Millisecond)
			p.kill()
			s.rightFiles(a)
			p = s.process(freePort(t))
			s.front.to(p.url)
		}
		s.until(180*time.Second, "every file is here", func() bool { return ready() == many })
		s.want("right files", s.rightFiles(a), many)
		s.noStrays()
		p.kill()
		t.Logf("%d downloads, %d kills: none wrong, none lost", many, kills)
	})
}

// Whatever the provider does wrong is tried again and seen meanwhile; a file it
// no longer has is a visible failure, which a person can have tried again.
func TestFaultDownloads(t *testing.T) {
	onEach(t, func(s *scene) {
		n, _, a := s.one()
		for i, f := range []simulator.Fault{{Fault: "500", On: "resolve"}, {Fault: "429", On: "resolve", RetryAfter: "1"}, {Fault: "404", On: "download"},
			{Fault: "half_body", On: "download"}, {Fault: "wrong_length", On: "download"}, {Fault: "wrong_bytes", On: "download"}, {Fault: "reset", On: "download"},
			{Fault: "slow", On: "download"}, {Fault: "500_html", On: "download"}} {
			s.fail(a, f)
			s.inbound(a, simulator.Inbound{Visitor: fmt.Sprintf("120255%05d", i), Kind: "image"})
			troubled := f.Fault == "slow" || f.Fault == "reset" // a GET on a used connection is repeated by the client itself
			s.until(30*time.Second, f.Fault+" is got over", func() bool {
				for _, k := range s.kept() {
					troubled = troubled || k.state == media.Downloading && s.count(`SELECT count(*) FROM media WHERE error IS NOT NULL`) > 0
				}
				return s.count(`SELECT count(*) FROM media WHERE state = 'ready'`) == i+1
			})
			if !troubled {
				t.Errorf("%s: nobody could see that it was tried again", f.Fault)
			}
		}
		s.want("right files", s.rightFiles(a), 9)

		s.fail(a, simulator.Fault{Fault: "expired", On: "resolve"})
		c := s.hear(n, a, "4915550102030")
		s.inbound(a, simulator.Inbound{Visitor: "4915550102030", Kind: "image"})
		m := s.heardFile(n, c.ID, media.Failed).Media[0]
		if m.Error == nil || m.Error.Title == "" || !m.Error.Retryable || m.URL != nil {
			t.Errorf("%+v %+v", m, m.Error)
		}
		token := s.program(account.MediaView, account.MediaEdit)
		if status, body, _ := s.rest(n, token, "POST", "/rest/v1/media/"+m.ID.String()+"/retry", nil); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		s.heardFile(n, c.ID, media.Ready)
		s.rightFiles(a)
		s.until(10*time.Second, "an event for who looks on", func() bool {
			return s.count(`SELECT count(*) FROM event e JOIN message m ON m.id = e.ref WHERE e.kind = 'message.updated' AND m.direction = 'inbound'`) > 10
		})
		s.noStrays()
	})
}

// answerWithFile uploads a picture and sends it.
func (s *scene) answerWithFile(n *node, c id.ID, seed int) inbox.Message {
	s.Helper()
	f, err := n.inbox.Upload(s.Context(), s.admin, inbox.Upload{Conversation: c, FileName: "shade.jpg", Size: -1, Body: bytes.NewReader(picture(s.T, 60, 40, seed))})
	if err != nil {
		s.Fatal(err)
	}
	m, _, err := n.inbox.Send(s.Context(), s.admin, c, inbox.Draft{Kind: "image", Media: []inbox.MediaRef{{ID: f.ID}}})
	if err != nil {
		s.Fatal(err)
	}
	return m
}

// A file that does not get through is no doubt about its message: it is tried
// again and never uncertain, also when the server is killed while it uploads.
func TestFaultUploads(t *testing.T) {
	onEach(t, func(s *scene) {
		n, _, a := s.one()
		c := s.hear(n, a, "12025550177")
		for i, f := range []string{"500_html", "reset", "half_body", "garbage", "timeout"} {
			s.fail(a, simulator.Fault{Fault: f, On: "upload"})
			s.becomes(n, s.answerWithFile(n, c.ID, i).ID, "delivered")
		}
		// Whoever takes a message back while its file is on its way is heard.
		s.fail(a, simulator.Fault{Fault: "timeout", On: "upload"})
		m := s.answerWithFile(n, c.ID, 9)
		uploading := func() bool { return s.count(`SELECT count(*) FROM outbox WHERE state = 'uploading'`) == 1 }
		s.until(20*time.Second, "the file is on its way", uploading)
		if got, err := n.inbox.Cancel(s.Context(), s.admin, m.ID); err != nil || got.Status != message.Canceled {
			t.Errorf("%+v %v", got, err)
		}
		s.becomes(n, s.send(n, c.ID, "after it").ID, "delivered")
		s.want("accepted", len(s.sends(a)), 6)
		n.stop()

		p := s.process(freePort(t))
		s.front.to(p.url)
		s.fail(a, simulator.Fault{Fault: "timeout", On: "upload"})
		q := s.quietNode()
		m = s.answerWithFile(q, c.ID, 10)
		s.until(20*time.Second, "the file is on its way", uploading)
		p.kill()
		p = s.process(freePort(t))
		s.front.to(p.url)
		s.becomes(q, m.ID, "delivered")
		s.want("uncertain", s.count(`SELECT count(*) FROM message_step WHERE name = 'uncertain'`), 0)
		s.want("accepted", len(s.sends(a)), 7)
		s.sentOnce()
		p.kill()
	})
}

package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/platform/db"
	"switchboard/internal/simulator"
)

// A full disk: nothing is acknowledged that is not stored, reading goes on, and
// it recovers by itself once there is room.
func TestFaultDiskFull(t *testing.T) {
	s := newScene(t, "")
	n, ch, a := s.one()
	c := s.hear(n, a, "12025550100")
	s.idle(10 * time.Second)
	pages := func(most int) { // SQLite's own bound, on the writer's connection
		t.Helper()
		if err := n.storage.DB.System().Write(t.Context(), func(tx *db.Tx) error {
			var n int64
			return tx.Row(db.Dynamic(fmt.Sprintf(`PRAGMA max_page_count=%d`, most)), nil, &n)
		}); err != nil {
			t.Fatal(err)
		}
	}
	for range max(scaled(10), 2) {
		pages(s.count(`SELECT page_count FROM pragma_page_count()`) + 20)
		filler := strings.Repeat("0123456789", 5000)
		for i := range 40 {
			s.inbound(a, simulator.Inbound{Visitor: "12025550100", Text: fmt.Sprint(i, filler[i:i+4000-len(fmt.Sprint(i))])})
		}
		s.until(30*time.Second, "full", func() bool {
			body := textBody(a.PhoneNumberID, "wamid.full", randomText(200_000))
			status, code := s.call(n.url, ch.ID, body, sign(a.AppSecret, body))
			if status == 200 {
				return false
			}
			if status != 503 || code != "storage_unavailable" {
				t.Errorf("%d %s", status, code)
			}
			return true
		})
		if _, err := n.inbox.Conversation(t.Context(), s.admin, c.ID); err != nil {
			t.Error("reading:", err)
		}
		pages(1 << 30)
		s.idle(60 * time.Second)
	}
	s.until(30*time.Second, "everything there", func() bool {
		return s.count(`SELECT count(*) FROM message WHERE provider_message_id <> 'wamid.full'`) == 1+40*max(scaled(10), 2)
	})
}

func randomText(n int) string {
	b := make([]byte, 0, n+16)
	for i := 0; len(b) < n; i++ {
		b = append(b, fmt.Sprintf("%x", uint64(i)*0x9e3779b97f4a7c15)...)
	}
	return string(b[:n])
}

// What a provider gave us in secret appears nowhere: not in answers, not in the
// log, not in the files of the database.
func TestFaultCanaries(t *testing.T) {
	onEach(t, func(s *scene) {
		n, ch, a := s.one()
		c := s.hear(n, a, "12025550177")
		s.send(n, c.ID, "text 1")
		m := s.send(n, c.ID, "text 2")
		s.becomes(n, m.ID, "delivered")
		s.fail(a, simulator.Fault{Fault: "190"})
		failed := s.send(n, c.ID, "text 3")
		s.until(20*time.Second, "disconnected", func() bool { return s.count(`SELECT count(*) FROM source WHERE connection = 'disconnected'`) == 1 })
		_, _ = n.gateway.Validate(t.Context(), ch.ID)
		body := textBody(a.PhoneNumberID, "wamid.bad", "x")
		s.call(n.url, ch.ID, body, "sha256="+a.AppSecret)
		_, token, err := s.look.Accounts(nil).CreateMachineToken(t.Context(), s.made.Organization.ID, account.NewToken{Name: "test"})
		if err != nil {
			t.Fatal(err)
		}
		secrets := []string{a.AppSecret, a.AccessToken}
		hold := func(where string, b []byte) {
			t.Helper()
			for _, x := range append(secrets, token, demoPassword) {
				// The refused call carries the secret because its sender put it there.
				if i := bytes.Index(b, []byte(x)); i >= 0 && !bytes.Contains(b[max(0, i-7):i], []byte("sha256=")) {
					t.Errorf("%s holds a credential: …%q", where, b[max(0, i-60):min(len(b), i+20)])
				}
			}
		}
		for _, path := range []string{"/channel_accounts", "/channel_accounts/" + ch.ID.String(), "/sources", "/channel_types", "/messages", "/messages/" + failed.ID.String(),
			"/messages/" + failed.ID.String() + "/provenance", "/messages/" + m.ID.String() + "/provenance", "/webhook_events", "/conversations", "/contacts", "/auth/me", "/openapi.json"} {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, n.url+"/rest/v1"+path, nil)
			r.Header.Set("Authorization", "Bearer "+token)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode != 200 {
				t.Errorf("%s: %d %s", path, res.StatusCode, answer)
			}
			hold("the answer of "+path, answer)
		}
		hold("the log", []byte(s.log.String()))
		v, err := n.channels.Get(t.Context(), s.admin, ch.ID)
		if err != nil {
			t.Fatal(err)
		}
		shown, _ := json.Marshal(n.channels.View(v, false))
		if !bytes.Contains(shown, []byte(channel.Masked)) || bytes.Contains(shown, []byte(a.VerifyToken)) {
			t.Errorf("masks: %s", shown)
		}
		if s.cfg.DatabaseURL != "" {
			for _, table := range []string{"source", "channel", "message", "message_step", "webhook_event", "event", "api_token", "users", "session", "idempotency", "data_key", "instance"} {
				var dump []byte
				if err := s.look.DB.System().Read(t.Context(), func(tx *db.Tx) error {
					return tx.Query(db.Dynamic(`SELECT t::text FROM `+table+` t`), nil, func(scan func(...any) error) error {
						var row string
						err := scan(&row)
						dump = append(dump, row...)
						return err
					})
				}); err != nil {
					t.Fatal(err)
				}
				hold("the table "+table, dump)
			}
		}
		n.stop()
		if err := filepath.WalkDir(s.cfg.Data, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			hold("the file "+filepath.Base(path), b)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

package app

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/id"
	"switchboard/internal/simulator"
)

// The receiver that the guide prints runs as it stands: it passes the challenge,
// believes what we sign and nobody else, and answers as the visitor.
func TestGuideOfThirdPartyRuns(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is needed, as for the web app: ", err)
	}
	guide, err := os.ReadFile("../../docs/guides/connect-third-party.md")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile("(?s)```js\n(.*?)```").FindSubmatch(guide)
	if code == nil {
		t.Fatal("the guide has no example")
	}
	if n := strings.Count(string(code[1]), "\n"); n > 30 {
		t.Errorf("the example has %d lines", n)
	}
	file := filepath.Join(t.TempDir(), "receiver.js")
	if err := os.WriteFile(file, code[1], 0o600); err != nil {
		t.Fatal(err)
	}
	onLoopback(t, func(s *scene) {
		n := s.node()
		address := freePort(s.T)
		run := func(token, messages string) (stop func()) {
			_, port, _ := net.SplitHostPort(address)
			cmd := exec.Command(node, file)
			cmd.Env = append(os.Environ(), "PORT="+port, "ACCESS_TOKEN="+token, "MESSAGES_URL="+messages, "ECHO=1")
			cmd.Stderr = s.log
			if err := cmd.Start(); err != nil {
				s.Fatal(err)
			}
			stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
			s.Cleanup(stop)
			s.until(10*time.Second, "the receiver listens", func() bool {
				c, err := net.Dial("tcp", address)
				if err == nil {
					c.Close()
				}
				return err == nil
			})
			return stop
		}
		stop := run("none yet", "")
		name, typ, on := "Guide", simulator.TypeThirdParty, true
		rows, err := n.channels.CreateMany(s.Context(), s.admin, []channel.Draft{{Name: &name, Type: &typ, IsActive: &on,
			Settings: map[string]string{"outgoing_webhook_url": "http://" + address + "/"}}}, func(_ int, err error) error { return err })
		if err != nil {
			s.Fatal(err)
		}
		if c, err := n.gateway.Challenge(s.Context(), rows[0].SourceID); err != nil || !c.OK {
			s.Fatalf("%+v %v", c, err)
		}
		stop()
		keys, err := n.channels.Reveal(s.Context(), s.admin, rows[0].SourceID)
		if err != nil {
			s.Fatal(err)
		}
		incoming := n.url + strings.TrimPrefix(keys.CallbackURL, s.cfg.PublicURL)
		run(keys.AccessToken, incoming+"/messages")
		visitor := simulator.NewOutside()
		visitor.Trust(simulator.OutsideKeys{IncomingURL: incoming, AccessToken: keys.AccessToken})
		asked, err := visitor.Say(s.Context(), "m-1", "visitor-1", "Mona", "Hello")
		if err != nil || asked.Status != http.StatusOK {
			s.Fatalf("%+v %v", asked, err)
		}
		room, _ := id.Parse(asked.Result.Room)
		m, _, err := n.inbox.Send(s.Context(), s.admin, room, inbox.Draft{Text: "How can I help? ✅"})
		if err != nil {
			s.Fatal(err)
		}
		s.becomes(n, m.ID, "delivered")
		s.until(10*time.Second, "the echo", func() bool {
			return s.count(`SELECT count(*) FROM message WHERE direction = 'inbound' AND text = $1`, "You said: How can I help? ✅") == 1
		})
		// Somebody else's call is not believed.
		res, err := http.Post("http://"+address, "application/json", strings.NewReader(`{"type":"message","user":{"id":"x"},"message":{"text":"forged"}}`))
		if err != nil {
			s.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusUnauthorized {
			s.Errorf("a forged call is answered %d", res.StatusCode)
		}
	})
}

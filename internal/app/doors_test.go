package app

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/audit"
	"switchboard/internal/domain/channel"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

func (m *matrix) do(method, path, body string, header http.Header) (int, string) {
	m.Helper()
	req, err := http.NewRequest(method, m.n.url+api.Base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		m.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		m.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		m.Fatal(err)
	}
	return res.StatusCode, unlike.ReplaceAllString(string(b), "•")
}

// What an administrator does with a channel is written down, in order, and no
// entry holds a secret.
func TestActsOnChannelsAreRecorded(t *testing.T) {
	onEach(t, func(s *scene) {
		m := newMatrix(s)
		c, a := m.channel(m.n, m.admin, true, nil)
		h := m.caller(account.Administrator).header
		at := "/channel_accounts/" + c.ID.String()
		for _, call := range [][3]string{{"POST", at + "/validate", ""}, {"POST", at + "/unsubscribe", ""}, {"POST", at + "/test_message", `{"to":"+12025550177"}`},
			{"POST", "/sources/" + c.SourceID.String() + "/reveal", ""}, {"PATCH", at, `{"name":"Renamed","settings":{"access_token":"canary-fresh-token"}}`},
			{"DELETE", at, ""}} {
			if code, body := m.do(call[0], call[1], call[2], h); code >= 300 && !strings.HasSuffix(call[1], "/test_message") { // tried is recorded too
				m.Fatalf("%v: %d %s", call, code, body)
			}
		}
		log := audit.New(m.look.DB, m.n.cfg.Clock)
		rows, _, err := log.List(m.Context(), m.admin, &query.List{Spec: &audit.Spec, Limit: 100, Order: []query.Order{{Field: &audit.Spec.Fields[0]}}})
		if err != nil {
			m.Fatal(err)
		}
		var acts []string
		for _, r := range rows {
			text := string(r.Before) + string(r.After)
			if r.ObjectType == "channel" || r.ObjectType == "source" {
				acts = append(acts, r.Action)
			}
			for _, secret := range []string{a.AppSecret, a.AccessToken, a.VerifyToken, "canary"} {
				if strings.Contains(text, secret) {
					m.Errorf("%s holds %s: %s", r.Action, secret, text)
				}
			}
			if r.Action == "channel.update" && (!strings.Contains(text, `"secrets_replaced":["access_token"]`) || !strings.Contains(text, "Renamed") || r.Address != "127.0.0.1") {
				m.Errorf("%s %q", text, r.Address)
			}
		}
		want := []string{"channel.create", "channel.validate", "channel.unsubscribe", "channel.test_message", "source.reveal", "channel.update", "channel.delete"}
		if !slices.Equal(acts, want) {
			m.Errorf("recorded %v, want %v", acts, want)
		}
		if err := log.Verify(m.Context(), m.admin.Organization); err != nil {
			m.Error(err)
		}
		if _, err := m.n.channels.Checked(m.Context(), c, channel.Report{}); err == nil {
			m.Error("a deleted channel was checked")
		}
	})
}

// Whether an address has an account shows nowhere.
func TestForgottenPasswordTellsNothing(t *testing.T) {
	m := newMatrix(newScene(t, ""))
	known, one := m.do("POST", "/auth/forgot_password", `{"email":"ada@example.com"}`, nil)
	unknown, other := m.do("POST", "/auth/forgot_password", `{"email":"nobody@example.com"}`, nil)
	if known != http.StatusAccepted || known != unknown || one != other {
		t.Fatalf("%d %s\n%d %s", known, one, unknown, other)
	}
}

func TestResetLinkFromTheCommandLine(t *testing.T) {
	m := newMatrix(newScene(t, ""))
	cfg := m.cfg
	cfg.PublicURL = "https://chat.example.com"
	link, err := ResetLink(t.Context(), cfg, "Ada@example.com")
	if err != nil || !strings.HasPrefix(link, "https://chat.example.com/reset-password#") {
		t.Fatal(link, err)
	}
	_, token, _ := strings.Cut(link, "#")
	body := `{"token":"` + token + `","password":"amber lantern quarry"}`
	if code, text := m.do("POST", "/auth/reset_password", body, nil); code != http.StatusNoContent {
		t.Fatal(code, text)
	}
	if code, text := m.do("POST", "/auth/reset_password", body, nil); code != http.StatusNotFound {
		t.Fatal(code, text)
	}
	if _, _, err := m.n.accounts.Login(t.Context(), account.Credentials{Email: "ada@example.com", Password: "amber lantern quarry"}); err != nil {
		t.Fatal(err)
	}
}

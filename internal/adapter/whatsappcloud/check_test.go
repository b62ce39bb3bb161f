package whatsappcloud

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"switchboard/internal/adapter"
)

// graph is a Graph API that answers by method and path.
type graph map[string]string

func (g graph) conn(t *testing.T, s adapter.Settings, seen *[]string) *conn {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if seen != nil {
			*seen = append(*seen, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+string(body)))
		}
		if r.URL.Query().Get("appsecret_proof") == "" {
			t.Errorf("%s lacks appsecret_proof", r.URL.Path)
		}
		answer, ok := g[r.Method+" "+r.URL.Path]
		if !ok {
			answer = `{"error":{"message":"Unsupported request","code":100,"error_subcode":33}}`
		}
		if strings.HasPrefix(answer, `{"error"`) {
			w.WriteHeader(http.StatusBadRequest)
		}
		io.WriteString(w, answer) //nolint:errcheck // a test server
	}))
	t.Cleanup(srv.Close)
	c, err := open(adapter.Account{Settings: s}, adapter.Kit{BaseURL: srv.URL, HTTP: srv.Client(),
		Now: func() time.Time { return time.Unix(1790000000, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return c.(*conn)
}

const (
	pathToken  = "GET /v26.0/debug_token"
	pathNumber = "GET /v26.0/520000000000031"
	pathPair   = "GET /v26.0/411000000000021/phone_numbers"
	pathSub    = "GET /v26.0/411000000000021/subscribed_apps"
)

func healthy() graph {
	return graph{
		pathToken:  `{"data":{"app_id":"730000000000011","expires_at":0,"is_valid":true,"scopes":["whatsapp_business_management","whatsapp_business_messaging"]}}`,
		pathNumber: `{"id":"520000000000031","display_phone_number":"+1 202-555-0131","verified_name":"Nordlicht","status":"CONNECTED","quality_rating":"GREEN"}`,
		pathPair:   `{"data":[{"id":"520000000000030"},{"id":520000000000031}]}`,
		pathSub:    `{"data":[{"whatsapp_business_api_data":{"id":"730000000000011","name":"Our App"}}]}`,
	}
}

func TestCheckGood(t *testing.T) {
	r, err := healthy().conn(t, settings, nil).Check(context.Background())
	if err != nil || !r.OK() || r.Subscribed == nil || !*r.Subscribed || !r.ExpiresAt.IsZero() || len(r.Checks) != 7 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestCheckNamesTheField: each fault is found, and the finding names the field
// to mend.
func TestCheckNamesTheField(t *testing.T) {
	for name, c := range map[string]struct {
		path, answer string
		check, field string
		reason       adapter.Reason
	}{
		"token invalid":    {pathToken, `{"data":{"is_valid":false,"error":{"code":190,"message":"Session has expired for EAAInvented"}}}`, "access_token", "access_token", adapter.AuthExpired},
		"token expired":    {pathToken, `{"data":{"app_id":"730000000000011","is_valid":true,"expires_at":1780000000}}`, "access_token", "access_token", adapter.AuthExpired},
		"other app":        {pathToken, `{"data":{"app_id":"1","is_valid":true}}`, "access_token", "app_id", adapter.BadSettings},
		"scope":            {pathToken, `{"data":{"app_id":"730000000000011","is_valid":true,"scopes":["whatsapp_business_messaging"]}}`, "permissions", "access_token", adapter.AuthExpired},
		"app secret":       {pathToken, graphError("190"), "app", "app_secret", adapter.BadSettings},
		"proof":            {pathNumber, `{"error":{"message":"Invalid appsecret_proof provided in the API argument","code":100}}`, "phone_number", "app_secret", adapter.Rejected},
		"number":           {pathNumber, `{"error":{"message":"Unsupported get request","code":100,"error_subcode":33}}`, "phone_number", "phone_number_id", adapter.BadSettings},
		"not a number":     {pathNumber, `{"id":"520000000000031","name":"An account"}`, "phone_number", "phone_number_id", adapter.BadSettings},
		"number unusable":  {pathNumber, `{"display_phone_number":"+1","status":"PENDING"}`, "number_status", "phone_number_id", adapter.BadSettings},
		"another account":  {pathPair, `{"data":[{"id":"1"}]}`, "account", "waba_id", adapter.BadSettings},
		"account missing":  {pathPair, `{"error":{"message":"x","code":100,"error_subcode":33}}`, "account", "waba_id", adapter.BadSettings},
		"too many calls":   {pathPair, graphError("80007"), "account", "", adapter.Throttled},
		"no permission":    {pathSub, graphError("200"), "subscription", "access_token", adapter.AuthExpired},
		"answer is broken": {pathNumber, `<html>`, "phone_number", "", adapter.Uncertain},
	} {
		t.Run(name, func(t *testing.T) {
			g := healthy()
			g[c.path] = c.answer
			r, err := g.conn(t, settings, nil).Check(context.Background())
			if err != nil || r.OK() {
				t.Fatalf("%+v, %v", r, err)
			}
			for _, f := range r.Checks {
				if f.OK {
					continue
				}
				if f.Name != c.check || f.Field != c.field || f.Reason != c.reason || f.Detail == "" || f.Hint == "" {
					t.Errorf("%+v", f)
				}
				if text, err := json.Marshal(f); err != nil || strings.Contains(string(text), "EAAInvented") {
					t.Errorf("the finding tells the token: %s, %v", text, err)
				}
			}
		})
	}
}

func TestCheckFindings(t *testing.T) {
	g := healthy()
	g[pathToken] = `{"data":{"app_id":"730000000000011","is_valid":true,"expires_at":1790003600}}`
	g[pathSub] = `{"data":[{"whatsapp_business_api_data":{"id":"1"}}]}`
	r, err := g.conn(t, settings, nil).Check(context.Background())
	if err != nil || !r.OK() || r.ExpiresAt.Unix() != 1790003600 || r.Subscribed == nil || *r.Subscribed {
		t.Errorf("%+v, %v", r, err)
	}
	for _, key := range []string{"phone_number_id", "waba_id", "app_secret", "access_token"} {
		s := maps.Clone(settings)
		delete(s, key)
		r, err := healthy().conn(t, s, nil).Check(context.Background())
		if err != nil || len(r.Checks) != 1 || r.Checks[0].Field != key {
			t.Errorf("without %s: %+v, %v", key, r, err)
		}
	}
	bare := maps.Clone(settings)
	delete(bare, "app_id")
	if r, err := healthy().conn(t, bare, nil).Check(context.Background()); err != nil || !r.OK() || r.Subscribed != nil {
		t.Errorf("without app_id: %+v, %v", r, err)
	}
}

// TestCheckPages: the number may be on a later page, and an endless list ends.
func TestCheckPages(t *testing.T) {
	g := healthy()
	g[pathPair] = `{"data":[{"id":"1"}],"paging":{"next":"https://elsewhere.example/","cursors":{"after":"x"}}}`
	var seen []string
	r, err := g.conn(t, settings, &seen).Check(context.Background())
	if err != nil || r.OK() || len(seen) != 12 {
		t.Errorf("%d requests, %+v, %v", len(seen), r, err)
	}
}

func TestSubscribe(t *testing.T) {
	var seen []string
	g := graph{"POST /v26.0/411000000000021/subscribed_apps": `{"success":true}`, "DELETE /v26.0/411000000000021/subscribed_apps": `{"success":true}`,
		"POST /v26.0/520000000000031/messages": `{"success":true}`}
	c := g.conn(t, settings, &seen)
	ctx := context.Background()
	if err := c.Subscribe(ctx, "https://desk.example/webhooks/whatsapp_cloud/1", "our-chosen-token"); err != nil {
		t.Error(err)
	}
	if err := c.Unsubscribe(ctx); err != nil {
		t.Error(err)
	}
	if err := c.MarkRead(ctx, "wamid.X"); err != nil {
		t.Error(err)
	}
	if err := c.Typing(ctx, everyone, "wamid.X"); err != nil {
		t.Error(err)
	}
	want := []string{
		`POST /v26.0/411000000000021/subscribed_apps {"override_callback_uri":"https://desk.example/webhooks/whatsapp_cloud/1","verify_token":"our-chosen-token"}`,
		`DELETE /v26.0/411000000000021/subscribed_apps`,
		`POST /v26.0/520000000000031/messages {"messaging_product":"whatsapp","status":"read","message_id":"wamid.X"}`,
		`POST /v26.0/520000000000031/messages {"messaging_product":"whatsapp","status":"read","message_id":"wamid.X","typing_indicator":{"type":"text"}}`,
	}
	if strings.Join(seen, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(seen, "\n"))
	}
	for name, err := range map[string]error{
		"long callback":   c.Subscribe(ctx, "https://desk.example/"+strings.Repeat("x", 200), "t"),
		"nothing to read": c.MarkRead(ctx, ""),
		"no answer":       graph{}.conn(t, settings, nil).Unsubscribe(ctx),
		"not done":        graph{"DELETE /v26.0/411000000000021/subscribed_apps": `{"success":false}`}.conn(t, settings, nil).Unsubscribe(ctx),
		"no settings":     graph{}.conn(t, adapter.Settings{}, nil).Subscribe(ctx, "https://desk.example/", "t"),
	} {
		if err == nil || adapter.AsSendError(err).Reason == adapter.Uncertain {
			t.Errorf("%s: %v", name, err)
		}
	}
}

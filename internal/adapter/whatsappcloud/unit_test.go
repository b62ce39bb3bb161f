package whatsappcloud

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/message"
)

var everyone = message.Party{Addresses: []message.Address{{Kind: message.Phone, Value: "12025550177"}}}

func TestRespond(t *testing.T) {
	query := func(mode, token, challenge string) url.Values {
		return url.Values{"hub.mode": {mode}, "hub.verify_token": {token}, "hub.challenge": {challenge}}
	}
	for name, c := range map[string]struct {
		method, own string
		query       url.Values
		status      int
		body        string
	}{
		"good":           {"GET", "our-chosen-token", query("subscribe", "our-chosen-token", "1893450211"), 200, "1893450211"},
		"script":         {"GET", "our-chosen-token", query("subscribe", "our-chosen-token", "<script>"), 200, "<script>"},
		"wrong token":    {"GET", "our-chosen-token", query("subscribe", "our-chosen-tokem", "1"), 403, "forbidden"},
		"no token":       {"GET", "our-chosen-token", query("subscribe", "", "1"), 403, "forbidden"},
		"none is set":    {"GET", "", query("subscribe", "", "1"), 403, "forbidden"},
		"other mode":     {"GET", "our-chosen-token", query("unsubscribe", "our-chosen-token", "1"), 403, "forbidden"},
		"other method":   {"POST", "our-chosen-token", query("subscribe", "our-chosen-token", "1"), 403, "forbidden"},
		"huge challenge": {"GET", "our-chosen-token", query("subscribe", "our-chosen-token", strings.Repeat("1", 2000)), 403, "forbidden"},
		"nothing":        {"GET", "our-chosen-token", nil, 403, "forbidden"},
	} {
		r := (&conn{verifyToken: c.own}).Respond(adapter.Request{Method: c.method, Query: c.query})
		if r.Status != c.status || string(r.Body) != c.body || !strings.HasPrefix(r.ContentType, "text/plain") {
			t.Errorf("%s: %d %s %q", name, r.Status, r.ContentType, r.Body)
		}
	}
}

func TestVersioned(t *testing.T) {
	for in, want := range map[string]string{
		"https://graph.facebook.com":        "https://graph.facebook.com/v26.0",
		"https://graph.facebook.com/":       "https://graph.facebook.com/v26.0",
		"https://graph.facebook.com/v25.0":  "https://graph.facebook.com/v25.0",
		"http://127.0.0.1:9000/meta":        "http://127.0.0.1:9000/meta/v26.0",
		"http://127.0.0.1:9000/meta/v26.0/": "http://127.0.0.1:9000/meta/v26.0",
		"http://gateway.example/version":    "http://gateway.example/version/v26.0",
		"http://gateway.example/v.":         "http://gateway.example/v./v26.0",
	} {
		if got := versioned(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]message.Address{
		"12025550177":            {Kind: message.Phone, Value: "12025550177"},
		"+1 (202) 555-0177":      {Kind: message.Phone, Value: "12025550177"},
		"US.9120000000000001":    {Kind: message.ScopedID, Value: "US.9120000000000001"},
		"US.ENT.912":             {Kind: message.ParentID, Value: "US.ENT.912"},
		"somebody":               {Kind: message.ScopedID, Value: "somebody"},
		strings.Repeat("1", 21):  {Kind: message.ScopedID, Value: strings.Repeat("1", 21)},
		"1+2":                    {Kind: message.ScopedID, Value: "1+2"},
		"":                       {},
		strings.Repeat("x", 600): {},
	} {
		var a addresses
		a.any(in)
		got := message.Address{}
		if len(a.list) > 0 {
			got = a.list[0]
		}
		if got != want || a.long != (len(in) > maxID) {
			t.Errorf("%q: %+v, long %v", in, got, a.long)
		}
	}
}

// TestLongLists: contacts are found by id in lists of any length, and the work
// stays linear.
func TestLongLists(t *testing.T) {
	c := testConn(t)
	build := func(n int) []byte {
		var contacts, messages []string
		for i := range n {
			contacts = append(contacts, fmt.Sprintf(`{"wa_id":"1202%07d","profile":{"name":"N%d"}}`, n-1-i, n-1-i))
			messages = append(messages, fmt.Sprintf(`{"from":"1202%07d","id":"wamid.%d","timestamp":"1790000000","type":"text","text":{"body":"x"}}`, i, i))
		}
		return []byte(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"contacts":[` +
			strings.Join(contacts, ",") + `],"messages":[` + strings.Join(messages, ",") + `]}}]}]}`)
	}
	for _, n := range []int{1, 4, 5, 1000} {
		p := c.Parse(build(n))
		if len(p.Events) != n {
			t.Fatalf("%d of %d", len(p.Events), n)
		}
		for i, e := range p.Events {
			if want := fmt.Sprintf("N%d", i); e.Message.From.Name != want {
				t.Fatalf("message %d of %d is by %s", i, n, e.Message.From.Name)
			}
		}
	}
	began := time.Now()
	c.Parse(build(20_000))
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("20,000 messages took %v", took)
	}
}

// TestBrokenIsBounded: a body full of rubbish does not grow beyond measure.
func TestBrokenIsBounded(t *testing.T) {
	c := testConn(t)
	for name, body := range map[string]string{
		"messages": `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messages":[` + strings.Repeat("1,", 100_000) + `1]}}]}]}`,
		"changes":  `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[` + strings.Repeat("1,", 100_000) + `1]}]}`,
		"entries":  `{"object":"whatsapp_business_account","entry":[` + strings.Repeat("1,", 100_000) + `1]}`,
		"head":     `{"object":"whatsapp_business_account","entry":[{"id":"` + strings.Repeat("x", 100_000) + `","changes":[` + strings.Repeat("1,", 1000) + `1]}]}`,
	} {
		p := c.Parse([]byte(body))
		size := 0
		for _, b := range p.Broken {
			size += len(b.Body)
		}
		if len(p.Broken) == 0 || len(p.Broken) > maxApart+1 || size > 2*len(body)+maxApart*maxHead {
			t.Errorf("%s: %d bytes became %d broken elements of %d bytes", name, len(body), len(p.Broken), size)
		}
	}
}

// TestCodes: every code has a title, throttling a scope, and what needs a person
// a hint.
func TestCodes(t *testing.T) {
	for code, r := range codes {
		if r.title == "" || r.reason == "" {
			t.Errorf("%d is incomplete", code)
		}
		if (r.reason == adapter.Throttled) != (r.scope != "") {
			t.Errorf("%d: scope belongs to throttled", code)
		}
		if (r.reason == adapter.AuthExpired || r.reason == adapter.BadSettings) && r.hint == "" {
			t.Errorf("%d needs a person but gives no hint", code)
		}
		if r.reason == adapter.Uncertain {
			t.Errorf("%d: an answer with a code is never uncertain", code)
		}
	}
	if lookup("x", "").reason != adapter.Rejected || lookup("294", "").reason != adapter.AuthExpired || lookup("300", "").reason != adapter.Rejected {
		t.Error("unknown codes and the range 200 to 299")
	}
}

func TestMissingSettings(t *testing.T) {
	for _, key := range []string{"phone_number_id", "access_token"} {
		s := adapter.Settings{"phone_number_id": "1", "access_token": "T"}
		delete(s, key)
		_, err := graph{}.conn(t, s, nil).Send(context.Background(), adapter.Outbound{To: everyone, Content: message.Content{Kind: message.Text, Text: "x"}})
		if err == nil || adapter.AsSendError(err).Reason != adapter.BadSettings {
			t.Errorf("without %s: %v", key, err)
		}
	}
}

func TestDescriptorFunctions(t *testing.T) {
	if Type.Account(settings) != "520000000000031" || Type.App(settings) != "730000000000011\n"+settings["app_secret"] || Type.App(adapter.Settings{"app_id": "1"}) != "" || Type.Account(nil) != "" {
		t.Error("account or app")
	}
	for _, f := range Type.Fields {
		if f.Secret != (f.Key == "app_secret" || f.Key == "access_token") {
			t.Errorf("%s: secret is %v", f.Key, f.Secret)
		}
	}
}

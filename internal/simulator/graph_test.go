package simulator

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

func TestRefusals(t *testing.T) {
	b := newBench(t)
	b.ana()
	b.say(Inbound{Visitor: visitorAna})
	b.settle()
	long := strings.Repeat("ä", 4097)
	rows := func(n int) string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf(`{"id":"r%d","title":"Row %d"}`, i, i))
		}
		return strings.Join(out, ",")
	}
	button := func(n int, title string) string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf(`{"type":"reply","reply":{"id":"b%d","title":"%s%d"}}`, i, title, i))
		}
		return `"type":"interactive","interactive":{"type":"button","body":{"text":"Q"},"action":{"buttons":[` + strings.Join(out, ",") + `]}}`
	}
	tpl := func(name, lang, comps string) string {
		return `"type":"template","template":{"name":"` + name + `","language":{"code":"` + lang + `"},"components":[` + comps + `]}`
	}
	two := `{"type":"body","parameters":[{"type":"text","text":"Ana"},{"type":"text","text":"9:30"}]}`
	url := `{"type":"button","sub_type":"url","index":"2","parameters":[{"type":"text","text":"x"}]}`
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"text":              {`"type":"text","text":{"body":"` + long[2:] + `"}`, 200, ""},
		"text too long":     {`"type":"text","text":{"body":"` + long + `"}`, 400, "100"},
		"no body":           {`"type":"text","text":{}`, 400, "131008"},
		"unknown type":      {`"type":"hologram","hologram":{}`, 400, "100"},
		"wrong json type":   {`"type":"text","text":{"body":5}`, 400, "100"},
		"id and link":       {`"type":"image","image":{"id":"1","link":"https://x.example/a.jpg"}`, 400, "131009"},
		"unknown media":     {`"type":"image","image":{"id":"1"}`, 400, "131009"},
		"audio caption":     {`"type":"audio","audio":{"id":"1","caption":"x"}`, 400, "131009"},
		"location":          {`"type":"location","location":{"latitude":"52.5","longitude":0}`, 200, ""},
		"location missing":  {`"type":"location","location":{"latitude":1}`, 400, "131008"},
		"location wrong":    {`"type":"location","location":{"latitude":91,"longitude":0}`, 400, "131009"},
		"contacts":          {`"type":"contacts","contacts":[{"name":{"formatted_name":"A B","first_name":"A"}}]`, 200, ""},
		"contact one name":  {`"type":"contacts","contacts":[{"name":{"formatted_name":"A B"}}]`, 400, "131008"},
		"buttons":           {button(3, "Keep"), 200, ""},
		"four buttons":      {button(4, "Keep"), 400, "131009"},
		"long title":        {button(1, strings.Repeat("x", 20)), 400, "100"},
		"list":              {`"type":"interactive","interactive":{"type":"list","body":{"text":"Q"},"action":{"button":"Go","sections":[{"rows":[` + rows(10) + `]}]}}`, 200, ""},
		"eleven rows":       {`"type":"interactive","interactive":{"type":"list","body":{"text":"Q"},"action":{"button":"Go","sections":[{"rows":[` + rows(11) + `]}]}}`, 400, "131009"},
		"cta":               {`"type":"interactive","interactive":{"type":"cta_url","body":{"text":"Q"},"action":{"name":"cta_url","parameters":{"display_text":"Go","url":"https://x.example/"}}}`, 200, ""},
		"ask location":      {`"type":"interactive","interactive":{"type":"location_request_message","body":{"text":"Q"},"action":{"name":"send_location"}}`, 200, ""},
		"client data":       {`"type":"text","text":{"body":"x"},"biz_opaque_callback_data":"` + strings.Repeat("x", 513) + `"`, 400, "100"},
		"reaction context":  {`"type":"reaction","reaction":{"message_id":"w","emoji":"👍"},"context":{"message_id":"w"}`, 400, "131009"},
		"group":             {`"recipient_type":"group","type":"text","text":{"body":"x"}`, 400, "100"},
		"template":          {tpl("visit_reminder", "en_US", two+","+url), 200, ""},
		"named template":    {tpl("order_update", "ar", `{"type":"body","parameters":[{"type":"text","parameter_name":"order_number","text":"A-1"},{"type":"text","parameter_name":"first_name","text":"آنا"}]}`), 200, ""},
		"too few params":    {tpl("visit_reminder", "en_US", url), 400, "132000"},
		"no url param":      {tpl("visit_reminder", "en_US", two), 400, "132000"},
		"wrong language":    {tpl("visit_reminder", "de", two), 404, "132001"},
		"rejected template": {tpl("lottery", "en_US", ""), 404, "132001"},
		"paused template":   {tpl("spring_offer", "en_US", ""), 400, "132015"},
		"header format":     {tpl("autumn_offer", "en_US", `{"type":"header","parameters":[{"type":"text","text":"x"}]}`), 400, "132012"},
	} {
		if status, v := b.send(c.body); status != c.status || c.code != "" && code(v) != c.code {
			t.Errorf("%s: %d %v, want %d %s", name, status, v, c.status, c.code)
		}
	}
	if status, v := b.graph("POST", messagesPath, `{"messaging_product":"whatsapp","to":"12025550131","type":"text","text":{"body":"x"}}`); status != 400 || code(v) != "131021" {
		t.Error(v)
	}
	if status, v := b.graph("POST", "/whatsapp/v26.0/1/messages", `{}`); status != 400 || code(v) != "100" || v["error"].(map[string]any)["error_subcode"] != 33.0 {
		t.Error(v)
	}
	b.settle()
}

func TestTokens(t *testing.T) {
	b := newBench(t)
	get := func(path, token string) (int, string) {
		req, _ := http.NewRequestWithContext(t.Context(), "GET", b.srv.URL+path, nil)
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(raw)
	}
	proof := AppSecretProof("s3cret", "EAAInvented")
	for _, c := range []struct {
		path, token string
		status      int
		has         string
	}{
		{"/whatsapp/v26.0/520000000000031", "EAAInvented", 200, `"verified_name":"Nordlicht"`},
		{"/whatsapp/520000000000031", "EAAInvented", 200, `"id":"520000000000031"`},
		{"/v19.0/520000000000031?access_token=EAAInvented", "", 200, `"id"`},
		{"/v26.0/520000000000031?fields=display_phone_number,status,nonsense", "EAAInvented", 200, `{"display_phone_number":"+1 202-555-0131","status":"CONNECTED","id":"520000000000031"}`},
		{"/v26.0/520000000000031", "", 401, `"code":190`},
		{"/v26.0/520000000000031", "EAAWrong", 401, `"code":190`},
		{"/v26.0/520000000000031?appsecret_proof=" + proof, "EAAInvented", 200, "id"},
		{"/v26.0/520000000000031?appsecret_proof=00", "EAAInvented", 400, "Invalid appsecret_proof"},
		{"/v26.0/411000000000021", "EAAInvented", 200, `"name":"Nordlicht"`},
		{"/v26.0/411000000000021/phone_numbers", "EAAInvented", 200, `"id":"520000000000031"`},
		{"/v26.0/411000000000021/message_templates?limit=2&status=approved", "EAAInvented", 200, `"next":"http`},
		{"/v26.0/411000000000022", "EAAInvented", 400, `"error_subcode":33`},
		{"/v26.0/debug_token?input_token=EAAInvented", "730000000000011|s3cret", 200, `"is_valid":true`},
		{"/v26.0/debug_token?input_token=EAAInvented", "730000000000011|wrong", 401, `"code":190`},
		{"/v26.0/debug_token?input_token=EAAWrong", "EAAInvented", 200, `"is_valid":false`},
	} {
		if status, body := get(c.path, c.token); status != c.status || !strings.Contains(body, c.has) {
			t.Errorf("%s: %d %s", c.path, status, body)
		}
	}
	// Another business's token sees nothing of this one.
	if _, err := b.Register(Account{AccessToken: "EAAOther"}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"/v26.0/520000000000031", "/v26.0/411000000000021", "/v26.0/411000000000021/phone_numbers"} {
		if status, body := get(p, "EAAOther"); status != 400 || !strings.Contains(body, `"error_subcode":33`) {
			t.Errorf("%s: %d %s", p, status, body)
		}
	}
	if err := b.SetKnobs(b.acct.PhoneNumberID, Knobs{ExpiredToken: true}); err != nil {
		t.Fatal(err)
	}
	if status, body := get("/v26.0/520000000000031", "EAAInvented"); status != 401 || !strings.Contains(body, `"error_subcode":463`) {
		t.Error(status, body)
	}
	b.send(`"type":"text","text":{"body":"Hi"}`)
	if d := b.Truth(TruthQuery{}).Sends; len(d) != 1 || d[0].Accepted || d[0].ErrorCode != 190 {
		t.Errorf("a send with an expired token is not in the truth: %+v", d)
	}
}

func TestWindow(t *testing.T) {
	b := newBench(t)
	b.ana()
	text := `"type":"text","text":{"body":"Hi"}`
	refused := func(when string) {
		t.Helper()
		if status, v := b.send(text); status != 400 || code(v) != "131047" {
			t.Errorf("%s: %d %v", when, status, v)
		}
	}
	allowed := func(when string) {
		t.Helper()
		if status, v := b.send(text); status != 200 {
			t.Errorf("%s: %d %v", when, status, v)
		}
	}
	refused("before any message")
	b.say(Inbound{Visitor: visitorAna})
	allowed("after a message")
	b.advance(24*time.Hour - time.Second)
	allowed("a second before the end")
	b.advance(time.Second)
	refused("24 h later")
	if status, _ := b.send(`"type":"template","template":{"name":"hello_world","language":{"code":"en_US"}}`); status != 200 {
		t.Error("a template is refused outside the window")
	}
	// The window counts from the message's timestamp, not its arrival.
	b.say(Inbound{Visitor: visitorAna, At: noon.Add(time.Hour)})
	allowed("a late message of an hour after noon")
	b.advance(time.Hour)
	refused("25 h after noon")
	b.say(Inbound{Visitor: visitorAna})
	if err := b.SetKnobs("", Knobs{ClosedWindow: true, AsyncRefusals: true}); err != nil {
		t.Fatal(err)
	}
	_, v := b.send(text)
	b.settle()
	last := b.prod.all()[len(b.prod.all())-1]
	if sentID(v) == "" || !bytes.Contains(last.body, []byte(`"status":"failed"`)) || !bytes.Contains(last.body, []byte(`"code":131047`)) {
		t.Errorf("%v %s", v, last.body)
	}
	b.settle()
}

func TestOptOutAndUnreachable(t *testing.T) {
	b := newBench(t)
	b.ana()
	b.say(Inbound{Visitor: visitorAna})
	b.say(Inbound{Visitor: visitorAna, Kind: "opt_out"})
	id := b.upload("image/jpeg", samplePhoto)
	b.send(`"type":"template","template":{"name":"autumn_offer","language":{"code":"en_US"},"components":[
		{"type":"header","parameters":[{"type":"image","image":{"id":"` + id + `"}}]},{"type":"body","parameters":[{"type":"text","text":"Ana"}]}]}`)
	b.settle()
	posts := b.prod.all()
	if !bytes.Contains(posts[len(posts)-1].body, []byte(`"code":131050`)) {
		t.Errorf("%s", posts[len(posts)-1].body)
	}
	if _, err := b.AddVisitor(b.acct.PhoneNumberID, Visitor{WaID: visitorAna, Unreachable: true}); err != nil {
		t.Fatal(err)
	}
	if status, v := b.send(`"type":"text","text":{"body":"Hi"}`); status != 400 || code(v) != "131026" {
		t.Error(v)
	}
}

func (b *bench) upload(mimeType string, data []byte) string {
	b.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("messaging_product", "whatsapp")
	_ = w.WriteField("type", mimeType)
	part, _ := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="a"`}, "Content-Type": {mimeType}})
	_, _ = part.Write(data)
	_ = w.Close()
	req, _ := http.NewRequestWithContext(b.t.Context(), "POST", b.srv.URL+"/whatsapp/v26.0/520000000000031/media", &form)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Authorization", "Bearer EAAInvented")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	_, rest, _ := strings.Cut(string(raw), `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	if id == "" {
		b.t.Fatalf("upload: %d %s", resp.StatusCode, raw)
	}
	return id
}

func TestMedia(t *testing.T) {
	b := newBench(t)
	id := b.upload("image/jpeg", samplePhoto)
	_, v := b.graph("GET", "/whatsapp/v26.0/"+id, "")
	u := strings.TrimPrefix(v["url"].(string), b.srv.URL)
	status, data, err := b.try("GET", u, "")
	if err != nil || status != 200 || !bytes.Equal(data, samplePhoto) || v["file_size"] != float64(len(samplePhoto)) {
		t.Fatal(status, err, v)
	}
	if resp, err := http.Get(b.srv.URL + u); err != nil || resp.StatusCode != 401 {
		t.Error("the file is given without a token")
	} else {
		resp.Body.Close()
	}
	b.advance(5*time.Minute + time.Second)
	if status, _, _ := b.try("GET", u, ""); status != 404 {
		t.Errorf("the URL lives longer than 5 minutes: %d", status)
	}
	for _, f := range []string{"half_body", "wrong_bytes", "404"} {
		if err := b.FailNext(b.acct.PhoneNumberID, Fault{Fault: f, On: "media"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := b.try("GET", "/whatsapp/v26.0/"+id, ""); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("no half body:", err)
	}
	b.try("GET", "/whatsapp/v26.0/"+id, "")
	if status, _, _ := b.try("GET", "/whatsapp/v26.0/"+id, ""); status != 404 {
		t.Error(status)
	}
	if status, _ := b.graph("DELETE", "/whatsapp/v26.0/"+id, ""); status != 200 {
		t.Error(status)
	}
	if status, _ := b.graph("GET", "/whatsapp/v26.0/"+id, ""); status != 400 {
		t.Error(status)
	}
	// Inbound media resolve with the hash that the webhook named.
	b.say(Inbound{Kind: "image"})
	b.settle()
	var hook struct {
		Entry []struct {
			Changes []struct {
				Value struct {
					Messages []struct {
						Image struct{ ID, SHA256 string }
					}
				}
			}
		}
	}
	decodeBody(t, b.prod.all()[0].body, &hook)
	img := hook.Entry[0].Changes[0].Value.Messages[0].Image
	_, v = b.graph("GET", "/v26.0/"+img.ID, "")
	raw, _ := base64.StdEncoding.DecodeString(img.SHA256)
	if fmt.Sprintf("%x", raw) != v["sha256"] {
		t.Error(v, img)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		fault    string
		accepted bool
		status   int // 0: the connection breaks
		answer   string
	}{
		{"429", false, 429, "answered"}, {"500", false, 500, "answered"}, {"500_html", false, 502, "answered"}, {"130429", false, 400, "answered"},
		{"190", false, 401, "answered"}, {"131016", false, 500, "answered"}, {"reset", false, 0, "reset"}, {"timeout", false, 0, "timeout"},
		{"500_after_accept", true, 500, "answered"}, {"garbage", true, 200, "garbage"}, {"half_body", true, 0, "half_body"},
		{"reset_after_accept", true, 0, "reset"}, {"timeout_after_accept", true, 0, "timeout"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			b := newBench(t)
			b.ana()
			b.say(Inbound{Visitor: visitorAna})
			b.settle()
			if err := b.FailNext(b.acct.PhoneNumberID, Fault{Fault: c.fault, RetryAfter: "7"}); err != nil {
				t.Fatal(err)
			}
			body := `{"messaging_product":"whatsapp","to":"12025550177","type":"text","text":{"body":"Hi"},"biz_opaque_callback_data":"c1"}`
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			type result struct {
				status int
				after  string
				err    error
			}
			done := make(chan result, 1)
			go func() {
				req, _ := http.NewRequestWithContext(ctx, "POST", b.srv.URL+messagesPath, strings.NewReader(body))
				req.Header.Set("Authorization", "Bearer EAAInvented")
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					done <- result{err: err}
					return
				}
				defer resp.Body.Close()
				_, err = io.ReadAll(resp.Body)
				done <- result{resp.StatusCode, resp.Header.Get("Retry-After"), err}
			}()
			if strings.HasPrefix(c.fault, "timeout") {
				// It has been recorded before the caller gives up.
				for len(b.Truth(TruthQuery{}).Sends) == 0 || b.Truth(TruthQuery{}).Sends[0].Answer != "timeout" {
					if t.Context().Err() != nil {
						t.Fatal("not recorded")
					}
				}
				cancel()
			}
			r := <-done
			if (c.status == 0) != (r.err != nil) || c.status != 0 && r.status != c.status {
				t.Errorf("got %d %v", r.status, r.err)
			}
			if c.fault == "429" && r.after != "7" {
				t.Errorf("Retry-After %q", r.after)
			}
			b.settle()
			tr := b.Truth(TruthQuery{})
			if len(tr.Sends) != 1 || tr.Sends[0].Accepted != c.accepted || tr.Sends[0].Answer != c.answer || tr.Sends[0].ClientData != "c1" {
				t.Errorf("%+v", tr.Sends)
			}
			if statuses := len(tr.Events) - 1; (statuses == 2) != c.accepted {
				t.Errorf("%d statuses", statuses)
			}
			if status, v := b.send(`"type":"text","text":{"body":"again"}`); status != 200 {
				t.Errorf("the fault hit twice: %v", v)
			}
		})
	}
}

func TestRates(t *testing.T) {
	b := newBench(t)
	b.ana()
	b.say(Inbound{Visitor: visitorAna})
	if err := b.SetKnobs(b.acct.PhoneNumberID, Knobs{Rate130429: .5, HoldStatuses: true}); err != nil {
		t.Fatal(err)
	}
	hit := 0
	for range 200 {
		if _, v := b.send(`"type":"text","text":{"body":"x"}`); code(v) == "130429" {
			hit++
		}
	}
	if hit < 70 || hit > 130 {
		t.Errorf("%d of 200 with rate 0.5", hit)
	}
	if err := b.SetKnobs(b.acct.PhoneNumberID, Knobs{EnforcePairRate: true, HoldStatuses: true}); err != nil {
		t.Fatal(err)
	}
	ok := 0
	for range 60 {
		if status, _ := b.send(`"type":"text","text":{"body":"x"}`); status == 200 {
			ok++
		}
	}
	if ok < 45 || ok > 47 {
		t.Errorf("%d of 60 passed the pair limit", ok)
	}
}

func TestMarkRead(t *testing.T) {
	b := newBench(t)
	b.ana()
	first := b.say(Inbound{Visitor: visitorAna, Text: "1"})
	b.advance(time.Second)
	second := b.say(Inbound{Visitor: visitorAna, Text: "2"})
	b.advance(time.Second)
	b.say(Inbound{Visitor: visitorAna, Text: "3"})
	b.settle()
	status, v := b.graph("POST", messagesPath, `{"messaging_product":"whatsapp","status":"read","message_id":"`+second.MessageIDs[0]+`","typing_indicator":{"type":"text"}}`)
	if status != 200 || v["success"] != true {
		t.Fatal(v)
	}
	c, err := b.Conversation(b.acct.PhoneNumberID, visitorAna)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(c.Messages[0].Status, c.Messages[1].Status, c.Messages[2].Status)
	if got != "readreaddelivered" && got != "read read delivered" || c.Messages[0].ID != first.MessageIDs[0] {
		t.Error(got)
	}
	if status, v := b.graph("POST", messagesPath, `{"messaging_product":"whatsapp","status":"read","message_id":"wamid.X"}`); status != 400 || code(v) != "131009" {
		t.Error(v)
	}
}

func TestTemplates(t *testing.T) {
	b := newBench(t)
	path := "/v26.0/411000000000021/message_templates"
	status, v := b.graph("POST", path, `{"name":"pickup","language":"en","category":"UTILITY","components":[{"type":"BODY","text":"Ready, {{1}}!","example":{"body_text":[["Ana"]]}}]}`)
	if status != 200 || v["status"] != "PENDING" {
		t.Fatal(v)
	}
	b.settle()
	if p := b.prod.all(); len(p) != 1 || !bytes.Contains(p[0].body, []byte(`"event":"APPROVED","message_template_id":169`)) {
		t.Errorf("%v", p)
	}
	if status, v := b.graph("POST", path, `{"name":"pickup","language":"en","category":"UTILITY","components":[{"type":"BODY","text":"x"}]}`); status != 400 {
		t.Error(v)
	}
	if status, _ := b.graph("DELETE", path+"?name=pickup", ""); status != 200 {
		t.Error(status)
	}
	if _, v := b.graph("GET", path+"?name=pickup", ""); len(v["data"].([]any)) != 0 {
		t.Error(v)
	}
}

// Two runs with one seed and one order of calls are alike; ids of two fresh
// simulators never meet.
func TestSeed(t *testing.T) {
	id := func(seed uint64) string {
		s := New(Options{Seed: seed})
		defer s.Close()
		a, err := s.Register(Account{})
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.Inbound(a.PhoneNumberID, Inbound{})
		if err != nil {
			t.Fatal(err)
		}
		return out.MessageIDs[0]
	}
	first, again, other, fresh, fresher := id(3), id(3), id(4), id(0), id(0)
	if first != again || first == other || fresh == fresher {
		t.Error("seeds do not decide ids")
	}
}

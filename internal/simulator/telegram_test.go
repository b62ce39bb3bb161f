package simulator

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// botBench is a simulated bot and a product that answers its webhooks.
type botBench struct {
	*testing.T
	sim  *Simulator
	srv  *httptest.Server
	bot  Account
	mu   sync.Mutex
	got  []map[string]json.RawMessage
	head http.Header
}

func newBotBench(t *testing.T) *botBench {
	b := &botBench{T: t, sim: New(Options{Seed: 3, RetrySchedule: []time.Duration{time.Millisecond}})}
	b.srv = httptest.NewServer(b.sim.Handler())
	product := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var u map[string]json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
			t.Error(err)
		}
		b.mu.Lock()
		b.got, b.head = append(b.got, u), r.Header.Clone()
		b.mu.Unlock()
	}))
	t.Cleanup(func() { b.sim.Close(); b.srv.Close(); product.Close() })
	var err error
	if b.bot, err = b.sim.Register(Account{Type: TypeTelegram, BotToken: "7002000901:AAF-invented"}); err != nil {
		t.Fatal(err)
	}
	if status, body := b.form("setWebhook", url.Values{"url": {product.URL}, "secret_token": {"hs_3f9c-Kp_20"}, "allowed_updates": {`["message","poll_answer"]`}}); status != 200 {
		t.Fatal(body)
	}
	return b
}

func (b *botBench) form(method string, v url.Values) (int, string) {
	return b.answer(http.PostForm(b.srv.URL+"/telegram/bot"+b.bot.BotToken+"/"+method, v))
}

func (b *botBench) json(method, body string) (int, string) {
	return b.answer(http.Post(b.srv.URL+"/telegram/bot"+b.bot.BotToken+"/"+method, "application/json", strings.NewReader(body)))
}

func (b *botBench) answer(r *http.Response, err error) (int, string) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		b.Fatal(err)
	}
	return r.StatusCode, string(raw)
}

// updates waits for what the product got.
func (b *botBench) updates() []map[string]json.RawMessage {
	b.Helper()
	if err := b.sim.WaitIdle(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.got
}

func TestBotAnswers(t *testing.T) {
	b := newBotBench(t)
	if _, err := b.sim.Inbound(b.bot.ID, Inbound{Visitor: "9100200301", Kind: "text", Text: "hi"}); err != nil {
		t.Fatal(err)
	}
	if u := b.updates(); len(u) != 1 || u[0]["message"] == nil || b.head.Get("X-Telegram-Bot-Api-Secret-Token") != "hs_3f9c-Kp_20" {
		t.Fatalf("%v %v", u, b.head)
	}
	for _, c := range []struct{ method, body, has string }{
		{"getMe", `{}`, `"username":"lumen_loom_bot"`},
		{"getWebhookInfo", `{}`, `"pending_update_count":0`},
		{"sendMessage", `{"chat_id":9100200301,"text":"hello","reply_parameters":{"message_id":1}}`, `"message_id":2`},
		{"SENDMESSAGE", `{"chat_id":"9100200301","text":"hello"}`, `"ok":true`},
		{"sendMessage", `{"chat_id":9100200301,"text":" "}`, "message text is empty"},
		{"sendMessage", `{"chat_id":1,"text":"x"}`, "chat not found"},
		{"sendMessage", `{"chat_id":9100200301,"text":"x","reply_markup":{"inline_keyboard":[[{"text":"a","callback_data":"` + strings.Repeat("x", 65) + `"}]]}}`, "BUTTON_DATA_INVALID"},
		{"sendPoll", `{"chat_id":9100200301,"question":"?","options":[{"text":"a"},{"text":"b"}],"is_anonymous":false}`, `"poll":{"id":"61`},
		{"sendContact", `{"chat_id":9100200301,"phone_number":"1"}`, "non-empty"},
		{"sendMediaGroup", `{"chat_id":9100200301,"media":[{"type":"photo","media":"https://x.example/a.jpg"}]}`, "2 to 10"},
		{"sendMediaGroup", `{"chat_id":9100200301,"media":[{"type":"photo","media":"https://x.example/a.jpg"},{"type":"document","media":"https://x.example/b.pdf"}]}`, "can't use the media"},
		{"answerCallbackQuery", `{"callback_query_id":"1"}`, "query is too old"},
		{"getFile", `{"file_id":"nothing"}`, "wrong file_id"},
		{"sendSmell", `{}`, "method not found"},
	} {
		if _, body := b.json(c.method, c.body); !strings.Contains(body, c.has) {
			t.Errorf("%s %s: %s", c.method, c.body, body)
		}
	}
	if status, body := b.answer(http.Get(b.srv.URL + "/telegram/bot7002000901:other/getMe")); status != 401 || !strings.Contains(body, "Unauthorized") {
		t.Errorf("%d %s", status, body)
	}
	for _, e := range b.sim.Wire(b.bot.ID, 100) {
		if strings.Contains(e.Path, "AAF-invented") {
			t.Fatalf("the wire log holds the token: %s", e.Path)
		}
	}
}

func TestBotFiles(t *testing.T) {
	b := newBotBench(t)
	if _, err := b.sim.AddVisitor(b.bot.ID, Visitor{ID: "9100200301"}); err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	_ = w.WriteField("chat_id", "9100200301")
	_ = w.WriteField("media", `[{"type":"photo","media":"attach://p0","caption":"two"},{"type":"photo","media":"attach://p1"}]`)
	for _, name := range []string{"p0", "p1"} {
		part, err := w.CreateFormFile(name, name+".jpg")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write([]byte("bytes of " + name))
	}
	_ = w.Close()
	_, body := b.answer(http.Post(b.srv.URL+"/telegram/bot"+b.bot.BotToken+"/sendMediaGroup", w.FormDataContentType(), &buf))
	var sent struct {
		Result []struct {
			Group string `json:"media_group_id"`
			Photo []struct {
				ID string `json:"file_id"`
			} `json:"photo"`
		} `json:"result"`
	}
	if err := json.Unmarshal([]byte(body), &sent); err != nil || len(sent.Result) != 2 || sent.Result[0].Group == "" || sent.Result[0].Group != sent.Result[1].Group {
		t.Fatalf("%s %v", body, err)
	}
	_, body = b.json("getFile", `{"file_id":"`+sent.Result[1].Photo[0].ID+`"}`)
	var file struct {
		Result struct {
			Path string `json:"file_path"`
		} `json:"result"`
	}
	if err := json.Unmarshal([]byte(body), &file); err != nil {
		t.Fatal(body)
	}
	if _, body := b.answer(http.Get(b.srv.URL + "/telegram/file/bot" + b.bot.BotToken + "/" + file.Result.Path)); body != "bytes of p1" {
		t.Errorf("%s", body)
	}
}

func TestBotGroups(t *testing.T) {
	b := newBotBench(t)
	if _, err := b.sim.AddVisitor(b.bot.ID, Visitor{ID: "-5200300", Kind: "group", Name: "Night shift", Members: []Member{{ID: "9100200301", Name: "Mona"}}}); err != nil {
		t.Fatal(err)
	}
	if err := b.sim.SetKnobs(b.bot.ID, Knobs{EnforcePairRate: true}); err != nil {
		t.Fatal(err)
	}
	flood := false
	for range 8 {
		_, body := b.json("sendMessage", `{"chat_id":-5200300,"text":"x"}`)
		flood = flood || strings.Contains(body, `"retry_after":3`)
	}
	if !flood {
		t.Error("eight messages at once to one chat are no flood")
	}
	if err := b.sim.SetKnobs(b.bot.ID, Knobs{}); err != nil {
		t.Fatal(err)
	}
	moved, err := b.sim.Inbound(b.bot.ID, Inbound{Visitor: "-5200300", Kind: "migrate"})
	if err != nil || moved.Visitor != "-1005200300" {
		t.Fatal(moved, err)
	}
	if _, body := b.json("sendMessage", `{"chat_id":-5200300,"text":"x"}`); !strings.Contains(body, `"parameters":{"migrate_to_chat_id":-1005200300}`) {
		t.Errorf("%s", body)
	}
	var to, from bool
	for _, u := range b.updates() {
		to = to || bytes.Contains(u["message"], []byte(`"migrate_to_chat_id":-1005200300`))
		from = from || bytes.Contains(u["message"], []byte(`"migrate_from_chat_id":-5200300`))
	}
	if !to || !from {
		t.Error("the move is not told twice")
	}
	if out, err := b.sim.Inbound(b.bot.ID, Inbound{Visitor: "9100200301", Kind: "block"}); err != nil || len(out.EventIDs) != 0 {
		t.Fatal("an update of a kind that was not asked for", out, err)
	}
	if status, body := b.json("sendMessage", `{"chat_id":9100200301,"text":"x"}`); status != 403 || !strings.Contains(body, "blocked by the user") {
		t.Errorf("%d %s", status, body)
	}
}

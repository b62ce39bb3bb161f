package simulator

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tgCall is one request of the Bot API being answered.
type tgCall struct {
	call
	t      *telegram
	method string
	params map[string]any // strings, or decoded JSON
	files  map[string]tgUpload
}

type tgUpload struct {
	name, mime string
	data       []byte
}

// tgProblem is a refusal; parameters may be nil.
type tgProblem struct {
	code   int
	text   string
	params object
}

func tgBad(text string) *tgProblem { return &tgProblem{code: 400, text: "Bad Request: " + text} }

const maxTelegramBody = 52 << 20

// serveTelegram answers everything under /telegram/: method calls and downloads
// of files.
func (s *Simulator) serveTelegram(w http.ResponseWriter, r *http.Request) {
	c := &tgCall{call: call{s: s, w: w, r: r, began: time.Now(), at: s.now(), path: r.URL.EscapedPath()}, params: map[string]any{}, files: map[string]tgUpload{}}
	rest := strings.TrimPrefix(r.URL.Path, "/telegram/")
	rest, file := strings.CutPrefix(rest, "file/")
	rest, bot := strings.CutPrefix(rest, "bot")
	token, tail, _ := strings.Cut(rest, "/")
	s.mu.Lock()
	id, _, _ := strings.Cut(token, ":")
	a := s.accounts[id]
	var expired bool
	if a != nil {
		c.t, _ = a.provider.(*telegram)
		expired = s.knobs(a).ExpiredToken
	}
	s.mu.Unlock()
	c.path = strings.Replace(c.path, token, id+":…", 1) // the token stands in the path
	switch {
	case !bot || tail == "":
		c.refuseWith(&tgProblem{code: 404, text: "Not Found"})
	case c.t == nil || a.BotToken != token || expired:
		c.acct = a
		c.refuseWith(&tgProblem{code: 401, text: "Unauthorized"})
	case file:
		c.acct = a
		c.file(tail)
	default:
		c.acct, c.method = a, strings.ToLower(tail)
		c.note = tail
		if p := c.read(); p != nil {
			c.refuseWith(p)
			return
		}
		c.dispatch()
	}
}

func (c *tgCall) dispatch() {
	manage := map[string]func() (any, *tgProblem){"getme": c.getMe, "setwebhook": c.setWebhook, "deletewebhook": c.deleteWebhook,
		"getwebhookinfo": c.webhookInfo, "getfile": c.getFile, "sendchataction": c.chatAction, "answercallbackquery": c.answerCallback,
		"getchat": c.getChat}
	if f := manage[c.method]; f != nil {
		v, p := f()
		if p != nil {
			c.refuseWith(p)
			return
		}
		c.good(v)
		return
	}
	if tgSends[c.method] == nil {
		c.refuseWith(&tgProblem{code: 404, text: "Not Found: method not found"})
		return
	}
	c.send()
}

// read takes the parameters from wherever they came (Telegram documentation:
// Making requests).
func (c *tgCall) read() *tgProblem {
	for k, v := range c.r.URL.Query() {
		c.params[k] = v[0]
	}
	kind, attr, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxTelegramBody)
	if kind == "multipart/form-data" {
		return c.readForm(multipart.NewReader(c.r.Body, attr["boundary"]))
	}
	var err error
	if c.body, err = io.ReadAll(c.r.Body); err != nil {
		return &tgProblem{code: 413, text: "Request Entity Too Large"}
	}
	switch {
	case len(c.body) == 0:
	case kind == "application/json":
		d := json.NewDecoder(newReader(c.body))
		d.UseNumber()
		if d.Decode(&c.params) != nil {
			return tgBad("can't parse JSON object")
		}
	default:
		q, err := parseForm(string(c.body))
		if err != nil {
			return tgBad("can't parse parameters")
		}
		for k, v := range q {
			c.params[k] = v[0]
		}
	}
	return nil
}

func (c *tgCall) readForm(m *multipart.Reader) *tgProblem {
	for {
		p, err := m.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return tgBad("can't parse form")
		}
		data, err := io.ReadAll(p)
		if err != nil {
			return &tgProblem{code: 413, text: "Request Entity Too Large"}
		}
		c.body = append(c.body, data[:min(len(data), 1024)]...)
		if p.FileName() != "" {
			c.files[p.FormName()] = tgUpload{p.FileName(), p.Header.Get("Content-Type"), data}
			c.params[p.FormName()] = "attach://" + p.FormName()
		} else {
			c.params[p.FormName()] = string(data)
		}
	}
}

// text is a parameter as text.
func (c *tgCall) text(key string) string {
	switch v := c.params[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// decode reads a parameter that is an object or array, given as such or as JSON
// in a string; what is absent leaves into alone.
func (c *tgCall) decode(key string, into any) *tgProblem {
	v, ok := c.params[key]
	if !ok {
		return nil
	}
	raw, isText := v.(string)
	if !isText {
		b, err := json.Marshal(v)
		if err != nil {
			return tgBad("can't parse " + key)
		}
		raw = string(b)
	}
	if raw != "" && json.Unmarshal([]byte(raw), into) != nil {
		return tgBad("can't parse " + key + " JSON object")
	}
	return nil
}

func (c *tgCall) good(result any) {
	body, _ := plainJSON(object{"ok", true, "result", result})
	c.answer(http.StatusOK, body)
}

func (p *tgProblem) body() []byte {
	o := object{"ok", false, "error_code", p.code, "description", p.text}
	if p.params != nil {
		o = append(o, "parameters", p.params)
	}
	b, _ := plainJSON(o)
	return b
}

func (c *tgCall) refuseWith(p *tgProblem) { c.answer(p.code, p.body()) }

func (c *tgCall) getMe() (any, *tgProblem) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return object{"id", num(c.acct.ID), "is_bot", true, "first_name", c.acct.Name, "username", c.acct.Username, "can_join_groups", true,
		"can_read_all_group_messages", true, "supports_inline_queries", false, "can_connect_to_business", false, "has_main_web_app", false}, nil
}

// num writes an id as the number it is on the wire.
func num(id string) json.Number { return json.Number(id) }

func (c *tgCall) setWebhook() (any, *tgProblem) {
	url, secret := c.text("url"), c.text("secret_token")
	if url != "" && checkURL(url) != nil {
		return nil, tgBad("bad webhook: An HTTPS URL must be provided for webhook")
	}
	if len(secret) > 256 {
		return nil, tgBad("secret token is too long")
	}
	if strings.Trim(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return nil, tgBad("secret token contains unallowed characters")
	}
	var kinds []string
	if p := c.decode("allowed_updates", &kinds); p != nil {
		return nil, p
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.t.url, c.t.secret = url, secret
	if _, ok := c.params["allowed_updates"]; ok {
		c.t.kinds = nil
		if len(kinds) > 0 {
			c.t.kinds = map[string]bool{}
			for _, k := range kinds {
				c.t.kinds[k] = true
			}
		}
	}
	c.s.hub.publish("accounts", "", "", struct{}{})
	return true, nil
}

func (c *tgCall) deleteWebhook() (any, *tgProblem) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.t.url = ""
	c.s.hub.publish("accounts", "", "", struct{}{})
	return true, nil
}

func (c *tgCall) webhookInfo() (any, *tgProblem) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	pending := 0
	for _, l := range c.acct.lanes {
		pending += len(l.queue)
	}
	o := object{"url", c.t.url, "has_custom_certificate", false, "pending_update_count", pending}
	if !c.t.errAt.IsZero() {
		o = append(o, "last_error_date", c.t.errAt.Unix(), "last_error_message", c.t.errText)
	}
	return append(o, "max_connections", 40), nil
}

func (c *tgCall) getChat() (any, *tgProblem) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	v := c.acct.visitors[c.text("chat_id")]
	if v == nil {
		return nil, tgBad("chat not found")
	}
	return c.t.chatObject(v), nil
}

func (c *tgCall) chatAction() (any, *tgProblem) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	v := c.acct.visitors[c.text("chat_id")]
	if v == nil {
		return nil, tgBad("chat not found")
	}
	v.seenTyp++
	mine := v.seenTyp
	c.s.hub.publish("typing", c.acct.ID, v.ID, true)
	time.AfterFunc(5*time.Second, func() {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		if v.seenTyp == mine && !c.s.closed {
			c.s.hub.publish("typing", c.acct.ID, v.ID, false)
		}
	})
	return true, nil
}

func (c *tgCall) answerCallback() (any, *tgProblem) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	id := c.text("callback_query_id")
	if answered, ok := c.t.pressed[id]; !ok || answered {
		return nil, tgBad("query is too old and response timeout expired or query ID is invalid")
	}
	c.t.pressed[id] = true
	return true, nil
}

// Pressed tells whether a callback query was answered.
func (s *Simulator) Pressed(accountID, query string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[accountID]
	if a == nil {
		return false
	}
	t, ok := a.provider.(*telegram)
	return ok && t.pressed[query]
}

// getFile names the file that belongs to a file_id, up to 20 MB.
func (c *tgCall) getFile() (any, *tgProblem) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	id := c.text("file_id")
	f := c.s.media.byID[strings.TrimPrefix(id, "AgACSim")]
	if f == nil || f.acct != c.acct {
		return nil, tgBad("wrong file_id or the file is temporarily unavailable")
	}
	if c.s.takeFault(c.acct, "media").Fault != "" {
		return nil, &tgProblem{code: 500, text: "Internal Server Error"}
	}
	if len(f.data) > 20<<20 {
		return nil, tgBad("file is too big")
	}
	return object{"file_id", id, "file_unique_id", "AQ" + f.id, "file_size", len(f.data), "file_path", "files/" + f.id}, nil
}

func (c *tgCall) file(path string) {
	c.note = "file"
	c.s.mu.Lock()
	f := c.s.media.byID[strings.TrimPrefix(path, "files/")]
	fault := c.s.takeFault(c.acct, "media").Fault
	c.s.mu.Unlock()
	switch {
	case f == nil || f.acct != c.acct:
		c.refuseWith(&tgProblem{code: 404, text: "Not Found"})
	case fault == "404":
		c.refuseWith(&tgProblem{code: 404, text: "Not Found"})
	case fault == "half_body":
		c.half(http.StatusOK, f.data)
	case fault != "":
		c.refuseWith(&tgProblem{code: 500, text: "Internal Server Error"})
	default:
		c.w.Header().Set("Content-Type", "application/octet-stream")
		c.w.Header().Set("Content-Length", itoa(len(f.data)))
		_, _ = c.w.Write(f.data)
		c.log(http.StatusOK, "", []byte(fmt.Sprintf("(%d bytes)", len(f.data))))
	}
}

package simulator

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// tgMade is a message a send method makes: its kind, the members of the result
// and its line on the phone.
type tgMade struct {
	kind   string
	result object
	line   ChatMessage
	poll   *tgPoll
}

// tgSends are the methods that send, each a reader of its parameters. They run
// under the lock.
var tgSends = map[string]func(*tgCall, *visitor) ([]tgMade, *tgProblem){
	"sendmessage":        (*tgCall).sendMessage,
	"sendphoto":          func(c *tgCall, _ *visitor) ([]tgMade, *tgProblem) { return c.sendFile("photo", "image") },
	"sendvideo":          func(c *tgCall, _ *visitor) ([]tgMade, *tgProblem) { return c.sendFile("video", "video") },
	"sendanimation":      func(c *tgCall, _ *visitor) ([]tgMade, *tgProblem) { return c.sendFile("animation", "video") },
	"sendaudio":          func(c *tgCall, _ *visitor) ([]tgMade, *tgProblem) { return c.sendFile("audio", "audio") },
	"sendvoice":          func(c *tgCall, _ *visitor) ([]tgMade, *tgProblem) { return c.sendFile("voice", "audio") },
	"sendvideonote":      func(c *tgCall, _ *visitor) ([]tgMade, *tgProblem) { return c.sendFile("video_note", "video") },
	"senddocument":       func(c *tgCall, _ *visitor) ([]tgMade, *tgProblem) { return c.sendFile("document", "document") },
	"sendsticker":        func(c *tgCall, _ *visitor) ([]tgMade, *tgProblem) { return c.sendFile("sticker", "sticker") },
	"sendmediagroup":     (*tgCall).sendGroup,
	"sendlocation":       (*tgCall).sendLocation,
	"sendvenue":          (*tgCall).sendLocation,
	"sendcontact":        (*tgCall).sendContact,
	"sendpoll":           (*tgCall).sendPoll,
	"setmessagereaction": (*tgCall).setReaction,
}

// send answers a method that sends, with the faults that are armed.
func (c *tgCall) send() {
	s := c.s
	s.mu.Lock()
	chat := c.text("chat_id")
	fault := s.takeFault(c.acct, "sends", chat)
	delay := time.Duration(s.knobs(c.acct).DelayAnswersMS) * time.Millisecond
	full := len(s.truth.sends) >= s.truth.maxSends
	s.mu.Unlock()
	if full {
		c.refuseWith(&tgProblem{code: 500, text: "Internal Server Error: the simulator's truth is full"})
		return
	}
	if !c.wait(delay) {
		return
	}
	refuse := func(p *tgProblem) {
		c.book("", nil, p.code, "answered")
		c.refuseWith(p)
	}
	switch f := fault.Fault; {
	case f == "429":
		wait := max(atoi(fault.RetryAfter), 1)
		refuse(&tgProblem{code: 429, text: "Too Many Requests: retry after " + itoa(wait), params: object{"retry_after", wait}})
		return
	case f == "500":
		refuse(&tgProblem{code: 500, text: "Internal Server Error"})
		return
	case f == "500_html":
		c.book("", nil, http.StatusBadGateway, "answered")
		c.html(http.StatusBadGateway)
		return
	case f == "reset":
		c.book("", nil, 0, "reset")
		c.reset()
		return
	case f == "timeout":
		c.book("", nil, 0, "timeout")
		c.hang()
		return
	case tgErrors[f] != "":
		code, _, _ := strings.Cut(f, "_")
		refuse(&tgProblem{code: atoi(code), text: tgErrors[f]})
		return
	}
	result, sent, p := c.accept()
	if p != nil {
		refuse(p)
		return
	}
	body, _ := plainJSON(object{"ok", true, "result", result})
	booked := func(status int, answer string) {
		s.mu.Lock()
		sent.HTTPStatus, sent.Answer = status, answer
		s.mu.Unlock()
	}
	switch fault.Fault {
	case "timeout_after_accept":
		booked(0, "timeout")
		c.hang()
	case "half_body":
		booked(http.StatusOK, "half_body")
		c.half(http.StatusOK, body)
	case "reset_after_accept":
		booked(0, "reset")
		c.reset()
	case "garbage", "wrong_bytes":
		booked(http.StatusOK, "garbage")
		c.answer(http.StatusOK, []byte(`{"ok":true,"result":{"`))
	case "500_after_accept":
		booked(http.StatusInternalServerError, "answered")
		c.refuseWith(&tgProblem{code: 500, text: "Internal Server Error"})
	default:
		c.answer(http.StatusOK, body)
	}
}

// book writes a send into the truth.
func (c *tgCall) book(id string, v *visitor, status int, answer string) *Send {
	d := &Send{At: c.at, Account: c.acct.ID, To: c.text("chat_id"), Type: c.method, Accepted: id != "", MessageID: id, HTTPStatus: status, Answer: answer}
	if v != nil {
		d.Visitor = v.ID
	}
	if status >= 400 {
		d.ErrorCode = status
	}
	if raw, err := json.Marshal(c.params); err == nil {
		d.Body = raw
	}
	c.s.truth.addSend(d)
	return d
}

// reachable tells whether the bot may write to a chat now.
func (c *tgCall) reachable(v *visitor) *tgProblem {
	if v == nil {
		return tgBad("chat not found")
	}
	ch := c.t.chat(v)
	switch {
	case ch.moved != "":
		p := tgBad("group chat was upgraded to a supergroup chat")
		p.params = object{"migrate_to_chat_id", num(ch.moved)}
		return p
	case (ch.out || v.Unreachable) && v.Kind == "":
		return &tgProblem{code: 403, text: "Forbidden: bot was blocked by the user"}
	case ch.out || v.Unreachable:
		return &tgProblem{code: 403, text: "Forbidden: bot was kicked from the " + ch.kind + " chat"}
	}
	k := c.s.knobs(c.acct)
	if n := k.EnforceThroughput; n > 0 && !c.acct.rate.take(time.Now(), float64(n), float64(n)) {
		return &tgProblem{code: 429, text: "Too Many Requests: retry after 1", params: object{"retry_after", 1}}
	}
	if k.EnforcePairRate {
		ok := ch.flood.take(time.Now(), 1, 5)
		if v.Kind != "" {
			ok = ch.minute.take(time.Now(), 20.0/60, 20) && ok
		}
		if !ok {
			return &tgProblem{code: 429, text: "Too Many Requests: retry after 3", params: object{"retry_after", 3}}
		}
	}
	return nil
}

// accept makes the message real. It gives the result to answer with.
func (c *tgCall) accept() (any, *Send, *tgProblem) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	v := c.acct.visitors[c.text("chat_id")]
	if p := c.reachable(v); p != nil {
		return nil, nil, p
	}
	made, p := tgSends[c.method](c, v)
	if p != nil {
		return nil, nil, p
	}
	ch := c.t.chat(v)
	if c.method == "setmessagereaction" {
		return true, c.book(ch.id+":reaction:"+c.text("message_id"), v, http.StatusOK, "answered"), nil
	}
	var reply struct {
		ID json.Number `json:"message_id"`
	}
	if p := c.decode("reply_parameters", &reply); p != nil {
		return nil, nil, p
	}
	group := ""
	if len(made) > 1 {
		c.t.album++
		group = strconv.Itoa(13_579_000_000 + c.t.album)
	}
	var all []any
	first := ""
	for i := range made {
		m := &made[i]
		ch.last++
		id := ch.id + ":" + itoa(ch.last)
		keep(&first, id)
		o := object{"message_id", ch.last, "from", c.t.self(), "chat", c.t.chatObject(v), "date", c.at.Unix()}
		if v.Kind == "channel" {
			o = object{"message_id", ch.last, "sender_chat", c.t.chatObject(v), "chat", c.t.chatObject(v), "date", c.at.Unix()}
		}
		if group != "" {
			o = append(o, "media_group_id", group)
		}
		line := m.line
		line.ID, line.From, line.At, line.Album = id, "business", c.at, group
		if reply.ID != "" {
			line.ReplyTo = ch.id + ":" + reply.ID.String()
			o = append(o, "reply_to_message", object{"message_id", reply.ID, "chat", c.t.chatObject(v), "date", 0})
		}
		c.s.addLine(c.acct, v, &line)
		if m.poll != nil {
			m.poll.chat, m.poll.number, m.poll.line = ch.id, ch.last, v.line(id)
			c.t.polls[m.poll.id] = m.poll
		}
		all = append(all, append(o, m.result...))
	}
	sent := c.book(first, v, http.StatusOK, "answered")
	c.s.hub.publish("visitors", c.acct.ID, "", struct{}{})
	if c.method == "sendmediagroup" {
		return all, sent, nil
	}
	return all[0], sent, nil
}

func (c *tgCall) sendMessage(*visitor) ([]tgMade, *tgProblem) {
	text := c.text("text")
	switch {
	case strings.TrimSpace(text) == "":
		return nil, tgBad("message text is empty")
	case utf8.RuneCountInString(text) > 4096:
		return nil, tgBad("message is too long")
	}
	m := tgMade{kind: "text", result: object{"text", text}, line: ChatMessage{Type: "text", Text: text}}
	var markup struct {
		Rows [][]struct {
			Text string `json:"text"`
			Data string `json:"callback_data"`
			URL  string `json:"url"`
		} `json:"inline_keyboard"`
	}
	if p := c.decode("reply_markup", &markup); p != nil {
		return nil, p
	}
	var buttons []any
	for _, row := range markup.Rows {
		for _, b := range row {
			switch {
			case b.Text == "" || (b.Data == "") == (b.URL == ""):
				return nil, tgBad("can't parse inline keyboard button")
			case len(b.Data) > 64:
				return nil, tgBad("BUTTON_DATA_INVALID")
			case b.Data != "":
				buttons = append(buttons, object{"reply", object{"id", b.Data, "title", b.Text}})
			}
		}
	}
	if len(buttons) > 0 {
		m.line.Type = "interactive"
		m.line.Payload, _ = plainJSON(object{"type", "button", "body", object{"text", text}, "action", object{"buttons", buttons}})
		m.result = append(m.result, "reply_markup", c.raw("reply_markup"))
	}
	return []tgMade{m}, nil
}

// raw is an object parameter as it came.
func (c *tgCall) raw(key string) any {
	if text, ok := c.params[key].(string); ok {
		return json.RawMessage(text)
	}
	return c.params[key]
}

// Sizes of what may be uploaded (Telegram documentation: Sending files).
var tgSizes = map[string]int{"image": 10 << 20, "sticker": 512 << 10}

// attach stores a file that came along or that was named by an address.
func (c *tgCall) attach(ref, kind string) (*ChatMedia, string, *tgProblem) {
	name, own := strings.CutPrefix(ref, "attach://")
	u, ok := c.files[name]
	switch {
	case own && !ok:
		return nil, "", tgBad("can't find file by attach://" + name)
	case !own && strings.HasPrefix(ref, "http"):
		sample := sampleMedia(kind) // the simulator fetches nothing from the internet
		u = tgUpload{orDefault(sample.filename, "file"), sample.mime, sample.data}
	case !own:
		f := c.s.media.byID[strings.TrimPrefix(ref, "AgACSim")]
		if f == nil || f.acct != c.acct {
			return nil, "", tgBad("wrong file identifier/HTTP URL specified")
		}
		return &ChatMedia{URL: fileURL(f), MIME: f.mime, Filename: f.filename, Size: len(f.data)}, ref, nil
	}
	most := 50 << 20
	if n := tgSizes[kind]; n > 0 {
		most = n
	}
	if len(u.data) > most {
		return nil, "", &tgProblem{code: 413, text: "Request Entity Too Large"}
	}
	if len(u.data) == 0 {
		return nil, "", tgBad("file must be non-empty")
	}
	f, err := c.s.media.add(c.s, c.acct, u.data, orDefault(u.mime, "application/octet-stream"), u.name, true)
	if err != nil {
		return nil, "", &tgProblem{code: 500, text: "Internal Server Error"}
	}
	return &ChatMedia{URL: fileURL(f), MIME: f.mime, Filename: u.name, Size: len(u.data)}, "AgACSim" + f.id, nil
}

// fileObject is a file as it stands in a message under a field.
func fileObject(field string, m *ChatMedia, id string) any {
	o := object{"file_id", id, "file_unique_id", "AQ" + id, "file_size", m.Size}
	switch field {
	case "photo":
		return []any{append(o, "width", 800, "height", 600)}
	case "sticker":
		return append(o, "type", "regular", "width", 512, "height", 512, "is_animated", false, "is_video", false, "emoji", "🙂")
	case "voice", "audio":
		return append(o, "duration", 3, "mime_type", m.MIME)
	case "video", "animation":
		return append(o, "width", 640, "height", 360, "duration", 3, "mime_type", m.MIME, "file_name", orDefault(m.Filename, "video.mp4"))
	case "video_note":
		return append(o, "length", 240, "duration", 3)
	}
	return append(o, "file_name", orDefault(m.Filename, "file"), "mime_type", m.MIME)
}

func (c *tgCall) sendFile(field, kind string) ([]tgMade, *tgProblem) {
	caption := c.text("caption")
	if utf8.RuneCountInString(caption) > 1024 {
		return nil, tgBad("message caption is too long")
	}
	m, id, p := c.attach(c.text(field), kind)
	if p != nil {
		return nil, p
	}
	m.Voice = field == "voice"
	return []tgMade{{kind: kind, result: object{field, fileObject(field, m, id)}.opt("caption", caption), line: ChatMessage{Type: kind, Text: caption, Media: m}}}, nil
}

func (c *tgCall) sendGroup(*visitor) ([]tgMade, *tgProblem) {
	var list []struct {
		Type    string `json:"type"`
		Media   string `json:"media"`
		Caption string `json:"caption"`
	}
	if p := c.decode("media", &list); p != nil {
		return nil, p
	}
	if len(list) < 2 || len(list) > 10 {
		return nil, tgBad("there must be 2 to 10 messages in the album")
	}
	var all []tgMade
	for _, it := range list {
		kind := map[string]string{"photo": "image", "video": "video", "audio": "audio", "document": "document"}[it.Type]
		if kind == "" || (it.Type == "document" || it.Type == "audio") && it.Type != list[0].Type {
			return nil, tgBad("can't use the media of the specified type in the album")
		}
		m, id, p := c.attach(it.Media, kind)
		if p != nil {
			return nil, p
		}
		all = append(all, tgMade{kind: kind, result: object{it.Type, fileObject(it.Type, m, id)}.opt("caption", it.Caption), line: ChatMessage{Type: kind, Text: it.Caption, Media: m}})
	}
	return all, nil
}

func (c *tgCall) sendLocation(*visitor) ([]tgMade, *tgProblem) {
	lat, err1 := strconv.ParseFloat(c.text("latitude"), 64)
	lon, err2 := strconv.ParseFloat(c.text("longitude"), 64)
	if err1 != nil || err2 != nil {
		return nil, tgBad("wrong latitude or longitude specified")
	}
	at := object{"latitude", lat, "longitude", lon}
	m := tgMade{kind: "location", result: object{"location", at}, line: ChatMessage{Type: "location"}}
	shown := at
	if c.method == "sendvenue" {
		if c.text("title") == "" || c.text("address") == "" {
			return nil, tgBad("venue title and address must be non-empty")
		}
		m.result = append(m.result, "venue", object{"location", at, "title", c.text("title"), "address", c.text("address")})
		shown = append(shown, "name", c.text("title"), "address", c.text("address"))
	}
	m.line.Payload, _ = plainJSON(shown)
	return []tgMade{m}, nil
}

func (c *tgCall) sendContact(*visitor) ([]tgMade, *tgProblem) {
	phone, name := c.text("phone_number"), strings.TrimSpace(c.text("first_name")+" "+c.text("last_name"))
	if phone == "" || c.text("first_name") == "" {
		return nil, tgBad("contact phone number and first name must be non-empty")
	}
	m := tgMade{kind: "contacts", result: object{"contact", object{"phone_number", phone, "first_name", c.text("first_name")}.opt("last_name", c.text("last_name"))}, line: ChatMessage{Type: "contacts"}}
	m.line.Payload, _ = plainJSON([]any{object{"name", object{"formatted_name", name}, "phones", []any{object{"phone", phone}}}})
	return []tgMade{m}, nil
}

func (c *tgCall) sendPoll(v *visitor) ([]tgMade, *tgProblem) {
	var options []struct {
		Text string `json:"text"`
	}
	if p := c.decode("options", &options); p != nil {
		return nil, p
	}
	q := c.text("question")
	switch {
	case q == "" || utf8.RuneCountInString(q) > 300:
		return nil, tgBad("poll question must be non-empty and at most 300 characters")
	case len(options) < 1 || len(options) > 12:
		return nil, tgBad("poll must have at least 2 option")
	case v.Kind == "channel" && c.text("is_anonymous") == "false":
		return nil, tgBad("non-anonymous polls can't be sent to channel chats")
	}
	poll := &tgPoll{id: c.s.digits("61", 19), question: q, multiple: c.text("allows_multiple_answers") == "true", anonymous: c.text("is_anonymous") != "false", votes: map[string][]int{}}
	for _, o := range options {
		if o.Text == "" || utf8.RuneCountInString(o.Text) > 100 {
			return nil, tgBad("poll options must be non-empty and at most 100 characters")
		}
		poll.options = append(poll.options, o.Text)
	}
	m := tgMade{kind: "poll", result: object{"poll", poll.object()}, line: ChatMessage{Type: "poll"}, poll: poll}
	m.line.Payload = poll.shown()
	return []tgMade{m}, nil
}

func (c *tgCall) setReaction(v *visitor) ([]tgMade, *tgProblem) {
	var list []struct {
		Emoji string `json:"emoji"`
	}
	if p := c.decode("reaction", &list); p != nil {
		return nil, p
	}
	id := v.ID + ":" + c.text("message_id")
	if v.line(id) == nil {
		return nil, tgBad("message to react not found")
	}
	emoji := ""
	if len(list) > 0 {
		emoji = list[0].Emoji
	}
	c.s.react(c.acct, v, id, "business", emoji)
	return nil, nil
}

package simulator

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

type sendBody struct {
	MessagingProduct string `json:"messaging_product"`
	RecipientType    string `json:"recipient_type"`
	To               string `json:"to"`
	Recipient        string `json:"recipient"`
	Type             string `json:"type"`
	Context          *struct {
		MessageID string `json:"message_id"`
	} `json:"context"`
	ClientData string `json:"biz_opaque_callback_data"`

	Status    string `json:"status"`
	MessageID string `json:"message_id"`
	Typing    *struct {
		Type string `json:"type"`
	} `json:"typing_indicator"`

	parts map[string]json.RawMessage
}

// messages is POST /{phone-number-id}/messages (Meta documentation: §2.1–2.5).
func (c *call) messages() {
	var b sendBody
	if json.Unmarshal(c.body, &b.parts) != nil || json.Unmarshal(c.body, &b) != nil {
		c.refuse(&b, nil, &graphError{code: 100, message: "Invalid parameter", details: "The request body is not a valid JSON object."})
		return
	}
	if b.MessagingProduct != "whatsapp" {
		c.refuse(&b, nil, &graphError{code: 100, message: "The parameter messaging_product is required."})
		return
	}
	if b.Status != "" {
		c.markRead(&b)
		return
	}
	keep(&b.Type, "text")
	c.note = b.Type

	s, a := c.s, c.acct
	s.mu.Lock()
	fault := s.takeFault(a, "sends", b.To, strings.TrimPrefix(b.To, "+"), b.Recipient)
	k := s.knobs(a)
	full := len(s.truth.sends) >= s.truth.maxSends
	s.mu.Unlock()
	if full {
		c.fail(&graphError{code: 2, message: "The simulator's truth is full: " + itoa(s.truth.maxSends) + " sends. Reset it or raise MaxSends."})
		return
	}
	delay := time.Duration(k.DelayAnswersMS) * time.Millisecond

	// Failures before anything is looked at.
	switch fault.Fault {
	case "429":
		if !c.wait(delay) {
			return
		}
		if fault.RetryAfter != "" {
			c.w.Header().Set("Retry-After", fault.RetryAfter)
		}
		c.refuse(&b, nil, &graphError{code: 4, message: "Application request limit reached", status: http.StatusTooManyRequests})
		return
	case "500":
		if c.wait(delay) {
			c.refuse(&b, nil, &graphError{code: 131000, details: "An unexpected error has occurred."})
		}
		return
	case "500_html":
		if c.wait(delay) {
			c.record(&b, nil, http.StatusBadGateway, 0, "answered")
			c.html(http.StatusBadGateway)
		}
		return
	case "404":
		c.refuse(&b, nil, &graphError{code: 100, message: "Not found", status: http.StatusNotFound})
		return
	case "reset":
		c.record(&b, nil, 0, 0, "reset")
		c.reset()
		return
	case "timeout":
		c.record(&b, nil, 0, 0, "timeout")
		c.hang()
		return
	}
	if n := atoi(fault.Fault); n > 0 && graphErrors[n].title != "" {
		if c.wait(delay) {
			c.refuse(&b, nil, &graphError{code: n, details: "Injected by the simulator."})
		}
		return
	}

	// Acceptance. From here to the commit in accept nothing is written to the
	// client, so that statuses can overtake the answer as they do in reality.
	m, input, e := c.accept(&b)
	if e != nil {
		if c.wait(delay) {
			c.refuse(&b, m, e)
		}
		return
	}
	contact := object{"input", input}
	if !m.byUserID {
		contact = append(contact, "wa_id", m.visitor.WaID)
	}
	msg := object{"id", m.id}
	if b.Type == "template" {
		msg = append(msg, "message_status", "accepted")
	}
	body, _ := plainJSON(object{"messaging_product", "whatsapp", "contacts", []any{append(contact, "user_id", m.visitor.UserID)}, "messages", []any{msg}})
	if !c.wait(delay) {
		c.settle(m, 0, "caller_gone")
		c.log(0, "the caller went away", nil)
		return
	}
	switch fault.Fault {
	case "timeout_after_accept":
		c.settle(m, 0, "timeout")
		c.hang()
	case "half_body":
		c.settle(m, http.StatusOK, "half_body")
		c.half(http.StatusOK, body)
	case "reset_after_accept":
		c.settle(m, 0, "reset")
		c.reset()
	case "garbage", "wrong_bytes":
		c.settle(m, http.StatusOK, "garbage")
		c.answer(http.StatusOK, []byte(`{"messaging_product":"whatsapp","messages":[{"`))
	case "500_after_accept":
		c.settle(m, http.StatusInternalServerError, "answered")
		c.fail(&graphError{code: 131000, details: "An unexpected error has occurred."})
	default:
		c.answer(http.StatusOK, body)
	}
}

func atoi(v string) int {
	n := 0
	for _, r := range v {
		if r < '0' || r > '9' || n > 10_000_000 {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	return n
}

// refuse answers with an error and records the send as not accepted.
func (c *call) refuse(b *sendBody, m *outMessage, e *graphError) {
	c.record(b, m, e.httpStatus(), e.code, "answered")
	c.fail(e)
}

func (c *call) record(b *sendBody, m *outMessage, status, code int, answer string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	d := c.newSend(b)
	d.HTTPStatus, d.ErrorCode, d.Answer = status, code, answer
	if m != nil && m.visitor != nil {
		d.Visitor = m.visitor.ID
	}
	c.s.truth.addSend(d)
}

// recordTurnedAway books a send that did not get past token or permission:
// the truth holds every send received.
func (c *call) recordTurnedAway(p []string, e *graphError) {
	if len(p) != 2 || p[1] != "messages" || c.r.Method != http.MethodPost {
		return
	}
	var b sendBody
	_ = json.Unmarshal(c.body, &b)
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.acct = c.s.accounts[p[0]]; c.acct == nil || b.Status != "" || len(c.s.truth.sends) >= c.s.truth.maxSends {
		return
	}
	d := c.newSend(&b)
	d.HTTPStatus, d.ErrorCode = e.httpStatus(), e.code
	c.s.truth.addSend(d)
}

func (c *call) newSend(b *sendBody) *Send {
	d := &Send{At: c.at, Account: c.acct.PhoneNumberID, To: b.To, Recipient: b.Recipient, Type: b.Type, ClientData: b.ClientData, Answer: "answered"}
	if json.Valid(c.body) {
		d.Body = c.body
	}
	return d
}

// settle corrects how an accepted send was answered.
func (c *call) settle(m *outMessage, status int, answer string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if m.send != nil {
		m.send.HTTPStatus, m.send.Answer = status, answer
	}
}

// accept validates and, if all is well, makes the message real. It returns
// the message, the input to echo, or the refusal.
func (c *call) accept(b *sendBody) (*outMessage, string, *graphError) {
	s, a := c.s, c.acct
	if b.RecipientType != "" && b.RecipientType != "individual" {
		return nil, "", &graphError{code: 100, message: "Param recipient_type must be one of {INDIVIDUAL} - got \"" + b.RecipientType + "\".",
			details: "Groups are not simulated."}
	}
	if len([]rune(b.ClientData)) > 512 {
		return nil, "", tooLong("biz_opaque_callback_data", 512)
	}
	if b.Context != nil && b.Type == "reaction" {
		return nil, "", invalid("context is not allowed with reaction.")
	}
	if e := validateMessage(b); e != nil {
		return nil, "", e
	}
	media, e := c.fetchMedia(b)
	if e != nil {
		return nil, "", e
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	m := &outMessage{acct: a, clientData: b.ClientData, category: "service", kind: b.Type}
	input := b.To
	switch {
	case b.To != "":
		waID, ok := onlyDigits(b.To)
		if !ok {
			return nil, "", invalid("Param to must be a phone number.")
		}
		if own, _ := onlyDigits(a.DisplayPhoneNumber); own == waID {
			return nil, "", &graphError{code: 131021, details: "Recipient cannot be sender."}
		}
		known := len(a.visitors)
		v, err := s.visitor(a, waID, "")
		if err != nil {
			return nil, "", &graphError{code: 2, message: err.Error()}
		}
		if len(a.visitors) > known {
			s.hub.publish("visitors", a.PhoneNumberID, "", struct{}{})
		}
		m.visitor = v
	case b.Recipient != "":
		v := a.byUser[b.Recipient]
		if v == nil {
			return nil, "", &graphError{code: 131026, details: "No user with this identifier."}
		}
		m.visitor, m.byUserID, input = v, true, b.Recipient
	default:
		return nil, "", &graphError{code: 100, message: "The parameter to is required."}
	}
	v := m.visitor

	k := s.knobs(a)
	if n := k.EnforceThroughput; n > 0 && !a.rate.take(time.Now(), float64(n), float64(n)) {
		return m, "", &graphError{code: 130429, details: "Message failed to send because there were too many messages sent from this phone number in a short period of time."}
	}
	if k.EnforcePairRate && !v.pair.take(time.Now(), 1.0/6, 45) {
		return m, "", &graphError{code: 131056, details: "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time."}
	}
	var payload any
	text := ""
	var tpl *Template
	if b.Type == "template" {
		t, filled, e := s.fillTemplate(a, b.parts["template"])
		if e != nil {
			return m, "", e
		}
		tpl, payload, m.category = t, filled, strings.ToLower(t.Category)
	}

	// What Meta tells by a failed status; a simulator may tell it at once.
	code, details := 0, ""
	switch {
	case v.Unreachable:
		code, details = 131026, "Message undeliverable."
	case tpl == nil && !s.windowOpen(a, v):
		code, details = 131047, "Message failed to send because more than 24 hours have passed since the customer last replied to this number."
	}
	if code != 0 && !k.AsyncRefusals {
		return m, "", &graphError{code: code, details: details}
	}
	if code == 0 && tpl != nil && tpl.Category == "MARKETING" && v.OptedOut {
		code, details = 131050, "The user has stopped marketing messages from this business."
	}
	if code == 0 && media.problem != "" {
		code, details = 131053, media.problem
	}
	var reaction struct {
		MessageID string `json:"message_id"`
		Emoji     string `json:"emoji"`
	}
	if b.Type == "reaction" {
		_ = json.Unmarshal(b.parts["reaction"], &reaction)
		if line := v.line(reaction.MessageID); line == nil && a.in[reaction.MessageID] != v && a.out[reaction.MessageID] == nil {
			code, details = 131009, "The message to react to does not exist or is too old."
		}
	}

	m.id = s.wamid(v.WaID, true)
	d := c.newSend(b)
	d.Accepted, d.MessageID, d.Visitor, d.HTTPStatus = true, m.id, v.ID, http.StatusOK
	m.send = d
	s.truth.addSend(d)

	line := &ChatMessage{ID: m.id, From: "business", Type: b.Type, At: c.at}
	if b.Context != nil {
		line.ReplyTo = b.Context.MessageID
	}
	raw := b.parts[b.Type]
	switch b.Type {
	case "text":
		var t struct {
			Body string `json:"body"`
		}
		_ = json.Unmarshal(raw, &t)
		text = t.Body
	case "image", "video", "audio", "document", "sticker":
		var t struct {
			Caption  string `json:"caption"`
			Filename string `json:"filename"`
			Voice    bool   `json:"voice"`
		}
		_ = json.Unmarshal(raw, &t)
		text = t.Caption
		m.voice = t.Voice
		if media.file != nil {
			line.Media = &ChatMedia{URL: fileURL(media.file), MIME: media.file.mime, Filename: orDefault(t.Filename, media.file.filename), Voice: t.Voice, Size: len(media.file.data)}
		}
	case "location", "contacts", "interactive":
		payload = raw
	}
	line.Text = text
	if payload != nil {
		line.Payload, _ = plainJSON(payload)
	}
	switch {
	case code != 0:
		if b.Type != "reaction" {
			s.addLine(a, v, line)
		}
		s.fail(m, code, details)
	case b.Type == "reaction":
		s.react(a, v, reaction.MessageID, "business", reaction.Emoji)
		s.track(m)
	default:
		s.addLine(a, v, line)
		s.track(m)
	}
	s.stopTyping(a, v)
	return m, input, nil
}

// markRead is the same endpoint with status "read" (Meta documentation: §2.2):
// that message and all earlier ones in the chat become read.
func (c *call) markRead(b *sendBody) {
	c.note = "mark as read"
	if b.Status != "read" {
		c.fail(&graphError{code: 100, message: "Param status must be one of {READ}"})
		return
	}
	if b.MessageID == "" {
		c.fail(missing("message_id"))
		return
	}
	if b.Typing != nil && b.Typing.Type != "text" {
		c.fail(invalid("typing_indicator.type must be text."))
		return
	}
	s, a := c.s, c.acct
	s.mu.Lock()
	v := a.in[b.MessageID]
	if v != nil {
		var target time.Time
		if l := v.line(b.MessageID); l != nil {
			target = l.At
		}
		for _, l := range v.chat {
			if l.From == "visitor" && l.Status != "read" && !l.At.After(target) {
				l.Status = "read"
				s.showLine(a, v, l)
			}
		}
		if b.Typing != nil {
			c.note = "read, typing"
			s.startTyping(a, v)
		}
	}
	s.mu.Unlock()
	if v == nil {
		c.fail(invalid("Message id does not exist or belongs to another number."))
		return
	}
	c.ok(object{"success", true})
}

const typingTime = 25 * time.Second // Meta documentation: §2.2

func (s *Simulator) startTyping(a *account, v *visitor) {
	v.seenTyp++
	n := v.seenTyp
	s.hub.publish("typing", a.PhoneNumberID, v.ID, true)
	epoch := s.epoch
	// Not counted as work: an indicator that fades must not keep WaitIdle.
	time.AfterFunc(typingTime, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.epoch == epoch && v.seenTyp == n {
			s.stopTyping(a, v)
		}
	})
}

func (s *Simulator) stopTyping(a *account, v *visitor) {
	v.seenTyp++
	s.hub.publish("typing", a.PhoneNumberID, v.ID, false)
}

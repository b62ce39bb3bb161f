package whatsappcloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// object is the envelope's object of all WhatsApp webhooks.
const object = "whatsapp_business_account"

// Verify checks X-Hub-Signature-256: lower-case hex HMAC-SHA256 of the raw body
// under the app secret (Meta: Webhooks › Validating payloads).
func (c *conn) Verify(r adapter.Request) error {
	return kit.VerifyHMACSHA256(r.Header, "X-Hub-Signature-256", "sha256=", r.Body, c.appSecret)
}

// Respond answers Meta's GET that proves the callback is ours (Meta: Webhooks ›
// Verification requests). The challenge is somebody else's text, so it is
// bounded and never sent as HTML.
func (c *conn) Respond(r adapter.Request) adapter.Response {
	challenge := r.Query.Get("hub.challenge")
	if r.Method != http.MethodGet || r.Query.Get("hub.mode") != "subscribe" || len(challenge) > 1024 ||
		!kit.SameSecret(c.verifyToken, r.Query.Get("hub.verify_token")) {
		return adapter.Response{Status: http.StatusForbidden, ContentType: "text/plain; charset=utf-8", Body: []byte("forbidden")}
	}
	return adapter.Response{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(challenge)}
}

// Parse understands a body in one typed pass. Anything unusual makes it start
// again carefully, element by element, so that one bad element cannot hide the
// others and unknown ones are kept raw. Both passes give the same result where
// both can (FuzzParse).
func (c *conn) Parse(body []byte) adapter.Parsed {
	if p, ok := c.parseQuick(body); ok {
		return p
	}
	return c.parseCareful(body)
}

func (c *conn) parseQuick(body []byte) (adapter.Parsed, bool) {
	var env envelope
	if json.Unmarshal(body, &env) != nil || env.Object != object || len(env.Entry) == 0 {
		return adapter.Parsed{}, false
	}
	p := parser{conn: c}
	for i := range env.Entry {
		if len(env.Entry[i].Changes) == 0 {
			return adapter.Parsed{}, false
		}
		for j := range env.Entry[i].Changes {
			ch := &env.Entry[i].Changes[j]
			if ch.Field != "messages" || !p.quick(&ch.Value) {
				return adapter.Parsed{}, false
			}
		}
	}
	return p.out, true
}

// parser collects what one body holds.
type parser struct {
	conn *conn
	out  adapter.Parsed
}

func (p *parser) event(e message.Inbound) { p.out.Events = append(p.out.Events, e) }

func (p *parser) quick(v *value) bool {
	if len(v.Messages)+len(v.Statuses)+len(v.Errors) == 0 {
		p.out.Ignored++
		return true
	}
	dir := newDirectory(v.Contacts)
	for i := range v.Messages {
		if p.message(&v.Messages[i], nil, dir) != nil {
			return false
		}
	}
	for i := range v.Statuses {
		if p.status(&v.Statuses[i]) != nil {
			return false
		}
	}
	for i := range v.Errors {
		p.failure(v.Errors[i])
	}
	return true
}

// message adds one inbound message. raw is nil in the quick pass.
func (p *parser) message(m *wireMessage, raw []byte, dir directory) error {
	if err := usableID(m.ID); err != nil {
		return err
	}
	if m.Type == "request_welcome" { // removed by Meta in March 2026
		p.out.Ignored++
		return nil
	}
	from, ok := dir.sender(m)
	if !ok {
		return errors.New("no usable sender")
	}
	id, at := m.ID.String(), m.Timestamp.Time
	switch {
	case m.Type == "edit" && m.Edit != nil:
		c, err := m.edited(raw)
		if err != nil {
			return err
		}
		p.event(message.Inbound{Edit: &message.Edit{ProviderID: id, Target: m.Edit.OriginalMessageID.String(),
			At: at, From: from, Content: c}})
		return nil
	case m.Type == "revoke" && m.Revoke != nil:
		if err := usableID(m.Revoke.OriginalMessageID); err != nil {
			return fmt.Errorf("revoke: %w", err)
		}
		p.event(message.Inbound{Delete: &message.Delete{ProviderID: id,
			Target: m.Revoke.OriginalMessageID.String(), At: at, From: from}})
		return nil
	case m.Type == "system" && m.System.moves():
		to := new(addresses).fill(first(m.System.WaID, m.System.NewWaID), m.System.UserID, m.System.ParentUserID)
		if len(to.list) == 0 || to.long {
			return errors.New("system: no new address")
		}
		p.event(message.Inbound{Move: &message.Move{ProviderID: id, From: from,
			To: message.Party{Addresses: to.list}, At: at, Text: message.Clean(m.System.Body)}})
		return nil
	}
	c, err := m.content(raw)
	if err != nil {
		return err
	}
	r := &message.Received{ProviderID: id, From: from, Group: m.GroupID.String(), At: at, Content: c, ReplyTo: m.replyTo()}
	if c.Kind == message.Reaction {
		if err := usableID(m.Reaction.MessageID); err != nil {
			return fmt.Errorf("reaction: %w", err)
		}
		r.Target = m.Reaction.MessageID.String()
	}
	if len(r.Group) > maxID {
		return errors.New("group id too long")
	}
	p.event(message.Inbound{Message: r})
	return nil
}

// moves tells whether the person is now reached elsewhere (Meta: system
// messages user_changed_number and user_changed_user_id).
func (s *wireSystem) moves() bool {
	return s != nil && (s.Type == "user_changed_number" || s.Type == "user_changed_user_id")
}

// edited gives the new content of an edited message.
func (m *wireMessage) edited(raw []byte) (message.Content, error) {
	if err := usableID(m.Edit.OriginalMessageID); err != nil {
		return message.Content{}, fmt.Errorf("edit: %w", err)
	}
	var inner wireContent
	if err := json.Unmarshal(orEmpty(m.Edit.Message), &inner); err != nil {
		return message.Content{}, fmt.Errorf("edit: %w", kit.JSONError(err))
	}
	if raw != nil {
		raw = orEmpty(m.Edit.Message)
	}
	return inner.content(raw)
}

func orEmpty(raw json.RawMessage) []byte {
	if len(raw) == 0 {
		return []byte("{}")
	}
	return raw
}

func usableID(id kit.ID) error {
	switch {
	case id == "":
		return errors.New("the id is missing")
	case len(id) > maxID:
		return errors.New("the id is too long")
	}
	return nil
}

// status adds one delivery report (Meta: Webhooks › status messages). Words we
// do not know, and the legacy ones deleted and warning, change nothing.
func (p *parser) status(s *wireStatus) error {
	if err := usableID(s.ID); err != nil {
		return err
	}
	st := &message.Status{ProviderID: s.ID.String(), ClientRef: s.CallbackData.String(), At: s.Timestamp.Time,
		Errors: providerErrors(s.Errors), Raw: billing(s)}
	switch s.Status {
	case "sent":
		st.State = message.Sent
	case "delivered":
		st.State = message.Delivered
	case "read", "played":
		st.State = message.Read
	case "failed":
		st.State = message.Failed
		st.Reason = string(failedReason(s.Errors))
	default:
		p.out.Ignored++
		return nil
	}
	var a addresses
	if s.RecipientType == "group" {
		a.fill(s.ParticipantID, s.ParticipantUserID, "")
		a.add(message.GroupAddress, s.RecipientID.String())
	} else {
		a.fill(s.RecipientID, s.RecipientUserID, s.RecipientParentID)
	}
	if a.long || len(st.ClientRef) > maxID {
		return errors.New("an address or reference is too long")
	}
	st.Recipient.Addresses = a.list
	p.event(message.Inbound{Status: st})
	return nil
}

func failedReason(errs []wireError) adapter.Reason {
	if len(errs) == 0 {
		return adapter.Rejected
	}
	return lookup(errs[0].Code.String(), errs[0].Subcode.String()).reason
}

// billing keeps what Meta charges and why, for provenance.
func billing(s *wireStatus) json.RawMessage {
	if len(s.Conversation) == 0 && len(s.Pricing) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteByte('{')
	if len(s.Conversation) > 0 {
		b.WriteString(`"conversation":`)
		b.Write(kit.CleanJSON(s.Conversation))
	}
	if len(s.Pricing) > 0 {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(`"pricing":`)
		b.Write(kit.CleanJSON(s.Pricing))
	}
	b.WriteByte('}')
	return b.Bytes()
}

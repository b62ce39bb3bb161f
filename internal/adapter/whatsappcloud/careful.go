package whatsappcloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// rawBody is a webhook of which nothing is taken for granted.
type rawBody struct {
	Object json.RawMessage `json:"object"`
	Entry  json.RawMessage `json:"entry"`
}

type rawEntry struct {
	ID      json.RawMessage `json:"id"`
	Time    json.RawMessage `json:"time"`
	Changes json.RawMessage `json:"changes"`
}

type rawChange struct {
	Field string          `json:"field"`
	Value json.RawMessage `json:"value"`
}

type rawValue struct {
	Metadata json.RawMessage `json:"metadata"`
	Contacts json.RawMessage `json:"contacts"`
	Messages json.RawMessage `json:"messages"`
	Statuses json.RawMessage `json:"statuses"`
	Errors   json.RawMessage `json:"errors"`
	Echoes   json.RawMessage `json:"message_echoes"`
	Updates  json.RawMessage `json:"user_id_update"`
}

// parseCareful takes a body apart level by level (Meta guarantees neither that
// a list holds one element nor that a field is one we know).
func (c *conn) parseCareful(body []byte) adapter.Parsed {
	p := parser{conn: c}
	var top rawBody
	if err := json.Unmarshal(body, &top); err != nil {
		return adapter.Parsed{Broken: []adapter.Broken{{Body: body, Err: kit.JSONError(err)}}}
	}
	var obj string
	if json.Unmarshal(top.Object, &obj) != nil || obj != object {
		return adapter.Parsed{Unsupported: 1}
	}
	entries, err := kit.List(top.Entry)
	if err != nil {
		return adapter.Parsed{Broken: []adapter.Broken{{Body: body, Err: fmt.Errorf("entry: %w", err)}}}
	}
	if len(entries) == 0 {
		p.out.Ignored++
	}
	var bad broken
	for _, raw := range entries {
		bad.note(raw, p.entry(raw))
	}
	p.breaks(bad, `{"object":"`+object+`","entry":[`, `]}`)
	return p.out
}

func (p *parser) entry(raw json.RawMessage) error {
	var e rawEntry
	if err := json.Unmarshal(raw, &e); err != nil {
		return fmt.Errorf("entry: %w", kit.JSONError(err))
	}
	changes, err := kit.List(e.Changes)
	if err != nil {
		return fmt.Errorf("changes: %w", err)
	}
	if len(changes) == 0 { // also when only changed_fields is sent
		p.out.Ignored++
	}
	head := `{"object":"` + object + `","entry":[{` + member("id", e.ID) + member("time", e.Time) + `"changes":[`
	var bad broken
	for _, raw := range changes {
		bad.note(raw, p.change(e, head, raw))
	}
	p.breaks(bad, head, `]}]}`)
	return nil
}

// change handles one event list. It returns an error when none of it was used.
func (p *parser) change(e rawEntry, head string, raw json.RawMessage) error {
	var ch rawChange
	if err := json.Unmarshal(raw, &ch); err != nil {
		return fmt.Errorf("change: %w", kit.JSONError(err))
	}
	switch ch.Field {
	case "messages", "smb_message_echoes", "user_id_update":
	default:
		if isAccountField(ch.Field) {
			return p.account(ch.Field, e, ch.Value)
		}
		p.out.Unsupported++
		return nil
	}
	var v rawValue
	if err := json.Unmarshal(orEmpty(ch.Value), &v); err != nil {
		return fmt.Errorf("value: %w", kit.JSONError(err))
	}
	lists := v.lists(ch.Field)
	total := 0
	for i := range lists {
		items, err := kit.List(lists[i].raw)
		if err != nil {
			return fmt.Errorf("%s: %w", lists[i].name, err)
		}
		lists[i].items = items
		total += len(items)
	}
	if total == 0 {
		p.out.Ignored++
		return nil
	}
	dir := newDirectory(v.contacts())
	head += `{"field":"` + ch.Field + `","value":{` + member("metadata", v.Metadata)
	for _, l := range lists {
		var bad broken
		for _, raw := range l.items {
			bad.note(raw, p.element(l.name, raw, dir))
		}
		h := head
		if l.name == "messages" {
			h += member("contacts", v.Contacts)
		}
		p.breaks(bad, h+`"`+l.name+`":[`, `]}}]}]}`)
	}
	return nil
}

type rawList struct {
	name  string
	raw   json.RawMessage
	items []json.RawMessage
}

// lists gives the event lists that a field may hold.
func (v rawValue) lists(field string) []rawList {
	switch field {
	case "smb_message_echoes":
		return []rawList{{name: "message_echoes", raw: v.Echoes}}
	case "user_id_update":
		return []rawList{{name: "user_id_update", raw: v.Updates}}
	}
	return []rawList{{name: "messages", raw: v.Messages}, {name: "statuses", raw: v.Statuses}, {name: "errors", raw: v.Errors}}
}

// contacts skips what cannot be read: a name is never worth a message.
func (v rawValue) contacts() []wireContact {
	items, err := kit.List(v.Contacts)
	if err != nil {
		return nil
	}
	var out []wireContact
	for _, raw := range items {
		var c wireContact
		if json.Unmarshal(raw, &c) == nil {
			out = append(out, c)
		}
	}
	return out
}

func (p *parser) element(list string, raw json.RawMessage, dir directory) error {
	switch list {
	case "messages", "message_echoes":
		var m wireMessage
		if err := json.Unmarshal(raw, &m); err != nil {
			// The name of our embedded struct tells nobody anything.
			return fmt.Errorf("message: %s", strings.ReplaceAll(kit.JSONError(err).Error(), "wireContent.", ""))
		}
		if list == "message_echoes" {
			return p.echo(&m, raw)
		}
		return p.message(&m, raw, dir)
	case "statuses":
		var s wireStatus
		if err := json.Unmarshal(raw, &s); err != nil {
			return fmt.Errorf("status: %w", kit.JSONError(err))
		}
		return p.status(&s)
	case "errors":
		var e wireError
		if err := json.Unmarshal(raw, &e); err != nil {
			return fmt.Errorf("error: %w", kit.JSONError(err))
		}
		p.failure(e)
		return nil
	}
	return p.idUpdate(raw)
}

// echo adds a message the business wrote in the WhatsApp Business app (Meta:
// Webhooks › smb_message_echoes).
func (p *parser) echo(m *wireMessage, raw []byte) error {
	if err := usableID(m.ID); err != nil {
		return err
	}
	to := new(addresses).fill(m.To, m.ToUserID, "")
	if len(to.list) == 0 || to.long {
		return errors.New("no usable recipient")
	}
	id, at := m.ID.String(), m.Timestamp.Time
	switch {
	case m.Type == "edit" && m.Edit != nil:
		c, err := m.edited(raw)
		if err != nil {
			return err
		}
		p.event(message.Inbound{Edit: &message.Edit{ProviderID: id, Target: m.Edit.OriginalMessageID.String(), At: at, Content: c}})
		return nil
	case m.Type == "revoke" && m.Revoke != nil:
		if err := usableID(m.Revoke.OriginalMessageID); err != nil {
			return fmt.Errorf("revoke: %w", err)
		}
		p.event(message.Inbound{Delete: &message.Delete{ProviderID: id, Target: m.Revoke.OriginalMessageID.String(), At: at}})
		return nil
	}
	c, err := m.content(raw)
	if err != nil {
		return err
	}
	if c.Kind == message.Reaction { // Echo has no target; a bare emoji would mislead
		c = m.unsupported(raw)
	}
	p.event(message.Inbound{Echo: &message.Echo{ProviderID: id, To: message.Party{Addresses: to.list}, At: at, Content: c}})
	return nil
}

// idUpdate adds a change of the scoped id of a person (Meta: Webhooks ›
// user_id_update).
func (p *parser) idUpdate(raw json.RawMessage) error {
	type pair struct {
		Previous kit.ID `json:"previous"`
		Current  kit.ID `json:"current"`
	}
	var u struct {
		WaID      kit.ID        `json:"wa_id"`
		Detail    string        `json:"detail"`
		User      pair          `json:"user_id"`
		Parent    pair          `json:"parent_user_id"`
		Timestamp kit.Timestamp `json:"timestamp"`
	}
	if err := json.Unmarshal(raw, &u); err != nil {
		return fmt.Errorf("user_id_update: %w", kit.JSONError(err))
	}
	from := new(addresses).fill(u.WaID, u.User.Previous, u.Parent.Previous)
	to := new(addresses).fill(u.WaID, u.User.Current, u.Parent.Current)
	if len(from.list) == 0 || len(to.list) == 0 || from.long || to.long {
		return errors.New("user_id_update: no usable ids")
	}
	// Meta gives this event no id; the change itself makes a stable one.
	id := "user_id_update:" + string(first(u.User.Previous, u.Parent.Previous)) + ":" + string(first(u.User.Current, u.Parent.Current))
	p.event(message.Inbound{Move: &message.Move{ProviderID: id, From: message.Party{Addresses: from.list},
		To: message.Party{Addresses: to.list}, At: u.Timestamp.Time, Text: message.Clean(u.Detail)}})
	return nil
}

// broken collects the bad elements of one list.
type broken struct {
	raw  []json.RawMessage
	errs []error
}

func (b *broken) note(raw json.RawMessage, err error) {
	if err != nil {
		b.raw, b.errs = append(b.raw, raw), append(b.errs, err)
	}
}

// Bounds of breaks: beyond them the rest of a list shares one body, so that a
// hostile body cannot grow into many times its size.
const (
	maxApart = 32
	maxHead  = 4096
)

// breaks wraps each bad element as a body of its own that Parse accepts.
func (p *parser) breaks(b broken, head, tail string) {
	apart := min(len(b.raw), maxApart)
	if len(head) > maxHead {
		apart = 0
	}
	for i := range apart {
		p.out.Broken = append(p.out.Broken, adapter.Broken{Body: wrap(head, b.raw[i:i+1], tail), Err: b.errs[i]})
	}
	if rest := b.raw[apart:]; len(rest) > 0 {
		err := b.errs[apart]
		if len(rest) > 1 {
			err = fmt.Errorf("%d elements, the first: %w", len(rest), err)
		}
		p.out.Broken = append(p.out.Broken, adapter.Broken{Body: wrap(head, rest, tail), Err: err})
	}
}

func wrap(head string, items []json.RawMessage, tail string) []byte {
	var b bytes.Buffer
	b.WriteString(head)
	for i, it := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(it)
	}
	b.WriteString(tail)
	return b.Bytes()
}

// member renders `"name":raw,`, nothing when absent.
func member(name string, raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	return `"` + name + `":` + string(raw) + `,`
}

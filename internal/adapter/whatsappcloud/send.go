package whatsappcloud

import (
	"context"
	"encoding/json"
	"net/http"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// outMessage is the body of POST /{phone-number-id}/messages (Meta: Cloud API ›
// Messages).
type outMessage struct {
	Product       string                `json:"messaging_product"`
	RecipientType string                `json:"recipient_type"`
	To            string                `json:"to,omitempty"`
	Recipient     string                `json:"recipient,omitempty"`
	Type          string                `json:"type"`
	Context       *outContext           `json:"context,omitempty"`
	CallbackData  string                `json:"biz_opaque_callback_data,omitempty"`
	Text          *outText              `json:"text,omitempty"`
	Location      *outLocation          `json:"location,omitempty"`
	Contacts      []message.ContactCard `json:"contacts,omitempty"`
	Interactive   *outInteractive       `json:"interactive,omitempty"`
	Reaction      *outReaction          `json:"reaction,omitempty"`
	Template      *outTemplate          `json:"template,omitempty"`
	Image         *outMedia             `json:"image,omitempty"`
	Video         *outMedia             `json:"video,omitempty"`
	Audio         *outMedia             `json:"audio,omitempty"`
	Document      *outMedia             `json:"document,omitempty"`
	Sticker       *outMedia             `json:"sticker,omitempty"`
	media         *outMedia             // whichever of them is set
}

type outContext struct {
	MessageID string `json:"message_id"`
}

type outText struct {
	Body string `json:"body"`
	// Preview lets WhatsApp show a card for the first link; without a link it
	// has no effect.
	Preview bool `json:"preview_url"`
}

type outLocation struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
}

type outReaction struct {
	MessageID string `json:"message_id"`
	Emoji     string `json:"emoji"` // "" removes
}

type outTemplate struct {
	Name       string            `json:"name"`
	Language   outLanguage       `json:"language"`
	Components []json.RawMessage `json:"components,omitempty"`
}

type outLanguage struct {
	Code string `json:"code"`
}

type outInteractive struct {
	Type   string     `json:"type"`
	Header *outHeader `json:"header,omitempty"`
	Body   outPlain   `json:"body"`
	Footer *outPlain  `json:"footer,omitempty"`
	Action outAction  `json:"action"`
}

type outHeader struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type outPlain struct {
	Text string `json:"text"`
}

type outAction struct {
	Button   string            `json:"button,omitempty"`
	Buttons  []outButton       `json:"buttons,omitempty"`
	Sections []message.Section `json:"sections,omitempty"`
}

type outButton struct {
	Type  string         `json:"type"`
	Reply message.Button `json:"reply"`
}

// Send hands a message to Meta. 200 means accepted, nothing more; there is no
// idempotency key, so an unclear answer is settled by the status webhooks, which
// repeat our reference (Meta: biz_opaque_callback_data).
func (c *conn) Send(ctx context.Context, out adapter.Outbound) (adapter.Receipt, error) {
	if err := c.ready(); err != nil {
		return adapter.Receipt{}, err
	}
	m, err := compose(out)
	if err != nil {
		return adapter.Receipt{}, err
	}
	if m.media != nil && m.media.ID == "" {
		return adapter.Receipt{}, &adapter.SendError{Reason: adapter.Rejected, Code: "incomplete", Title: "The file was not uploaded"}
	}
	var answer struct {
		Contacts []struct {
			WaID   kit.ID `json:"wa_id"`
			UserID kit.ID `json:"user_id"`
		} `json:"contacts"`
		Messages []struct {
			ID     kit.ID `json:"id"`
			Status string `json:"message_status"`
		} `json:"messages"`
	}
	if err := c.call(ctx, http.MethodPost, "/"+c.numberPath+"/messages", nil, m, &answer); err != nil {
		return adapter.Receipt{}, err
	}
	if len(answer.Messages) == 0 || usableID(answer.Messages[0].ID) != nil {
		return adapter.Receipt{}, kit.Uncertain("WhatsApp answered without a message id", nil)
	}
	r := adapter.Receipt{ProviderID: answer.Messages[0].ID.String()}
	// Paced templates are held until Meta has seen how the first ones fare.
	r.Held = answer.Messages[0].Status == "held_for_quality_assessment" || answer.Messages[0].Status == "paused"
	if len(answer.Contacts) > 0 {
		a := new(addresses).fill(answer.Contacts[0].WaID, answer.Contacts[0].UserID, "")
		r.To.Addresses = a.list
	}
	return r, nil
}

// compose builds the request, or says why the message cannot go.
func compose(out adapter.Outbound) (*outMessage, error) {
	m := &outMessage{Product: "whatsapp", RecipientType: "individual", CallbackData: out.Ref}
	if !m.address(out.To) {
		return nil, &adapter.SendError{Reason: adapter.Rejected, Code: "no_address", Title: "No WhatsApp address is known for this person",
			Hint: "Add a phone number with country code to the contact."}
	}
	c := out.Content
	if caps.Kinds[c.Kind] != message.Supported {
		return nil, notSupported("WhatsApp cannot send this kind of message")
	}
	m.Type = string(c.Kind)
	switch {
	case c.Kind == message.Text:
		m.Text = &outText{Body: c.Text, Preview: true}
	case c.Kind == message.Locations && c.Location != nil:
		l := c.Location
		m.Location = &outLocation{Latitude: l.Latitude, Longitude: l.Longitude, Name: l.Name, Address: l.Address}
	case c.Kind == message.Contacts:
		m.Contacts = outCards(c.Contacts)
	case c.Kind == message.Interactive && c.Interactive != nil:
		q := c.Interactive
		if q.Type != "button" && q.Type != "list" {
			return nil, notSupported("WhatsApp knows button and list questions only")
		}
		m.Interactive = question(c.Text, q)
	case mediaKind(m.Type) != "":
		p, err := file(out)
		if err != nil {
			return nil, err
		}
		m.hold(c.Kind, p)
	case c.Kind == message.Reaction:
		m.Reaction = &outReaction{MessageID: out.Target, Emoji: c.Text}
		return m, nil // a reaction may not quote
	case c.Kind == message.Template && c.Template != nil:
		t := c.Template
		m.Template = &outTemplate{Name: t.Name, Language: outLanguage{t.Language}, Components: t.Components}
	default:
		return nil, &adapter.SendError{Reason: adapter.Rejected, Code: "incomplete", Title: "The message is incomplete"}
	}
	if out.ReplyTo != "" {
		m.Context = &outContext{out.ReplyTo}
	}
	return m, nil
}

// hold puts a file where messages of its kind have it.
func (m *outMessage) hold(kind message.Kind, p *outMedia) {
	m.media = p
	switch kind {
	case message.Image:
		m.Image = p
	case message.Video:
		m.Video = p
	case message.Audio:
		m.Audio = p
	case message.Document:
		m.Document = p
	case message.Sticker:
		m.Sticker = p
	}
}

// address picks how to name the recipient: the group, the phone number in full
// international form, else an id of the person (Meta: to and recipient).
func (m *outMessage) address(p message.Party) bool {
	if g := p.Address(message.GroupAddress); g != "" {
		m.RecipientType, m.To = "group", g
		return true
	}
	if phone := digits(p.Address(message.Phone)); phone != "" {
		m.To = "+" + phone
		return true
	}
	m.Recipient = first2(p.Address(message.ScopedID), p.Address(message.ParentID))
	return m.Recipient != ""
}

func question(text string, q *message.InteractiveBody) *outInteractive {
	o := &outInteractive{Type: q.Type, Body: outPlain{text}}
	if q.Header != "" {
		o.Header = &outHeader{Type: "text", Text: q.Header}
	}
	if q.Footer != "" {
		o.Footer = &outPlain{q.Footer}
	}
	for _, b := range q.Buttons {
		o.Action.Buttons = append(o.Action.Buttons, outButton{Type: "reply", Reply: b})
	}
	o.Action.Button, o.Action.Sections = q.Button, q.Sections
	return o
}

// outCards leaves out what Meta refuses on sending and adds what it requires:
// one part of the name beside the formatted one.
func outCards(cards []message.ContactCard) []message.ContactCard {
	out := make([]message.ContactCard, len(cards))
	for i, c := range cards {
		c.Origin = ""
		if n := c.Name; n.FirstName+n.LastName+n.MiddleName+n.Prefix+n.Suffix == "" {
			c.Name.FirstName = n.FormattedName
		}
		out[i] = c
	}
	return out
}

// MarkRead shows the person that a message and all before it were read (Meta:
// Mark messages as read).
func (c *conn) MarkRead(ctx context.Context, providerID string) error {
	return c.mark(ctx, providerID, nil)
}

// Typing shows that somebody is writing, for 25 s or until the next message.
// Meta ties it to reading: the message named is marked as read.
func (c *conn) Typing(ctx context.Context, _ message.Party, providerID string) error {
	return c.mark(ctx, providerID, &typingIndicator{Type: "text"})
}

type typingIndicator struct {
	Type string `json:"type"`
}

func (c *conn) mark(ctx context.Context, providerID string, typing *typingIndicator) error {
	if err := c.ready(); err != nil {
		return err
	}
	if providerID == "" {
		return notSupported("WhatsApp needs a message of the person for this")
	}
	body := struct {
		Product string           `json:"messaging_product"`
		Status  string           `json:"status"`
		ID      string           `json:"message_id"`
		Typing  *typingIndicator `json:"typing_indicator,omitempty"`
	}{"whatsapp", "read", providerID, typing}
	return c.confirm(ctx, http.MethodPost, "/"+c.numberPath+"/messages", body)
}

// confirm makes a call that is answered by {"success":true}.
func (c *conn) confirm(ctx context.Context, method, path string, body any) error {
	var answer struct {
		Success bool `json:"success"`
	}
	if err := c.call(ctx, method, path, nil, body, &answer); err != nil {
		return err
	}
	if !answer.Success {
		return &adapter.SendError{Reason: adapter.Rejected, Title: "WhatsApp did not do it"}
	}
	return nil
}

func notSupported(title string) *adapter.SendError {
	return &adapter.SendError{Reason: adapter.NotSupported, Title: title}
}

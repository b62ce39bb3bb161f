package telegram

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// request is a call of a send method. Members of values that are objects are
// nested as JSON, and made into strings when files go along.
type request struct {
	method string
	values map[string]any
	files  []kit.Part
}

// sent is the part of the messages Telegram answers with that we need.
type sent struct {
	ID   kit.ID    `json:"message_id"`
	Chat *wireChat `json:"chat"`
	Poll *wirePoll `json:"poll"`
}

// Send hands a message to Telegram. There is no idempotency key and no echo: an
// unclear answer is settled by a person.
func (c *conn) Send(ctx context.Context, out adapter.Outbound) (adapter.Receipt, error) {
	r, err := compose(out)
	if err != nil {
		return adapter.Receipt{}, err
	}
	if out.Content.Kind == message.Reaction {
		return c.react(ctx, r, out)
	}
	list, err := c.post(ctx, r)
	if err != nil && out.Content.Kind == message.Poll && strings.Contains(adapter.AsSendError(err).Detail, "non-anonymous") {
		// Only now is it known that the chat is a channel, where votes are
		// secret. The first request was refused, so this is no repetition.
		r.values["is_anonymous"] = true
		list, err = c.post(ctx, r)
	}
	if err != nil {
		return adapter.Receipt{}, err
	}
	var receipt adapter.Receipt
	for _, m := range list {
		id, err := messageID(m.Chat, m.ID)
		if err != nil {
			return adapter.Receipt{}, kit.Uncertain("Telegram answered without a message id", nil)
		}
		if receipt.ProviderID == "" {
			receipt.ProviderID = id
		} else {
			receipt.More = append(receipt.More, id)
		}
		if m.Poll != nil && usable(m.Poll.ID) == nil {
			receipt.More = append(receipt.More, pollID(m.Poll.ID))
		}
	}
	if receipt.ProviderID == "" {
		return adapter.Receipt{}, kit.Uncertain("Telegram answered without a message id", nil)
	}
	return receipt, nil
}

// post makes the request; albums are answered by several messages.
func (c *conn) post(ctx context.Context, r *request) ([]sent, error) {
	var raw json.RawMessage
	var err error
	if len(r.files) == 0 {
		err = c.call(ctx, r.method, r.values, &raw)
	} else {
		err = c.upload(ctx, r.method, r.parts(), &raw)
	}
	if err != nil {
		return nil, err
	}
	var list []sent
	if json.Unmarshal(raw, &list) == nil {
		return list, nil
	}
	var one sent
	if err := json.Unmarshal(raw, &one); err != nil {
		return nil, kit.Uncertain("The provider's answer makes no sense", kit.JSONError(err))
	}
	return []sent{one}, nil
}

// parts renders the values for multipart: what is no text is JSON.
func (r *request) parts() []kit.Part {
	var parts []kit.Part
	for _, key := range sortedKeys(r.values) {
		value, ok := r.values[key].(string)
		if !ok {
			raw, err := json.Marshal(r.values[key])
			if err != nil {
				continue // none of ours can fail
			}
			value = string(raw)
		}
		parts = append(parts, kit.Part{Name: key, Value: value})
	}
	return append(parts, r.files...)
}

// react puts a reaction on a message or takes it away. Telegram gives it no id;
// our own reference is one.
func (c *conn) react(ctx context.Context, r *request, out adapter.Outbound) (adapter.Receipt, error) {
	var done bool
	if err := c.call(ctx, r.method, r.values, &done); err != nil {
		if e := adapter.AsSendError(err); e.Reason != adapter.Uncertain || e.Title != "The provider's answer makes no sense" {
			return adapter.Receipt{}, err
		}
	}
	return adapter.Receipt{ProviderID: out.Target + ":reaction:" + out.Ref}, nil
}

// compose builds the request, or says why the message cannot go.
func compose(out adapter.Outbound) (*request, error) {
	c := out.Content
	if caps.Kinds[c.Kind] != message.Supported {
		return nil, notSupported("Telegram cannot send this kind of message")
	}
	chat := out.To.Address(message.GroupAddress)
	if chat == "" {
		chat = out.To.Address(message.ScopedID)
	}
	if chat == "" {
		return nil, &adapter.SendError{Reason: adapter.Rejected, Code: "no_address", Title: "No Telegram address is known for this person",
			Hint: "People reach a bot by pressing Start; only then can it answer."}
	}
	r := &request{values: map[string]any{"chat_id": chatID(chat)}}
	// A group that moved numbers its messages anew.
	if where, number, ok := strings.Cut(out.ReplyTo, ":"); ok && where == chat {
		if id, err := strconv.ParseInt(number, 10, 64); err == nil {
			r.values["reply_parameters"] = map[string]any{"message_id": id, "allow_sending_without_reply": true}
		}
	}
	switch {
	case c.Kind == message.Text:
		r.method, r.values["text"] = "sendMessage", c.Text
	case c.Kind == message.Locations && c.Location != nil:
		r.location(c.Location)
	case c.Kind == message.Contacts && len(c.Contacts) == 1:
		r.contact(c.Contacts[0])
	case c.Kind == message.Interactive && c.Interactive != nil:
		if err := r.question(c.Text, c.Interactive); err != nil {
			return nil, err
		}
	case c.Kind == message.Poll && c.Poll != nil:
		r.poll(c.Poll)
	case c.Kind == message.Reaction:
		return reaction(out)
	case len(c.Media) > 0:
		if err := r.media(out); err != nil {
			return nil, err
		}
	default:
		return nil, &adapter.SendError{Reason: adapter.Rejected, Code: "incomplete", Title: "The message is incomplete"}
	}
	return r, nil
}

// chatID is a chat as a parameter: its number, or the @name of a channel.
func chatID(s string) any {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	return s
}

func reaction(out adapter.Outbound) (*request, error) {
	chat, number, ok := strings.Cut(out.Target, ":")
	id, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil {
		return nil, rejected("This message cannot be reacted to", "")
	}
	list := []map[string]string{}
	if out.Content.Text != "" {
		list = append(list, map[string]string{"type": "emoji", "emoji": out.Content.Text})
	}
	return &request{method: "setMessageReaction", values: map[string]any{"chat_id": chatID(chat), "message_id": id, "reaction": list}}, nil
}

// location is a venue when the place has a name; Telegram wants both parts.
func (r *request) location(l *message.Location) {
	r.values["latitude"], r.values["longitude"] = l.Latitude, l.Longitude
	if l.Name == "" && l.Address == "" {
		r.method = "sendLocation"
		return
	}
	name, address := l.Name, l.Address
	if name == "" {
		name = address
	}
	if address == "" {
		address = strconv.FormatFloat(l.Latitude, 'f', 5, 64) + ", " + strconv.FormatFloat(l.Longitude, 'f', 5, 64)
	}
	r.method, r.values["title"], r.values["address"] = "sendVenue", name, address
}

// contact is a text when the card has no phone number, which Telegram requires.
func (r *request) contact(c message.ContactCard) {
	if len(c.Phones) == 0 || c.Phones[0].Phone == "" {
		lines := []string{c.Name.FormattedName}
		for _, e := range c.Emails {
			lines = append(lines, e.Email)
		}
		for _, u := range c.URLs {
			lines = append(lines, u.URL)
		}
		r.method, r.values["text"] = "sendMessage", strings.Join(lines, "\n")
		return
	}
	r.method, r.values["phone_number"] = "sendContact", c.Phones[0].Phone
	r.values["first_name"] = c.Name.FormattedName
	if c.Name.FirstName != "" {
		r.values["first_name"] = c.Name.FirstName
		if c.Name.LastName != "" {
			r.values["last_name"] = c.Name.LastName
		}
	}
}

// poll is never anonymous, so that the answers come back with their names.
func (r *request) poll(p *message.PollBody) {
	var options []map[string]string
	for _, o := range p.Options {
		options = append(options, map[string]string{"text": o.Text})
	}
	r.method, r.values["question"], r.values["options"], r.values["is_anonymous"] = "sendPoll", p.Question, options, false
	if p.Multiple {
		r.values["allows_multiple_answers"] = true
	}
}

// question sends the answers as buttons below the text, one a row, which is
// also how a list is shown.
func (r *request) question(text string, q *message.InteractiveBody) error {
	var rows [][]wireButton
	add := func(id, title string) error {
		if len(id) > callbackMost {
			return rejected("An answer's id is too long for Telegram", "Shorten it to 64 bytes.")
		}
		rows = append(rows, []wireButton{{Text: title, Data: id}})
		return nil
	}
	body := []string{text}
	if q.Header != "" {
		body = []string{q.Header, text}
	}
	for _, b := range q.Buttons {
		if err := add(b.ID, b.Title); err != nil {
			return err
		}
	}
	for _, s := range q.Sections {
		var lines []string
		if s.Title != "" {
			lines = append(lines, s.Title)
		}
		for _, row := range s.Rows {
			if err := add(row.ID, row.Title); err != nil {
				return err
			}
			if row.Descr != "" {
				lines = append(lines, "• "+row.Title+": "+row.Descr)
			}
		}
		if len(lines) > 0 {
			body = append(body, strings.Join(lines, "\n"))
		}
	}
	if q.Footer != "" {
		body = append(body, q.Footer)
	}
	if q.Type != "button" && q.Type != "list" || len(rows) == 0 {
		return notSupported("Telegram knows button and list questions only")
	}
	r.method, r.values["text"] = "sendMessage", strings.Join(body, "\n\n")
	r.values["reply_markup"] = map[string]any{"inline_keyboard": rows}
	return nil
}

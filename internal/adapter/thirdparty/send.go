package thirdparty

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
	"switchboard/internal/platform/webhook"
)

// layout of times in what we post: RFC 3339, three decimals, Z.
const layout = "2006-01-02T15:04:05.000Z"

// outBody is what we post. The order of members is that of the documentation.
type outBody struct {
	Type      string      `json:"type"`
	Service   string      `json:"serviceId"`
	Source    string      `json:"sourceId"`
	Channel   string      `json:"channelId"`
	Room      string      `json:"roomId,omitempty"`
	Enquiry   string      `json:"enquiryId,omitempty"`
	Number    string      `json:"displayCaseNumber,omitempty"`
	User      outUser     `json:"user"`
	Sender    *outSender  `json:"sender,omitempty"`
	Message   *outMessage `json:"message,omitempty"`
	Timestamp string      `json:"timestamp"`
}

type outUser struct {
	ID string `json:"id"`
}

type outSender struct {
	Kind        string `json:"kind"`
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
}

type outMessage struct {
	ID        string      `json:"id"`
	Type      string      `json:"type"`
	Text      string      `json:"text,omitempty"`
	Latitude  *float64    `json:"latitude,omitempty"`
	Longitude *float64    `json:"longitude,omitempty"`
	Title     string      `json:"title,omitempty"`
	Address   string      `json:"address,omitempty"`
	URL       string      `json:"url,omitempty"`
	FileName  string      `json:"fileName,omitempty"`
	MIMEType  string      `json:"mimeType,omitempty"`
	Size      int64       `json:"size,omitempty"`
	Options   []outOption `json:"options,omitempty"`
	ReplyTo   string      `json:"replyTo,omitempty"`
}

type outOption struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Write renders a message.
func (c *conn) Write(out adapter.Outbound) ([]byte, error) {
	user := out.To.Address(message.ExternalUser)
	if user == "" {
		return nil, &adapter.SendError{Reason: adapter.Rejected, Code: "no_address", Title: "The outside system does not know this person",
			Hint: "Only people who have written through this channel can be answered."}
	}
	m, err := render(out)
	if err != nil {
		return nil, err
	}
	m.ID, m.ReplyTo = messageID(out.Ref), messageID(out.ReplyTo)
	b := c.about(out.About)
	b.Type, b.User.ID, b.Message = "message", c.user(user), m
	return encode(b)
}

// about fills in where something belongs. Without it (test messages) the system
// itself speaks.
func (c *conn) about(a *adapter.About) outBody {
	b := outBody{Service: c.organization, Source: c.source, Channel: c.channel, Sender: &outSender{Kind: string(adapter.System)}}
	at := c.now()
	if a != nil {
		b.Room, b.Enquiry, b.Number, at = a.Conversation, a.Enquiry, a.Number, a.At
		b.Sender = &outSender{Kind: string(a.Sender.Kind), ID: a.Sender.ID, DisplayName: a.Sender.Name}
	}
	b.Timestamp = at.UTC().Format(layout)
	return b
}

// messageID is our message's own id, without the attempt; ids of others stay.
func messageID(ref string) string {
	if id, attempt, ok := strings.Cut(ref, ":"); ok && len(id) == 36 && attempt != "" && strings.Trim(attempt, "0123456789") == "" {
		return id
	}
	return ref
}

func render(out adapter.Outbound) (*outMessage, error) {
	c := out.Content
	m := &outMessage{Text: c.Text}
	switch {
	case fileWords[c.Kind] != "":
		m.Type = fileWords[c.Kind]
		return m, attach(m, out)
	case c.Kind == message.Text:
		m.Type = "text"
	case c.Kind == message.Locations && c.Location != nil:
		l := c.Location
		m.Type, m.Latitude, m.Longitude, m.Title, m.Address = "location", &l.Latitude, &l.Longitude, l.Name, l.Address
	case c.Kind == message.Interactive && c.Interactive != nil:
		q := c.Interactive
		m.Type, m.Text = "quick_replies", strings.Trim(strings.Join([]string{q.Header, c.Text, q.Footer}, "\n"), "\n")
		for _, b := range q.Buttons {
			m.Options = append(m.Options, outOption{b.ID, b.Title})
		}
		for _, s := range q.Sections {
			for _, r := range s.Rows {
				m.Options = append(m.Options, outOption{r.ID, r.Title})
			}
		}
	default:
		if Type.Caps.Kinds[c.Kind] == "" {
			return nil, &adapter.SendError{Reason: adapter.NotSupported, Title: "A third-party channel cannot send this kind of message"}
		}
		return nil, &adapter.SendError{Reason: adapter.Rejected, Code: "incomplete", Title: "The message is incomplete"}
	}
	return m, nil
}

func encode(b outBody) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// Send renders and posts in one go, for messages that belong to no delivery.
func (c *conn) Send(ctx context.Context, out adapter.Outbound) (adapter.Receipt, error) {
	body, err := c.Write(out)
	if err != nil {
		return adapter.Receipt{}, err
	}
	return c.Post(ctx, adapter.Parcel{ID: newDelivery(out.Ref), Ref: out.Ref, Try: 1, Body: body})
}

// newDelivery is an id for a call that belongs to no delivery: of its message,
// when it has one, so that a repeat is known for one.
func newDelivery(ref string) string {
	b := make([]byte, 16)
	if _, _ = rand.Read(b); ref != "" { // never fails
		sum := sha256.Sum256([]byte(ref))
		copy(b, sum[:])
	}
	return "msg_" + hex.EncodeToString(b)
}

// Post hands over a rendered message. 2xx means it has arrived.
func (c *conn) Post(ctx context.Context, p adapter.Parcel) (adapter.Receipt, error) {
	if c.url == "" || len(c.keys().Tokens) == 0 {
		return adapter.Receipt{}, &adapter.SendError{Reason: adapter.BadSettings, Code: "not_proven", Title: "The outgoing webhook has not passed its test",
			Hint: "Test the source, then send again."}
	}
	header, err := webhook.Sign(c.keys(), p.ID, p.Try, c.now(), p.Body)
	if err != nil {
		return adapter.Receipt{}, &adapter.SendError{Reason: adapter.BadSettings, Title: "The message cannot be signed", Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, webhook.Timeout)
	defer cancel()
	answer, err := webhook.Post(ctx, c.http, c.url, header, p.Body, webhook.MaxAnswer)
	if err != nil {
		return adapter.Receipt{}, unanswered(err)
	}
	if !answer.OK() {
		return adapter.Receipt{}, refusal(answer, c.now())
	}
	theirs, err := taken(answer.Body)
	if err != nil {
		return adapter.Receipt{}, err
	}
	r := adapter.Receipt{ProviderID: p.Ref, Delivered: true}
	if r.ProviderID == "" {
		r.ProviderID = p.ID
	}
	if theirs != "" {
		r.More = []string{theirMark + theirs}
	}
	return r, nil
}

// theirMark stands before the ids the outside system gives our messages: it may
// count those and its visitors' messages apart, both from one.
const theirMark = ">"

// Typing shows that somebody is writing. Late, it would be wrong: nobody waits
// for it or repeats it.
func (c *conn) Typing(ctx context.Context, to message.Party, _ string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	b := c.about(nil)
	b.Type, b.User.ID, b.Sender = "typing", c.user(to.Address(message.ExternalUser)), nil
	body, err := encode(b)
	if err != nil {
		return err
	}
	_, err = c.Post(ctx, adapter.Parcel{ID: newDelivery(""), Try: 1, Body: body})
	return err
}

func unanswered(err error) *adapter.SendError {
	e := &adapter.SendError{Reason: adapter.Unreachable, Title: "The outside system cannot be reached", Err: err}
	var f *webhook.Failure
	if errors.As(err, &f) {
		e.Code = f.Code
		if f.Left() {
			e.Reason, e.Title = adapter.Uncertain, "The outside system gave no whole answer"
		}
	}
	return e
}

// refusal judges an answer that is not 2xx.
func refusal(a webhook.Answer, now time.Time) *adapter.SendError {
	e := &adapter.SendError{Code: "http_" + strconv.Itoa(a.Status), Detail: said(a.Body), RetryAfter: kit.RetryAfter(a.Header, now),
		Title: "The outside system refuses the message"}
	switch s := a.Status; {
	case s == http.StatusTooManyRequests:
		e.Reason, e.Scope, e.Title = adapter.Throttled, adapter.WholeAccount, "The outside system asks us to slow down"
	case s == http.StatusServiceUnavailable, s == http.StatusRequestTimeout, s == http.StatusTooEarly:
		e.Reason, e.Title = adapter.Unreachable, "The outside system is busy"
	case s >= 500:
		e.Reason, e.Title = adapter.Uncertain, "The outside system failed"
	case s == http.StatusGone:
		e.Reason, e.Title = adapter.BadSettings, "The outgoing webhook is gone"
		e.Hint = "Enter the new address in the source; it is tested at once."
	case s >= 300 && s < 400:
		e.Reason, e.Title, e.Hint = adapter.Rejected, "The outgoing webhook redirects", "Enter the address it leads to in the source."
	default:
		e.Reason = adapter.Rejected
	}
	return e
}

// said is what an answer holds for people: the message of an object, or the
// beginning of anything else.
func said(body []byte) string {
	var a struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &a) == nil {
		return message.Truncate(message.Clean(a.Message), 300)
	}
	return message.Truncate(message.Clean(string(body)), 300)
}

// taken reads what an answer with 2xx may hold: the message's id over there, or
// a code that says no. Any other body says nothing.
func taken(body []byte) (theirs string, err error) {
	var a struct {
		Code    json.RawMessage `json:"code"`
		Message string          `json:"message"`
		ID      kit.ID          `json:"messageId"`
		Result  json.RawMessage `json:"result"`
	}
	if json.Unmarshal(body, &a) != nil {
		return "", nil
	}
	var code json.Number
	if json.Unmarshal(a.Code, &code) == nil && code != "" && code != "0" {
		return "", &adapter.SendError{Reason: adapter.Rejected, Code: message.Truncate(code.String(), 64), Title: "The outside system refuses the message",
			Detail: message.Truncate(message.Clean(a.Message), 300)}
	}
	var r struct {
		ID kit.ID `json:"messageId"`
	}
	if a.ID == "" && json.Unmarshal(a.Result, &r) == nil {
		a.ID = r.ID
	}
	return message.Truncate(strings.TrimSpace(a.ID.String()), maxID), nil
}

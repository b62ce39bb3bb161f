package thirdparty

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// Calls of the inlet.
const (
	callMessages = "messages"
	callEvents   = "events"
)

// Verify tells whether the caller holds the access token. Every value that
// counts is compared, and always in the same time.
func (c *conn) Verify(r adapter.Request) error {
	values := r.Header.Values("Authorization")
	scheme, token, _ := strings.Cut(strings.Join(values, ","), " ")
	match := false
	for _, own := range c.tokens.Valid(c.now()) {
		match = kit.SameSecret(own, strings.TrimSpace(token)) || match
	}
	switch {
	case len(values) == 0:
		return kit.ErrNoSignature
	case !match || len(values) != 1 || !strings.EqualFold(scheme, "Bearer"):
		return kit.ErrBadSignature
	}
	return nil
}

// Admit judges a call of somebody we know.
func (c *conn) Admit(call string, r adapter.Request) ([]byte, *adapter.Response) {
	refuse := func(status int, e envelope) ([]byte, *adapter.Response) {
		a := respond(status, e)
		return nil, &a
	}
	if t := r.Header.Get("Content-Type"); t != "" {
		if kind, _, err := mime.ParseMediaType(t); err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
			return refuse(http.StatusUnsupportedMediaType, envelope{Code: http.StatusUnsupportedMediaType, Message: "send application/json"})
		}
	}
	in, wrong := read(r.Body)
	if len(wrong) == 0 && (in.event == "") != (call == callMessages) {
		wrong = []fieldError{{"message", "required"}}
		if call == callEvents {
			wrong = []fieldError{{"type", "required"}}
		}
		if in.event == "" && call == callEvents { // an event that has a member called message
			if body, ok := withoutMessage(r.Body); ok {
				return c.Admit(call, adapter.Request{Header: r.Header, Body: body})
			}
		}
	}
	for _, url := range []struct{ field, value string }{{"message.url", in.media.URL}, {"user.avatarUrl", in.avatar}} {
		if url.value != "" && c.mayCall(url.value) != nil {
			wrong = append(wrong, fieldError{url.field, "must be a public https URL"})
		}
	}
	if len(wrong) > 0 {
		return refuse(http.StatusBadRequest, envelope{Code: wrongParameter, Message: "wrong parameter", Errors: wrong})
	}
	return r.Body, nil
}

func withoutMessage(body []byte) ([]byte, bool) {
	var o map[string]json.RawMessage
	if json.Unmarshal(body, &o) != nil || o["type"] == nil {
		return nil, false
	}
	delete(o, "message")
	out, err := json.Marshal(o)
	return out, err == nil
}

// Answer says what came of an admitted call.
func (c *conn) Answer(call string, o adapter.Outcome) adapter.Response {
	if o.Conflict {
		return respond(http.StatusConflict, envelope{Code: http.StatusConflict, Message: "messageId already used with other content"})
	}
	if call == callEvents {
		if !o.Matched {
			return respond(http.StatusOK, envelope{Result: struct {
				Matched bool `json:"matched"`
			}{}})
		}
		return respond(http.StatusOK, envelope{Result: struct{}{}})
	}
	return respond(http.StatusOK, envelope{Result: struct {
		MessageID string `json:"messageId"`
		Room      string `json:"roomId"`
		Enquiry   string `json:"enquiryId"`
		Number    string `json:"displayCaseNumber"`
		Status    string `json:"status"`
		Duplicate bool   `json:"duplicate"`
	}{o.ProviderID, o.Conversation, o.Enquiry, o.Number, "accepted", o.Repeated}})
}

// Parse turns an admitted body into what happened.
func (c *conn) Parse(body []byte) adapter.Parsed {
	in, wrong := read(body)
	if len(wrong) > 0 {
		return adapter.Parsed{Broken: []adapter.Broken{{Body: body, Err: errors.New(wrong[0].Field + ": " + wrong[0].Reason)}}}
	}
	event := func(e message.Inbound) adapter.Parsed { return adapter.Parsed{Events: []message.Inbound{e}} }
	from := c.party(in.user, in.name)
	switch in.event {
	case "":
		m := &message.Received{ProviderID: in.id, From: from, At: in.at, Content: in.content(), ReplyTo: in.replyTo, Digest: in.digest}
		return event(message.Inbound{Message: m})
	case "typing":
		return event(message.Inbound{Typing: &message.Typing{From: from}})
	case "close":
		return event(message.Inbound{Close: &message.Close{From: from, At: in.at}})
	case "delivered", "read", "failed":
		return event(message.Inbound{Status: in.status()})
	}
	return adapter.Parsed{Unsupported: 1}
}

// status is a report about a message of ours, named by our id or by theirs.
func (in *incoming) status() *message.Status {
	s := &message.Status{State: message.State(in.event), At: in.at}
	if isID(in.id) {
		s.ClientRef = in.id
	} else {
		s.ProviderID = theirMark + in.id
	}
	if s.State == message.Failed {
		s.Errors = []message.ProviderError{{Code: in.failure.code, Title: "The outside system reports a failure", Detail: in.failure.text}}
	}
	return s
}

// isID tells whether a text has the form of our own ids.
func isID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range s {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if r != '-' {
				return false
			}
		} else if !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return false
		}
	}
	return true
}

// digest tells the contents of two calls with one id apart: visitor and message,
// whatever the order of members. Time and profile do not count.
func digest(user string, raw json.RawMessage) string {
	canonical, err := json.Marshal(kit.CleanValue(raw)) // members in order
	if err != nil {
		canonical = raw
	}
	h := sha256.New()
	h.Write([]byte(user + "\x00"))
	h.Write(canonical)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

package thirdparty

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// Bounds of what comes in, in code points where nothing else is said.
const (
	maxID         = 128
	maxName       = 128
	maxText       = 5000
	maxCaption    = 1024
	maxPayload    = 1024
	maxTitle      = 256
	maxURL        = 2048 // bytes
	maxAttributes = 50
	maxAttrBytes  = 4 << 10
)

// incoming is a call of the outside system, checked.
type incoming struct {
	event   string // "" = a message
	id      string
	at      time.Time
	user    string
	name    string
	avatar  string
	kind    string
	text    string
	title   string
	payload string
	replyTo string
	media   message.Media
	place   *message.Location
	raw     json.RawMessage // of the message
	digest  string
	failure struct{ code, text string }
}

// object is a JSON object while its members are taken out; what is wrong is
// collected.
type object struct {
	path    string
	members map[string]json.RawMessage
	wrong   *[]fieldError
}

func (o object) fail(name, reason string) {
	*o.wrong = append(*o.wrong, fieldError{o.path + name, reason})
}

func (o object) has(name string) bool {
	raw := o.members[name]
	return len(raw) > 0 && string(raw) != "null"
}

// text takes a string of at most most code points; trimmed when it is an id.
func (o object) text(name string, most int, required, trim bool) string {
	if !o.has(name) {
		if required {
			o.fail(name, "required")
		}
		return ""
	}
	var s string
	if json.Unmarshal(o.members[name], &s) != nil {
		o.fail(name, "must be a string")
		return ""
	}
	s = message.Clean(s)
	if trim {
		s = strings.TrimSpace(s)
	}
	switch n := utf8.RuneCountInString(s); {
	case n == 0 && required, required && strings.TrimSpace(s) == "":
		o.fail(name, "required")
	case n > most:
		o.fail(name, "at most "+strconv.Itoa(most)+" characters")
	}
	return s
}

func (o object) number(name string, low, high float64) float64 {
	if !o.has(name) {
		o.fail(name, "required")
		return 0
	}
	var n float64
	if json.Unmarshal(o.members[name], &n) != nil {
		o.fail(name, "must be a number")
	} else if n < low || n > high {
		o.fail(name, "must be between "+strconv.Itoa(int(low))+" and "+strconv.Itoa(int(high)))
	}
	return n
}

func (o object) object(name string, required bool) object {
	in := object{path: o.path + name + ".", wrong: o.wrong}
	if !o.has(name) {
		if required {
			o.fail(name, "required")
		}
	} else if json.Unmarshal(o.members[name], &in.members) != nil {
		o.fail(name, "must be an object")
	}
	return in
}

func (o object) url(name string, required bool) string {
	s := o.text(name, maxURL, required, true)
	if s != "" && !strings.HasPrefix(strings.ToLower(s), "https://") && !strings.HasPrefix(strings.ToLower(s), "http://") {
		o.fail(name, "must be an https URL")
	}
	return s
}

// read checks a body. Its shape tells a message from an event: only a message
// has a member of that name.
func read(body []byte) (in incoming, wrong []fieldError) {
	top := object{wrong: &wrong}
	if !utf8.Valid(body) {
		return in, []fieldError{{"", "not UTF-8"}}
	}
	if err := json.Unmarshal(body, &top.members); err != nil || top.members == nil {
		reason := "a JSON object is expected"
		if err != nil {
			reason = kit.JSONError(err).Error()
		}
		return in, []fieldError{{"", reason}}
	}
	if top.has("timestamp") {
		in.at = top.time("timestamp")
	}
	if top.has("type") && !top.has("message") {
		in.readEvent(top)
		return in, wrong
	}
	in.id = top.text("messageId", maxID, true, true)
	in.readUser(top.object("user", true))
	in.readMessage(top.object("message", true))
	if len(wrong) == 0 {
		in.raw = bytes.Clone(top.members["message"])
		in.digest = digest(in.user, in.raw)
	}
	return in, wrong
}

func (o object) time(name string) time.Time {
	at, err := time.Parse(time.RFC3339, o.text(name, 64, false, true))
	if err != nil {
		o.fail(name, "must be an RFC 3339 time such as 2026-01-02T15:04:05Z")
	}
	return at.UTC()
}

// readUser takes the visitor. What is optional and has no use when it is wrong
// is left out instead of refusing the message.
func (in *incoming) readUser(u object) {
	if u.members == nil {
		return
	}
	in.user = u.text("id", maxID, true, true)
	in.name = u.text("name", maxName, false, true)
	in.avatar = u.url("avatarUrl", false)
	if !u.has("attributes") {
		return
	}
	var all map[string]any
	switch err := json.Unmarshal(u.members["attributes"], &all); {
	case err != nil:
		u.fail("attributes", "must be an object")
	case len(all) > maxAttributes || len(u.members["attributes"]) > maxAttrBytes:
		u.fail("attributes", "at most 50 members and 4 KB")
	}
	for _, v := range all {
		switch v.(type) {
		case map[string]any, []any:
			u.fail("attributes", "values must be texts, numbers, true or false")
			return
		}
	}
}

var mediaKinds = map[string]message.Kind{"image": message.Image, "video": message.Video, "audio": message.Audio, "file": message.Document, "sticker": message.Sticker}

func (in *incoming) readMessage(m object) {
	if m.members == nil {
		return
	}
	in.kind = m.text("type", 64, true, true)
	in.replyTo = m.text("replyTo", maxID, false, true)
	switch kind, media := mediaKinds[in.kind], mediaKinds[in.kind] != ""; {
	case in.kind == "text":
		in.text = m.text("text", maxText, true, false)
	case media:
		in.text = m.text("text", maxCaption, false, false)
		in.media = message.Media{Kind: kind, URL: m.url("url", true), FileName: m.text("fileName", maxTitle, false, true), MIMEType: m.text("mimeType", maxTitle, false, true)}
		if m.has("size") && json.Unmarshal(m.members["size"], &in.media.Size) != nil {
			in.media.Size = 0 // a hint only
		}
		in.media.ProviderID = in.media.URL
	case in.kind == "location":
		in.place = &message.Location{Latitude: m.number("latitude", -90, 90), Longitude: m.number("longitude", -180, 180),
			Name: m.text("title", maxTitle, false, false), Address: m.text("address", maxPayload, false, false)}
		in.text = m.text("text", maxCaption, false, false)
	case in.kind == "postback":
		in.payload, in.title = m.text("payload", maxPayload, true, false), m.text("title", maxTitle, false, false)
		in.text = m.text("text", maxCaption, false, false)
	case in.kind == "contact":
		in.title, in.payload = m.text("title", maxTitle, false, true), m.text("payload", maxPayload, false, true)
		in.text = m.text("text", maxText, false, false)
	}
}

func (in *incoming) readEvent(e object) {
	in.event = e.text("type", 64, true, true)
	user := e.object("user", in.event == "typing" || in.event == "close")
	if user.members != nil {
		in.user = user.text("id", maxID, in.event == "typing" || in.event == "close", true)
	}
	if in.event == "read" || in.event == "delivered" || in.event == "failed" {
		in.id = e.text("messageId", maxID, true, true)
	}
	if f := e.object("error", false); f.members != nil {
		in.failure.code, in.failure.text = f.text("code", maxPayload, false, true), f.text("message", maxPayload, false, true)
		in.failure.code = message.Truncate(in.failure.code, 64)
	}
}

var looksLikePhone = regexp.MustCompile(`^\+?[0-9 ()./-]{5,24}$`)

// content is a message in our own words. A kind we do not know is kept as it
// came.
func (in *incoming) content() message.Content {
	c := message.Content{Text: in.text}
	switch {
	case in.kind == "text":
		c.Kind = message.Text
	case in.media.Kind != "":
		c.Kind, c.Media = in.media.Kind, []message.Media{in.media}
	case in.place != nil:
		c.Kind, c.Location = message.Locations, in.place
	case in.kind == "postback":
		c.Kind, c.Interactive = message.Interactive, &message.InteractiveBody{Type: "button_reply", ID: in.payload, Title: in.title}
		if c.Text == "" {
			c.Text = in.title
		}
	case in.kind == "contact" && in.title+in.text+in.payload != "":
		card := message.ContactCard{Name: message.ContactName{FormattedName: first(in.title, in.text, in.payload)}}
		if looksLikePhone.MatchString(in.payload) {
			card.Phones = []message.ContactPhone{{Phone: in.payload}}
		}
		c.Kind, c.Contacts = message.Contacts, []message.ContactCard{card}
	default:
		c.Kind, c.Unsupported = message.Unsupported, &message.UnsupportedBody{Type: in.kind, Raw: kit.CleanJSON(in.raw)}
	}
	return c
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

package message

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Refusal says why a platform cannot carry a content, before anything is sent.
// Detail and Hint never quote the content.
type Refusal struct {
	Code    string // stable, snake_case
	Pointer string // JSON pointer into the message as the API takes it
	Detail  string
	Hint    string
	Limit   int // the figure that was passed, 0 when there is none
}

// Fit tells whether a channel type can carry a content; nil means yes. It looks
// at what the API's payload holds and at nothing else: window, recipient and
// rights are not its business. Lengths are code points.
func Fit(c Content, caps Caps, limits Limits) *Refusal {
	if r := fitKind(c.Kind, caps); r != nil {
		return r
	}
	switch c.Kind {
	case Text:
		return all(required("/text", "text", c.Text), tooLong("/text", "text", c.Text, limits.Text))
	case Image, Audio, Video, Document, Sticker:
		return fitMedia(c, caps, limits)
	case Locations:
		return fitLocation(c.Location)
	case Contacts:
		return fitContacts(c.Contacts, limits)
	case Interactive:
		return fitInteractive(c, limits)
	case Template:
		return fitTemplate(c.Template)
	case Poll:
		return fitPoll(c.Poll, limits)
	case Reaction:
		if utf8.RuneCountInString(c.Text) > maxEmoji {
			return &Refusal{Code: "text_too_long", Pointer: "/payload/emoji", Detail: "A reaction is a single emoji.", Limit: maxEmoji}
		}
	}
	return nil
}

// maxEmoji bounds a reaction in code points; the longest sequences that show as
// one emoji (flags with tags) have fourteen.
const maxEmoji = 16

func fitKind(k Kind, caps Caps) *Refusal {
	switch k {
	case "":
		return &Refusal{Code: "required", Pointer: "/kind", Detail: "The kind of message is missing."}
	case Note, Event, Unsupported:
		return &Refusal{Code: "kind_unsupported", Pointer: "/kind", Detail: "Messages of kind " + string(k) + " are never sent."}
	}
	if s := caps.Kinds[k]; s != Supported && s != Degraded {
		return &Refusal{Code: "kind_unsupported", Pointer: "/kind",
			Detail: "This channel cannot send messages of kind " + Truncate(string(k), 40) + ".", Hint: "It can send: " + sendable(caps) + "."}
	}
	return nil
}

func sendable(caps Caps) string {
	var names []string
	for _, k := range Kinds {
		if s := caps.Kinds[k]; s == Supported || s == Degraded {
			names = append(names, string(k))
		}
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// all gives the first refusal.
func all(rs ...*Refusal) *Refusal {
	for _, r := range rs {
		if r != nil {
			return r
		}
	}
	return nil
}

// required refuses what a reader would see as nothing.
func required(pointer, what, s string) *Refusal {
	if strings.TrimSpace(s) == "" {
		return &Refusal{Code: "required", Pointer: pointer, Detail: "The " + what + " is missing."}
	}
	return nil
}

func tooLong(pointer, what, s string, limit int) *Refusal {
	if limit <= 0 || len(s) <= limit { // no more code points than bytes
		return nil
	}
	n := utf8.RuneCountInString(s)
	if n <= limit {
		return nil
	}
	return &Refusal{Code: "text_too_long", Pointer: pointer, Limit: limit,
		Detail: fmt.Sprintf("The %s has %d characters; this channel allows %d.", what, n, limit),
		Hint:   fmt.Sprintf("Shorten it by %d characters.", n-limit)}
}

func tooMany(pointer, what string, n, limit int) *Refusal {
	if limit <= 0 || n <= limit {
		return nil
	}
	return &Refusal{Code: "too_many", Pointer: pointer, Limit: limit,
		Detail: fmt.Sprintf("There are %d %s; this channel allows %d.", n, what, limit)}
}

func fitMedia(c Content, caps Caps, limits Limits) *Refusal {
	if len(c.Media) == 0 {
		return &Refusal{Code: "required", Pointer: "/media", Detail: "The file is missing."}
	}
	if r := tooMany("/media", "files in one message", len(c.Media), max(caps.Albums, 1)); r != nil {
		return r
	}
	for i, m := range c.Media {
		p, kind := "/media/"+strconv.Itoa(i), c.Kind
		if m.Kind != "" {
			kind = m.Kind
		}
		limit, bounded := limits.Media[kind]
		if bounded && limit.MaxBytes > 0 && m.Size > limit.MaxBytes {
			return &Refusal{Code: "file_too_large", Pointer: p, Limit: int(limit.MaxBytes),
				Detail: fmt.Sprintf("The file has %d bytes; this channel allows %d for a message of kind %s.", m.Size, limit.MaxBytes, kind)}
		}
		if bounded && len(limit.Types) > 0 && m.MIMEType != "" && !hasType(limit.Types, m.MIMEType) {
			return &Refusal{Code: "file_type_unsupported", Pointer: p,
				Detail: "This channel does not take this type of file as " + string(kind) + ".", Hint: "It takes: " + strings.Join(limit.Types, ", ") + "."}
		}
	}
	if limits.Media[c.Kind].NoCaption && c.Text != "" {
		return &Refusal{Code: "caption_unsupported", Pointer: "/text", Detail: "On this channel no text goes with a message of kind " + string(c.Kind) + ".",
			Hint: "Send the text as a message of its own."}
	}
	return tooLong("/text", "caption", c.Text, limits.Caption)
}

// hasType compares MIME types without their parameters.
func hasType(types []string, t string) bool {
	t, _, _ = strings.Cut(t, ";")
	for _, want := range types {
		if strings.EqualFold(strings.TrimSpace(t), want) {
			return true
		}
	}
	return false
}

func fitLocation(l *Location) *Refusal {
	if l == nil {
		return missingPayload()
	}
	// Written so that NaN is out of range as well.
	if !(l.Latitude >= -90 && l.Latitude <= 90) {
		return &Refusal{Code: "out_of_range", Pointer: "/payload/latitude", Detail: "The latitude must lie between -90 and 90 degrees.", Limit: 90}
	}
	if !(l.Longitude >= -180 && l.Longitude <= 180) {
		return &Refusal{Code: "out_of_range", Pointer: "/payload/longitude", Detail: "The longitude must lie between -180 and 180 degrees.", Limit: 180}
	}
	return nil
}

func missingPayload() *Refusal {
	return &Refusal{Code: "required", Pointer: "/payload", Detail: "The payload is missing."}
}

func fitContacts(cards []ContactCard, limits Limits) *Refusal {
	if len(cards) == 0 {
		return &Refusal{Code: "required", Pointer: "/payload/contacts", Detail: "There is no contact to send."}
	}
	if r := tooMany("/payload/contacts", "contacts", len(cards), limits.Contacts); r != nil {
		return r
	}
	for i, c := range cards {
		p := "/payload/contacts/" + strconv.Itoa(i)
		if r := required(p+"/name/formatted_name", "name", c.Name.FormattedName); r != nil {
			return r
		}
		for j, u := range c.URLs {
			if _, err := url.Parse(u.URL); err != nil {
				return &Refusal{Code: "invalid", Pointer: p + "/urls/" + strconv.Itoa(j) + "/url", Detail: "The link is not a URL."}
			}
		}
	}
	return nil
}

func fitTemplate(t *TemplateCall) *Refusal {
	if t == nil {
		return missingPayload()
	}
	if r := all(required("/payload/name", "template name", t.Name), required("/payload/language", "language", t.Language)); r != nil {
		return r
	}
	for i, c := range t.Components {
		if s := strings.TrimSpace(string(c)); !strings.HasPrefix(s, "{") {
			return &Refusal{Code: "invalid", Pointer: "/payload/components/" + strconv.Itoa(i), Detail: "A component must be an object."}
		}
	}
	return nil
}

// leastOptions: fewer answers are no choice.
const leastOptions = 2

func fitPoll(p *PollBody, limits Limits) *Refusal {
	if p == nil {
		return missingPayload()
	}
	r := all(required("/payload/question", "question", p.Question), tooLong("/payload/question", "question", p.Question, limits.PollQuestion),
		tooMany("/payload/options", "answers", len(p.Options), limits.PollOptions))
	if r != nil {
		return r
	}
	if len(p.Options) < leastOptions {
		return &Refusal{Code: "required", Pointer: "/payload/options", Detail: "A poll needs at least two answers.", Limit: leastOptions}
	}
	seen := map[string]bool{}
	for i, o := range p.Options {
		at := "/payload/options/" + strconv.Itoa(i) + "/text"
		if r := all(required(at, "answer", o.Text), tooLong(at, "answer", o.Text, limits.PollOption), unique(at, "text", o.Text, seen)); r != nil {
			return r
		}
	}
	return nil
}

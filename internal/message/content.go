// Package message is the vocabulary both sides of Switchboard speak: what a
// message can hold, what a provider can report about one, and what a channel
// type is able to carry. It is pure: it reads no clock, opens nothing and
// imports the standard library only.
package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Kind says what a message is. The values are fixed by the API contract.
type Kind string

// The kinds a message can have. Note and Event are internal and never cross
// the gateway.
const (
	Text        Kind = "text"
	Image       Kind = "image"
	Audio       Kind = "audio"
	Video       Kind = "video"
	Document    Kind = "document"
	Sticker     Kind = "sticker"
	Locations   Kind = "location"
	Contacts    Kind = "contacts"
	Interactive Kind = "interactive"
	Template    Kind = "template"
	Reaction    Kind = "reaction"
	Poll        Kind = "poll"
	Note        Kind = "note"
	Event       Kind = "event"
	Unsupported Kind = "unsupported"
)

// Kinds lists every kind, in the order the documentation shows them.
var Kinds = []Kind{Text, Image, Audio, Video, Document, Sticker, Locations, Contacts,
	Interactive, Template, Reaction, Poll, Note, Event, Unsupported}

// Content is what a message says, independent of any provider. Text is the
// body, the caption of media, the question of an interactive message or the
// emoji of a reaction. Of the pointers at most the one that belongs to Kind is
// set.
type Content struct {
	Kind        Kind
	Text        string
	Media       []Media
	Location    *Location
	Contacts    []ContactCard
	Interactive *InteractiveBody
	Template    *TemplateCall
	Poll        *PollBody
	Unsupported *UnsupportedBody
	// Extra holds further facts the provider sent along (referral, forwarded,
	// order, …), stored beside the payload and shown, never interpreted.
	Extra map[string]any
}

// Media refers to one file. Until it is downloaded only the provider's
// reference is known.
type Media struct {
	ID         string `json:"id,omitempty"`          // our own id, empty until stored
	ProviderID string `json:"provider_id,omitempty"` // how the provider names it
	URL        string `json:"url,omitempty"`         // where the provider offers it, short-lived
	Kind       Kind   `json:"kind"`
	MIMEType   string `json:"mime_type,omitempty"` // as the provider claims; never trusted for display
	FileName   string `json:"file_name,omitempty"` // as the sender named it; never used as a path
	Size       int64  `json:"size,omitempty"`      // bytes
	SHA256     string `json:"sha256,omitempty"`    // hex
	Voice      bool   `json:"voice,omitempty"`
	Animated   bool   `json:"animated,omitempty"`
	Width      int    `json:"width,omitempty"`    // pixels
	Height     int    `json:"height,omitempty"`   // pixels
	Duration   int64  `json:"duration,omitempty"` // milliseconds, of audio and video
	Part       int64  `json:"part,omitempty"`     // files of one message are shown in this order
	Error      string `json:"error,omitempty"`    // why the provider could not hand it over
	State      string `json:"state,omitempty"`    // remote, until files are downloaded
}

// Location is a point on the map, degrees WGS 84.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
	URL       string  `json:"url,omitempty"`
}

// ContactCard is one visiting card. Field names follow vCard usage of chat
// platforms.
type ContactCard struct {
	Name      ContactName    `json:"name"`
	Phones    []ContactPhone `json:"phones,omitempty"`
	Emails    []ContactEmail `json:"emails,omitempty"`
	URLs      []ContactURL   `json:"urls,omitempty"`
	Org       *ContactOrg    `json:"org,omitempty"`
	Addresses []ContactPlace `json:"addresses,omitempty"`
	Birthday  string         `json:"birthday,omitempty"` // YYYY-MM-DD
	Origin    string         `json:"origin,omitempty"`
}

// ContactName names the person on a card; FormattedName is what is shown.
type ContactName struct {
	FormattedName string `json:"formatted_name"`
	FirstName     string `json:"first_name,omitempty"`
	LastName      string `json:"last_name,omitempty"`
	MiddleName    string `json:"middle_name,omitempty"`
	Prefix        string `json:"prefix,omitempty"`
	Suffix        string `json:"suffix,omitempty"`
}

// ContactPhone is a number on a card. WaID is set when the provider knows it.
type ContactPhone struct {
	Phone string `json:"phone,omitempty"`
	Type  string `json:"type,omitempty"`
	WaID  string `json:"wa_id,omitempty"`
}

// ContactEmail is a mail address on a card.
type ContactEmail struct {
	Email string `json:"email,omitempty"`
	Type  string `json:"type,omitempty"`
}

// ContactURL is a link on a card.
type ContactURL struct {
	URL  string `json:"url,omitempty"`
	Type string `json:"type,omitempty"`
}

// ContactOrg is the employer on a card.
type ContactOrg struct {
	Company    string `json:"company,omitempty"`
	Department string `json:"department,omitempty"`
	Title      string `json:"title,omitempty"`
}

// ContactPlace is a postal address on a card.
type ContactPlace struct {
	Street      string `json:"street,omitempty"`
	City        string `json:"city,omitempty"`
	State       string `json:"state,omitempty"`
	Zip         string `json:"zip,omitempty"`
	Country     string `json:"country,omitempty"`
	CountryCode string `json:"country_code,omitempty"`
	Type        string `json:"type,omitempty"`
}

// InteractiveBody is a question with answers to tap, or the answer tapped.
// Type is "button" or "list" for questions; "button_reply", "list_reply",
// "button" (template button) or "flow_reply" for answers, which use ID, Title,
// Description and Data.
type InteractiveBody struct {
	Type     string          `json:"type"`
	Header   string          `json:"header,omitempty"`
	Footer   string          `json:"footer,omitempty"`
	Buttons  []Button        `json:"buttons,omitempty"`
	Button   string          `json:"button,omitempty"` // label that opens a list
	Sections []Section       `json:"sections,omitempty"`
	ID       string          `json:"id,omitempty"`
	Title    string          `json:"title,omitempty"`
	Descr    string          `json:"description,omitempty"`
	Data     json.RawMessage `json:"data,omitempty"`
}

// Button is one answer to tap.
type Button struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Section groups the rows of a list.
type Section struct {
	Title string `json:"title,omitempty"`
	Rows  []Row  `json:"rows"`
}

// Row is one entry of a list.
type Row struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Descr string `json:"description,omitempty"`
}

// PollBody is a question with answers to vote for, and how the vote stands.
type PollBody struct {
	Question string       `json:"question"`
	Options  []PollOption `json:"options"`
	Multiple bool         `json:"multiple,omitempty"` // several answers allowed
	Closed   bool         `json:"closed,omitempty"`   // no more votes
}

// PollOption is one answer of a poll.
type PollOption struct {
	Text  string `json:"text"`
	Votes int    `json:"votes,omitempty"`
}

// TemplateCall names an approved template and fills it. Components are passed
// to the provider as they are.
type TemplateCall struct {
	Name       string            `json:"name"`
	Language   string            `json:"language"`
	Components []json.RawMessage `json:"components,omitempty"`
}

// UnsupportedBody keeps what cannot be shown: the provider's own type word,
// the raw element and the provider's reasons.
type UnsupportedBody struct {
	Type   string          `json:"type,omitempty"`
	Raw    json.RawMessage `json:"raw,omitempty"`
	Errors []ProviderError `json:"errors,omitempty"`
}

// ProviderError is a reason in the provider's own words.
type ProviderError struct {
	Code   string `json:"code,omitempty"`
	Title  string `json:"title,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// Payload renders the kind's own part as the JSON object that the database and
// the API hold; null when there is nothing beside the text.
func (c Content) Payload() (json.RawMessage, error) {
	var part any
	switch {
	case c.Location != nil:
		part = c.Location
	case len(c.Contacts) > 0:
		part = struct {
			Contacts []ContactCard `json:"contacts"`
		}{c.Contacts}
	case c.Interactive != nil:
		part = c.Interactive
	case c.Template != nil:
		part = c.Template
	case c.Poll != nil:
		part = c.Poll
	case c.Unsupported != nil:
		part = c.Unsupported
	case len(c.Extra) == 0:
		return nil, nil
	default:
		part = struct{}{}
	}
	raw, err := json.Marshal(part)
	if err != nil || len(c.Extra) == 0 {
		return raw, err
	}
	extra, err := json.Marshal(c.Extra)
	if err != nil {
		return nil, err
	}
	if string(raw) == "{}" {
		return extra, nil
	}
	return json.RawMessage(string(raw[:len(raw)-1]) + "," + string(extra[1:])), nil
}

// ParseContent reads a payload as Payload renders it, for a message of the
// given kind and text. Unknown members are refused so that a misspelt field is
// not silently lost.
func ParseContent(kind Kind, text string, payload json.RawMessage) (Content, error) {
	c := Content{Kind: kind, Text: text}
	var into any
	var lat, long *float64
	switch kind {
	case Locations:
		c.Location = &Location{}
		into = &struct {
			Latitude  **float64 `json:"latitude"`
			Longitude **float64 `json:"longitude"`
			Name      *string   `json:"name"`
			Address   *string   `json:"address"`
			URL       *string   `json:"url"`
		}{&lat, &long, &c.Location.Name, &c.Location.Address, &c.Location.URL}
	case Contacts:
		into = &struct {
			Contacts *[]ContactCard `json:"contacts"`
		}{&c.Contacts}
	case Interactive:
		c.Interactive = &InteractiveBody{}
		into = c.Interactive
	case Template:
		c.Template = &TemplateCall{}
		into = c.Template
	case Poll:
		c.Poll = &PollBody{}
		into = c.Poll
	case Reaction:
		r := struct {
			Emoji *string `json:"emoji"`
		}{&c.Text}
		into = &r
	default:
		return c, nil
	}
	if len(payload) == 0 || string(payload) == "null" {
		if kind == Reaction {
			return c, nil
		}
		return c, fmt.Errorf("a %s message needs a payload object", kind)
	}
	dec := json.NewDecoder(strings.NewReader(string(payload)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return c, fmt.Errorf("the payload of a %s message is not as described: %w", kind, plain(err))
	}
	if c.Location != nil {
		if lat == nil || long == nil {
			return c, fmt.Errorf("a location needs both latitude and longitude, as numbers")
		}
		c.Location.Latitude, c.Location.Longitude = *lat, *long
	}
	return c, nil
}

// plain rewords an error of the decoder without the names of our types.
func plain(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s is a %s", wrong.Field, wrong.Value)
	}
	return err
}

// Summary is the one line a list shows for the content, without any language:
// text where there is some, otherwise what the payload names.
func (c Content) Summary() string {
	s := c.Text
	switch {
	case s != "":
	case c.Interactive != nil:
		s = c.Interactive.Title
	case c.Location != nil:
		s = c.Location.Name
	case len(c.Contacts) > 0:
		s = c.Contacts[0].Name.FormattedName
	case c.Template != nil:
		s = c.Template.Name
	case c.Poll != nil:
		s = c.Poll.Question
	case len(c.Media) > 0:
		s = c.Media[0].FileName
	}
	return Truncate(strings.Join(strings.Fields(s), " "), 200)
}

// Truncate cuts s to at most n code points, never inside one.
func Truncate(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// Clean makes provider text storable on every engine: invalid UTF-8 becomes
// U+FFFD and NUL is dropped.
func Clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(s, "\x00", "")
}

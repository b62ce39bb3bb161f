package simulator

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of Meta documentation §2.2, in code points: what Meta counts is not
// documented.
const (
	maxText     = 4096
	maxCaption  = 1024
	maxContacts = 257
)

func validateMessage(b *sendBody) *graphError {
	raw := b.parts[b.Type]
	known := map[string]func(json.RawMessage) *graphError{
		"text": validText, "image": validMedia("image"), "video": validMedia("video"), "audio": validMedia("audio"), "document": validMedia("document"),
		"sticker": validMedia("sticker"), "location": validLocation, "contacts": validContacts, "reaction": validReaction, "interactive": validInteractive,
		"template": func(json.RawMessage) *graphError { return nil },
	}
	f := known[b.Type]
	if f == nil {
		return &graphError{code: 100, message: "Param type must be one of {AUDIO, CONTACTS, DOCUMENT, IMAGE, INTERACTIVE, LOCATION, REACTION, STICKER, TEMPLATE, TEXT, VIDEO} - got \"" + b.Type + "\"."}
	}
	if len(raw) == 0 || string(raw) == "null" {
		return &graphError{code: 100, message: "The parameter " + b.Type + " is required."}
	}
	return f(raw)
}

// decode reads a part; a wrong JSON type is an invalid parameter.
func decode(raw json.RawMessage, v any, what string) *graphError {
	if err := json.Unmarshal(raw, v); err != nil {
		return &graphError{code: 100, message: "Invalid parameter", details: "Param " + what + " has a wrong type."}
	}
	return nil
}

func length(what, v string, minimum, maximum int) *graphError {
	n := utf8.RuneCountInString(v)
	switch {
	case n < minimum:
		return missing(what)
	case n > maximum:
		return tooLong(what, maximum)
	}
	return nil
}

func first(list ...*graphError) *graphError {
	for _, e := range list {
		if e != nil {
			return e
		}
	}
	return nil
}

func validText(raw json.RawMessage) *graphError {
	var t struct {
		Body    *string `json:"body"`
		Preview bool    `json:"preview_url"`
	}
	if e := decode(raw, &t, "text"); e != nil {
		return e
	}
	if t.Body == nil || strings.TrimSpace(*t.Body) == "" {
		return missing("text['body']")
	}
	return length("text['body']", *t.Body, 1, maxText)
}

type mediaPart struct {
	ID       string `json:"id"`
	Link     string `json:"link"`
	Caption  string `json:"caption"`
	Filename string `json:"filename"`
	Voice    bool   `json:"voice"`
}

func validMedia(kind string) func(json.RawMessage) *graphError {
	return func(raw json.RawMessage) *graphError {
		var m mediaPart
		if e := decode(raw, &m, kind); e != nil {
			return e
		}
		if (m.ID == "") == (m.Link == "") {
			return invalid("Exactly one of id and link is needed in " + kind + ".")
		}
		if m.Link != "" && checkURL(m.Link) != nil {
			return invalid("Param " + kind + "['link'] is not a valid URL.")
		}
		if m.Caption != "" && (kind == "audio" || kind == "sticker") {
			return invalid("Param caption is not allowed with " + kind + ".")
		}
		return length(kind+"['caption']", m.Caption, 0, maxCaption)
	}
}

// numberOrText is a coordinate: Meta takes numbers and strings.
type numberOrText string

func (n *numberOrText) UnmarshalJSON(b []byte) error {
	*n = numberOrText(strings.Trim(string(b), `"`))
	return nil
}

func validLocation(raw json.RawMessage) *graphError {
	var l struct {
		Latitude  numberOrText `json:"latitude"`
		Longitude numberOrText `json:"longitude"`
	}
	if e := decode(raw, &l, "location"); e != nil {
		return e
	}
	check := func(what string, v numberOrText, limit float64) *graphError {
		if v == "" || v == "null" {
			return missing("location['" + what + "']")
		}
		f, err := strconv.ParseFloat(string(v), 64)
		if err != nil || !(f >= -limit && f <= limit) {
			return invalid("Param location['" + what + "'] is not a coordinate.")
		}
		return nil
	}
	return first(check("latitude", l.Latitude, 90), check("longitude", l.Longitude, 180))
}

func validContacts(raw json.RawMessage) *graphError {
	var list []struct {
		Name map[string]any `json:"name"`
	}
	if e := decode(raw, &list, "contacts"); e != nil {
		return e
	}
	if len(list) == 0 || len(list) > maxContacts {
		return invalid("contacts must hold 1 to 257 contacts.")
	}
	for _, c := range list {
		if s, _ := c.Name["formatted_name"].(string); s == "" {
			return missing("contacts['name']['formatted_name']")
		}
		if len(c.Name) < 2 {
			return missing("contacts['name'] with one more part than formatted_name")
		}
	}
	return nil
}

func validReaction(raw json.RawMessage) *graphError {
	var r struct {
		MessageID string  `json:"message_id"`
		Emoji     *string `json:"emoji"`
	}
	if e := decode(raw, &r, "reaction"); e != nil {
		return e
	}
	if r.MessageID == "" {
		return missing("reaction['message_id']")
	}
	if r.Emoji == nil {
		return missing("reaction['emoji']")
	}
	if utf8.RuneCountInString(*r.Emoji) > 12 || strings.ContainsAny(*r.Emoji, "abcdefghijklmnopqrstuvwxyz ") {
		return invalid("Param reaction['emoji'] is not one emoji.")
	}
	return nil
}

func validInteractive(raw json.RawMessage) *graphError {
	type text struct {
		Text string `json:"text"`
	}
	var it struct {
		Type   string `json:"type"`
		Header *struct {
			Type     string          `json:"type"`
			Text     string          `json:"text"`
			Image    json.RawMessage `json:"image"`
			Video    json.RawMessage `json:"video"`
			Document json.RawMessage `json:"document"`
		} `json:"header"`
		Body   *text `json:"body"`
		Footer *text `json:"footer"`
		Action *struct {
			Name    string `json:"name"`
			Button  string `json:"button"`
			Buttons []struct {
				Type  string `json:"type"`
				Reply struct {
					ID    string `json:"id"`
					Title string `json:"title"`
				} `json:"reply"`
			} `json:"buttons"`
			Sections []struct {
				Title string `json:"title"`
				Rows  []struct {
					ID          string `json:"id"`
					Title       string `json:"title"`
					Description string `json:"description"`
				} `json:"rows"`
			} `json:"sections"`
			Parameters map[string]any `json:"parameters"`
		} `json:"action"`
	}
	if e := decode(raw, &it, "interactive"); e != nil {
		return e
	}
	if it.Action == nil {
		return missing("interactive['action']")
	}
	bodyMax := 1024
	if it.Type == "list" {
		bodyMax = 4096
	}
	switch it.Type {
	case "button", "list", "cta_url", "location_request_message", "request_contact_info", "flow":
	case "":
		return missing("interactive['type']")
	default:
		return invalid("interactive type " + it.Type + " is not simulated.")
	}
	if it.Body == nil {
		return missing("interactive['body']")
	}
	if e := length("interactive['body']['text']", it.Body.Text, 1, bodyMax); e != nil {
		return e
	}
	if it.Footer != nil {
		if e := length("interactive['footer']['text']", it.Footer.Text, 1, 60); e != nil {
			return e
		}
	}
	if h := it.Header; h != nil {
		switch {
		case it.Type == "location_request_message" || it.Type == "request_contact_info":
			return invalid("header is not allowed with " + it.Type + ".")
		case h.Type == "text":
			if e := length("interactive['header']['text']", h.Text, 1, 60); e != nil {
				return e
			}
		case it.Type == "list":
			return invalid("A list takes only a text header.")
		case h.Type == "image" && h.Image != nil:
			if e := validMedia("image")(h.Image); e != nil {
				return e
			}
		case h.Type == "video" && h.Video != nil:
			if e := validMedia("video")(h.Video); e != nil {
				return e
			}
		case h.Type == "document" && h.Document != nil:
			if e := validMedia("document")(h.Document); e != nil {
				return e
			}
		default:
			return invalid("interactive['header'] must be text, image, video or document with its part.")
		}
	}
	param := func(key string) string { v, _ := it.Action.Parameters[key].(string); return v }
	switch it.Type {
	case "button":
		bs := it.Action.Buttons
		if len(bs) < 1 || len(bs) > 3 {
			return invalid("interactive['action']['buttons'] must hold 1 to 3 buttons.")
		}
		ids, titles := map[string]bool{}, map[string]bool{}
		for _, b := range bs {
			if b.Type != "reply" {
				return invalid("A button must have type reply.")
			}
			if e := first(length("button['reply']['id']", b.Reply.ID, 1, 256), length("button['reply']['title']", b.Reply.Title, 1, 20)); e != nil {
				return e
			}
			if ids[b.Reply.ID] || titles[b.Reply.Title] {
				return invalid("Duplicate button id or title.")
			}
			ids[b.Reply.ID], titles[b.Reply.Title] = true, true
		}
	case "list":
		if e := length("interactive['action']['button']", it.Action.Button, 1, 20); e != nil {
			return e
		}
		secs := it.Action.Sections
		if len(secs) < 1 || len(secs) > 10 {
			return invalid("interactive['action']['sections'] must hold 1 to 10 sections.")
		}
		rows, ids := 0, map[string]bool{}
		for _, sec := range secs {
			need := 0
			if len(secs) > 1 {
				need = 1
			}
			if e := length("section['title']", sec.Title, need, 24); e != nil {
				return e
			}
			if len(sec.Rows) == 0 {
				return invalid("A section needs at least one row.")
			}
			for _, r := range sec.Rows {
				if e := first(length("row['id']", r.ID, 1, 200), length("row['title']", r.Title, 1, 24), length("row['description']", r.Description, 0, 72)); e != nil {
					return e
				}
				if ids[r.ID] {
					return invalid("Duplicate row id.")
				}
				ids[r.ID] = true
				rows++
			}
		}
		if rows > 10 {
			return invalid("A list holds at most 10 rows in total.")
		}
	case "cta_url":
		if e := length("parameters['display_text']", param("display_text"), 1, 20); e != nil {
			return e
		}
		if u, err := url.Parse(param("url")); err != nil || u.Host == "" {
			return invalid("parameters['url'] is not a valid URL.")
		}
	case "location_request_message":
		if it.Action.Name != "send_location" {
			return invalid("interactive['action']['name'] must be send_location.")
		}
	case "request_contact_info":
		if it.Action.Name != "request_contact_info" {
			return invalid("interactive['action']['name'] must be request_contact_info.")
		}
	case "flow":
		if it.Action.Name != "flow" || param("flow_cta") == "" || param("flow_id") == "" && param("flow_name") == "" {
			return invalid("A flow needs flow_cta and flow_id or flow_name.")
		}
	}
	return nil
}

package simulator

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Inbound is what a visitor sends. Only the fields of its kind are used; what
// is left out is filled with a sensible sample.
type Inbound struct {
	// Visitor: wa_id or BSUID of a known visitor, a new number, or "" for a
	// fresh stranger.
	Visitor string `json:"visitor"`
	// As is who of a group writes; "" = its first member.
	As string `json:"as,omitempty"`
	// Name for a visitor that does not exist yet.
	Name string `json:"name,omitempty"`
	// Kind is one of InboundKinds; default "text".
	Kind string `json:"kind"`
	// Count sends that many messages (text gets a running number); at most
	// 10,000. Batch puts up to that many messages, Entries that many entries,
	// into one POST (Meta documentation: §1.2, up to 1,000 updates).
	Count   int `json:"count,omitempty"`
	Batch   int `json:"batch,omitempty"`
	Entries int `json:"entries,omitempty"`
	// Strangers makes every message of Count come from a new visitor.
	Strangers bool `json:"strangers,omitempty"`
	// At is the message's timestamp; default now.
	At time.Time `json:"at,omitzero"`
	// ID forces the message id (only with Count 1), e.g. to play a duplicate
	// with other content.
	ID string `json:"id,omitempty"`

	Text string `json:"text,omitempty"` // body or caption
	// ReplyTo quotes a message. Forwarded: "once" or "many".
	ReplyTo   string `json:"reply_to,omitempty"`
	Forwarded string `json:"forwarded,omitempty"`
	// Referral: true adds a click-to-WhatsApp advertisement.
	Referral bool `json:"referral,omitempty"`

	// Media: Data (base64 in JSON) with MIME and Filename, or samples.
	Data     []byte `json:"data,omitempty"`
	MIME     string `json:"mime_type,omitempty"`
	Filename string `json:"filename,omitempty"`
	Voice    *bool  `json:"voice,omitempty"` // audio: default true
	// MediaError sends the media as undownloadable (131052, no id).
	MediaError bool `json:"media_error,omitempty"`

	Latitude  *float64 `json:"latitude,omitempty"`
	Longitude *float64 `json:"longitude,omitempty"`
	PlaceName string   `json:"place_name,omitempty"`
	Address   string   `json:"address,omitempty"`

	// Target is the message a reaction, edit or revoke is about. Emoji ""
	// removes a reaction.
	Target string `json:"target,omitempty"`
	Emoji  string `json:"emoji,omitempty"`

	// ReplyID, Title, Description of a button_reply, list_reply or button.
	ReplyID     string `json:"reply_id,omitempty"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`

	// Options of a poll, or the places chosen in a vote.
	Options []string `json:"options,omitempty"`
	Chosen  []int    `json:"chosen,omitempty"`
	// Parts is how many pictures an album has; default 3.
	Parts int `json:"parts,omitempty"`

	// NewNumber is the new wa_id of a number_change.
	NewNumber string `json:"new_number,omitempty"`

	// Message is the type-specific part for kind "custom", merged into the
	// message object: {"type":"poll","poll":{…}}. For contacts, order, flow it
	// replaces the sample.
	Message json.RawMessage `json:"message,omitempty"`

	// Kind "field": any other webhook field with its value.
	Field string          `json:"field,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`

	// Kind "raw": exactly these bytes as the body. Signature replaces the
	// right one, to play a forger.
	RawBody   string `json:"raw_body,omitempty"`
	Signature string `json:"signature,omitempty"`
}

// InboundKinds are the kinds of Inbound (Meta documentation: §2.7).
var InboundKinds = []string{"text", "image", "video", "audio", "document", "sticker", "location", "contacts", "button_reply", "list_reply",
	"flow_reply", "button", "reaction", "order", "system", "number_change", "unsupported", "edit", "revoke", "opt_out", "opt_in",
	"custom", "field", "raw"}

// Issued names what an inbound call set on its way.
type Issued struct {
	Visitor    string   `json:"visitor,omitempty"`
	MessageIDs []string `json:"message_ids"`
	EventIDs   []string `json:"event_ids"`
	// Undeliverable: nobody is subscribed, so no webhook was sent.
	Undeliverable bool `json:"undeliverable,omitempty"`
}

var bsuid = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$`)

const maxInboundCount = 10_000

// Inbound sends as a visitor. It returns as soon as the webhooks are queued.
// Errors: ErrNotFound, ErrInvalid, ErrFull.
func (s *Simulator) Inbound(accountID string, in Inbound) (Issued, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Issued{}, ErrClosed
	}
	a, err := s.account(accountID)
	if err != nil {
		return Issued{}, err
	}
	keep(&in.Kind, "text")
	if in.At.IsZero() {
		in.At = s.now()
	}
	if err := s.truth.roomForEvents(max(in.Count, 1)); err != nil {
		return Issued{}, err
	}
	return a.provider.inbound(in)
}

// inboundGraph sends as a visitor of a WhatsApp number.
func (s *Simulator) inboundGraph(a *account, in Inbound) (Issued, error) {
	in.Count, in.Batch, in.Entries = max(in.Count, 1), max(in.Batch, 1), max(in.Entries, 1)
	if in.Count > maxInboundCount || in.Batch > 1000 || in.Entries > 1000 {
		return Issued{}, fmt.Errorf("%w: count is at most %d, batch and entries at most 1000", ErrInvalid, maxInboundCount)
	}
	out := Issued{MessageIDs: []string{}, EventIDs: []string{}}
	switch in.Kind {
	case "raw":
		e := s.issue(a, []byte(in.RawBody), "raw", "raw body", []Item{{Kind: "raw"}}, in.Signature)
		out.EventIDs = append(out.EventIDs, e.ID)
		return out, nil
	case "field":
		if in.Field == "" || !json.Valid(in.Value) {
			return out, fmt.Errorf("%w: field needs field and value", ErrInvalid)
		}
		e := s.issueField(a, in.Field, in.Value)
		out.EventIDs = append(out.EventIDs, e.ID)
		return out, nil
	}

	var v *visitor
	var err error
	known := func(id string) (*visitor, error) {
		if bsuid.MatchString(id) {
			return a.findVisitor(id)
		}
		if id != "" {
			d, ok := onlyDigits(id)
			if !ok {
				return nil, fmt.Errorf("%w: visitor must be a phone number or BSUID", ErrInvalid)
			}
			id = d
		}
		had := len(a.visitors)
		w, err := s.visitor(a, id, in.Name)
		if err == nil && len(a.visitors) != had {
			s.hub.publish("visitors", a.ID, "", struct{}{})
		}
		return w, err
	}
	if v, err = known(in.Visitor); err != nil {
		return out, err
	}
	out.Visitor = v.ID

	if in.Kind == "opt_out" || in.Kind == "opt_in" {
		e := s.preference(a, v, in.Kind == "opt_out")
		out.EventIDs = append(out.EventIDs, e.ID)
		out.Undeliverable = e.State == EventUndeliverable
		return out, nil
	}

	var packed []built
	flush := func() error {
		if len(packed) == 0 {
			return nil
		}
		e, err := s.issueMessages(a, packed, in)
		packed = nil
		if err == nil {
			out.EventIDs = append(out.EventIDs, e.ID)
			out.Undeliverable = e.State == EventUndeliverable
		}
		return err
	}
	for i := range in.Count {
		one := in
		if in.Count > 1 && in.Kind == "text" {
			one.Text = strings.TrimSpace(fmt.Sprintf("%s %d", orDefault(in.Text, "Message"), i+1))
		}
		if i > 0 && in.Strangers {
			if v, err = known(""); err != nil {
				return out, err
			}
		}
		b, err := s.build(a, v, one)
		if err != nil {
			return out, err
		}
		packed = append(packed, b)
		out.MessageIDs = append(out.MessageIDs, b.item.MessageID)
		if len(packed) >= in.Batch*in.Entries {
			if err := flush(); err != nil {
				return out, err
			}
		}
	}
	if err := flush(); err != nil {
		return out, err
	}
	s.hub.publish("visitors", a.ID, "", struct{}{})
	return out, nil
}

type built struct {
	visitor *visitor
	message object
	contact bool // whether contacts[] comes along
	item    Item
}

// issueMessages packs messages into entries and values. Messages of different
// visitors share a value, as contacts[] is matched by wa_id (§2.6).
func (s *Simulator) issueMessages(a *account, list []built, in Inbound) (*Event, error) {
	var entries []any
	per := max((len(list)+in.Entries-1)/in.Entries, 1)
	items := make([]Item, 0, len(list))
	for len(list) > 0 {
		n := min(per, len(list))
		part := list[:n]
		list = list[n:]
		var contacts, messages []any
		seen := map[string]bool{}
		for _, b := range part {
			messages = append(messages, b.message)
			items = append(items, b.item)
			if b.contact && !seen[b.visitor.ID] {
				seen[b.visitor.ID] = true
				contacts = append(contacts, contactOf(b.visitor))
			}
		}
		value := object{"messaging_product", "whatsapp", "metadata", a.metadata()}
		if len(contacts) > 0 {
			value = append(value, "contacts", contacts)
		}
		value = append(value, "messages", messages)
		entries = append(entries, object{"id", a.WABAID, "changes", []any{object{"field", "messages", "value", value}}})
	}
	body, err := metaJSON(object{"object", "whatsapp_business_account", "entry", entries})
	if err != nil {
		return nil, err
	}
	note := items[0].Type
	if len(items) > 1 {
		note = fmt.Sprintf("%d messages", len(items))
	}
	return s.issue(a, body, items[0].Visitor, note, items, in.Signature), nil
}

func contactOf(v *visitor) object {
	p := object{"name", v.Name}.opt("username", v.Username)
	c := object{"profile", p}
	if !v.HideNumber {
		c = append(c, "wa_id", v.WaID)
	}
	return append(c, "user_id", v.UserID)
}

// build makes the message object and the phone's line for one message.
func (s *Simulator) build(a *account, v *visitor, in Inbound) (built, error) {
	id := in.ID
	if id == "" || in.Count > 1 {
		id = s.wamid(v.WaID, false)
	}
	m := object{}
	if in.ReplyTo != "" || in.Forwarded != "" {
		c := object{}
		switch in.Forwarded {
		case "":
			c = object{"from", s.authorOf(a, v, in.ReplyTo), "id", in.ReplyTo}
		case "once":
			c = append(c, "forwarded", true)
		case "many":
			c = append(c, "frequently_forwarded", true)
		default:
			return built{}, fmt.Errorf(`%w: forwarded is "once" or "many"`, ErrInvalid)
		}
		m = append(m, "context", c)
	}
	if !v.HideNumber {
		m = append(m, "from", v.WaID)
	}
	m = append(m, "from_user_id", v.UserID, "id", id, "timestamp", unixText(in.At))
	if in.Referral {
		m = append(m, "referral", object{"source_url", "https://fb.me/invented1", "source_id", "120000000000000091", "source_type", "ad",
			"body", "Autumn sale", "headline", "Chat with us", "media_type", "image", "image_url", "https://scontent.example/ad.jpg",
			"thumbnail_url", "https://scontent.example/ad-small.jpg", "ctwa_clid", "AfInventedClickId", "welcome_message", object{"text", "Hi! How can we help?"}})
	}
	line := &ChatMessage{ID: id, From: "visitor", Type: in.Kind, At: in.At, Text: in.Text, Status: "sent", ReplyTo: in.ReplyTo}
	b := built{visitor: v, contact: true, item: Item{MessageID: id, Kind: "message", Type: in.Kind, Visitor: v.ID}}
	part, err := s.part(a, v, in, line, &b)
	if err != nil {
		return built{}, err
	}
	b.message = append(m, part...)
	a.in[id] = v
	if in.Kind != "system" && in.Kind != "number_change" && in.At.After(v.LastInbound) {
		v.LastInbound = in.At
	}
	if line.ID != "" {
		s.addLine(a, v, line)
	}
	return b, nil
}

// authorOf fills context.from: the author of the quoted message.
func (s *Simulator) authorOf(a *account, v *visitor, id string) string {
	if a.in[id] != nil {
		return v.WaID
	}
	d, _ := onlyDigits(a.DisplayPhoneNumber)
	return d
}

// part is the type-specific part of a message (Meta documentation: §2.7).
func (s *Simulator) part(a *account, v *visitor, in Inbound, line *ChatMessage, b *built) (object, error) {
	show := func(o any) { line.Payload, _ = plainJSON(o) }
	switch in.Kind {
	case "text":
		in.Text = orDefault(in.Text, "Hello!")
		line.Text = in.Text
		return object{"type", "text", "text", object{"body", in.Text}}, nil

	case "image", "video", "audio", "document", "sticker":
		return s.mediaPart(a, v, in, line)

	case "location":
		lat, lon := 38.7139, -9.1394
		keepTogether := in.Latitude != nil && in.Longitude != nil
		if keepTogether {
			lat, lon = *in.Latitude, *in.Longitude
		} else {
			in.PlaceName, in.Address = orDefault(in.PlaceName, "Largo do Carmo"), orDefault(in.Address, "1200-092 Lisboa, Portugal")
		}
		l := object{"latitude", lat, "longitude", lon}.opt("name", in.PlaceName).opt("address", in.Address)
		show(l)
		return object{"type", "location", "location", l}, nil

	case "contacts":
		var c any = []any{object{"name", object{"formatted_name", "Mara Okafor", "first_name", "Mara", "last_name", "Okafor"},
			"org", object{"company", "Nordlicht GmbH"}, "phones", []any{object{"phone", "+1 202-555-0188", "wa_id", "12025550188", "type", "CELL"}}}}
		if in.Message != nil {
			c = in.Message
		}
		show(c)
		return object{"type", "contacts", "contacts", c}, nil

	case "button_reply", "list_reply":
		if in.ReplyID == "" || in.Title == "" {
			return nil, fmt.Errorf("%w: %s needs reply_id and title", ErrInvalid, in.Kind)
		}
		line.Text = in.Title
		r := object{"id", in.ReplyID, "title", in.Title}
		if in.Kind == "list_reply" {
			r = r.opt("description", in.Description)
		}
		b.item.Type = "interactive"
		return object{"type", "interactive", "interactive", object{"type", in.Kind, in.Kind, r}}, nil

	case "flow_reply":
		var r any = object{"name", "flow", "body", "Sent", "response_json", `{"flow_token":"visit-77","slot":"10:00"}`}
		if in.Message != nil {
			r = in.Message
		}
		line.Text = orDefault(in.Text, "Form sent")
		b.item.Type = "interactive"
		return object{"type", "interactive", "interactive", object{"type", "nfm_reply", "nfm_reply", r}}, nil

	case "button":
		in.Title = orDefault(in.Title, in.Text)
		if in.Title == "" {
			return nil, fmt.Errorf("%w: button needs title", ErrInvalid)
		}
		line.Text = in.Title
		return object{"type", "button", "button", object{"payload", orDefault(in.ReplyID, in.Title), "text", in.Title}}, nil

	case "reaction":
		if in.Target == "" {
			return nil, fmt.Errorf("%w: reaction needs target", ErrInvalid)
		}
		s.react(a, v, in.Target, "visitor", in.Emoji)
		line.ID = ""
		return object{"type", "reaction", "reaction", object{"message_id", in.Target}.opt("emoji", in.Emoji)}, nil

	case "order":
		var o any = object{"catalog_id", "870000000000001", "text", orDefault(in.Text, "Both in brass, please"), "product_items",
			[]any{object{"product_retailer_id", "halo-pendant", "quantity", 2, "item_price", 149.5, "currency", "EUR"},
				object{"product_retailer_id", "dimmer", "quantity", 1, "item_price", 29, "currency", "EUR"}}}
		if in.Message != nil {
			o = in.Message
		}
		show(o)
		return object{"type", "order", "order", o}, nil

	case "system", "number_change":
		b.contact = false
		b.item.Type = "system"
		line.ID = ""
		nw := in.NewNumber
		if nw == "" {
			nw = s.digits(v.WaID[:min(3, len(v.WaID))], len(v.WaID))
		}
		nw, ok := onlyDigits(nw)
		if !ok || a.visitors[nw] != nil {
			return nil, fmt.Errorf("%w: new_number must be a free phone number", ErrInvalid)
		}
		old := v.WaID
		delete(a.visitors, old)
		for i, id := range a.order {
			if id == old {
				a.order[i] = nw
			}
		}
		v.ID, v.WaID = nw, nw
		a.visitors[nw] = v
		b.item.Visitor = nw
		s.addNote(a, v, "Changed number to +"+nw)
		return object{"type", "system", "system", object{"type", "user_changed_number",
			"body", fmt.Sprintf("%s changed from %s to %s", v.Name, old, nw), "wa_id", nw}}, nil

	case "unsupported":
		line.Text = orDefault(in.Text, "A poll")
		return object{"type", "unsupported", "errors", []any{object{"code", 131051, "title", "Message type unknown", "message", "Message type unknown",
			"error_data", object{"details", "Message type is currently not supported."}}}, "unsupported", object{"type", "poll"}}, nil

	case "edit":
		if in.Target == "" || in.Text == "" {
			return nil, fmt.Errorf("%w: edit needs target and text", ErrInvalid)
		}
		if t := v.line(in.Target); t != nil {
			t.Text, t.Edited = in.Text, true
			s.showLine(a, v, t)
		}
		line.ID = ""
		return object{"type", "edit", "edit", object{"original_message_id", in.Target, "message",
			object{"type", "text", "text", object{"body", in.Text}}}}, nil

	case "revoke":
		if in.Target == "" {
			return nil, fmt.Errorf("%w: revoke needs target", ErrInvalid)
		}
		if t := v.line(in.Target); t != nil {
			t.Deleted = true
			s.showLine(a, v, t)
		}
		line.ID = ""
		return object{"type", "revoke", "revoke", object{"original_message_id", in.Target}}, nil

	case "custom":
		// A raw message is decoded in order, so that it goes out as it was given.
		pairs, err := orderedPairs(in.Message)
		if err != nil {
			return nil, fmt.Errorf("%w: custom needs message, a JSON object", ErrInvalid)
		}
		line.Text = orDefault(in.Text, "Custom message")
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == "type" {
				_ = json.Unmarshal(pairs[i+1].(json.RawMessage), &b.item.Type)
			}
		}
		return pairs, nil
	}
	return nil, fmt.Errorf("%w: kind must be one of %v", ErrInvalid, InboundKinds)
}

func (s *Simulator) mediaPart(a *account, v *visitor, in Inbound, line *ChatMessage) (object, error) {
	voice := in.Kind == "audio" && (in.Voice == nil || *in.Voice)
	if in.MediaError {
		line.Error = "The file could not be fetched."
		return object{"type", in.Kind, in.Kind, object{"mime_type", orDefault(in.MIME, "application/octet-stream")},
			"errors", []any{object{"code", 131052, "title", "Media download error", "message", "Media download error",
				"error_data", object{"details", "Failed to download the media from the sender."}}}}, nil
	}
	if len(in.Data) == 0 {
		sample := sampleMedia(in.Kind)
		in.Data, in.MIME = sample.data, sample.mime
		keep(&in.Filename, sample.filename)
	}
	if in.MIME == "" {
		return nil, fmt.Errorf("%w: data needs mime_type", ErrInvalid)
	}
	f, err := s.media.add(s, a, in.Data, in.MIME, in.Filename, false)
	if err != nil {
		return nil, err
	}
	o := object{"id", f.id, "mime_type", in.MIME, "sha256", f.sha64}
	switch in.Kind {
	case "audio":
		o = append(o, "voice", voice)
	case "sticker":
		o = append(o, "animated", false)
		in.Text = ""
	case "document":
		o = o.opt("filename", in.Filename)
	}
	if in.Kind != "audio" && in.Kind != "sticker" {
		o = o.opt("caption", in.Text)
	}
	if s.opt.PublicURL != "" {
		o = append(o, "url", s.mediaURL(strings.TrimSuffix(s.opt.PublicURL, "/")+"/whatsapp", f))
	}
	line.Media = &ChatMedia{URL: fileURL(f), MIME: in.MIME, Filename: in.Filename, Voice: voice, Size: len(in.Data)}
	return object{"type", in.Kind, in.Kind, o}, nil
}

// preference is the user_preferences webhook (Meta documentation: §2.10).
func (s *Simulator) preference(a *account, v *visitor, stop bool) *Event {
	v.OptedOut = stop
	value, detail, note := "resume", "User requested to resume marketing messages", "You get offers from this business again."
	if stop {
		value, detail, note = "stop", "User requested to stop marketing messages", "You stopped offers from this business."
	}
	s.addNote(a, v, note)
	p := object{"detail", detail, "category", "marketing_messages", "value", value, "timestamp", s.now().Unix()}
	if !v.HideNumber {
		p = append(object{"wa_id", v.WaID}, p...)
	}
	body, _ := metaJSON(envelope(a, object{"field", "user_preferences", "value", object{"messaging_product", "whatsapp", "metadata", a.metadata(),
		"contacts", []any{contactOf(v)}, "user_preferences", []any{p}}}))
	return s.issue(a, body, v.ID, "preference "+value, []Item{{Kind: "user_preferences", Status: value, Visitor: v.ID}}, "")
}

// issueField sends any account-level field (Meta documentation: §2.10).
func (s *Simulator) issueField(a *account, field string, value any) *Event {
	body, _ := metaJSON(object{"object", "whatsapp_business_account", "entry", []any{object{"id", a.WABAID, "time", s.now().Unix(),
		"changes", []any{object{"field", field, "value", value}}}}})
	return s.issue(a, body, field, field, []Item{{Kind: field}}, "")
}

// orderedPairs splits a JSON object into key, raw value, key, raw value.
func orderedPairs(raw []byte) (object, error) {
	d := json.NewDecoder(newReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, ErrInvalid
	}
	var o object
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, err
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		o = append(o, k.(string), v)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	return o, nil
}

func orDefault(v, d string) string {
	if v == "" {
		return d
	}
	return v
}

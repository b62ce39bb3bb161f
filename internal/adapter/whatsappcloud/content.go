package whatsappcloud

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// errNeedRaw asks for the raw element: only the careful pass has it at hand.
var errNeedRaw = errors.New("raw element needed")

// content translates what a message says (Meta: Webhooks › messages, one page
// per type). raw is the element itself, nil in the quick pass.
func (w *wireContent) content(raw []byte) (message.Content, error) {
	c := message.Content{}
	switch {
	case w.Type == "text" && w.Text != nil:
		c.Kind, c.Text = message.Text, message.Clean(w.Text.Body)
	case w.Type == "image" && w.Image != nil:
		c = w.media(message.Image, w.Image)
	case w.Type == "video" && w.Video != nil:
		c = w.media(message.Video, w.Video)
	case w.Type == "audio" && w.Audio != nil:
		c = w.media(message.Audio, w.Audio)
	case w.Type == "voice" && w.Voice != nil: // older gateways
		w.Voice.Voice = true
		c = w.media(message.Audio, w.Voice)
	case w.Type == "document" && w.Document != nil:
		c = w.media(message.Document, w.Document)
	case w.Type == "sticker" && w.Sticker != nil:
		c = w.media(message.Sticker, w.Sticker)
	case mediaKind(w.Type) != "" && len(w.Errors) > 0: // announced, but Meta has not got it
		c = w.media(mediaKind(w.Type), &wireMedia{})
	case w.Type == "location" && w.Location != nil:
		l := w.Location
		if l.Latitude == nil || l.Longitude == nil {
			return c, errors.New("location: no coordinates")
		}
		c.Kind = message.Locations
		c.Location = &message.Location{Latitude: float64(*l.Latitude), Longitude: float64(*l.Longitude),
			Name: message.Clean(l.Name), Address: message.Clean(l.Address), URL: message.Clean(l.URL)}
	case w.Type == "contacts" && len(w.Contacts) > 0:
		c.Kind, c.Contacts = message.Contacts, cleanCards(w.Contacts)
	case w.Type == "button" && w.Button != nil:
		title := message.Clean(w.Button.Text)
		c.Kind, c.Text = message.Interactive, title
		c.Interactive = &message.InteractiveBody{Type: "button", ID: w.Button.Payload.String(), Title: title}
	case w.Type == "interactive" && w.Interactive.known():
		c = w.Interactive.content()
	case w.Type == "reaction" && w.Reaction != nil:
		c.Kind, c.Text = message.Reaction, message.Clean(w.Reaction.Emoji)
	case w.Type == "order" && len(w.Order) > 0:
		c.Kind, c.Text = message.Text, orderText(w.Order)
		c.Extra = map[string]any{"order": kit.CleanValue(w.Order)}
	default:
		if raw == nil {
			return c, errNeedRaw
		}
		c = w.unsupported(raw)
	}
	w.extra(&c)
	return c, nil
}

func mediaKind(t string) message.Kind {
	switch t {
	case "image", "video", "audio", "document", "sticker":
		return message.Kind(t)
	case "voice":
		return message.Audio
	}
	return ""
}

// media keeps the message also when the file could not be fetched: the reader
// sees that something was sent and why it is missing.
func (w *wireContent) media(kind message.Kind, m *wireMedia) message.Content {
	f := message.Media{Kind: kind, ProviderID: m.ID.String(), URL: message.Clean(m.URL),
		MIMEType: message.Clean(m.MIMEType), FileName: message.Clean(m.FileName), SHA256: digest(m.SHA256),
		Voice: m.Voice, Animated: m.Animated}
	if m.FileSize > 0 && m.FileSize < 1<<53 {
		f.Size = int64(m.FileSize)
	}
	switch {
	case len(w.Errors) > 0:
		e := w.Errors[0].provider()
		f.Error = strings.TrimSpace(e.Code + " " + first2(e.Detail, e.Title))
	case f.ProviderID == "" && f.URL == "":
		f.Error = "no reference to the file"
	default:
		f.State = "remote"
	}
	return message.Content{Kind: kind, Text: message.Clean(m.Caption), Media: []message.Media{f}}
}

// digest gives a SHA-256 as hex. Meta sends base64, in coexistence samples hex.
func digest(s string) string {
	if len(s) == 64 {
		if _, err := hex.DecodeString(s); err == nil {
			return strings.ToLower(s)
		}
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b) != 32 {
		return ""
	}
	return hex.EncodeToString(b)
}

func (i *wireInteractive) known() bool {
	return i != nil && (i.Type == "button_reply" && i.ButtonReply != nil ||
		i.Type == "list_reply" && i.ListReply != nil || i.Type == "nfm_reply" && i.NfmReply != nil)
}

func (i *wireInteractive) content() message.Content {
	body := &message.InteractiveBody{Type: i.Type}
	c := message.Content{Kind: message.Interactive, Interactive: body}
	if i.Type == "nfm_reply" {
		f := i.NfmReply
		body.Type, body.Title, c.Text = "flow_reply", message.Clean(f.Name), message.Clean(f.Body)
		// The answers are JSON inside a string, and not always valid.
		if b := []byte(f.ResponseJSON); json.Valid(b) {
			body.Data = kit.CleanJSON(b)
		} else if f.ResponseJSON != "" {
			c.Extra = map[string]any{"response": message.Truncate(message.Clean(f.ResponseJSON), 4096)}
		}
		return c
	}
	r := i.ButtonReply
	if i.Type == "list_reply" {
		r = i.ListReply
	}
	body.ID, body.Title, body.Descr = r.ID.String(), message.Clean(r.Title), message.Clean(r.Description)
	c.Text = body.Title
	return c
}

// orderText is what the customer wrote, else the items, one a line, in no
// language.
func orderText(raw []byte) string {
	var o wireOrder
	if json.Unmarshal(raw, &o) != nil {
		return ""
	}
	if o.Text != "" {
		return message.Clean(o.Text)
	}
	var b strings.Builder
	for i, it := range o.Items {
		if i == 50 {
			b.WriteString("…")
			break
		}
		b.WriteString(strconv.FormatFloat(float64(it.Quantity), 'f', -1, 64) + " × " + it.ID.String() + "\n")
	}
	return strings.TrimSpace(b.String())
}

// unsupported keeps the raw element, so that it can be shown later when we
// know its type.
func (w *wireContent) unsupported(raw []byte) message.Content {
	u := &message.UnsupportedBody{Type: message.Clean(w.Type), Raw: kit.CleanJSON(raw), Errors: providerErrors(w.Errors)}
	c := message.Content{Kind: message.Unsupported, Unsupported: u}
	switch {
	case w.Unsupported != nil && w.Unsupported.Type != "":
		u.Type = message.Clean(w.Unsupported.Type)
	case w.Type == "interactive" && w.Interactive != nil && w.Interactive.Type != "":
		u.Type = message.Clean(w.Interactive.Type)
	case w.Type == "system" && w.System != nil:
		u.Type, c.Text = message.Clean(w.System.Type), message.Clean(w.System.Body)
	}
	return c
}

// extra adds what Meta sends along with any type.
func (w *wireContent) extra(c *message.Content) {
	put := func(key string, v any) {
		if v == nil {
			return
		}
		if c.Extra == nil {
			c.Extra = map[string]any{}
		}
		c.Extra[key] = v
	}
	if len(w.Referral) > 0 {
		put("referral", kit.CleanValue(w.Referral))
	}
	if x := w.Context; x != nil {
		if x.Forwarded || x.FrequentlyForwarded {
			put("forwarded", true)
		}
		if x.FrequentlyForwarded {
			put("frequently_forwarded", true)
		}
		if len(x.ReferredProduct) > 0 {
			put("referred_product", kit.CleanValue(x.ReferredProduct))
		}
	}
}

func (w *wireContent) replyTo() string {
	if w.Context == nil || len(w.Context.ID) > maxID {
		return ""
	}
	return w.Context.ID.String()
}

// cleanCards cleans every text of visiting cards.
func cleanCards(cards []message.ContactCard) []message.ContactCard {
	for i := range cards {
		c := &cards[i]
		clean(&c.Birthday, &c.Origin, &c.Name.FormattedName, &c.Name.FirstName, &c.Name.LastName,
			&c.Name.MiddleName, &c.Name.Prefix, &c.Name.Suffix)
		for j := range c.Phones {
			p := &c.Phones[j]
			clean(&p.Phone, &p.Type, &p.WaID)
		}
		for j := range c.Emails {
			clean(&c.Emails[j].Email, &c.Emails[j].Type)
		}
		for j := range c.URLs {
			clean(&c.URLs[j].URL, &c.URLs[j].Type)
		}
		if c.Org != nil {
			clean(&c.Org.Company, &c.Org.Department, &c.Org.Title)
		}
		for j := range c.Addresses {
			a := &c.Addresses[j]
			clean(&a.Street, &a.City, &a.State, &a.Zip, &a.Country, &a.CountryCode, &a.Type)
		}
	}
	return cards
}

func clean(texts ...*string) {
	for _, t := range texts {
		*t = message.Clean(*t)
	}
}

func first2(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

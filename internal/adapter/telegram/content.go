package telegram

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"

	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// content translates what a message says; known is false when none of it is of
// a kind we show. The order matters: an animation is also a document, a venue
// also a location.
func (m *wireMessage) content() (c message.Content, known bool) {
	switch {
	case len(m.PaidMedia) > 0:
		return c, false
	case m.Animation != nil:
		c = m.media(message.Video, m.Animation)
		c.Media[0].Animated = true
	case m.Venue != nil:
		c, known = place(m.Venue.Location)
		if !known {
			return c, false
		}
		c.Location.Name, c.Location.Address = message.Clean(m.Venue.Title), message.Clean(m.Venue.Address)
	case len(m.Photo) > 0: // one picture in several sizes
		best := &m.Photo[0]
		for i := range m.Photo {
			if p := &m.Photo[i]; p.Width*p.Height >= best.Width*best.Height {
				best = p
			}
		}
		c = m.media(message.Image, best)
		c.Media[0].MIMEType = "image/jpeg"
	case m.Video != nil:
		c = m.media(message.Video, m.Video)
	case m.Audio != nil:
		c = m.media(message.Audio, m.Audio)
		put(&c, "performer", message.Clean(m.Audio.Performer))
		put(&c, "title", message.Clean(m.Audio.Title))
	case m.Voice != nil:
		c = m.media(message.Audio, m.Voice)
		c.Media[0].Voice = true
	case m.VideoNote != nil:
		c = m.media(message.Video, m.VideoNote)
		c.Media[0].Width, c.Media[0].Height = count(m.VideoNote.Length), count(m.VideoNote.Length)
	case m.Document != nil:
		c = m.media(message.Document, m.Document)
	case m.Sticker != nil:
		c = m.sticker()
	case m.Location != nil:
		if c, known = place(m.Location); !known {
			return c, false
		}
		if m.Location.LivePeriod > 0 {
			put(&c, "live", true)
		}
	case m.Contact != nil:
		c = m.Contact.card()
	case m.Poll != nil:
		c.Kind, c.Poll = message.Poll, m.Poll.body()
	case m.Dice != nil:
		c.Kind = message.Text
		c.Text = message.Clean(m.Dice.Emoji) + " " + strconv.Itoa(count(m.Dice.Value))
		put(&c, "dice", count(m.Dice.Value))
	case m.Text != "":
		c.Kind, c.Text = message.Text, message.Clean(m.Text)
		put(&c, "links", links(m.Text, m.Entities))
	default:
		return c, false
	}
	m.extra(&c)
	return c, true
}

// media keeps what the sender claims of a file; its bytes are fetched later.
func (m *wireMessage) media(kind message.Kind, f *wireFile) message.Content {
	file := message.Media{Kind: kind, ProviderID: f.ID.String(), MIMEType: message.Clean(f.MIMEType), FileName: message.Clean(f.FileName),
		Width: count(f.Width), Height: count(f.Height)}
	if m.MediaGroup != "" {
		file.Part = number(m.ID)
	}
	if f.Size > 0 && f.Size < 1<<53 {
		file.Size = int64(f.Size)
	}
	if f.Duration > 0 && f.Duration < 1<<31 {
		file.Duration = int64(f.Duration * 1000)
	}
	switch {
	case file.ProviderID == "" || len(file.ProviderID) > 512:
		file.ProviderID, file.Error = "", "no reference to the file"
	default:
		file.State = "remote"
	}
	c := message.Content{Kind: kind, Text: message.Clean(m.Caption), Media: []message.Media{file}}
	put(&c, "links", links(m.Caption, m.CaptionEntities))
	return c
}

func (m *wireMessage) sticker() message.Content {
	c := m.media(message.Sticker, m.Sticker)
	f := &c.Media[0]
	f.Animated = m.Sticker.IsAnimated || m.Sticker.IsVideo
	switch {
	case m.Sticker.IsAnimated:
		f.MIMEType = "application/x-tgsticker"
	case m.Sticker.IsVideo:
		f.MIMEType = "video/webm"
	default:
		f.MIMEType = "image/webp"
	}
	put(&c, "emoji", message.Clean(m.Sticker.Emoji))
	put(&c, "set_name", message.Clean(m.Sticker.SetName))
	return c
}

func place(l *wireLocation) (c message.Content, ok bool) {
	if l == nil || l.Latitude == nil || l.Longitude == nil {
		return c, false
	}
	return message.Content{Kind: message.Locations, Location: &message.Location{Latitude: float64(*l.Latitude), Longitude: float64(*l.Longitude)}}, true
}

func (w *wireContact) card() message.Content {
	card := message.ContactCard{Name: message.ContactName{FormattedName: fullName(w.FirstName, w.LastName),
		FirstName: message.Clean(w.FirstName), LastName: message.Clean(w.LastName)}}
	phone := message.Clean(w.Phone)
	if phone != "" {
		card.Phones = []message.ContactPhone{{Phone: phone}}
	}
	if card.Name.FormattedName == "" {
		card.Name.FormattedName = phone
	}
	c := message.Content{Kind: message.Contacts, Contacts: []message.ContactCard{card}}
	put(&c, "vcard", message.Truncate(message.Clean(w.VCard), 4096))
	return c
}

func (p *wirePoll) body() *message.PollBody {
	b := &message.PollBody{Question: message.Clean(p.Question), Multiple: p.Multiple, Closed: p.Closed}
	for _, o := range p.Options {
		b.Options = append(b.Options, message.PollOption{Text: message.Clean(o.Text), Votes: count(o.Voters)})
	}
	return b
}

// extra adds what comes along with any kind.
func (m *wireMessage) extra(c *message.Content) {
	if m.Forward != nil {
		put(c, "forwarded", true)
		put(c, "forwarded_from", m.Forward.name())
	}
	if m.Quote != nil {
		put(c, "quote", message.Clean(m.Quote.Text))
	}
	put(c, "signature", message.Clean(m.Signature))
}

func (o *wireOrigin) name() string {
	switch {
	case o.SenderUser != nil:
		return fullName(o.SenderUser.FirstName, o.SenderUser.LastName)
	case o.SenderChat != nil:
		return message.Clean(o.SenderChat.Title)
	case o.Chat != nil:
		return message.Clean(o.Chat.Title)
	}
	return message.Clean(o.SenderName)
}

func put(c *message.Content, key string, v any) {
	switch v := v.(type) {
	case string:
		if v == "" {
			return
		}
	case []link:
		if len(v) == 0 {
			return
		}
	}
	if c.Extra == nil {
		c.Extra = map[string]any{}
	}
	c.Extra[key] = v
}

// link is an address that hides behind words of a text.
type link struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// links gives the addresses that the text itself does not show.
func links(text string, entities []wireEntity) (out []link) {
	var units []uint16
	for _, e := range entities {
		if e.Type != "text_link" || e.URL == "" || len(out) == 50 {
			continue
		}
		if units == nil {
			units = utf16.Encode([]rune(text))
		}
		if e.Offset < 0 || e.Length <= 0 || e.Offset > len(units) || e.Length > len(units)-e.Offset {
			continue
		}
		out = append(out, link{message.Clean(string(utf16.Decode(units[e.Offset : e.Offset+e.Length]))), message.Truncate(message.Clean(e.URL), 2048)})
	}
	return out
}

// service are messages about the chat itself. They are kept as they came and
// shown to nobody.
var service = []string{"new_chat_members", "left_chat_member", "new_chat_photo", "delete_chat_photo", "group_chat_created", "supergroup_chat_created",
	"channel_chat_created", "pinned_message", "message_auto_delete_timer_changed", "successful_payment", "refunded_payment", "users_shared", "chat_shared",
	"connected_website", "write_access_allowed", "web_app_data", "passport_data", "proximity_alert_triggered", "boost_added", "chat_background_set",
	"giveaway_created", "giveaway_completed", "new_chat_title"}

// servicePrefixes cover families that grow.
var servicePrefixes = []string{"forum_topic_", "general_forum_topic_", "video_chat_", "voice_chat_", "checklist_tasks_", "direct_message_price_", "paid_message_price_", "suggested_post_"}

func isService(m map[string]json.RawMessage) bool {
	for _, key := range service {
		if _, ok := m[key]; ok {
			return true
		}
	}
	for key := range m {
		for _, p := range servicePrefixes {
			if strings.HasPrefix(key, p) {
				return true
			}
		}
	}
	return false
}

// placeholders are kinds we know by name and cannot show.
var placeholders = []string{"paid_media", "story", "checklist", "game", "invoice", "giveaway", "giveaway_winners", "rich_message", "gift", "unique_gift",
	"passport_data", "location", "venue"}

// unsupported keeps the raw message, so that it can be shown once we know it.
func unsupported(raw []byte) message.Content {
	u := &message.UnsupportedBody{Raw: kit.CleanJSON(raw)}
	all := members(raw)
	for _, key := range placeholders {
		if _, ok := all[key]; ok {
			u.Type = key
			break
		}
	}
	c := message.Content{Kind: message.Unsupported, Unsupported: u}
	var said struct {
		Caption json.RawMessage `json:"caption"`
		Text    json.RawMessage `json:"text"`
	}
	var text string
	if json.Unmarshal(raw, &said) == nil && (json.Unmarshal(said.Text, &text) == nil || json.Unmarshal(said.Caption, &text) == nil) {
		c.Text = message.Clean(text)
	}
	return c
}

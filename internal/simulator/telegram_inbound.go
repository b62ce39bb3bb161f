package simulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// TelegramKinds are the kinds of Inbound a bot's visitors know.
var TelegramKinds = []string{"text", "image", "video", "audio", "document", "sticker", "album", "location", "contacts", "poll", "dice", "button_reply",
	"reaction", "edit", "vote", "start", "block", "unblock", "join", "leave", "title", "migrate", "close_poll", "unsupported", "custom", "raw"}

func (t *telegram) self() object {
	return object{"id", num(t.a.ID), "is_bot", true, "first_name", t.a.Name, "username", t.a.Username}
}

func (t *telegram) userObject(v *visitor) object {
	first, last, _ := strings.Cut(v.Name, " ")
	return object{"id", num(v.ID), "is_bot", false, "first_name", first}.opt("last_name", last).opt("username", v.Username)
}

func (t *telegram) chatObject(v *visitor) object {
	c := t.chat(v)
	if v.Kind != "" {
		return object{"id", num(v.ID), "title", v.Name, "type", c.kind}.opt("username", v.Username)
	}
	first, last, _ := strings.Cut(v.Name, " ")
	return object{"id", num(v.ID), "first_name", first}.opt("last_name", last).opt("username", v.Username).append("type", "private")
}

func (o object) append(pairs ...any) object { return append(o, pairs...) }

// inbound sends as a visitor, in a group as one of its members.
func (t *telegram) inbound(in Inbound) (Issued, error) {
	s, a := t.s, t.a
	out := Issued{MessageIDs: []string{}, EventIDs: []string{}}
	if in.Kind == "raw" {
		e := s.issue(a, []byte(in.RawBody), "raw", "raw body", []Item{{Kind: "raw"}}, in.Signature)
		out.EventIDs = append(out.EventIDs, e.ID)
		return out, nil
	}
	if !slices.Contains(TelegramKinds, in.Kind) {
		return out, fmt.Errorf("%w: kind must be one of %v", ErrInvalid, TelegramKinds)
	}
	if in.Count > maxInboundCount {
		return out, fmt.Errorf("%w: count is at most %d", ErrInvalid, maxInboundCount)
	}
	for i := range max(in.Count, 1) {
		one := in
		if in.Count > 1 && in.Kind == "text" {
			one.Text = fmt.Sprintf("%s %d", orDefault(in.Text, "Message"), i+1)
		}
		if i > 0 && in.Strangers {
			one.Visitor = ""
		}
		v := a.visitors[one.Visitor]
		if v == nil {
			var err error
			if v, err = t.visit(Visitor{ID: one.Visitor, Name: in.Name}); err != nil {
				return out, err
			}
		}
		out.Visitor = v.ID
		if err := t.happen(v, one, &out); err != nil {
			return out, err
		}
	}
	s.hub.publish("visitors", a.ID, "", struct{}{})
	return out, nil
}

// writer is who of a chat acts; nil in a channel, where nobody is named.
func (t *telegram) writer(v *visitor, as string) (*visitor, error) {
	switch {
	case v.Kind == "channel":
		return nil, nil
	case v.Kind == "":
		return v, nil
	case as == "" && len(v.Members) > 0:
		as = v.Members[0].ID
	}
	p := t.a.visitors[as]
	if p == nil {
		var err error
		if p, err = t.visit(Visitor{ID: as}); err != nil {
			return nil, err
		}
	}
	t.enter(v, p)
	return p, nil
}

// issue sends one update, unless its kind was not asked for.
func (t *telegram) issue(out *Issued, v *visitor, kind string, body any, item Item, forged string) {
	if !t.wants(kind) {
		return
	}
	t.update++
	raw, _ := plainJSON(object{"update_id", t.update, kind, body})
	item.Visitor = v.ID
	e := t.s.issue(t.a, raw, v.ID, kind, []Item{item}, forged)
	out.EventIDs = append(out.EventIDs, e.ID)
	out.Undeliverable = out.Undeliverable || e.State == EventUndeliverable
	if item.Kind == "message" {
		out.MessageIDs = append(out.MessageIDs, item.MessageID)
	}
}

// happen plays one thing a person does.
func (t *telegram) happen(v *visitor, in Inbound, out *Issued) error {
	who, err := t.writer(v, in.As)
	if err != nil {
		return err
	}
	from := func(o object) object {
		if who == nil {
			return o
		}
		return append(o, "from", t.userObject(who))
	}
	chat := t.chat(v)
	switch in.Kind {
	case "button_reply":
		number := strings.TrimPrefix(in.ReplyTo, v.ID+":")
		m := v.line(in.ReplyTo)
		if m == nil || who == nil {
			return fmt.Errorf("%w: button_reply needs reply_to, a message with buttons", ErrInvalid)
		}
		id := t.s.digits("39", 17)
		t.pressed[id] = false
		var p struct {
			Action struct {
				Buttons []struct {
					Reply struct{ ID, Title string } `json:"reply"`
				} `json:"buttons"`
			} `json:"action"`
			Body struct {
				Text string `json:"text"`
			} `json:"body"`
		}
		_ = json.Unmarshal(m.Payload, &p)
		var rows []any
		for _, b := range p.Action.Buttons {
			rows = append(rows, []any{object{"text", b.Reply.Title, "callback_data", b.Reply.ID}})
		}
		t.issue(out, v, "callback_query", object{"id", id, "from", t.userObject(who), "message", object{"message_id", num(number), "from", t.self(), "chat", t.chatObject(v),
			"date", m.At.Unix(), "text", p.Body.Text, "reply_markup", object{"inline_keyboard", rows}}, "chat_instance", "-33445566778899", "data", in.ReplyID},
			Item{MessageID: "callback:" + id, Kind: "message", Type: "button_reply"}, in.Signature)
		return nil
	case "reaction":
		old, fresh := []any{}, []any{}
		if m := v.line(in.Target); m != nil && m.Reactions["visitor"] != "" {
			old = append(old, object{"type", "emoji", "emoji", m.Reactions["visitor"]})
		}
		if in.Emoji != "" {
			fresh = append(fresh, object{"type", "emoji", "emoji", in.Emoji})
		}
		t.s.react(t.a, v, in.Target, "visitor", in.Emoji)
		o := object{"chat", t.chatObject(v), "message_id", num(strings.TrimPrefix(in.Target, v.ID+":"))}
		if who != nil {
			o = append(o, "user", t.userObject(who))
		}
		t.issue(out, v, "message_reaction", append(o, "date", in.At.Unix(), "old_reaction", old, "new_reaction", fresh), Item{MessageID: in.Target, Kind: "reaction"}, in.Signature)
		return nil
	case "vote":
		return t.vote(v, who, in, out)
	case "close_poll":
		p := t.polls[in.Target]
		if p == nil {
			return fmt.Errorf("%w: poll %q", ErrNotFound, in.Target)
		}
		p.closed = true
		t.showPoll(v, p)
		t.issue(out, v, "poll", p.object(), Item{MessageID: p.id, Kind: "poll"}, in.Signature)
		return nil
	case "block", "unblock", "join", "leave":
		t.member(v, who, in, out)
		return nil
	case "migrate":
		return t.migrate(v, from, in, out)
	case "title":
		v.Name = orDefault(in.Text, "Day shift")
		chat.last++
		t.s.addNote(t.a, v, "The group is called "+v.Name+" now")
		t.issue(out, v, "message", from(object{"message_id", chat.last}).append("chat", t.chatObject(v), "date", in.At.Unix(), "new_chat_title", v.Name), Item{Kind: "service"}, in.Signature)
		return nil
	case "edit":
		m := v.line(in.Target)
		if m == nil || in.Text == "" {
			return fmt.Errorf("%w: edit needs target and text", ErrInvalid)
		}
		m.Text, m.Edited = in.Text, true
		t.s.showLine(t.a, v, m)
		kind := "edited_message"
		if v.Kind == "channel" {
			kind = "edited_channel_post"
		}
		o := from(object{"message_id", num(strings.TrimPrefix(in.Target, v.ID+":"))}).append("chat", t.chatObject(v), "date", m.At.Unix(), "edit_date", in.At.Unix(), "text", in.Text)
		t.issue(out, v, kind, o, Item{MessageID: in.Target, Kind: "edit"}, in.Signature)
		return nil
	case "album":
		t.album++
		group := strconv.Itoa(13_579_000_000 + t.album)
		for i := range min(max(in.Parts, 0)+3*b2i(in.Parts == 0), 10) {
			one := in
			one.Kind = "image"
			if i > 0 {
				one.Text = ""
			}
			if err := t.say(v, who, one, group, out); err != nil {
				return err
			}
		}
		return nil
	}
	return t.say(v, who, in, "", out)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// say sends a message or a post.
func (t *telegram) say(v, who *visitor, in Inbound, album string, out *Issued) error {
	chat := t.chat(v)
	chat.last++
	id := v.ID + ":" + itoa(chat.last)
	o := object{"message_id", chat.last}
	kind := "message"
	line := &ChatMessage{ID: id, From: "visitor", Type: in.Kind, At: in.At, Text: in.Text, Status: "sent", ReplyTo: in.ReplyTo, Album: album}
	if who != nil {
		o = append(o, "from", t.userObject(who))
		if v.Kind != "" {
			line.Author, line.AuthorID = who.Name, who.ID
		}
	} else {
		kind = "channel_post"
		o = append(o, "sender_chat", t.chatObject(v))
	}
	o = append(o, "chat", t.chatObject(v), "date", in.At.Unix())
	if album != "" {
		o = append(o, "media_group_id", album)
	}
	if in.Forwarded != "" {
		o = append(o, "forward_origin", object{"type", "hidden_user", "date", in.At.Unix() - 60, "sender_user_name", "Somebody"})
	}
	if n, ok := strings.CutPrefix(in.ReplyTo, v.ID+":"); ok {
		o = append(o, "reply_to_message", object{"message_id", num(n), "chat", t.chatObject(v), "date", in.At.Unix() - 1})
	}
	part, err := t.part(in, line)
	if err != nil {
		return err
	}
	t.a.in[id] = v
	v.LastInbound = in.At
	t.s.addLine(t.a, v, line)
	t.issue(out, v, kind, append(o, part...), Item{MessageID: id, Kind: "message", Type: in.Kind}, in.Signature)
	return nil
}

// part is what the message says.
func (t *telegram) part(in Inbound, line *ChatMessage) (object, error) {
	show := func(v any) { line.Payload, _ = plainJSON(v) }
	switch in.Kind {
	case "text", "start":
		line.Text = orDefault(in.Text, map[bool]string{true: "/start", false: "Hello!"}[in.Kind == "start"])
		line.Type = "text"
		return object{"text", line.Text}, nil
	case "image", "video", "audio", "document", "sticker":
		return t.filePart(in, line)
	case "location":
		lat, lon := 38.7139, -9.1394
		if in.Latitude != nil && in.Longitude != nil {
			lat, lon = *in.Latitude, *in.Longitude
		}
		at := object{"latitude", lat, "longitude", lon}
		show(at.opt("name", in.PlaceName).opt("address", in.Address))
		if in.PlaceName != "" {
			return object{"location", at, "venue", object{"location", at, "title", in.PlaceName, "address", orDefault(in.Address, in.PlaceName)}}, nil
		}
		return object{"location", at}, nil
	case "contacts":
		show([]any{object{"name", object{"formatted_name", "Mara Okafor"}, "phones", []any{object{"phone", "+12025550188"}}}})
		return object{"contact", object{"phone_number", "+12025550188", "first_name", "Mara", "last_name", "Okafor"}}, nil
	case "poll":
		p := &tgPoll{id: t.s.digits("61", 19), question: orDefault(in.Text, "Lunch?"), options: in.Options, votes: map[string][]int{}}
		if len(p.options) == 0 {
			p.options = []string{"Yes", "No"}
		}
		line.Text, line.Payload = "", p.shown()
		return object{"poll", p.object()}, nil
	case "dice":
		line.Type, line.Text = "text", "🎲 4"
		return object{"dice", object{"emoji", "🎲", "value", 4}}, nil
	case "unsupported":
		line.Text = orDefault(in.Text, "A story")
		return object{"story", object{"chat", object{"id", 1, "type", "private", "first_name", "A"}, "id", 3}}, nil
	case "custom":
		pairs, err := orderedPairs(in.Message)
		if err != nil {
			return nil, fmt.Errorf("%w: custom needs message, a JSON object", ErrInvalid)
		}
		line.Type, line.Text = "text", orDefault(in.Text, "Custom message")
		return pairs, nil
	}
	return nil, fmt.Errorf("%w: kind must be one of %v", ErrInvalid, TelegramKinds)
}

func (t *telegram) filePart(in Inbound, line *ChatMessage) (object, error) {
	voice := in.Kind == "audio" && (in.Voice == nil || *in.Voice)
	if len(in.Data) == 0 {
		sample := sampleMedia(in.Kind)
		in.Data, in.MIME = sample.data, sample.mime
		keep(&in.Filename, sample.filename)
	}
	f, err := t.s.media.add(t.s, t.a, in.Data, orDefault(in.MIME, "application/octet-stream"), in.Filename, false)
	if err != nil {
		return nil, err
	}
	line.Media = &ChatMedia{URL: fileURL(f), MIME: f.mime, Filename: in.Filename, Voice: voice, Size: len(in.Data)}
	field := map[string]string{"image": "photo", "audio": "audio"}[in.Kind]
	if voice {
		field = "voice"
	}
	keep(&field, in.Kind)
	o := object{field, fileObject(field, line.Media, "AgACSim"+f.id)}
	if in.Kind != "sticker" {
		o = o.opt("caption", in.Text)
	} else {
		line.Text = ""
	}
	return o, nil
}

// vote changes what a person chose. Of an anonymous poll only the sums are told.
func (t *telegram) vote(v, who *visitor, in Inbound, out *Issued) error {
	id := in.Target
	for _, p := range t.polls {
		if p.chat+":"+itoa(p.number) == in.Target {
			id = p.id
		}
	}
	p := t.polls[id]
	if p == nil || p.closed || p.chat != v.ID && v.Kind != "" {
		return fmt.Errorf("%w: open poll %q", ErrNotFound, in.Target)
	}
	for _, n := range in.Chosen {
		if n < 0 || n >= len(p.options) || len(in.Chosen) > 1 && !p.multiple {
			return fmt.Errorf("%w: chosen names no option, or several of a poll that takes one", ErrInvalid)
		}
	}
	name := in.As
	if who != nil {
		name = who.ID
	}
	p.votes[name] = append([]int{}, in.Chosen...)
	if len(in.Chosen) == 0 {
		delete(p.votes, name)
	}
	t.showPoll(v, p)
	if p.anonymous || who == nil {
		t.issue(out, v, "poll", p.object(), Item{MessageID: p.id, Kind: "poll"}, in.Signature)
		return nil
	}
	places := []any{}
	for _, n := range in.Chosen {
		places = append(places, itoa(n))
	}
	t.issue(out, v, "poll_answer", object{"poll_id", p.id, "user", t.userObject(who), "option_ids", append([]int{}, in.Chosen...), "option_persistent_ids", places},
		Item{MessageID: p.id, Kind: "vote"}, in.Signature)
	return nil
}

func (t *telegram) showPoll(v *visitor, p *tgPoll) {
	if p.line != nil {
		p.line.Payload = p.shown()
		t.s.showLine(t.a, v, p.line)
	}
}

func (p *tgPoll) counts() []int {
	n := make([]int, len(p.options))
	for _, chosen := range p.votes {
		for _, i := range chosen {
			n[i]++
		}
	}
	return n
}

func (p *tgPoll) object() object {
	var options []any
	for i, n := range p.counts() {
		options = append(options, object{"persistent_id", itoa(i), "text", p.options[i], "voter_count", n})
	}
	return object{"id", p.id, "question", p.question, "options", options, "total_voter_count", len(p.votes), "is_closed", p.closed, "is_anonymous", p.anonymous,
		"type", "regular", "allows_multiple_answers", p.multiple, "allows_revoting", true, "members_only", false}
}

// shown is the poll as the phone draws it.
func (p *tgPoll) shown() json.RawMessage {
	var options []any
	for i, n := range p.counts() {
		options = append(options, object{"text", p.options[i], "votes", n})
	}
	raw, _ := plainJSON(object{"poll_id", p.id, "question", p.question, "options", options, "multiple", p.multiple, "closed", p.closed, "anonymous", p.anonymous, "voters", len(p.votes)})
	return raw
}

// member lets the bot in or throws it out; in a private chat that is blocking.
func (t *telegram) member(v, who *visitor, in Inbound, out *Issued) {
	c := t.chat(v)
	was, now := "member", "kicked"
	if in.Kind == "unblock" || in.Kind == "join" {
		was, now = "left", "member"
		if v.Kind == "channel" {
			now = "administrator"
		}
		c.out = false
	} else {
		c.out = true
	}
	if who == nil {
		who = v
	}
	user := func(status string) object { return object{"user", t.self(), "status", status} }
	t.s.addNote(t.a, v, map[bool]string{true: "The bot is out", false: "The bot is in"}[c.out])
	t.issue(out, v, "my_chat_member", object{"chat", t.chatObject(v), "from", t.userObject(who), "date", in.At.Unix(), "old_chat_member", user(was), "new_chat_member", user(now)},
		Item{Kind: "my_chat_member"}, in.Signature)
}

// migrate turns a group into a supergroup: a new id, numbers from 1 again, and
// two service messages.
func (t *telegram) migrate(v *visitor, from func(object) object, in Inbound, out *Issued) error {
	old := t.chat(v)
	if old.kind != "group" {
		return fmt.Errorf("%w: only a basic group migrates", ErrInvalid)
	}
	next := "-100" + strings.TrimPrefix(v.ID, "-")
	nv := &visitor{Visitor: v.Visitor}
	nv.ID = next
	t.a.visitors[next] = nv
	t.a.order = append(t.a.order, next)
	old.moved, old.last = next, old.last+1
	fresh := t.chat(nv)
	fresh.last = 1
	t.s.addNote(t.a, v, "The group is a supergroup now")
	t.issue(out, v, "message", from(object{"message_id", old.last}).append("chat", t.chatObject(v), "date", in.At.Unix(), "migrate_to_chat_id", num(next)), Item{Kind: "service"}, "")
	t.issue(out, nv, "message", from(object{"message_id", 1}).append("chat", t.chatObject(nv), "date", in.At.Unix(), "migrate_from_chat_id", num(v.ID)), Item{Kind: "service"}, "")
	out.Visitor = next
	return nil
}

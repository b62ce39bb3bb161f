package app

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/domain/media"
	"switchboard/internal/message"
	"switchboard/internal/platform/id"
	"switchboard/internal/simulator"
)

// bot starts a node with a simulated bot that was checked and subscribed the way
// the connect page does it.
func (s *scene) bot() (*node, *channel.Channel, simulator.Account) {
	s.Helper()
	s.cfg.PublicURL = s.front.URL
	n := s.node()
	s.front.to(n.url)
	a, err := s.sim.Register(simulator.Account{Type: simulator.TypeTelegram, BotToken: "7002000901:AAF-canaryTokenOfTheBot_0000001", Name: "Sample Desk"})
	if err != nil {
		s.Fatal(err)
	}
	name, typ, on := "Bot", simulator.TypeTelegram, true
	rows, err := n.channels.CreateMany(s.Context(), s.admin, []channel.Draft{{Name: &name, Type: &typ, IsActive: &on,
		Settings: map[string]string{"bot_token": a.BotToken}}}, func(_ int, err error) error { return err })
	if err != nil {
		s.Fatal(err)
	}
	if c, err := n.gateway.Validate(s.Context(), rows[0].ID); err != nil || !c.OK {
		s.Fatalf("%+v, %v", c, err)
	}
	if _, err := n.gateway.Subscribe(s.Context(), rows[0].ID, true); err != nil {
		s.Fatal(err)
	}
	return n, rows[0], a
}

func (s *scene) draft(n *node, c id.ID, kind, payload string) inbox.Message {
	s.Helper()
	m, _, err := n.inbox.Send(s.Context(), s.admin, c, inbox.Draft{Kind: kind, Text: map[bool]string{true: "Which?"}[kind == "interactive"], Payload: json.RawMessage(payload)})
	if err != nil {
		s.Fatal(err)
	}
	return m
}

func (s *scene) texts(n *node) map[string]int {
	s.Helper()
	return s.tally(`SELECT text FROM message WHERE direction = 'inbound'`)
}

func TestTelegramRoundTrip(t *testing.T) {
	onEach(t, func(s *scene) {
		n, ch, a := s.bot()
		s.knobs(a, simulator.Knobs{Duplicate: 2})
		c := s.hear(n, a, "9100200301")
		if c.Kind != "direct" || c.Contact.Name == "" || c.Status != "open" {
			t.Errorf("%+v", c)
		}
		m := s.becomes(n, s.send(n, c.ID, "Good afternoon").ID, "sent")
		if m.ProviderMessageID == nil || !strings.HasPrefix(*m.ProviderMessageID, "9100200301:") {
			t.Errorf("%v", m.ProviderMessageID)
		}
		// Buttons out, one pressed; its wheel is stopped.
		q := s.becomes(n, s.draft(n, c.ID, "interactive", `{"type":"button","buttons":[{"id":"shade","title":"A new shade"},{"id":"refund","title":"A refund"}]}`).ID, "sent")
		press := s.inbound(a, simulator.Inbound{Visitor: "9100200301", Kind: "button_reply", ReplyTo: *q.ProviderMessageID, ReplyID: "refund", Title: "A refund"})
		s.until(20*time.Second, "the answer to the button", func() bool { return s.texts(n)["A refund"] == 1 })
		query := strings.TrimPrefix(press.MessageIDs[0], "callback:")
		s.until(20*time.Second, "the button's acknowledgement", func() bool { return s.sim.Pressed(a.ID, query) })
		// An edit, a reaction, an album.
		first := s.sim.Truth(simulator.TruthQuery{Account: a.ID}).Events[0].Items[0].MessageID
		s.inbound(a, simulator.Inbound{Visitor: "9100200301", Kind: "edit", Target: first, Text: "Hello, corrected"})
		s.inbound(a, simulator.Inbound{Visitor: "9100200301", Kind: "reaction", Target: *m.ProviderMessageID, Emoji: "👍"})
		s.until(20*time.Second, "edit and reaction", func() bool {
			return s.texts(n)["Hello, corrected"] == 1 && len(s.message(n, m.ID).Reactions) == 1
		})
		s.inbound(a, simulator.Inbound{Visitor: "9100200301", Kind: "album", Text: "two views", Parts: 4})
		s.idle(20 * time.Second)
		s.want("albums", s.texts(n)["two views"], 1)
		s.want("messages in", s.count(`SELECT count(*) FROM message WHERE direction = 'inbound' AND kind <> 'reaction'`), 3)
		if got := s.album(n); len(got.Media) != 4 {
			t.Errorf("the album has %d parts", len(got.Media))
		}
		if id, err := n.gateway.TestMessage(s.Context(), ch.ID, "9100200301", "test"); err != nil || !strings.HasPrefix(id, "9100200301:") {
			t.Errorf("%s, %v", id, err)
		}
		if _, err := n.gateway.TestMessage(s.Context(), ch.ID, "+1 202 555", "test"); !isCode(err, "bad_format") && !strings.Contains(fmt.Sprint(err), "address") {
			t.Errorf("%v", err)
		}
		if strings.Contains(s.log.String(), "canaryToken") || s.count(`SELECT count(*) FROM message_step WHERE data LIKE '%canaryToken%'`) > 0 {
			t.Error("the token shows in the log or in provenance")
		}
	})
}

func (s *scene) album(n *node) (out inbox.Message) {
	s.Helper()
	for _, c := range s.conversations(n) {
		if c.LastMessage != nil && c.LastMessage.Kind == message.Image {
			return s.message(n, c.LastMessage.ID)
		}
	}
	return out
}

func TestTelegramGroupPollMigration(t *testing.T) {
	onEach(t, func(s *scene) {
		n, _, a := s.bot()
		if _, err := s.sim.AddVisitor(a.ID, simulator.Visitor{ID: "-5200300", Kind: "group", Name: "Night shift",
			Members: []simulator.Member{{ID: "9100200301", Name: "Mona Adel"}, {ID: "9100200302", Name: "Omar"}}}); err != nil {
			t.Fatal(err)
		}
		s.inbound(a, simulator.Inbound{Visitor: "-5200300", As: "9100200301", Text: "hello all"})
		s.inbound(a, simulator.Inbound{Visitor: "-5200300", As: "9100200302", Text: "me too"})
		s.idle(20 * time.Second)
		cs := s.conversations(n)
		if len(cs) != 1 || cs[0].Kind != "group" || cs[0].Contact.Name != "Night shift" || s.message(n, cs[0].LastMessage.ID).Author.Name != "Omar" {
			t.Fatalf("%+v", cs)
		}
		poll := s.becomes(n, s.draft(n, cs[0].ID, "poll", `{"question":"When?","options":[{"text":"Today"},{"text":"Tomorrow"}]}`).ID, "sent")
		vote := func(as string, chosen ...int) {
			s.inbound(a, simulator.Inbound{Visitor: "-5200300", As: as, Kind: "vote", Target: *poll.ProviderMessageID, Chosen: chosen})
		}
		s.knobs(a, simulator.Knobs{Duplicate: 3, ReorderMS: 100})
		vote("9100200301", 0)
		vote("9100200302", 1)
		vote("9100200301", 1)
		s.idle(20 * time.Second)
		s.knobs(a, simulator.Knobs{})
		var body message.PollBody
		if err := json.Unmarshal(s.message(n, poll.ID).Payload, &body); err != nil || body.Options[0].Votes != 0 || body.Options[1].Votes != 2 {
			t.Errorf("%+v, %v", body, err)
		}
		// It becomes a supergroup while an answer to the old address is due.
		s.knobs(a, simulator.Knobs{ReorderMS: 50, DelayWebhooksMS: 300})
		moved := s.inbound(a, simulator.Inbound{Visitor: "-5200300", Kind: "migrate"})
		m := s.becomes(n, s.send(n, cs[0].ID, "still here").ID, "sent")
		if !strings.HasPrefix(*m.ProviderMessageID, moved.Visitor+":") {
			t.Errorf("sent to %s", *m.ProviderMessageID)
		}
		s.inbound(a, simulator.Inbound{Visitor: moved.Visitor, As: "9100200302", Text: "after the move"})
		s.idle(20 * time.Second)
		s.want("conversations", len(s.conversations(n)), 1)
		s.want("messages", s.count(`SELECT count(*) FROM message`), 5)
	})
}

func TestTelegramChannelPosts(t *testing.T) {
	onOne(t, "sqlite", func(s *scene) {
		n, _, a := s.bot()
		if _, err := s.sim.AddVisitor(a.ID, simulator.Visitor{ID: "-1007700880099", Kind: "channel", Name: "Lumen news"}); err != nil {
			t.Fatal(err)
		}
		s.inbound(a, simulator.Inbound{Visitor: "-1007700880099", Kind: "join"})
		s.until(20*time.Second, "the channel", func() bool { return len(s.conversations(n)) == 1 })
		c := s.conversations(n)[0]
		s.becomes(n, s.send(n, c.ID, "New lamps").ID, "sent")
		poll := s.becomes(n, s.draft(n, c.ID, "poll", `{"question":"When?","options":[{"text":"Today"},{"text":"Tomorrow"}]}`).ID, "sent")
		s.inbound(a, simulator.Inbound{Visitor: "-1007700880099", As: "reader", Kind: "vote", Target: *poll.ProviderMessageID, Chosen: []int{1}})
		s.until(20*time.Second, "the vote of nobody in particular", func() bool {
			var body message.PollBody
			return json.Unmarshal(s.message(n, poll.ID).Payload, &body) == nil && body.Options[1].Votes == 1
		})
	})
}

// What Telegram refuses, and where it leaves us without an answer.
func TestTelegramTroubleOut(t *testing.T) {
	onEach(t, func(s *scene) {
		n, ch, a := s.bot()
		c := s.hear(n, a, "9100200301")
		s.fail(a, simulator.Fault{Fault: "429", RetryAfter: "1"})
		s.becomes(n, s.send(n, c.ID, "slowly").ID, "sent")
		s.fail(a, simulator.Fault{Fault: "403"})
		if m := s.becomes(n, s.send(n, c.ID, "to nobody").ID, "failed"); m.Error.Reason != "blocked" || m.Error.Hint == "" {
			t.Errorf("%+v", m.Error)
		}
		s.fail(a, simulator.Fault{Fault: "timeout_after_accept"})
		s.becomes(n, s.send(n, c.ID, "perhaps").ID, "uncertain")
		s.becomes(n, s.send(n, c.ID, "goes on").ID, "sent")
		s.want("accepted", len(s.sends(a)), 3)
		s.knobs(a, simulator.Knobs{ExpiredToken: true})
		m := s.send(n, c.ID, "waits")
		s.until(20*time.Second, "the channel needs a person", func() bool {
			now, err := n.channels.Find(s.Context(), ch.ID)
			return err == nil && now.Connection() == channel.Disconnected
		})
		s.becomes(n, m.ID, "queued")
	})
}

// The pace Telegram asks for is kept: a burst, then one a second.
func TestTelegramPace(t *testing.T) {
	onOne(t, "sqlite", func(s *scene) {
		n, _, a := s.bot()
		c := s.hear(n, a, "9100200301")
		var last inbox.Message
		for i := range 6 {
			last = s.send(n, c.ID, fmt.Sprint(i))
		}
		s.becomes(n, last.ID, "sent")
		sends := s.sends(a)
		s.want("sent", len(sends), 6)
		if took := sends[5].At.Sub(sends[0].At); took < 2*time.Second {
			t.Errorf("six messages to one person took %v", took)
		}
	})
}

// Pictures of an album arrive whole and in order; an album goes out as one
// message whose bytes are the same at the other end; a file that is too large
// for bots says so.
func TestTelegramFiles(t *testing.T) {
	onEach(t, func(s *scene) {
		n, _, a := s.bot()
		token := s.program(account.MediaView, account.MediaEdit, account.InboxView, account.InboxSend)
		s.knobs(a, simulator.Knobs{Duplicate: 2, ReorderMS: 50})
		s.inbound(a, simulator.Inbound{Visitor: "9100200301", Kind: "album", Text: "two views", Parts: 3})
		s.idle(20 * time.Second)
		s.knobs(a, simulator.Knobs{})
		s.until(30*time.Second, "three files are ready", func() bool { return s.count(`SELECT count(*) FROM media WHERE state = 'ready'`) == 3 })
		c := s.conversations(n)[0]
		got := s.thread(n, c.ID)[0]
		if len(got.Media) != 3 || got.Text != "two views" || got.Media[2].URL == nil || got.Media[0].Width == nil {
			t.Errorf("%+v", got)
		}
		for _, kind := range []string{"sticker", "audio", "video", "document"} {
			s.inbound(a, simulator.Inbound{Visitor: "9100200301", Kind: kind})
		}
		s.until(30*time.Second, "each kind is ready", func() bool { return s.count(`SELECT count(*) FROM media WHERE state = 'ready'`) == 7 })

		var ids, files []string
		for i := range 3 {
			picture := picture(t, 200+i, 100, i+1)
			status, body, _ := s.rest(n, token, "POST", "/rest/v1/media?file_name=p.jpg&conversation_id="+c.ID.String(), picture)
			var up media.MediaFile
			if err := json.Unmarshal(body, &up); err != nil || status != 201 {
				t.Fatalf("%d %s %v", status, body, err)
			}
			ids, files = append(ids, fmt.Sprintf(`{"id":%q}`, up.ID)), append(files, string(picture))
		}
		draft := fmt.Sprintf(`{"kind":"image","text":"three shades","media":[%s]}`, strings.Join(ids, ","))
		status, body, _ := s.rest(n, token, "POST", "/rest/v1/conversations/"+c.ID.String()+"/messages", []byte(draft), "Content-Type", "application/json")
		var m inbox.Message
		if err := json.Unmarshal(body, &m); err != nil || status != 201 {
			t.Fatalf("%d %s %v", status, body, err)
		}
		s.becomes(n, m.ID, "sent")
		talk, err := s.sim.Conversation(a.ID, "9100200301")
		if err != nil {
			t.Fatal(err)
		}
		var there []simulator.ChatMessage
		for _, l := range talk.Messages {
			if l.From == "business" {
				there = append(there, l)
			}
		}
		s.want("parts of the album there", len(there), 3)
		for i, l := range there {
			f, _, err := s.sim.File(a.ID, l.Media.URL[strings.LastIndexByte(l.Media.URL, 0x2f)+1:])
			if err != nil || string(f) != files[i] || l.Album == "" {
				t.Errorf("part %d: %d bytes, %v", i, len(f), err)
			}
		}
		s.want("names of the album at the provider", s.count(`SELECT count(*) FROM provider_message WHERE message_id = $1`, m.ID), 3)

		s.inbound(a, simulator.Inbound{Visitor: "9100200301", Kind: "document", Data: make([]byte, 21<<20), MIME: "application/zip", Filename: "big.zip"})
		big := s.heardFile(n, c.ID, media.Failed)
		if e := big.Media[0].Error; e == nil || !strings.Contains(e.Hint, "20 MB") {
			t.Errorf("%+v", big.Media[0].Error)
		}
	})
}

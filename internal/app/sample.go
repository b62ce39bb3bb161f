package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/simulator"
)

// The simulated number of the demo. Its credentials open nothing but the
// simulator beside it.
const demoNumber = "520000000000031"

var demoSettings = map[string]string{
	"phone_number_id": demoNumber, "waba_id": "411000000000021", "app_id": "730000000000011", "app_secret": "demo-app-secret-not-a-real-one",
	"access_token": "demo-access-token-not-a-real-one", "verify_token": "demo-verify-token", "company_name": "Lumen & Loom", "display_phone_number": "+1 202-555-0131",
}

// sample makes the demo's organization and people, connects its channel to the
// simulator, and has visitors write.
func sample(ctx context.Context, n *server, sim *simulator.Simulator, shop demoShop) error {
	made, err := n.accounts.CreateAdministrator(ctx, account.NewOrganization{Name: demoOrganization, TimeZone: "UTC"}, demoPeople[0])
	if err != nil {
		return err
	}
	admin := account.NewMemberActor(made.Member)
	actors := map[string]account.Actor{demoPeople[0].Email: admin}
	for _, p := range demoPeople[1:] {
		c, err := n.accounts.CreateMember(ctx, made.Organization.ID, p)
		if err != nil {
			return err
		}
		actors[p.Email] = account.NewMemberActor(c.Member)
	}
	spec := n.channels.NewSpec()
	have, _, err := n.channels.List(ctx, admin, &query.List{Spec: spec, Limit: 10, Order: []query.Order{{Field: &spec.Fields[0]}}})
	if err != nil {
		return err
	}
	fresh := len(have) == 0
	if fresh {
		name, typ, on := "Support", simulator.TypeWhatsAppCloud, true
		bot, botType := "Lumen & Loom bot", simulator.TypeTelegram
		at := func(_ int, err error) error { return err }
		if have, err = n.channels.CreateMany(ctx, admin, []channel.Draft{{Name: &name, Type: &typ, Settings: demoSettings, IsActive: &on},
			{Name: &bot, Type: &botType, Settings: demoBotSettings, IsActive: &on}}, at); err != nil {
			return err
		}
		lead, room, shop := actors["supervisor@example.com"].Member, "Showroom", "Online shop"
		if _, err := n.accounts.CreateTeams(ctx, admin, []account.TeamDraft{
			{Name: &room, MemberIDs: &[]id.ID{lead, actors["agent@example.com"].Member}},
			{Name: &shop, MemberIDs: &[]id.ID{lead, actors["agent2@example.com"].Member}}}, at); err != nil {
			return err
		}
	}
	if _, err := sim.Register(simulator.Account{Type: simulator.TypeWhatsAppCloud, PhoneNumberID: demoNumber, WABAID: demoSettings["waba_id"],
		AppID: demoSettings["app_id"], AppSecret: demoSettings["app_secret"], AccessToken: demoSettings["access_token"], VerifyToken: demoSettings["verify_token"],
		WebhookURL: "http://" + n.cfg.Listen + "/webhooks/whatsapp_cloud/" + have[0].ID.String(), Name: "Lumen & Loom",
		DisplayPhoneNumber: demoSettings["display_phone_number"], Subscribed: true}); err != nil {
		return err
	}
	if err := sampleBot(n, sim, have); err != nil {
		return err
	}
	if err := shop.connect(ctx, n, admin, fresh); err != nil || !fresh {
		return err
	}
	for _, c := range have {
		if _, err := n.channels.Checked(ctx, c, goodReport()); err != nil {
			return err
		}
	}
	go func() { // the first messages arrive once the server serves
		err := converse(ctx, n, sim, actors)
		if err == nil {
			err = converseWithBot(ctx, n, sim, actors)
		}
		if err == nil {
			err = shop.converse(ctx, n, actors["agent2@example.com"])
		}
		if err != nil && ctx.Err() == nil {
			n.cfg.Log.Warn("the sample conversations are incomplete", "error", err)
		}
	}()
	return nil
}

// line is one turn of a sample conversation.
type line struct {
	from  string // "" = the visitor, otherwise a member's address
	kind  string
	text  string
	extra func(*simulator.Inbound)
	ago   time.Duration // 0 = now, which is after whatever a member answered
	data  any           // payload of a member's message
	file  string        // name of a file a member sends; its text is dimmers
}

// dimmers is the file of the sample conversations.
const dimmers = "maker,model,type,works\nElkan,D300,trailing edge,yes\nElkan,D300L,leading edge,no\nVesta,Soft 2,trailing edge,yes\nMirren,Uno,trailing edge,yes\n"

type talk struct {
	wa, name string
	lines    []line
	close    bool
}

func talks() []talk {
	f := func(v float64) *float64 { return &v }
	return []talk{
		{wa: "12025550101", name: "Dana Whitfield", close: true, lines: []line{
			{text: "Hi! Is the dimmer compatible with the Halo pendant?", ago: 5 * time.Hour},
			{from: "agent2@example.com", text: "Yes, any trailing-edge dimmer works with it."},
			{from: "agent2@example.com", kind: "document", text: "Here is the list", file: "dimmers.csv"},
			{text: "Great, thank you 🙏"},
		}},
		{wa: "4915550102030", name: "Bartholomäus von Schwarzenfeld", lines: []line{
			{text: "Auftrag 88213: Der Lieferschein fehlt. Können Sie ihn bitte noch einmal schicken?", ago: 27 * time.Hour},
		}},
		{wa: "819055501020", name: "山田 花子", lines: []line{
			{text: "こんにちは。Haloペンダントは調光できますか？", ago: 40 * time.Minute},
		}},
		{wa: "201005550142", name: "سارة عبد الله", lines: []line{
			{text: "السلام عليكم، هل المصباح متوفر باللون النحاسي؟", ago: 14 * time.Minute},
			{kind: "location", ago: 13 * time.Minute, extra: func(i *simulator.Inbound) {
				i.Latitude, i.Longitude, i.PlaceName, i.Address = f(30.0626), f(31.2197), "Zamalek", "26th of July Corridor, Cairo"
			}},
		}},
		{wa: "551155501234", name: "João Pedro Albuquerque", lines: []line{
			{text: "Oi! O Halo chega antes do Natal?", ago: 23*time.Hour + 20*time.Minute},
			{kind: "document", text: "A fatura", ago: 23*time.Hour + 19*time.Minute},
			{from: "agent@example.com", text: "Olá João! Sim, enviamos amanhã e chega em quatro dias."},
		}},
		{wa: "12025550177", name: "Amira El-Sayed", lines: []line{
			{text: "Good afternoon! The Halo pendant arrived, but the glass is cracked 😕", ago: 32 * time.Minute},
			{kind: "image", text: "This is how it looked when I opened the box", ago: 31 * time.Minute},
			{from: "agent@example.com", text: "I am so sorry, Amira. Thank you for the photo, that is all I need. I can send a new shade tomorrow or refund you today. Which do you prefer?"},
			{from: "agent@example.com", kind: "interactive", text: "Which do you prefer?", data: map[string]any{"type": "button",
				"buttons": []map[string]string{{"id": "shade", "title": "A new shade"}, {"id": "refund", "title": "A refund"}}}},
			{text: "A new shade please! The lamp itself is beautiful ❤️"},
			{kind: "audio"},
			{text: "Also, can the courier come after 17:00? 🙏"},
		}},
	}
}

// converse plays the sample conversations: visitors through the simulator's
// real wire format, members through the inbox.
func converse(ctx context.Context, n *server, sim *simulator.Simulator, actors map[string]account.Actor) error {
	for _, t := range talks() {
		if _, err := sim.AddVisitor(demoNumber, simulator.Visitor{Name: t.name, WaID: t.wa}); err != nil {
			return err
		}
		sent := 0
		for _, l := range t.lines {
			if l.from == "" {
				in := simulator.Inbound{Visitor: t.wa, Kind: l.kind, Text: l.text, At: n.cfg.Clock.Now().Add(-l.ago)}
				if l.ago == 0 {
					// The wire carries whole seconds: rounded down it would stand
					// before the answer it follows. Ahead of us, receipt counts.
					in.At = in.At.Add(time.Second)
				}
				if l.extra != nil {
					l.extra(&in)
				}
				if _, err := sim.Inbound(demoNumber, in); err != nil {
					return err
				}
				sent++
				continue
			}
			c, err := heard(ctx, n, actors[l.from], t.wa, sent)
			if err != nil {
				return err
			}
			d := inbox.Draft{Kind: l.kind, Text: l.text}
			if l.data != nil {
				if d.Payload, err = json.Marshal(l.data); err != nil {
					return err
				}
			}
			if l.file != "" {
				f, err := n.inbox.Upload(ctx, actors[l.from], inbox.Upload{Conversation: c, FileName: l.file, Size: -1, Body: strings.NewReader(dimmers)})
				if err != nil {
					return err
				}
				d.Media = []inbox.MediaRef{{ID: f.ID}}
			}
			if _, _, err := n.inbox.Send(ctx, actors[l.from], c, d); err != nil {
				return err
			}
			if _, err := n.inbox.Read(ctx, actors[l.from], c, id.Zero); err != nil {
				return err
			}
			if _, err := heard(ctx, n, actors[l.from], t.wa, sent); err != nil {
				return err
			}
			_ = sim.Read(demoNumber, t.wa) // an unopened phone only delivers
		}
		if t.close {
			c, err := heard(ctx, n, actors["agent2@example.com"], t.wa, sent)
			if err != nil {
				return err
			}
			conv, err := n.inbox.Conversation(ctx, actors["agent2@example.com"], c)
			if err != nil {
				return err
			}
			if conv.Enquiry != nil {
				if _, err := n.inbox.Close(ctx, actors["agent2@example.com"], conv.Enquiry.ID); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// heard waits until a visitor's messages are in the inbox and gives the
// conversation.
func heard(ctx context.Context, n *server, a account.Actor, wa string, count int) (id.ID, error) {
	spec := &inbox.ConversationSpec
	for deadline := n.cfg.Clock.Now().Add(20 * time.Second); n.cfg.Clock.Now().Before(deadline); {
		rows, _, err := n.inbox.Conversations(ctx, a, &query.List{Spec: spec, Limit: 100, Order: []query.Order{{Field: &spec.Fields[0], Desc: true}}})
		if err != nil {
			return id.Zero, err
		}
		for _, c := range rows {
			who, err := n.contacts.Get(ctx, a, c.ContactID)
			if err != nil {
				return id.Zero, err
			}
			for _, i := range who.Identities {
				if i.Address != wa {
					continue
				}
				got, err := inboundCount(ctx, n, a, c.ID)
				if err != nil {
					return id.Zero, err
				}
				if got >= count {
					return c.ID, nil
				}
			}
		}
		t := time.NewTimer(20 * time.Millisecond)
		select {
		case <-ctx.Done():
			t.Stop()
			return id.Zero, ctx.Err()
		case <-t.C:
		}
	}
	return id.Zero, fmt.Errorf("the messages of visitor %s did not arrive within 20 s", strconv.Quote(wa[len(wa)-4:]))
}

func inboundCount(ctx context.Context, n *server, a account.Actor, c id.ID) (int, error) {
	spec := &inbox.MessageSpec
	rows, _, err := n.inbox.Messages(ctx, a, &query.List{Spec: spec, Limit: 100, Order: []query.Order{{Field: &spec.Fields[0]}},
		Where: []query.Cond{{Op: query.Eq, Field: &spec.Fields[2], Args: []any{c}}, {Op: query.Eq, Field: &spec.Fields[4], Args: []any{"inbound"}}}})
	return len(rows), err
}

// goodReport stands for the check that the simulator would pass: the demo's
// number is its own.
func goodReport() channel.Report {
	yes := true
	return channel.Report{Checks: []channel.CheckResult{{Name: "simulator", Title: "The simulated number answers", OK: true}}, Subscribed: &yes}
}

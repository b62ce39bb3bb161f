package app

import (
	"context"
	"encoding/json"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/simulator"
)

// The simulated bot of the demo, the people who write to it, and their group.
const (
	demoBot    = "7002000901"
	demoPerson = "9100200301"
	demoGroup  = "-1005200300777"
)

var demoBotSettings = map[string]string{"bot_token": demoBot + ":demo-bot-token-not-a-real-one", "verify_token": "demo-webhook-secret"}

// sampleBot connects the demo's bot to the simulator.
func sampleBot(n *server, sim *simulator.Simulator, have []*channel.Channel) error {
	for _, c := range have {
		if c.Type != simulator.TypeTelegram {
			continue
		}
		if _, err := sim.Register(simulator.Account{Type: simulator.TypeTelegram, BotToken: demoBotSettings["bot_token"], VerifyToken: demoBotSettings["verify_token"],
			WebhookURL: "http://" + n.cfg.Listen + "/webhooks/telegram/" + c.ID.String(), Name: "Lumen & Loom", Username: "lumen_loom_bot", Subscribed: true}); err != nil {
			return err
		}
	}
	return nil
}

// converseWithBot has a person and a group write to the bot, and the group vote.
func converseWithBot(ctx context.Context, n *server, sim *simulator.Simulator, actors map[string]account.Actor) error {
	for _, v := range []simulator.Visitor{{ID: demoPerson, Name: "Mona Adel", Username: "mona_invented"},
		{ID: demoGroup, Kind: "group", Name: "Lumen & Loom fitters", Members: []simulator.Member{{ID: demoPerson, Name: "Mona Adel"},
			{ID: "9100200302", Name: "Omar Haddad"}, {ID: "9100200303", Name: "Giulia Conti"}}}} {
		if _, err := sim.AddVisitor(demoBot, v); err != nil {
			return err
		}
	}
	now := n.cfg.Clock.Now
	for _, in := range []simulator.Inbound{
		{Visitor: demoPerson, Kind: "start", At: now().Add(-26 * time.Minute)},
		{Visitor: demoPerson, Text: "Which dimmer goes with the Halo pendant?", At: now().Add(-25 * time.Minute)},
		{Visitor: demoGroup, As: demoPerson, Text: "The delivery for the hotel comes in two parts. When can we fit the lamps?", At: now().Add(-9 * time.Minute)},
		{Visitor: demoGroup, As: "9100200302", Text: "I have the ladder from Wednesday on", At: now().Add(-8 * time.Minute)},
		{Visitor: demoGroup, As: "9100200303", Kind: "album", Text: "The ceiling, from three sides", Parts: 3, At: now().Add(-7 * time.Minute)},
	} {
		if _, err := sim.Inbound(demoBot, in); err != nil {
			return err
		}
	}
	agent := actors["agent@example.com"]
	c, err := heard(ctx, n, agent, demoGroup, 3)
	if err != nil {
		return err
	}
	poll, err := json.Marshal(map[string]any{"question": "When shall we fit them?", "options": []map[string]string{{"text": "Wednesday morning"}, {"text": "Thursday afternoon"}, {"text": "Friday"}}})
	if err != nil {
		return err
	}
	m, _, err := n.inbox.Send(ctx, agent, c, inbox.Draft{Kind: "poll", Payload: poll})
	if err != nil {
		return err
	}
	id, err := sentAs(ctx, n, agent, m)
	if err != nil {
		return err
	}
	for who, chosen := range map[string]int{demoPerson: 0, "9100200302": 0, "9100200303": 1} {
		if _, err := sim.Inbound(demoBot, simulator.Inbound{Visitor: demoGroup, As: who, Kind: "vote", Target: id, Chosen: []int{chosen}}); err != nil {
			return err
		}
	}
	return nil
}

// sentAs waits until a message is sent and gives its name at the provider.
func sentAs(ctx context.Context, n *server, a account.Actor, m inbox.Message) (string, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for m.ProviderMessageID == nil {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-tick.C:
		}
		var err error
		if m, err = n.inbox.Message(ctx, a, m.ID); err != nil {
			return "", err
		}
	}
	return *m.ProviderMessageID, nil
}

package app

import (
	"context"
	"fmt"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/simulator"
)

// demoShop is the demo's outside system and the address of its webhook.
type demoShop struct {
	*simulator.Outside
	url string
}

// connect makes the shop's channel, or finds the one of an earlier start, and
// tells the shop what it was issued.
func (d demoShop) connect(ctx context.Context, n *server, admin account.Actor, fresh bool) error {
	if fresh {
		name, typ, on := "Web shop", simulator.TypeThirdParty, true
		if _, err := n.channels.CreateMany(ctx, admin, []channel.Draft{{Name: &name, Type: &typ, IsActive: &on,
			Settings: map[string]string{"source_name": "Lumen & Loom web shop", "outgoing_webhook_url": d.url}}}, func(_ int, err error) error { return err }); err != nil {
			return err
		}
	}
	spec := &channel.SourceSpec
	sources, _, err := n.channels.Sources(ctx, admin, &query.List{Spec: spec, Limit: 100, Order: []query.Order{{Field: &spec.Fields[0]}}})
	if err != nil {
		return err
	}
	for _, src := range sources {
		if src.Type != simulator.TypeThirdParty || src.Settings["outgoing_webhook_url"] != d.url {
			continue
		}
		if fresh {
			if _, err := n.gateway.Challenge(ctx, src.ID); err != nil {
				return err
			}
		}
		keys, err := n.channels.Reveal(ctx, admin, src.ID)
		if err != nil {
			return err
		}
		d.Trust(simulator.OutsideKeys{IncomingURL: keys.CallbackURL, AccessToken: keys.AccessToken, SigningSecret: keys.Signing})
		return nil
	}
	return nil // an earlier demo without the shop
}

// converse has one of the shop's visitors ask, and a member answer.
func (d demoShop) converse(ctx context.Context, n *server, who account.Actor) error {
	asked, err := d.Say(ctx, "shop-1", "visitor-31", "Leila Farouk", "Hello! Is order 1043 on its way already?")
	if err != nil {
		return err
	}
	room, err := id.Parse(asked.Result.Room)
	if err != nil {
		return fmt.Errorf("the shop was answered %d %s", asked.Status, asked.Text)
	}
	_, _, err = n.inbox.Send(ctx, who, room, inbox.Draft{Text: "Hello Leila! Yes, it left this morning and comes tomorrow."})
	return err
}

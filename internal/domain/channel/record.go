package channel

import (
	"context"
	"slices"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/account"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// record is a channel as it is written down: no secret, ours or the provider's.
func (s *Service) record(c *Channel) map[string]any {
	r := map[string]any{"name": c.Name, "type": c.Type, "is_active": c.IsActive, "source_id": c.SourceID,
		"sticky_routing": c.StickyRouting, "display_name_format": c.DisplayNameFormat}
	if c.Source != nil {
		r["settings"] = s.shown(c.Source, false)
	}
	return r
}

// act is one thing done to a channel.
func (s *Service) act(action string, ch id.ID, before, after map[string]any) audit.Act {
	a := audit.Act{Action: "channel." + action, ObjectType: "channel", ObjectID: ch}
	if before != nil {
		a.Before = before
	}
	if after != nil {
		a.After = after
	}
	return a
}

// replaced names the settings of which only a mask is written down and that are
// others now.
func replaced(t *adapter.Type, before, after adapter.Settings) []string {
	var out []string
	for _, f := range t.Fields {
		if (f.Secret || f.Generated) && before[f.Key] != after[f.Key] {
			out = append(out, f.Key)
		}
	}
	slices.Sort(out)
	return out
}

// changeIn applies a draft and tells what came of it.
func (s *Service) changeIn(tx *db.Tx, a account.Actor, c *Channel, d Draft) (audit.Act, error) {
	before, was := s.record(c), adapter.Settings{}
	if c.Source != nil {
		was = maps(c.Source.Settings)
	}
	if err := s.patchIn(tx, a, c, d); err != nil {
		return audit.Act{}, err
	}
	after := s.record(c)
	if c.Source != nil {
		if keys := replaced(s.Type(c.Type), was, c.Source.Settings); len(keys) > 0 {
			after["secrets_replaced"] = keys
		}
	}
	return s.act("update", c.ID, before, after), nil
}

// Tested writes down that a test message is being sent.
func (s *Service) Tested(ctx context.Context, a account.Actor, ch id.ID) error {
	if err := s.Editable(ctx, a, ch); err != nil {
		return err
	}
	return s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		return audit.Record(tx, s.clock.Now(), a.Audit(), s.act("test_message", ch, nil, nil))
	})
}

// asked records what a person had the provider do: the gateway in between knows
// no actors, and does the same by itself, which is nobody's act.
func (s *Service) asked(tx *db.Tx, action string, c *Channel, after map[string]any) error {
	by, ok := audit.From(tx.Context())
	if !ok || by.Organization != c.OrganizationID {
		return nil
	}
	return audit.Record(tx, s.clock.Now(), by, s.act(action, c.ID, nil, after))
}

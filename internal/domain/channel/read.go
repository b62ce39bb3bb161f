package channel

import (
	"context"
	"errors"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/account"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// Get reads one channel of the actor's organization.
func (s *Service) Get(ctx context.Context, a account.Actor, ch id.ID) (*Channel, error) {
	if err := a.Require(account.ChannelsView); err != nil {
		return nil, err
	}
	return s.get(ctx, a, ch)
}

func (s *Service) get(ctx context.Context, a account.Actor, ch id.ID) (*Channel, error) {
	var c *Channel
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		c, err = s.load(tx, a.Organization, ch)
		return err
	})
	if errors.Is(err, errAbsent) {
		return nil, fault.Absent("channel")
	}
	return c, err
}

// Editable refuses who may not change a channel; one that is not his is absent.
func (s *Service) Editable(ctx context.Context, a account.Actor, ch id.ID) error {
	if err := a.Require(account.ChannelsEdit); err != nil {
		return err
	}
	_, err := s.get(ctx, a, ch)
	return err
}

// Find reads a channel of any organization, for the gateway; nil when absent.
func (s *Service) Find(ctx context.Context, ch id.ID) (*Channel, error) {
	var c *Channel
	err := s.db.System().Read(ctx, func(tx *db.Tx) (err error) {
		c, err = s.loadOne(tx, selectChannelAnywhere, ch)
		return err
	})
	if errors.Is(err, errAbsent) {
		return nil, nil
	}
	return c, err
}

// In reads a channel inside a transaction of its organization; nil when absent.
func (s *Service) In(tx *db.Tx, org, ch id.ID) (*Channel, error) {
	c, err := s.load(tx, org, ch)
	if errors.Is(err, errAbsent) {
		return nil, nil
	}
	return c, err
}

// Sibling finds the channel of the same organization and the same provider app
// that an account belongs to; zero when there is none.
func (s *Service) Sibling(ctx context.Context, c *Channel, account string) (id.ID, error) {
	var other id.ID
	if c.Source == nil || c.Source.App == "" || account == "" {
		return other, nil
	}
	err := s.db.Tenant(c.OrganizationID).Read(ctx, func(tx *db.Tx) error {
		return tx.Row(selectSibling, []any{c.OrganizationID, c.Type, account, c.Source.App}, &other)
	})
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return other, err
}

// Active lists the channels that may work, of all organizations.
func (s *Service) Active(ctx context.Context) ([]id.ID, error) {
	var out []id.ID
	err := s.db.System().Read(ctx, func(tx *db.Tx) error {
		return tx.Query(selectActive, nil, func(scan func(...any) error) error {
			var v id.ID
			err := scan(&v)
			out = append(out, v)
			return err
		})
	})
	return out, err
}

// TouchIn and TouchOut note the latest traffic of a channel.
func (s *Service) TouchIn(tx *db.Tx, org, ch id.ID, at time.Time) error {
	return tx.Do(touchIn, org, ch, at)
}

// TouchOut notes the latest message sent.
func (s *Service) TouchOut(tx *db.Tx, org, ch id.ID, at time.Time) error {
	return tx.Do(touchOut, org, ch, at)
}

// Checked records what a credential check found.
func (s *Service) Checked(ctx context.Context, c *Channel, r adapter.Report) (*Channel, error) {
	return s.changeSource(ctx, c, "validate", func(tx *db.Tx, src *Source) error { return s.applyReport(tx, src, r) })
}

// applyReport records in a source what a check found.
func (s *Service) applyReport(tx *db.Tx, src *Source, r adapter.Report) error {
	if r.OK() {
		var owner id.ID
		err := tx.Row(provenBy, []any{src.Type, src.Account, src.ID}, &owner)
		if err == nil {
			src.Validation, src.Connection = Invalid, Disconnected
			src.attend("connected_elsewhere", "This account is already connected to another organization on this server. Disconnect it there first.", s.clock)
			return nil
		}
		if !errors.Is(err, db.ErrNoRows) {
			return err
		}
		src.Validation, src.Connection, src.Attention = Good, Connected, nil
		s.issue(src)
	} else {
		// Checks that fail for reasons of the provider prove nothing about
		// the credentials.
		for _, check := range r.Checks {
			if check.OK || check.Reason == adapter.Unreachable || check.Reason == adapter.Throttled || check.Reason == adapter.Uncertain {
				continue
			}
			if check.Name == "subscription" {
				continue
			}
			// Credentials that were refused connect nothing.
			src.Validation, src.Connection = Invalid, Disconnected
			src.attend("check_"+check.Name, check.Detail, s.clock)
		}
		if src.Validation != Invalid && onlySubscription(r) {
			src.Validation, src.Connection = Good, Connected
		}
	}
	src.ExpiresAt = r.ExpiresAt
	if r.Subscribed != nil {
		src.Subscription = Unsubscribed
		if *r.Subscribed {
			src.Subscription = Subscribed
		}
	}
	return nil
}

// onlySubscription tells whether nothing failed but the webhook subscription,
// which says nothing about the credentials.
func onlySubscription(r adapter.Report) bool {
	for _, c := range r.Checks {
		if !c.OK && c.Name != "subscription" {
			return false
		}
	}
	return true
}

// SetSubscription records whether the provider sends us webhooks.
func (s *Service) SetSubscription(ctx context.Context, c *Channel, sub Subscription) (*Channel, error) {
	action := "subscribe"
	if sub == Unsubscribed {
		action = "unsubscribe"
	}
	return s.changeSource(ctx, c, action, func(_ *db.Tx, src *Source) error {
		src.Subscription = sub
		return nil
	})
}

// Broken records that the provider refused our credentials or settings.
func (s *Service) Broken(ctx context.Context, c *Channel, code, words string) (*Channel, error) {
	return s.changeSource(ctx, c, "", func(_ *db.Tx, src *Source) error {
		src.Connection = Disconnected
		src.attend(code, words, s.clock)
		return nil
	})
}

// Noticed records what the provider said about the account itself at a moment:
// that it cannot be used, or that it can again. Notices come late, repeatedly
// and in any order; only the newest counts.
func (s *Service) Noticed(ctx context.Context, c *Channel, code, words string, bad bool, at time.Time) (*Channel, error) {
	return s.changeSource(ctx, c, "", func(tx *db.Tx, src *Source) error {
		n, err := tx.Exec(newerNotice, c.OrganizationID, c.ID, at)
		if err != nil || n == 0 {
			return err
		}
		if bad {
			src.Connection = Disconnected
			src.attend(code, words, s.clock)
			return nil
		}
		src.settled(code)
		if len(src.Attention) == 0 {
			src.Connection = Connected
		}
		return nil
	})
}

var newerNotice = db.SQL(`INSERT INTO channel_notice (organization_id, channel_id, at) VALUES ($1,$2,$3)
	ON CONFLICT (organization_id, channel_id) DO UPDATE SET at = $3 WHERE channel_notice.at < $3`)

// changeSource runs as the system; action, when not empty, is what it is written
// down as if a person asked for it: an account's uniqueness over the whole
// server cannot be seen from inside one organization.
func (s *Service) changeSource(ctx context.Context, c *Channel, action string, change func(*db.Tx, *Source) error) (*Channel, error) {
	var out *Channel
	err := s.db.System().Write(ctx, func(tx *db.Tx) error {
		now, err := s.hold(tx, c.OrganizationID, c.ID)
		if errors.Is(err, errAbsent) || (err == nil && now.Source == nil) {
			return fault.Absent("channel")
		} else if err != nil {
			return err
		}
		// A check of credentials that were replaced meanwhile says nothing.
		if c.Source != nil && !same(c.Source.Settings, now.Source.Settings) {
			out = now
			return nil
		}
		if err := change(tx, now.Source); err != nil {
			return err
		}
		out = now
		tx.Emit(db.Event{Org: c.OrganizationID, Kind: "channel.updated", Ref: c.ID, Channel: c.ID})
		if err := s.saveSource(tx, now.Source, false, s.clock.Now()); err != nil || action == "" {
			return err
		}
		return s.asked(tx, action, now, map[string]any{"name": now.Name, "connection": now.Connection(), "validation": now.Validation(), "subscription": now.Source.Subscription})
	})
	if db.Violates(err, "source_proven") { // proven for somebody else at this moment; now we see him
		return s.changeSource(ctx, c, action, change)
	}
	if err == nil {
		s.changed(out)
	}
	return out, err
}

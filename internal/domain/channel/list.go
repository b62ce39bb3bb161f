package channel

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/account"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// NewSpec is what lists of channels may be asked.
func (s *Service) NewSpec() *query.Spec {
	return &query.Spec{Resource: "channel_accounts", Fields: []query.Field{
		{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
		{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
		{Name: "name", Column: "t.name", Folded: "t.name_folded", Type: query.FoldedText, Filterable: true, Sortable: true},
		{Name: "type", Column: "t.type", Type: query.Enum, Values: adapter.Names, Aliases: adapter.Aliases, Filterable: true},
		{Name: "source_id", Column: "t.source_id", Type: query.UUID, Filterable: true, Nullable: true},
		{Name: "is_active", Column: "t.is_active", Type: query.Bool, Filterable: true},
		{Name: "sticky_routing", Column: "t.sticky_routing", Type: query.Bool, Filterable: true},
		{Name: "connection", Column: "COALESCE(s.connection,'disconnected')", Type: query.Enum, Values: []string{"connected", "disconnected"}, Filterable: true},
		{Name: "validation", Column: "COALESCE(s.validation,'pending')", Type: query.Enum, Values: []string{"pending", "good", "invalid"}, Filterable: true},
		{Name: "subscription", Column: "COALESCE(s.subscription,'none')", Type: query.Enum, Values: []string{"subscribed", "unsubscribed", "none"}, Filterable: true},
		{Name: "last_inbound_at", Column: "t.last_inbound_at", Type: query.Time, Filterable: true, Sortable: true, Nullable: true},
		{Name: "created_at", Column: "t.created_at", Type: query.Time, Filterable: true, Sortable: true},
		{Name: "updated_at", Column: "t.updated_at", Type: query.Time, Filterable: true, Sortable: true},
	}}
}

const (
	listColumns = `t.organization_id, t.id, t.name, t.type, t.source_id, t.is_active, t.sticky_routing,
	t.display_name_format, t.last_inbound_at, t.last_outbound_at, t.created_at, t.updated_at,
	s.id, s.name, s.account, s.app, s.settings, s.secrets, s.connection, s.validation, s.subscription, s.attention,
	s.credentials_expire_at, s.created_at, s.updated_at`
	// The subquery leaves deleted channels out whatever the filter says.
	listFrom = `(SELECT * FROM channel WHERE deleted_at IS NULL) t LEFT JOIN source s ON s.organization_id = t.organization_id AND s.id = t.source_id`
)

// List reads channels.
func (s *Service) List(ctx context.Context, a account.Actor, l *query.List) ([]*Channel, int64, error) {
	if err := a.Require(account.ChannelsView); err != nil {
		return nil, 0, err
	}
	var out []*Channel
	total := int64(-1)
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out, total, err = s.listIn(tx, l)
		return err
	})
	return out, total, err
}

func (s *Service) listIn(tx *db.Tx, l *query.List) (out []*Channel, total int64, err error) {
	total, err = db.List(tx, l, listColumns, listFrom, func(scan func(...any) error) error {
		c, err := s.scanChannel(scan)
		out = append(out, c)
		return err
	})
	return out, total, err
}

// UpdateWhere changes every channel a list selects, all or none. check is told
// how many there are before anything is committed.
func (s *Service) UpdateWhere(ctx context.Context, a account.Actor, l *query.List, d Draft, check func(n int) error) ([]*Channel, error) {
	if err := a.Require(account.ChannelsEdit); err != nil {
		return nil, err
	}
	var out []*Channel
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) (err error) {
		if out, _, err = s.listIn(tx, l); err != nil {
			return err
		}
		if err := check(len(out)); err != nil {
			return err
		}
		slices.SortFunc(out, func(a, b *Channel) int { return bytes.Compare(a.ID[:], b.ID[:]) })
		var acts []audit.Act
		for i, c := range out {
			if c, err = s.hold(tx, a.Organization, c.ID); err != nil {
				return err
			}
			out[i] = c
			act, err := s.changeIn(tx, a, c, d)
			if err != nil {
				return err
			}
			acts = append(acts, act)
		}
		return audit.Record(tx, s.clock.Now(), a.Audit(), acts...)
	})
	if err != nil {
		return nil, err
	}
	for _, c := range out {
		s.changed(c)
	}
	return out, nil
}

// DeleteWhere deletes every channel a list selects, all or none.
func (s *Service) DeleteWhere(ctx context.Context, a account.Actor, l *query.List, check func(n int) error, also func(tx *db.Tx, c *Channel) error) ([]*Channel, error) {
	if err := a.Require(account.ChannelsEdit); err != nil {
		return nil, err
	}
	var out []*Channel
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) (err error) {
		if out, _, err = s.listIn(tx, l); err != nil {
			return err
		}
		if err := check(len(out)); err != nil {
			return err
		}
		var acts []audit.Act
		for _, c := range out {
			if err := s.deleteIn(tx, c, also); err != nil {
				return err
			}
			acts = append(acts, s.act("delete", c.ID, s.record(c), nil))
		}
		return audit.Record(tx, s.clock.Now(), a.Audit(), acts...)
	})
	for _, c := range out {
		s.bus.Publish(event.Hint{Topic: event.Channel, Key: c.ID})
	}
	return out, err
}

// SourceSpec is what lists of sources may be asked.
var SourceSpec = query.Spec{Resource: "sources", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
	{Name: "name", Column: "t.name", Type: query.Text, Filterable: true, Sortable: true},
	{Name: "type", Column: "t.type", Type: query.Text, Filterable: true},
	{Name: "external_id", Column: "t.account", Type: query.Text, Filterable: true, Sortable: true},
	{Name: "connection", Column: "t.connection", Type: query.Enum, Values: []string{"connected", "disconnected"}, Filterable: true},
	{Name: "channel_id", Column: "c.id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "created_at", Column: "t.created_at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "updated_at", Column: "t.updated_at", Type: query.Time, Filterable: true, Sortable: true},
}}

// Sources lists sources.
func (s *Service) Sources(ctx context.Context, a account.Actor, l *query.List) (out []*Source, total int64, err error) {
	if err := a.Require(account.SourcesView); err != nil {
		return nil, 0, err
	}
	err = s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out = nil
		total, err = db.List(tx, l, `t.organization_id, t.type, t.id, t.name, t.account, t.app, t.settings, t.secrets, t.connection,
			t.validation, t.subscription, t.attention, t.credentials_expire_at, t.created_at, t.updated_at, c.id`,
			`source t LEFT JOIN channel c ON c.organization_id = t.organization_id AND c.source_id = t.id AND c.deleted_at IS NULL`,
			func(scan func(...any) error) error {
				src, err := s.scanSource(scan)
				out = append(out, src)
				return err
			})
		return err
	})
	return out, total, err
}

// Source reads one source.
func (s *Service) Source(ctx context.Context, a account.Actor, source id.ID) (*Source, error) {
	if err := a.Require(account.SourcesView); err != nil {
		return nil, err
	}
	return s.source(ctx, a, source)
}

func (s *Service) source(ctx context.Context, a account.Actor, source id.ID) (*Source, error) {
	var src *Source
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) error {
		src = nil
		return tx.Query(selectSource, []any{a.Organization, source}, func(scan func(...any) error) (err error) {
			src, err = s.scanSource(scan)
			return err
		})
	})
	if err == nil && src == nil {
		err = fault.Absent("source")
	}
	return src, err
}

// deleteIn deletes one channel and the source it stood on.
func (s *Service) deleteIn(tx *db.Tx, c *Channel, also func(tx *db.Tx, c *Channel) error) error {
	if also != nil {
		if err := also(tx, c); err != nil {
			return err
		}
	}
	n, err := tx.Exec(deleteChannel, c.OrganizationID, c.ID, s.clock.Now())
	if err != nil {
		return err
	}
	if n == 0 {
		return errAbsent
	}
	// Its source goes with it: name and account are free again.
	if c.Source != nil {
		if _, err := tx.Exec(deleteSource, c.OrganizationID, c.Source.ID); err != nil {
			return err
		}
	}
	tx.Emit(db.Event{Kind: "channel.updated", Ref: c.ID, Channel: c.ID})
	return nil
}

// Delete removes a channel; also runs in the same transaction, for what others
// keep about it. Its conversations stay readable.
func (s *Service) Delete(ctx context.Context, a account.Actor, ch id.ID, check func(*Channel) error, also func(tx *db.Tx, c *Channel) error) error {
	if err := a.Require(account.ChannelsEdit); err != nil {
		return err
	}
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		c, err := s.load(tx, a.Organization, ch) // not held: its conversations are locked first
		if errors.Is(err, errAbsent) {
			return fault.Absent("channel")
		} else if err != nil {
			return err
		}
		if check != nil {
			if err := check(c); err != nil {
				return err
			}
		}
		if err := s.deleteIn(tx, c, also); err != nil {
			return err
		}
		return audit.Record(tx, s.clock.Now(), a.Audit(), s.act("delete", c.ID, s.record(c), nil))
	})
	if err == nil {
		s.bus.Publish(event.Hint{Topic: event.Channel, Key: ch})
	}
	return err
}

// DeleteSource forgets a source. One that a channel uses is given up only when
// the caller says so: the channel stays, disconnected.
func (s *Service) DeleteSource(ctx context.Context, a account.Actor, source id.ID, disconnect bool, check func(*Source) error) error {
	if err := a.Require(account.SourcesEdit); err != nil {
		return err
	}
	var used id.ID
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		var src *Source
		if err := tx.Query(selectSource, []any{a.Organization, source}, func(scan func(...any) error) (err error) {
			src, err = s.scanSource(scan)
			return err
		}); err != nil {
			return err
		}
		if src == nil {
			return fault.Absent("source")
		}
		if err := check(src); err != nil {
			return err
		}
		if used = src.ChannelID; !used.IsZero() {
			c, err := s.hold(tx, a.Organization, used)
			if err != nil {
				return err
			}
			if c.IsActive && !disconnect {
				return fault.New(fault.Conflict, "source_in_use", "The active channel %q uses this source.", c.Name).
					WithHint("Add ?disconnect=true to leave the channel disconnected, or switch the channel off first.")
			}
			if _, err := tx.Exec(unlinkSource, a.Organization, source, s.clock.Now()); err != nil {
				return err
			}
			tx.Emit(db.Event{Kind: "channel.updated", Ref: used, Channel: used})
		}
		if _, err := tx.Exec(deleteSource, a.Organization, source); err != nil {
			return err
		}
		return audit.Record(tx, s.clock.Now(), a.Audit(), audit.Act{Action: "source.delete", ObjectType: "source", ObjectID: source,
			Before: map[string]any{"name": src.Name, "type": src.Type, "channel_id": src.ChannelID, "settings": s.shown(src, false)}})
	})
	if err == nil && !used.IsZero() {
		s.changed(&Channel{ID: used})
	}
	return err
}

var unlinkSource = db.SQL(`UPDATE channel SET source_id = NULL, updated_at = $3 WHERE organization_id = $1 AND source_id = $2`)

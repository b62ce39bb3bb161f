package channel

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/account"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// SourceDraft is what a caller may set on a source. Nil members stay as they are.
type SourceDraft struct {
	OrganizationID *id.ID        `json:"organization_id,omitempty" doc:"The caller's own organization; may be left out"`
	Name           *string       `json:"name,omitempty" doc:"What people call the account, at most 80 characters"`
	Type           *string       `json:"type,omitempty" doc:"Channel type, see channel_types; fixed after creation"`
	Settings       SettingsPatch `json:"settings,omitempty" doc:"Fields of the type's descriptor; one that is left out, or a masked secret, stays; null removes it"`
}

// CreateSources makes sources that no channel uses yet, all or none. It never
// asks the provider; at says which of them an error is about.
func (s *Service) CreateSources(ctx context.Context, a account.Actor, ds []SourceDraft, at func(i int, err error) error) ([]*Source, error) {
	if err := a.Require(account.SourcesEdit); err != nil {
		return nil, err
	}
	var out []*Source
	var acts []audit.Act
	for i, d := range ds {
		src, err := s.newSource(a, d)
		if err != nil {
			return nil, at(i, err)
		}
		out, acts = append(out, src), append(acts, s.sourceAct("create", src))
	}
	return out, s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		for _, src := range out {
			if err := s.saveSource(tx, src, true, s.clock.Now()); err != nil {
				return err
			}
		}
		return audit.Record(tx, s.clock.Now(), a.Audit(), acts...)
	})
}

func (s *Service) newSource(a account.Actor, d SourceDraft) (*Source, error) {
	if d.OrganizationID != nil && *d.OrganizationID != a.Organization {
		return nil, fault.InvalidField("/organization_id", "not_found", "There is no such organization.")
	}
	if d.Type == nil {
		return nil, fault.InvalidField("/type", "required", "A source needs a type.").WithHint("One of: %s.", s.typeNames())
	}
	t := s.TypeNamed(*d.Type)
	if t == nil {
		return nil, fault.InvalidField("/type", "not_one_of", "There is no channel type of that name.").WithHint("One of: %s.", s.typeNames())
	}
	src := &Source{OrganizationID: a.Organization, ID: id.New(), Type: t.ID, Name: t.Name, Settings: adapter.Settings{}}
	if err := src.name(d.Name); err != nil {
		return nil, err
	}
	_, err := s.setSettings(t, src, d.Settings, true)
	return src, err
}

// name sets the source's name.
func (src *Source) name(given *string) error {
	if given == nil {
		return nil
	}
	name := strings.TrimSpace(*given)
	if n := utf8.RuneCountInString(name); n < 1 || n > 80 {
		return fault.InvalidField("/name", "too_long", "A source's name has 1 to 80 characters, this has %d.", n)
	}
	src.Name = name
	return nil
}

// UpdateSource changes a source. The same change may be made through its channel.
func (s *Service) UpdateSource(ctx context.Context, a account.Actor, source id.ID, d SourceDraft, check func(*Source) error) (*Source, error) {
	if err := a.Require(account.SourcesEdit); err != nil {
		return nil, err
	}
	var out *Source
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		src, err := s.holdSource(tx, a.Organization, source)
		if err != nil {
			return err
		}
		out = src
		if err := check(src); err != nil {
			return err
		}
		if d.OrganizationID != nil && *d.OrganizationID != a.Organization {
			return fault.InvalidField("/organization_id", "not_found", "There is no such organization.")
		}
		t := s.Type(src.Type)
		if d.Type != nil && s.TypeNamed(*d.Type) != t {
			return fault.InvalidField("/type", "fixed", "The type of a source cannot be changed.").WithHint("Create another source.")
		}
		was, before := maps(src.Settings), s.sourceAct("", src).After
		if err := src.name(d.Name); err != nil {
			return err
		}
		if d.Name != nil {
			for _, f := range t.Fields {
				if f.Names {
					src.Settings[f.Key] = src.Name
				}
			}
		}
		if _, err := s.setSettings(t, src, d.Settings, false); err != nil {
			return err
		}
		if err := s.saveSource(tx, src, false, s.clock.Now()); err != nil {
			return err
		}
		if !src.ChannelID.IsZero() {
			tx.Emit(db.Event{Kind: "channel.updated", Ref: src.ChannelID, Channel: src.ChannelID})
		}
		act := s.sourceAct("update", src)
		act.Before = before
		if keys := replaced(t, was, src.Settings); len(keys) > 0 {
			act.After.(map[string]any)["secrets_replaced"] = keys
		}
		return audit.Record(tx, s.clock.Now(), a.Audit(), act)
	})
	if err != nil {
		return nil, err
	}
	if !out.ChannelID.IsZero() {
		s.changed(&Channel{ID: out.ChannelID})
	}
	return out, nil
}

func (s *Service) sourceAct(action string, src *Source) audit.Act {
	return audit.Act{Action: "source." + action, ObjectType: "source", ObjectID: src.ID,
		After: map[string]any{"name": src.Name, "type": src.Type, "channel_id": src.ChannelID, "settings": s.shown(src, false)}}
}

// holdSource reads a source for who is going to change it. The lock is that of
// its channel, when it has one, as everywhere.
func (s *Service) holdSource(tx *db.Tx, org, source id.ID) (*Source, error) {
	read := func() (src *Source, err error) {
		err = tx.Query(selectSource, []any{org, source}, func(scan func(...any) error) (err error) {
			src, err = s.scanSource(scan)
			return err
		})
		if err == nil && src == nil {
			err = fault.Absent("source")
		}
		return src, err
	}
	src, err := read()
	if err != nil {
		return nil, err
	}
	if !src.ChannelID.IsZero() {
		if err := tx.Row(lockChannel, []any{org, src.ChannelID}, &src.ChannelID); err != nil {
			return nil, err
		}
	}
	var locked id.ID
	if err := tx.Row(lockSource, []any{org, source}, &locked); errors.Is(err, db.ErrNoRows) {
		return nil, fault.Absent("source")
	} else if err != nil {
		return nil, err
	}
	return read()
}

var (
	lockSource     = db.SQL(`SELECT id FROM source WHERE organization_id = $1 AND id = $2 @lock`)
	sourceAnywhere = db.SQL(`SELECT s.organization_id, s.id, (SELECT c.id FROM channel c WHERE c.source_id = s.id AND c.deleted_at IS NULL)
		FROM source s WHERE s.id = $1`)
)

// FindSource reads a source of any organization, for the gateway; nil when
// absent.
func (s *Service) FindSource(ctx context.Context, source id.ID) (*Source, error) {
	var src *Source
	err := s.db.System().Read(ctx, func(tx *db.Tx) error {
		src = nil
		var org, self, ch id.ID
		if err := tx.Row(sourceAnywhere, []any{source}, &org, &self, &ch); errors.Is(err, db.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		return tx.Query(selectSource, []any{org, self}, func(scan func(...any) error) (err error) {
			src, err = s.scanSource(scan)
			return err
		})
	})
	return src, err
}

// SourceEditable refuses who may not change a source; one that is not his is
// absent.
func (s *Service) SourceEditable(ctx context.Context, a account.Actor, source id.ID) error {
	if err := a.Require(account.SourcesEdit); err != nil {
		return err
	}
	_, err := s.source(ctx, a, source)
	return err
}

// Unproven tells whether a source awaits the check without which it stays
// disconnected.
func (s *Service) Unproven(src *Source) bool {
	return src.Validation == Pending && len(s.Type(src.Type).Issued) > 0
}

// Edited reads a source after an act, for who may edit but not list.
func (s *Service) Edited(ctx context.Context, a account.Actor, source id.ID) (*Source, error) {
	if err := a.Require(account.SourcesEdit); err != nil {
		return nil, err
	}
	return s.source(ctx, a, source)
}

// SourceChecked is Checked for a source, which a channel may or may not use.
func (s *Service) SourceChecked(ctx context.Context, seen *Source, r adapter.Report) (*Source, error) {
	var out *Source
	err := s.db.System().Write(ctx, func(tx *db.Tx) error {
		src, err := s.holdSource(tx, seen.OrganizationID, seen.ID)
		if err != nil {
			return err
		}
		out = src
		if !same(seen.Settings, src.Settings) { // replaced meanwhile: the check says nothing about these
			return nil
		}
		if err := s.applyReport(tx, src, r); err != nil {
			return err
		}
		if !src.ChannelID.IsZero() {
			tx.Emit(db.Event{Org: src.OrganizationID, Kind: "channel.updated", Ref: src.ChannelID, Channel: src.ChannelID})
		}
		if err := s.saveSource(tx, src, false, s.clock.Now()); err != nil {
			return err
		}
		by, ok := audit.From(tx.Context())
		if !ok || by.Organization != src.OrganizationID {
			return nil
		}
		return audit.Record(tx, s.clock.Now(), by, audit.Act{Action: "source.challenge", ObjectType: "source", ObjectID: src.ID,
			After: map[string]any{"name": src.Name, "connection": src.Connection, "validation": src.Validation}})
	})
	if db.Violates(err, "source_proven") { // proven for somebody else at this moment; now we see him
		return s.SourceChecked(ctx, seen, r)
	}
	if err == nil && !out.ChannelID.IsZero() {
		s.changed(&Channel{ID: out.ChannelID})
	}
	return out, err
}

// issue makes the credentials of a type that are not there yet.
func (s *Service) issue(src *Source) {
	for _, i := range s.Type(src.Type).Issued {
		if src.Issued == nil {
			src.Issued = map[string]adapter.Credential{}
		}
		if src.Issued[i.Key].Value == "" {
			src.Issued[i.Key] = adapter.Credential{Value: i.Make()}
		}
	}
}

// Overlap is how long a credential of ours goes on counting after it was
// replaced.
const Overlap = 24 * time.Hour

// Issued is what we made for the other side to use.
type Issued struct {
	CallbackURL string             `json:"callback_url"`
	VerifyToken string             `json:"verify_token"`
	AccessToken string             `json:"access_token,omitempty"`
	Signing     string             `json:"signing_secret,omitempty"`
	Calls       map[string]string  `json:"calls,omitempty" doc:"Address of each call the other side may make"`
	Credentials []IssuedCredential `json:"credentials"`
}

// IssuedCredential is one value, with the one it replaces while that still counts.
type IssuedCredential struct {
	Key           string      `json:"key"`
	Label         string      `json:"label"`
	Help          string      `json:"help"`
	Value         string      `json:"value"`
	PreviousUntil clock.Stamp `json:"previous_until" nullable:"true" doc:"Until when the value before goes on counting"`
}

func (s *Service) issuedOf(src *Source) Issued {
	t := s.Type(src.Type)
	out := Issued{VerifyToken: src.Settings[verifyToken], AccessToken: src.Issued["access_token"].Value, Signing: src.Issued["signing_secret"].Value,
		Credentials: []IssuedCredential{}}
	if !src.ChannelID.IsZero() || t.Inlet != nil {
		out.CallbackURL = s.CallbackURL(&Channel{ID: src.ChannelID, Type: src.Type, SourceID: src.ID})
	}
	if t.Inlet != nil {
		out.Calls = map[string]string{}
		for _, c := range t.Inlet.Calls {
			out.Calls[c] = out.CallbackURL + "/" + c
		}
	}
	now := s.clock.Now()
	for _, i := range t.Issued {
		c := src.Issued[i.Key]
		if c.Value == "" {
			continue
		}
		v := IssuedCredential{Key: i.Key, Label: i.Label, Help: i.Help, Value: c.Value}
		if len(c.Valid(now)) > 1 {
			v.PreviousUntil = clock.Stamp{Time: c.BeforeUntil}
		}
		out.Credentials = append(out.Credentials, v)
	}
	return out
}

// Reveal shows what we issued for a source, to who may edit it.
func (s *Service) Reveal(ctx context.Context, a account.Actor, source id.ID) (Issued, error) {
	if err := a.Require(account.SourcesEdit); err != nil {
		return Issued{}, err
	}
	src, err := s.source(ctx, a, source)
	if err != nil {
		return Issued{}, err
	}
	return s.issuedOf(src), s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		return audit.Record(tx, s.clock.Now(), a.Audit(), audit.Act{Action: "source.reveal", ObjectType: "source", ObjectID: source,
			After: map[string]any{"name": src.Name, "channel_id": src.ChannelID}})
	})
}

// Rotate replaces what we issued, or the one of a key. The value before counts
// for 24 hours more; the one before that no longer.
func (s *Service) Rotate(ctx context.Context, a account.Actor, source id.ID, key string) (Issued, error) {
	if err := a.Require(account.SourcesEdit); err != nil {
		return Issued{}, err
	}
	var out *Source
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		src, err := s.holdSource(tx, a.Organization, source)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		var done []string
		for _, i := range s.Type(src.Type).Issued {
			if c := src.Issued[i.Key]; c.Value != "" && (key == "" || key == i.Key) {
				src.Issued[i.Key] = adapter.Credential{Value: i.Make(), Before: c.Value, BeforeUntil: now.Add(Overlap)}
				done = append(done, i.Key)
			}
		}
		if len(done) == 0 {
			return fault.New(fault.Conflict, "nothing_issued", "There is nothing to replace: nothing of that kind was issued for this source.").
				WithHint("Test the source first; what succeeds is issued its credentials.")
		}
		if err := s.saveSource(tx, src, false, now); err != nil {
			return err
		}
		out = src
		return audit.Record(tx, now, a.Audit(), audit.Act{Action: "source.rotate", ObjectType: "source", ObjectID: source,
			After: map[string]any{"name": src.Name, "channel_id": src.ChannelID, "replaced": done, "previous_until": clock.Stamp{Time: now.Add(Overlap)}}})
	})
	if err != nil {
		return Issued{}, err
	}
	if !out.ChannelID.IsZero() {
		s.changed(&Channel{ID: out.ChannelID})
	}
	return s.issuedOf(out), nil
}

package contact

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"switchboard/internal/domain/account"
	"switchboard/internal/message"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/platform/text"
)

// Draft is a contact somebody enters.
type Draft struct {
	OrganizationID *id.ID         `json:"organization_id,omitempty" doc:"The caller's own organization; may be left out"`
	Name           string         `json:"name,omitempty" maxLength:"255"`
	Language       string         `json:"language,omitempty" maxLength:"35" doc:"Language tag such as ar or pt-BR"`
	Identities     []DraftAddress `json:"identities,omitempty" maxItems:"20" doc:"Where he can be reached; each address belongs to one contact"`
}

// DraftAddress is an address somebody enters.
type DraftAddress struct {
	Type    string `json:"type" doc:"Channel type, see channel_types"`
	Kind    string `json:"kind,omitempty" enum:"phone,scoped_id,parent_id,email,handle,external_user" doc:"phone when left out"`
	Address string `json:"address" minLength:"1" maxLength:"255" doc:"A phone number has its country code"`
}

// Patch is what may be changed of a contact. Nil members stay as they are.
type Patch struct {
	Name     *string `json:"name,omitempty" maxLength:"255" doc:"A name given here is not replaced by what the contact calls himself on a platform"`
	Language *string `json:"language,omitempty" maxLength:"35"`
}

// Types tells the name of a channel type by name or alias; "" for none. The
// caller hands it in: contacts know no types.
type Types func(name string) string

var (
	lockContact   = db.SQL(`SELECT id FROM contact WHERE organization_id = $1 AND id = $2 @lock`)
	changeContact = db.SQL(`UPDATE contact SET name = $3, name_folded = $4, language = $5, updated_at = $6 WHERE organization_id = $1 AND id = $2`)
	talkedTo      = db.SQL(`SELECT id FROM conversation WHERE organization_id = $1 AND contact_id = $2 LIMIT 1`)
	deleteAddress = db.SQL(`DELETE FROM identity WHERE organization_id = $1 AND contact_id = $2`)
)

// CreateMany adds contacts, all or none; at says which of them an error is about.
func (s *Service) CreateMany(ctx context.Context, a account.Actor, ds []Draft, types Types, at func(i int, err error) error) ([]View, error) {
	if err := a.Require(account.ContactsEdit); err != nil {
		return nil, err
	}
	out := make([]View, len(ds))
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		for i, d := range ds {
			who, err := s.createIn(tx, a, d, types)
			if err != nil {
				return at(i, err)
			}
			if out[i], err = s.one(tx, a.Organization, who); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func (s *Service) createIn(tx *db.Tx, a account.Actor, d Draft, types Types) (id.ID, error) {
	if d.OrganizationID != nil && *d.OrganizationID != a.Organization {
		return id.Zero, fault.InvalidField("/organization_id", "not_found", "There is no such organization.")
	}
	name, err := cleanName(d.Name)
	if err != nil {
		return id.Zero, err
	}
	who, now := id.New(), s.clock.Now()
	if err := tx.InsertMany(insertContact, [][]any{{a.Organization, who, "person", name, text.Fold(name), now, now}}); err != nil {
		return id.Zero, err
	}
	if d.Language != "" {
		if _, err := tx.Exec(changeContact, a.Organization, who, name, text.Fold(name), d.Language, now); err != nil {
			return id.Zero, err
		}
	}
	for i, in := range d.Identities {
		at := "/identities/" + strconv.Itoa(i)
		typ := types(in.Type)
		if typ == "" {
			return id.Zero, fault.InvalidField(at+"/type", "not_one_of", "There is no channel type of that name.").WithHint("See channel_types.")
		}
		kind, value := message.AddressKind(in.Kind), strings.TrimSpace(in.Address)
		if kind == "" {
			kind = message.Phone
		}
		if kind == message.Phone {
			if value = phone(value); value == "" {
				return id.Zero, fault.InvalidField(at+"/address", "bad_format", "A phone number has 6 to 15 digits, its country code first.").WithHint("Write it as +12025550123.")
			}
		}
		fresh, err := tx.InsertNew(insertIdentity, [][]any{{a.Organization, typ, string(kind), value, id.New(), who, name, "", now}})
		if err != nil {
			return id.Zero, err
		}
		if !fresh[0] {
			f := fault.New(fault.Conflict, "identity_taken", "Another contact has this address on %s.", typ).
				WithDetails("%s: another contact has it", at).WithHint("Find him by his address and write to him, or leave the address out.")
			return id.Zero, f.WithField(at, "identity_taken", "Another contact has this address.")
		}
	}
	return who, nil
}

// phone gives the digits of a number with its country code; "" when it is none.
func phone(s string) string {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "+"), "00")
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -().\u00a0", r) {
			return -1
		}
		return r
	}, s)
	if len(digits) < 6 || len(digits) > 15 || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return ""
	}
	return digits
}

func cleanName(name string) (string, error) {
	name = strings.TrimSpace(name)
	switch {
	case utf8.RuneCountInString(name) > nameMost:
		return "", fault.InvalidField("/name", "too_long", "A name has at most %d characters.", nameMost)
	case strings.ContainsFunc(name, unicode.IsControl):
		return "", fault.InvalidField("/name", "bad_format", "The name holds a line break or another control character.")
	}
	return name, nil
}

// one reads a contact inside a transaction.
func (s *Service) one(tx *db.Tx, org, who id.ID) (View, error) {
	var out []View
	if err := tx.Query(selectOne, []any{org, who}, func(scan func(...any) error) error {
		v, err := scanView(scan)
		out = append(out, v)
		return err
	}); err != nil {
		return View{}, err
	}
	if len(out) == 0 {
		return View{}, fault.Absent("contact")
	}
	return out[0], s.fill(tx, org, out)
}

// hold is one for who is going to change the contact.
func (s *Service) hold(tx *db.Tx, org, who id.ID) (View, error) {
	var locked id.ID
	if err := tx.Row(lockContact, []any{org, who}, &locked); errors.Is(err, db.ErrNoRows) {
		return View{}, fault.Absent("contact")
	} else if err != nil {
		return View{}, err
	}
	return s.one(tx, org, who)
}

// Update changes one contact; check sees it as it was.
func (s *Service) Update(ctx context.Context, a account.Actor, who id.ID, p Patch, check func(View) error) (out View, err error) {
	if err := a.Require(account.ContactsEdit); err != nil {
		return View{}, err
	}
	err = s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		was, err := s.hold(tx, a.Organization, who)
		if err != nil {
			return err
		}
		if err := check(was); err != nil {
			return err
		}
		out, err = s.changeIn(tx, was, p)
		return err
	})
	return out, err
}

func (s *Service) changeIn(tx *db.Tx, v View, p Patch) (View, error) {
	if p.Name != nil {
		name, err := cleanName(*p.Name)
		if err != nil {
			return v, err
		}
		v.Name, v.DisplayName = name, DisplayName(name, v.ID)
	}
	if p.Language != nil {
		v.Language = *p.Language
	}
	v.UpdatedAt.Time = s.clock.Now()
	_, err := tx.Exec(changeContact, v.OrganizationID, v.ID, v.Name, text.Fold(v.Name), v.Language, v.UpdatedAt.Time)
	return v, err
}

// UpdateWhere changes every contact a list selects, all or none. check is told
// how many there are before anything is committed.
func (s *Service) UpdateWhere(ctx context.Context, a account.Actor, l *query.List, p Patch, check func(n int) error) (out []View, err error) {
	if err := a.Require(account.ContactsEdit); err != nil {
		return nil, err
	}
	err = s.where(ctx, a, l, check, &out, func(tx *db.Tx, i int, v View) (err error) {
		out[i], err = s.changeIn(tx, v, p)
		return err
	}, nil)
	return out, err
}

// where does something to every contact a list selects, in the order of ids.
func (s *Service) where(ctx context.Context, a account.Actor, l *query.List, check func(n int) error, out *[]View, each func(tx *db.Tx, i int, v View) error, after func(tx *db.Tx) error) error {
	return s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		rows, _, err := s.listIn(tx, a, l)
		if err != nil {
			return err
		}
		if err := check(len(rows)); err != nil {
			return err
		}
		slices.SortFunc(rows, func(a, b View) int { return bytes.Compare(a.ID[:], b.ID[:]) })
		*out = rows
		for i := range rows {
			v, err := s.hold(tx, a.Organization, rows[i].ID)
			if err != nil {
				return err
			}
			rows[i] = v
			if err := each(tx, i, v); err != nil {
				return err
			}
		}
		if after == nil {
			return nil
		}
		return after(tx)
	})
}

// Delete forgets a contact nobody ever talked to; check sees it as it was.
func (s *Service) Delete(ctx context.Context, a account.Actor, who id.ID, check func(View) error) error {
	if err := a.Require(account.ContactsDelete); err != nil {
		return err
	}
	return inUse(s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		was, err := s.hold(tx, a.Organization, who)
		if err != nil {
			return err
		}
		if err := check(was); err != nil {
			return err
		}
		if err := s.deleteIn(tx, was); err != nil {
			return err
		}
		return audit.Record(tx, s.clock.Now(), a.Audit(), deleted(was))
	}))
}

// DeleteWhere forgets every contact a list selects, all or none.
func (s *Service) DeleteWhere(ctx context.Context, a account.Actor, l *query.List, check func(n int) error) (out []View, err error) {
	if err := a.Require(account.ContactsDelete); err != nil {
		return nil, err
	}
	err = inUse(s.where(ctx, a, l, check, &out, func(tx *db.Tx, _ int, v View) error { return s.deleteIn(tx, v) }, func(tx *db.Tx) error {
		var acts []audit.Act
		for _, v := range out {
			acts = append(acts, deleted(v))
		}
		return audit.Record(tx, s.clock.Now(), a.Audit(), acts...)
	}))
	return out, err
}

func deleted(v View) audit.Act {
	return audit.Act{Action: "contact.delete", ObjectType: "contact", ObjectID: v.ID, Before: map[string]any{"kind": v.Kind, "identities": len(v.Identities)}}
}

func (s *Service) deleteIn(tx *db.Tx, v View) error {
	var conversation id.ID
	if err := tx.Row(talkedTo, []any{v.OrganizationID, v.ID}, &conversation); err == nil {
		return inUseFault()
	} else if !errors.Is(err, db.ErrNoRows) {
		return err
	}
	if _, err := tx.Exec(deleteAddress, v.OrganizationID, v.ID); err != nil {
		return err
	}
	_, err := tx.Exec(deleteContact, v.OrganizationID, v.ID)
	return err
}

// inUse explains what somebody else made refer to the contact at this moment.
func inUse(err error) error {
	if db.Referred(err) {
		return inUseFault()
	}
	return err
}

func inUseFault() error {
	return fault.New(fault.Conflict, "contact_in_use", "There are conversations with this contact.").
		WithHint("Delete his conversations first: DELETE /rest/v1/conversations?contact_id=eq.<id>.")
}

package contact

import (
	"slices"

	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

var (
	moveIdentity = db.SQL(`UPDATE identity SET contact_id = $5 WHERE organization_id = $1 AND type = $2 AND kind = $3 AND address = $4`)
	ageIdentity  = db.SQL(`UPDATE identity SET created_at = $5 WHERE organization_id = $1 AND type = $2 AND kind = $3 AND address = $4`)
)

// Move notes that a person or a group is reached elsewhere from now on; the old
// address still leads to the same contact. Which of the two is heard of first
// makes no difference. A group whose new address was taken for another group is
// that contact no longer: it is returned as absorbed, to be joined and forgotten.
func (s *Service) Move(tx *db.Tx, org id.ID, typ string, from, to message.Party) (kept, absorbed id.ID, err error) {
	known, err := s.lookUp(tx, org, typ, []message.Party{from, to})
	if err != nil {
		return id.Zero, id.Zero, err
	}
	of := func(p message.Party) id.ID {
		for _, a := range p.Addresses {
			if k, ok := known[address{a.Kind, a.Value}]; ok {
				return k.contact
			}
		}
		return id.Zero
	}
	old, now := of(from), of(to)
	switch {
	case old.IsZero() && !now.IsZero(): // the new address is in use already
		if err := s.Learn(tx, org, typ, now, from); err != nil {
			return id.Zero, id.Zero, err
		}
		return now, id.Zero, s.age(tx, org, typ, from)
	case old.IsZero():
		ids, err := s.Resolve(tx, org, typ, []message.Party{from})
		if err != nil {
			return id.Zero, id.Zero, err
		}
		old = ids[0]
	}
	// What stays valid is not old.
	left := message.Party{Addresses: slices.DeleteFunc(slices.Clone(from.Addresses), func(a message.Address) bool { return slices.Contains(to.Addresses, a) })}
	if !now.IsZero() && now != old && to.Address(message.GroupAddress) != "" {
		for _, a := range to.Addresses {
			if _, err := tx.Exec(moveIdentity, org, typ, string(a.Kind), a.Value, old); err != nil {
				return id.Zero, id.Zero, err
			}
		}
		return old, now, s.age(tx, org, typ, left)
	}
	if err := s.Learn(tx, org, typ, old, to); err != nil {
		return id.Zero, id.Zero, err
	}
	return old, id.Zero, s.age(tx, org, typ, left)
}

// age puts addresses behind all others of their contact.
func (s *Service) age(tx *db.Tx, org id.ID, typ string, p message.Party) error {
	for _, a := range p.Addresses {
		if _, err := tx.Exec(ageIdentity, org, typ, string(a.Kind), a.Value, 0); err != nil {
			return err
		}
	}
	return nil
}

var leftOf = db.SQL(`SELECT count(*) FROM identity WHERE organization_id = $1 AND contact_id = $2`)

// Forget removes a contact that turned out to be another one, once no address
// leads to it.
func (s *Service) Forget(tx *db.Tx, org, who id.ID) error {
	var left int
	if err := tx.Row(leftOf, []any{org, who}, &left); err != nil || left > 0 {
		return err
	}
	_, err := tx.Exec(deleteContact, org, who)
	return err
}

package inbox

import (
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// place is somebody, or a group, that a conversation is held with.
type place struct {
	contact id.ID
	party   message.Party
}

// move lets people and groups be found under a new address.
func (b *batch) move() error {
	for i, it := range b.items {
		if it.Move != nil && b.fresh[i] {
			if err := b.s.moved(b.tx, b.org, b.ch.Type, it.Move.From, it.Move.To); err != nil {
				return err
			}
		}
	}
	return nil
}

// moved joins the old address and the new one. Where both were taken for two,
// what was said with the second goes to the first.
func (s *Service) moved(tx *db.Tx, org id.ID, typ string, from, to message.Party) error {
	kept, absorbed, err := s.contacts.Move(tx, org, typ, from, to)
	if err != nil || absorbed.IsZero() {
		return err
	}
	if err := s.absorb(tx, org, kept, absorbed); err != nil {
		return err
	}
	return s.contacts.Forget(tx, org, absorbed)
}

// resolveOthers finds the contacts of those who voted, and of the places we may
// write to from now on.
func (b *batch) resolveOthers() error {
	b.voters = map[int]id.ID{}
	var parties []message.Party
	var at []int
	for i, it := range b.items {
		switch {
		case !b.fresh[i]:
		case it.Vote != nil:
			parties, at = append(parties, it.Vote.From), append(at, i)
		case it.Presence != nil && it.Presence.Reachable && it.Presence.Who.Address(message.GroupAddress) != "":
			// A person who lets us write again says nothing yet.
			parties, at = append(parties, it.Presence.Who), append(at, i)
		}
	}
	if len(parties) == 0 {
		return nil
	}
	ids, err := b.s.contacts.Resolve(b.tx, b.org, b.ch.Type, parties)
	if err != nil {
		return err
	}
	for n, i := range at {
		if b.items[i].Vote != nil {
			b.voters[i] = ids[n]
		} else {
			b.places = append(b.places, place{ids[n], parties[n]})
		}
	}
	return nil
}

var (
	lockOfContacts = db.SQL(`SELECT channel_id, ` + convColumns + ` FROM conversation WHERE organization_id = $1 AND id IN (
		SELECT id FROM conversation WHERE contact_id IN @ids($2) AND organization_id = $1) ORDER BY id @lock`)
	rekey        = db.SQL(`UPDATE conversation SET contact_id = $3, thread_key = $4, updated_at = $5 WHERE organization_id = $1 AND id = $2`)
	moveMessages = db.SQL(`UPDATE message SET conversation_id = $3 WHERE organization_id = $1 AND conversation_id = $2`)
	moveOutbox   = db.SQL(`UPDATE outbox SET conversation_id = $3 WHERE organization_id = $1 AND conversation_id = $2`)
	moveEnquiry  = db.SQL(`UPDATE enquiry SET conversation_id = $3, contact_id = $4 WHERE organization_id = $1 AND conversation_id = $2`)
	giveEnquiry  = db.SQL(`UPDATE enquiry SET contact_id = $3 WHERE organization_id = $1 AND conversation_id = $2`)
	authorMoved  = db.SQL(`UPDATE message SET author_id = $4 WHERE organization_id = $1 AND conversation_id = $2 AND author_id = $3`)
	dropMarks    = db.SQL(`DELETE FROM read_mark WHERE organization_id = $1 AND conversation_id = $2`)
	dropOldLane  = db.SQL(`DELETE FROM send_lane WHERE organization_id = $1 AND conversation_id = $2`)
	dropConv     = db.SQL(`DELETE FROM conversation WHERE organization_id = $1 AND id = $2`)
	laneOf       = db.SQL(`SELECT count(*) FROM outbox WHERE organization_id = $1 AND conversation_id = $2`)
)

// absorb brings the conversations of a contact that was taken for another one
// to where they belong, on every channel.
func (s *Service) absorb(tx *db.Tx, org, kept, absorbed id.ID) error {
	type held struct {
		*conv
		channel id.ID
	}
	var all []held
	mine := map[id.ID]*conv{} // by channel
	if err := tx.Query(lockOfContacts, []any{org, db.IDs{kept, absorbed}}, func(scan func(...any) error) error {
		var h held
		var err error
		h.conv, err = scanConv(func(dest ...any) error { return scan(append([]any{&h.channel}, dest...)...) })
		if h.conv.contact == kept {
			mine[h.channel] = h.conv
		}
		all = append(all, h)
		return err
	}); err != nil {
		return err
	}
	now := s.clock.Now()
	for _, h := range all {
		if h.contact != absorbed {
			continue
		}
		into := mine[h.channel]
		if into == nil {
			if _, err := tx.Exec(rekey, org, h.id, kept, kept.String(), now); err != nil {
				return err
			}
			if _, err := tx.Exec(giveEnquiry, org, h.id, kept); err != nil {
				return err
			}
			continue
		}
		if err := s.join(tx, org, h.channel, into, h.conv); err != nil {
			return err
		}
	}
	return nil
}

// join makes one conversation of two on a channel; the caller holds both.
func (s *Service) join(tx *db.Tx, org, ch id.ID, into, from *conv) error {
	was := into.place()
	if from.status != NoEnquiry {
		if into.status == NoEnquiry {
			into.enquiry, into.status, into.owner, into.holder, into.team = from.enquiry, from.status, from.owner, from.holder, from.team
		} else if err := s.closeIn(tx, org, from.enquiry, from, "system", id.Zero, "merged", nil); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(authorMoved, org, from.id, from.contact, into.contact); err != nil {
		return err
	}
	for _, q := range []*db.Stmt{moveMessages, moveOutbox} {
		if _, err := tx.Exec(q, org, from.id, into.id); err != nil {
			return err
		}
	}
	if err := s.media.Move(tx, org, from.id, into.id); err != nil {
		return err
	}
	if _, err := tx.Exec(moveEnquiry, org, from.id, into.id, into.contact); err != nil {
		return err
	}
	for _, q := range []*db.Stmt{dropMarks, dropOldLane, dropConv} {
		if _, err := tx.Exec(q, org, from.id); err != nil {
			return err
		}
	}
	into.unread += from.unread
	if from.lastAt.After(into.lastAt) {
		into.lastAt, into.lastMessage = from.lastAt, from.lastMessage
	}
	if from.lastInbound.After(into.lastInbound) {
		into.lastInbound = from.lastInbound
	}
	if from.window.After(into.window) {
		into.window = from.window
	}
	now := s.clock.Now()
	if err := tx.Each(updateConvs, [][]any{{org, into.id, into.unread, into.lastMessage, micros(into.lastAt), micros(into.lastInbound), into.window,
		into.enquiry, into.status, into.owner, into.holder, into.team, now}}); err != nil {
		return err
	}
	moved(tx, org, ch, into, was)
	erased(tx, org, "conversation.updated", from.id, ch, from.place())
	var waiting int
	if err := tx.Row(laneOf, []any{org, into.id}, &waiting); err != nil || waiting == 0 {
		return err
	}
	_, err := tx.Exec(insertLane, org, into.id, ch)
	return err
}

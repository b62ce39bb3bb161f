package inbox

import (
	"encoding/json"
	"errors"

	"switchboard/internal/domain/delivery"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

var (
	beingSent      = db.SQL(`SELECT message_id FROM outbox WHERE organization_id = $1 AND conversation_id = $2 AND state = 'sending'`)
	deleteSteps    = db.SQL(`DELETE FROM message_step WHERE organization_id = $1 AND message_id IN @ids($2)`)
	deleteStars    = db.SQL(`DELETE FROM message_star WHERE organization_id = $1 AND message_id IN @ids($2)`)
	deleteVotes    = db.SQL(`DELETE FROM poll_vote WHERE organization_id = $1 AND message_id IN @ids($2)`)
	deleteTallies  = db.SQL(`DELETE FROM poll_tally WHERE organization_id = $1 AND message_id IN @ids($2)`)
	deleteMessages = db.SQL(`DELETE FROM message WHERE organization_id = $1 AND id IN @ids($2)`)
	unquote        = db.SQL(`UPDATE message SET reply_to_id = NULL WHERE organization_id = $1 AND conversation_id = $2 AND reply_to_id IN @ids($3)`)
	newestLeft     = db.SQL(`SELECT id, occurred_at FROM message WHERE organization_id = $1 AND conversation_id = $2 AND kind <> 'reaction'
		ORDER BY occurred_at DESC, id DESC LIMIT 1`)
	farthestMark = db.SQL(`SELECT message_at, message_id FROM read_mark WHERE organization_id = $1 AND conversation_id = $2
		AND (member_id = $3 OR $4) ORDER BY message_at DESC, message_id DESC LIMIT 1`)
	unreadAfter = db.SQL(`SELECT count(*) FROM message WHERE organization_id = $1 AND conversation_id = $2
		AND direction = 'inbound' AND kind <> 'reaction' AND (occurred_at, id) > ($3, $4)`)
	showLast = db.SQL(`UPDATE conversation SET last_message_id = $3, last_message_at = $4, unread_count = $5, updated_at = $6
		WHERE organization_id = $1 AND id = $2`)
)

// eraseMessages removes messages of a conversation that the caller holds, and
// all that is kept about them but the provider's ids.
func (s *Service) eraseMessages(tx *db.Tx, org, conversation id.ID, msgs db.IDs) error {
	var going db.IDs
	if err := collect(tx, &going, beingSent, org, conversation); err != nil {
		return err
	}
	gone := map[id.ID]bool{}
	for _, m := range msgs {
		gone[m] = true
	}
	for _, m := range going {
		if gone[m] {
			return fault.New(fault.Conflict, "being_sent", "A message is being sent at this moment.").WithHint("Try again in a few seconds.")
		}
	}
	for _, m := range msgs {
		if err := s.settleOutbox(tx, org, m); err != nil {
			return err
		}
	}
	if err := s.media.Erase(tx, org, msgs); err != nil {
		return err
	}
	if err := delivery.Erase(tx, org, msgs); err != nil {
		return err
	}
	for _, stmt := range []*db.Stmt{deleteSteps, deleteStars, deleteVotes, deleteTallies, deleteMessages} {
		if _, err := tx.Exec(stmt, org, msgs); err != nil {
			return err
		}
	}
	_, err := tx.Exec(unquote, org, conversation, msgs)
	return err
}

// showWhatIsLeft brings what a conversation shows of its messages in line after some
// were erased.
func (s *Service) showWhatIsLeft(tx *db.Tx, org id.ID, c *conv) error {
	var last id.ID
	var at int64
	if err := tx.Row(newestLeft, []any{org, c.id}, &last, &at); err != nil && !errors.Is(err, db.ErrNoRows) {
		return err
	}
	var read int64
	var mark id.ID
	if err := tx.Row(farthestMark, []any{org, c.id, c.owner, c.owner.IsZero()}, &read, &mark); err != nil && !errors.Is(err, db.ErrNoRows) {
		return err
	}
	var unread int
	if err := tx.Row(unreadAfter, []any{org, c.id, read, mark}, &unread); err != nil {
		return err
	}
	_, err := tx.Exec(showLast, org, c.id, last, at, min(unread, c.unread), s.clock.Now())
	return err
}

// erased tells those who saw a row that it is gone.
func erased(tx *db.Tx, org id.ID, kind string, ref, channel id.ID, was Place) {
	e := db.Event{Org: org, Kind: kind, Ref: ref, Channel: channel, Owner: was.Holder}
	e.Before, _ = json.Marshal(was) // two ids
	tx.Emit(e)
}

package db

import (
	"encoding/json"
	"time"

	"switchboard/internal/platform/id"
)

// Event is one domain fact, appended to the log of its organization in the
// transaction that made it true.
type Event struct {
	Org     id.ID
	Kind    string // message.created, …
	Ref     id.ID  // the row it is about
	Channel id.ID  // where it happened; lets readers filter without a query
	Owner   id.ID
	Before  json.RawMessage // what readers must know of how it was
}

// Emit appends an event. Equal events of one transaction (kind and ref) become
// one, the last, with what the first said of how it was.
func (tx *Tx) Emit(e Event) {
	if e.Org.IsZero() {
		e.Org = tx.Org
	}
	tx.events = append(tx.events, e)
}

var insertEvent = NewInsert("event", nil,
	Col{"organization_id", ID}, Col{"seq", Int}, Col{"kind", Text}, Col{"ref", ID},
	Col{"channel_id", ID}, Col{"owner_id", ID}, Col{"payload", Text}, Col{"at", Int})

var moveHead = SQL(`INSERT INTO event_head (organization_id, seq) VALUES ($1, $2)
	ON CONFLICT (organization_id) DO UPDATE SET seq = event_head.seq + $2 RETURNING seq`)

// appendEvents writes the collected events as the last statements before
// COMMIT. Taking event_head last makes commit order the order of sequences
// without holding anybody up for longer than the commit itself.
func appendEvents(tx *Tx, events []Event, now time.Time) (map[id.ID]int64, error) {
	if len(events) == 0 {
		return nil, nil
	}
	events = coalesce(events)
	var orgs []id.ID
	count := map[id.ID]int64{}
	for _, e := range events {
		if count[e.Org] == 0 {
			orgs = append(orgs, e.Org)
		}
		count[e.Org]++
	}
	sortIDs(orgs) // one lock order for transactions over several organizations
	heads, next := map[id.ID]int64{}, map[id.ID]int64{}
	for _, org := range orgs {
		var seq int64
		if err := tx.Row(moveHead, []any{org, count[org]}, &seq); err != nil {
			return nil, err
		}
		heads[org], next[org] = seq, seq-count[org]
	}
	rows := make([][]any, 0, len(events))
	for _, e := range events {
		next[e.Org]++
		rows = append(rows, []any{e.Org, next[e.Org], e.Kind, e.Ref, e.Channel, e.Owner, e.Before, now})
	}
	return heads, tx.InsertMany(insertEvent, rows)
}

// coalesce keeps the last of several equal events, in the place of the last.
func coalesce(events []Event) []Event {
	if len(events) == 1 {
		return events
	}
	type key struct {
		kind string
		ref  id.ID
	}
	last := make(map[key]int, len(events))
	before := map[key]json.RawMessage{}
	for i, e := range events {
		k := key{e.Kind, e.Ref}
		last[k] = i
		if before[k] == nil && e.Before != nil {
			before[k] = e.Before
		}
	}
	out := events[:0]
	for i, e := range events {
		if k := (key{e.Kind, e.Ref}); last[k] == i {
			e.Before = before[k]
			out = append(out, e)
		}
	}
	return out
}

func sortIDs(ids []id.ID) {
	for i := 1; i < len(ids); i++ {
		for j := i; j > 0 && string(ids[j][:]) < string(ids[j-1][:]); j-- {
			ids[j], ids[j-1] = ids[j-1], ids[j]
		}
	}
}

// The log of an organization is in the order of time, so what is old stands at
// its beginning and no index over times is needed.
var deleteOldest = SQL(`DELETE FROM event WHERE organization_id = $1 AND seq <= (
	SELECT max(o.seq) FROM (SELECT seq, at FROM event WHERE organization_id = $1 ORDER BY seq LIMIT $3) o WHERE o.at < $2)`)

// ForgetEvents deletes at most so many of the oldest events of the transaction's
// organization that are older than a time, and tells how many. The head stays,
// so sequences never start again.
func (tx *Tx) ForgetEvents(before time.Time, most int) (int64, error) {
	return tx.Exec(deleteOldest, tx.Org, before, most)
}

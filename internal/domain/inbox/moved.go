package inbox

import (
	"encoding/json"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// moved tells that a conversation came to stand elsewhere, and where it stood:
// who saw it there, and does not now, must lose it from view.
func moved(tx *db.Tx, org, channel id.ID, c *conv, was Place) {
	e := db.Event{Org: org, Kind: "conversation.updated", Ref: c.id, Channel: channel, Owner: c.owner}
	if was != c.place() {
		e.Before, _ = json.Marshal(was) // two ids
	}
	tx.Emit(e)
}

// PlaceBefore reads where the conversation of an event stood before it; ok is
// false when it stayed where it was.
func PlaceBefore(raw json.RawMessage) (p Place, ok bool) {
	ok = len(raw) > 0 && json.Unmarshal(raw, &p) == nil
	return p, ok
}

var teamsGone = db.SQL(`SELECT id FROM team WHERE organization_id = $1 AND id IN @ids($2) AND deleted_at IS NOT NULL`)

// leaveGoneTeams takes conversations, about to begin anew, out of teams that
// were deleted since: nobody would see them wait.
func leaveGoneTeams(tx *db.Tx, org id.ID, convs []*conv) error {
	var teams db.IDs
	for _, c := range convs {
		if !c.team.IsZero() {
			teams = append(teams, c.team)
		}
	}
	if len(teams) == 0 {
		return nil
	}
	gone := map[id.ID]bool{}
	if err := tx.Query(teamsGone, []any{org, teams}, func(scan func(...any) error) error {
		var v id.ID
		err := scan(&v)
		gone[v] = true
		return err
	}); err != nil {
		return err
	}
	for _, c := range convs {
		if gone[c.team] {
			c.team = id.Zero
		}
	}
	return nil
}

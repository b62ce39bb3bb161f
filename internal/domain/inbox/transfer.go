package inbox

import (
	"context"
	"encoding/json"
	"errors"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// Transfer says where an enquiry goes.
type Transfer struct {
	TeamID id.ID `json:"team_id" nullable:"true" doc:"The team it is to wait in; null for everybody's"`
}

var (
	enquiryState = db.SQL(`SELECT status FROM enquiry WHERE organization_id = $1 AND id = $2`)
	// Locked, so that the team is not deleted at this moment.
	teamThere   = db.SQL(`SELECT id FROM team WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL @lock`)
	handEnquiry = db.SQL(`UPDATE enquiry SET status = 'open', owner_id = NULL, team_id = $3, updated_at = $4 WHERE organization_id = $1 AND id = $2`)
	handConv    = db.SQL(`UPDATE conversation SET enquiry_status = 'open', owner_id = NULL, holder_id = NULL, team_id = $3, updated_at = $4 WHERE organization_id = $1 AND id = $2`)
	teamInUse   = db.SQL(`SELECT count(*) FROM conversation WHERE organization_id = $1 AND enquiry_status IN ('open', 'missed', 'ongoing', 'followed_up') AND team_id = $2`)
)

// Transfer hands an enquiry to a team, where it waits for somebody to pick it
// up. Its answer is told also to who does not see it there any more.
func (s *Service) Transfer(ctx context.Context, a account.Actor, enquiry id.ID, to Transfer) (Enquiry, error) {
	if err := a.Require(account.EnquiriesEdit); err != nil {
		return Enquiry{}, err
	}
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		c, err := s.convOfEnquiry(tx, a, enquiry)
		if err != nil {
			return err
		}
		var status string
		if err := tx.Row(enquiryState, []any{a.Organization, enquiry}, &status); err != nil {
			return err
		}
		if status == Closed {
			return fault.New(fault.Conflict, "enquiry_closed", "This enquiry is closed.").WithHint("A closed enquiry stays where it was served.")
		}
		if !to.TeamID.IsZero() {
			var there id.ID
			if err := tx.Row(teamThere, []any{a.Organization, to.TeamID}, &there); errors.Is(err, db.ErrNoRows) {
				return fault.InvalidField("/team_id", "not_found", "There is no such team.")
			} else if err != nil {
				return err
			}
		}
		was, now := c.place(), s.clock.Now()
		if _, err := tx.Exec(handEnquiry, a.Organization, enquiry, to.TeamID, now); err != nil {
			return err
		}
		if _, err := tx.Exec(handConv, a.Organization, c.id, to.TeamID, now); err != nil {
			return err
		}
		from := c.team
		c.status, c.owner, c.holder, c.team = Open, id.Zero, id.Zero, to.TeamID
		moved(tx, a.Organization, id.Zero, c, was)
		tx.Emit(db.Event{Kind: "enquiry.updated", Ref: enquiry})
		data, err := json.Marshal(map[string]any{"from_team_id": from, "to_team_id": to.TeamID})
		if err != nil {
			return err
		}
		actor, who := author(a)
		return tx.InsertMany(insertTimeline, [][]any{{a.Organization, enquiry, id.New(), now, "transferred", actor, who, json.RawMessage(data)}})
	})
	if err != nil {
		return Enquiry{}, err
	}
	return s.enquiry(ctx, a, enquiry, false)
}

// TeamUnused refuses to let a team go that has open enquiries: nobody but who
// sees all would find them.
func (s *Service) TeamUnused(tx *db.Tx, team id.ID) error {
	n := 0
	if err := tx.Row(teamInUse, []any{tx.Org, team}, &n); err != nil || n == 0 {
		return err
	}
	return fault.New(fault.Conflict, "team_in_use", "The team has %d open enquiries.", n).
		WithHint("Close them or transfer them to another team first: GET /rest/v1/enquiries?team_id=eq.%s&status=neq.closed lists them.", team)
}

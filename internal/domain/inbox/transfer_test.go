package inbox_test

import (
	"testing"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

func (f *fixture) sql(text string, args ...any) {
	f.Helper()
	if err := f.db.System().Write(f.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(db.Dynamic(text), append([]any(nil), args...)...)
		return err
	}); err != nil {
		f.Fatal(err)
	}
}

// An enquiry that is handed to a team waits there; the next one waits there too,
// unless the team is gone: then it is everybody's.
func TestTransferToATeam(t *testing.T) {
	each(t, func(f *fixture) {
		ctx, team := f.Context(), id.New()
		f.sql(`INSERT INTO team (organization_id, id, name, name_folded, created_at, updated_at) VALUES ($1, $2, 'Sales', 'sales', 0, 0)`, f.admin.Organization, team)
		inTeam := f.agent
		inTeam.Teams = []id.ID{team}
		f.receive(f.ch, said("1", "1", "hello", noon))
		c := f.conversations()[0]
		sees := func(what string, a account.Actor, want bool) {
			f.Helper()
			if _, err := f.in.Conversation(ctx, a, c.ID); (err == nil) != want {
				f.Errorf("%s: %v", what, err)
			}
		}
		if _, _, err := f.in.Send(ctx, f.agent, c.ID, inbox.Draft{Text: "one moment"}); err != nil {
			f.Fatal(err)
		}
		e, err := f.in.Transfer(ctx, f.agent, c.Enquiry.ID, inbox.Transfer{TeamID: team})
		if err != nil || e.Status != inbox.Open || e.TeamID != team || !e.OwnerID.IsZero() {
			f.Fatalf("%+v %v", e, err)
		}
		if last := e.Timeline[len(e.Timeline)-1]; last.Kind != "transferred" || last.Actor.ID != f.agent.Member {
			f.Errorf("%+v", last)
		}
		sees("who handed it over", f.agent, false)
		sees("a member of the team", inTeam, true)
		if n, err := f.in.Counts(ctx, f.agent); err != nil || n.Waiting != 0 {
			f.Errorf("%+v %v", n, err)
		}
		err = f.db.Tenant(f.admin.Organization).Read(ctx, func(tx *db.Tx) error { return f.in.TeamUnused(tx, team) })
		if code(err) != "team_in_use" {
			f.Errorf("a team somebody waits in may go: %v", err)
		}
		end := func() {
			f.Helper()
			if _, err := f.in.Close(ctx, f.admin, f.conversations()[0].Enquiry.ID); err != nil {
				f.Fatal(err)
			}
		}
		end()
		if err := f.db.Tenant(f.admin.Organization).Read(ctx, func(tx *db.Tx) error { return f.in.TeamUnused(tx, team) }); err != nil {
			f.Error(err)
		}
		f.receive(f.ch, said("2", "1", "again", noon))
		sees("another agent, of the next enquiry", f.agent, false)
		sees("a member, of the next enquiry", inTeam, true)
		end()
		f.sql(`UPDATE team SET deleted_at = 1 WHERE id = $1`, team)
		f.receive(f.ch, said("3", "1", "and again", noon))
		sees("an agent, once the team is gone", f.agent, true)
		_, err = f.in.Transfer(ctx, f.admin, f.conversations()[0].Enquiry.ID, inbox.Transfer{TeamID: team})
		if code(err) != "not_found" && code(err) != "invalid" {
			f.Errorf("handed to a team that is gone: %v (%s)", err, code(err))
		}
	})
}

package account

import (
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

var (
	teamsOf = db.SQL(`SELECT team_id FROM team_member WHERE organization_id = $1 AND member_id = $2 ORDER BY team_id`)
	matesOf = db.SQL(`SELECT DISTINCT o.member_id FROM team_member m
		JOIN team_member o ON o.organization_id = m.organization_id AND o.team_id = m.team_id
		WHERE m.organization_id = $1 AND m.member_id = $2 ORDER BY o.member_id`)
)

// see finds out which teams limit what the actor sees.
func (a *Actor) see(tx *db.Tx) (err error) {
	if a.Scope == ScopeAll {
		return nil
	}
	if a.Teams, err = idsOf(tx, teamsOf, a.Organization, a.Member); err != nil || a.Scope != ScopeTeam {
		return err
	}
	a.Mates, err = idsOf(tx, matesOf, a.Organization, a.Member)
	return err
}

func idsOf(tx *db.Tx, q *db.Stmt, args ...any) (out []id.ID, err error) {
	err = tx.Query(q, args, func(scan func(...any) error) error {
		var v id.ID
		err := scan(&v)
		out = append(out, v)
		return err
	})
	return out, err
}

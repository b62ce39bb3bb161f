package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/platform/text"
)

// teamMost bounds the members of a team: who sees a team's conversations is
// asked with every request of its members.
const teamMost = 500

// TeamView is a team as the API shows it.
type TeamView struct {
	ID             id.ID       `json:"id"`
	OrganizationID id.ID       `json:"organization_id"`
	Name           string      `json:"name"`
	Members        []NameRef   `json:"members"`
	CreatedAt      clock.Stamp `json:"created_at"`
	UpdatedAt      clock.Stamp `json:"updated_at"`
}

// NameRef names a row that other views show.
type NameRef struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name"`
}

// TeamDraft is what may be set on a team. Nil stays as it is.
type TeamDraft struct {
	Name      *string  `json:"name,omitempty" doc:"1 to 40 characters, unique in the organization"`
	MemberIDs *[]id.ID `json:"member_ids,omitempty" doc:"All members of the team, at most 500"`
}

// TeamSpec is what lists of teams may be asked.
var TeamSpec = query.Spec{Resource: "teams", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
	{Name: "name", Column: "t.name", Folded: "t.name_folded", Type: query.FoldedText, Filterable: true, Sortable: true},
	{Name: "created_at", Column: "t.created_at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "updated_at", Column: "t.updated_at", Type: query.Time, Filterable: true, Sortable: true},
}, Members: []string{"members"}}

const (
	teamColumns = `t.organization_id, t.id, t.name, t.created_at, t.updated_at`
	teamFrom    = `(SELECT * FROM team WHERE deleted_at IS NULL) t`
)

var (
	selectTeam    = db.SQL(`SELECT ` + teamColumns + ` FROM ` + teamFrom + ` WHERE t.organization_id = $1 AND t.id = $2`)
	selectMembers = db.SQL(`SELECT m.team_id, p.id, p.name FROM team_member m JOIN member p ON p.organization_id = m.organization_id AND p.id = m.member_id
		WHERE m.organization_id = $1 AND m.team_id IN @ids($2) ORDER BY p.name, p.id`)
	selectTeams = db.SQL(`SELECT m.member_id, t.id, t.name FROM team_member m JOIN team t ON t.organization_id = m.organization_id AND t.id = m.team_id
		WHERE m.organization_id = $1 AND m.member_id IN @ids($2) ORDER BY t.name_folded, t.id`)
	teamNamed  = db.SQL(`SELECT id FROM team WHERE organization_id = $1 AND name_folded = $2 AND deleted_at IS NULL`)
	insertTeam = db.SQL(`INSERT INTO team (organization_id, id, name, name_folded, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)`)
	renameTeam = db.SQL(`UPDATE team SET name = $3, name_folded = $4, updated_at = $5 WHERE organization_id = $1 AND id = $2`)
	buryTeam   = db.SQL(`UPDATE team SET deleted_at = $3, updated_at = $3 WHERE organization_id = $1 AND id = $2`)
	enterTeam  = db.NewInsert("team_member", nil, db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "member_id", Type: db.ID}, db.Col{Name: "team_id", Type: db.ID})
	emptyTeam  = db.SQL(`DELETE FROM team_member WHERE organization_id = $1 AND team_id = $2`)
	leaveTeams = db.SQL(`DELETE FROM team_member WHERE organization_id = $1 AND member_id = $2`)
	present    = db.SQL(`SELECT id FROM member WHERE organization_id = $1 AND id IN @ids($2) AND removed_at IS NULL`)

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

// namesBy reads pairs of a key and what it refers to.
func namesBy(tx *db.Tx, q *db.Stmt, organization id.ID, keys db.IDs) (map[id.ID][]NameRef, error) {
	out := map[id.ID][]NameRef{}
	return out, tx.Query(q, []any{organization, keys}, func(scan func(...any) error) error {
		var key id.ID
		var r NameRef
		err := scan(&key, &r.ID, &r.Name)
		out[key] = append(out[key], r)
		return err
	})
}

func scanTeam(scan func(...any) error) (v TeamView, err error) {
	err = scan(&v.OrganizationID, &v.ID, &v.Name, db.Time(&v.CreatedAt.Time), db.Time(&v.UpdatedAt.Time))
	return v, err
}

// fill adds the members.
func fillTeams(tx *db.Tx, organization id.ID, rows []TeamView) error {
	var ids db.IDs
	for _, v := range rows {
		ids = append(ids, v.ID)
	}
	names, err := namesBy(tx, selectMembers, organization, ids)
	for i := range rows {
		if rows[i].Members = names[rows[i].ID]; rows[i].Members == nil {
			rows[i].Members = []NameRef{}
		}
	}
	return err
}

// Teams lists the teams of the organization.
func (s *Service) Teams(ctx context.Context, a Actor, l *query.List) (out []TeamView, total int64, err error) {
	if err := a.Require(StaffView); err != nil {
		return nil, 0, err
	}
	err = s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out = []TeamView{}
		if total, err = db.List(tx, l, teamColumns, teamFrom, func(scan func(...any) error) error {
			v, err := scanTeam(scan)
			out = append(out, v)
			return err
		}); err != nil {
			return err
		}
		return fillTeams(tx, a.Organization, out)
	})
	return out, total, err
}

// TeamOf reads one.
func (s *Service) TeamOf(ctx context.Context, a Actor, team id.ID) (v TeamView, err error) {
	if err := a.Require(StaffView); err != nil {
		return v, err
	}
	err = s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		v, err = teamIn(tx, a.Organization, team)
		return err
	})
	return v, err
}

func teamIn(tx *db.Tx, organization, team id.ID) (TeamView, error) {
	rows := make([]TeamView, 0, 1)
	if err := tx.Query(selectTeam, []any{organization, team}, func(scan func(...any) error) error {
		v, err := scanTeam(scan)
		rows = append(rows, v)
		return err
	}); err != nil {
		return TeamView{}, err
	}
	if len(rows) == 0 {
		return TeamView{}, fault.Absent("team")
	}
	err := fillTeams(tx, organization, rows)
	return rows[0], err
}

// CreateTeams makes teams, all or none; at says which of them an error is about.
func (s *Service) CreateTeams(ctx context.Context, a Actor, ds []TeamDraft, at func(int, error) error) (out []TeamView, err error) {
	err = s.changeTeams(ctx, a, func(tx *db.Tx) error {
		out = nil
		for i, d := range ds {
			v, err := s.createTeam(tx, a, d)
			if err != nil {
				return at(i, err)
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

func (s *Service) createTeam(tx *db.Tx, a Actor, d TeamDraft) (TeamView, error) {
	now := s.now()
	team := id.At(now)
	if d.Name == nil {
		d.Name = new(string)
	}
	name, err := teamName(tx, a.Organization, team, *d.Name)
	if err != nil {
		return TeamView{}, err
	}
	if _, err := tx.Exec(insertTeam, a.Organization, team, name, text.Fold(name), now); err != nil {
		return TeamView{}, err
	}
	if d.MemberIDs != nil {
		if err := setMembers(tx, a.Organization, team, *d.MemberIDs); err != nil {
			return TeamView{}, err
		}
	}
	v, err := teamIn(tx, a.Organization, team)
	if err != nil {
		return v, err
	}
	return v, audit.Record(tx, now, a.Audit(), audit.Act{Action: "team.create", ObjectType: "team", ObjectID: team, After: v.record()})
}

// ChangeTeam renames a team or says who is in it. check is asked with the row
// as it was.
func (s *Service) ChangeTeam(ctx context.Context, a Actor, team id.ID, d TeamDraft, check func(TeamView) error) (v TeamView, err error) {
	err = s.changeTeams(ctx, a, func(tx *db.Tx) error {
		was, err := teamIn(tx, a.Organization, team)
		if err == nil && check != nil {
			err = check(was)
		}
		if err != nil {
			return err
		}
		name := was.Name
		if d.Name != nil {
			if name, err = teamName(tx, a.Organization, team, *d.Name); err != nil {
				return err
			}
		}
		now := s.now()
		if _, err := tx.Exec(renameTeam, a.Organization, team, name, text.Fold(name), now); err != nil {
			return err
		}
		if d.MemberIDs != nil {
			if _, err := tx.Exec(emptyTeam, a.Organization, team); err != nil {
				return err
			}
			if err := setMembers(tx, a.Organization, team, *d.MemberIDs); err != nil {
				return err
			}
		}
		if v, err = teamIn(tx, a.Organization, team); err != nil {
			return err
		}
		return audit.Record(tx, now, a.Audit(), audit.Act{Action: "team.update", ObjectType: "team", ObjectID: team, Before: was.record(), After: v.record()})
	})
	return v, err
}

// DeleteTeam deletes a team; unused refuses one that somebody waits in.
func (s *Service) DeleteTeam(ctx context.Context, a Actor, team id.ID, check func(TeamView) error, unused func(*db.Tx, id.ID) error) error {
	return s.changeTeams(ctx, a, func(tx *db.Tx) error {
		was, err := teamIn(tx, a.Organization, team)
		if err == nil && check != nil {
			err = check(was)
		}
		if err != nil {
			return err
		}
		now := s.now()
		// First, so that nothing is moved to it while it is looked at.
		if _, err := tx.Exec(buryTeam, a.Organization, team, now); err != nil {
			return err
		}
		if err := unused(tx, team); err != nil {
			return err
		}
		if _, err := tx.Exec(emptyTeam, a.Organization, team); err != nil {
			return err
		}
		return audit.Record(tx, now, a.Audit(), audit.Act{Action: "team.delete", ObjectType: "team", ObjectID: team, Before: was.record()})
	})
}

// changeTeams runs a change one at a time in an organization, so that a name
// that was looked for is free, and tells who sees something else now.
func (s *Service) changeTeams(ctx context.Context, a Actor, change func(*db.Tx) error) error {
	if err := a.Require(StaffEdit); err != nil {
		return err
	}
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		var locked id.ID
		if err := tx.Row(lockOrganization, []any{a.Organization}, &locked); err != nil {
			return err
		}
		return change(tx)
	})
	if err == nil {
		s.accessChanged(a.Organization)
	}
	return err
}

func teamName(tx *db.Tx, organization, team id.ID, name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	if n := utf8.RuneCountInString(name); n < 1 || n > 40 {
		return "", fault.InvalidField("/name", "name_invalid", "A team needs a name of 1 to 40 characters.")
	}
	var other id.ID
	err := tx.Row(teamNamed, []any{organization, text.Fold(name)}, &other)
	switch {
	case err == nil && other != team:
		const taken = "Another team has this name."
		return "", &fault.Error{Kind: fault.Conflict, Code: "name_taken", Message: taken, Details: "/name: another team has this name",
			Hint: "Choose a name that says who the team is for.", Fields: []fault.Field{{Pointer: "/name", Code: "name_taken", Detail: taken}}}
	case err != nil && !errors.Is(err, db.ErrNoRows):
		return "", err
	}
	return name, nil
}

func setMembers(tx *db.Tx, organization, team id.ID, members []id.ID) error {
	if len(members) > teamMost {
		return fault.InvalidField("/member_ids", "too_many", "A team has at most %d members.", teamMost)
	}
	here, err := idsOf(tx, present, organization, db.IDs(members))
	if err != nil {
		return err
	}
	known, rows := map[id.ID]bool{}, make([][]any, 0, len(members))
	for _, m := range here {
		known[m] = true
	}
	for i, m := range members {
		if in, found := known[m]; !found {
			return fault.InvalidField(fmt.Sprintf("/member_ids/%d", i), "not_found", "There is no such member.")
		} else if in {
			known[m] = false // once, however often it is named
			rows = append(rows, []any{organization, m, team})
		}
	}
	return tx.InsertMany(enterTeam, rows)
}

func (v TeamView) record() map[string]any {
	names := make([]string, len(v.Members))
	for i, m := range v.Members {
		names[i] = m.Name
	}
	return map[string]any{"name": v.Name, "members": names}
}

package account

import (
	"context"
	"strings"
	"time"

	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// States of a member.
const (
	Active      = "active"
	Deactivated = "deactivated"
)

// MemberView is a user of the organization as the API shows him.
type MemberView struct {
	ID             id.ID       `json:"id"`
	OrganizationID id.ID       `json:"organization_id"`
	Email          string      `json:"email"`
	Name           string      `json:"name"`
	Role           string      `json:"role" enum:"administrator,supervisor,agent"`
	Status         string      `json:"status" enum:"active,deactivated"`
	IsActive       bool        `json:"is_active"`
	Presence       string      `json:"presence"`
	Teams          []NameRef   `json:"teams"`
	LastSignInAt   clock.Stamp `json:"last_sign_in_at" doc:"Shown to who may change members"`
	CreatedAt      clock.Stamp `json:"created_at"`
	UpdatedAt      clock.Stamp `json:"updated_at"`

	user id.ID
}

// MemberPatch is what may be changed of a member. Nil stays as it is.
type MemberPatch struct {
	Name     *string `json:"name,omitempty" maxLength:"200"`
	Role     *string `json:"role,omitempty" enum:"administrator,supervisor,agent"`
	IsActive *bool   `json:"is_active,omitempty" doc:"false signs the member out and stops his API tokens"`
}

// MemberSpec is what lists of members may be asked.
var MemberSpec = query.Spec{Resource: "users", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
	{Name: "email", Column: "u.email", Type: query.Text, Filterable: true, Sortable: true},
	{Name: "name", Column: "t.name", Type: query.Text, Filterable: true, Sortable: true},
	{Name: "role", Column: "t.role", Type: query.Enum, Values: []string{Administrator, Supervisor, Agent}, Filterable: true},
	{Name: "status", Column: "CASE WHEN t.deactivated_at IS NULL THEN 'active' ELSE 'deactivated' END", Type: query.Enum, Values: []string{Active, Deactivated}, Filterable: true},
	{Name: "is_active", Column: "(t.deactivated_at IS NULL)", Type: query.Bool, Filterable: true},
	{Name: "created_at", Column: "t.created_at", Type: query.Time, Filterable: true, Sortable: true},
}, Members: []string{"presence", "teams", "last_sign_in_at", "updated_at"}}

const (
	memberColumns = `t.organization_id, t.id, t.user_id, u.email, t.name, t.role, t.presence, t.deactivated_at, t.created_at, t.updated_at,
	(SELECT MAX(h.at) FROM login_history h WHERE h.user_id = t.user_id AND h.result = 'success')`
	// The subquery leaves those who are gone out whatever the filter says.
	memberFrom = `(SELECT * FROM member WHERE removed_at IS NULL) t JOIN users u ON u.id = t.user_id`
)

var selectMember = db.SQL(`SELECT ` + memberColumns + ` FROM ` + memberFrom + ` WHERE t.organization_id = $1 AND t.id = $2`)

func scanMember(scan func(...any) error) (v MemberView, err error) {
	var off time.Time
	err = scan(&v.OrganizationID, &v.ID, &v.user, &v.Email, &v.Name, &v.Role, &v.Presence, db.Time(&off), db.Time(&v.CreatedAt.Time),
		db.Time(&v.UpdatedAt.Time), db.Time(&v.LastSignInAt.Time))
	v.setActive(off.IsZero())
	return v, err
}

func (v *MemberView) setActive(on bool) {
	if v.IsActive, v.Status = on, Deactivated; on {
		v.Status = Active
	}
}

// seenBy hides from colleagues when somebody was here.
func (v MemberView) seenBy(a Actor) MemberView {
	if !a.May(StaffEdit) {
		v.LastSignInAt = clock.Stamp{}
	}
	return v
}

func memberIn(tx *db.Tx, organization, member id.ID) (v MemberView, err error) {
	found := false
	err = tx.Query(selectMember, []any{organization, member}, func(scan func(...any) error) (err error) {
		v, err = scanMember(scan)
		found = true
		return err
	})
	if err == nil && !found {
		err = fault.Absent("user")
	}
	if err != nil {
		return v, err
	}
	rows := []MemberView{v}
	err = fillMembers(tx, organization, rows)
	return rows[0], err
}

// fillMembers adds the teams.
func fillMembers(tx *db.Tx, organization id.ID, rows []MemberView) error {
	var ids db.IDs
	for _, v := range rows {
		ids = append(ids, v.ID)
	}
	teams, err := namesBy(tx, selectTeams, organization, ids)
	for i := range rows {
		if rows[i].Teams = teams[rows[i].ID]; rows[i].Teams == nil {
			rows[i].Teams = []NameRef{}
		}
	}
	return err
}

var selectHolders = db.SQL(`SELECT role, id, name FROM member WHERE organization_id = $1 AND removed_at IS NULL AND deactivated_at IS NULL
	ORDER BY name, id LIMIT 1000`)

// Holders tells who has which role.
func (s *Service) Holders(ctx context.Context, a Actor) (map[string][]NameRef, error) {
	if err := a.Require(StaffView); err != nil {
		return nil, err
	}
	out := map[string][]NameRef{}
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) error {
		clear(out)
		return tx.Query(selectHolders, []any{a.Organization}, func(scan func(...any) error) error {
			var role string
			var r NameRef
			err := scan(&role, &r.ID, &r.Name)
			out[role] = append(out[role], r)
			return err
		})
	})
	return out, err
}

// Members lists the people of the organization. Addresses and sign-ins are in
// server-wide tables, which the organization's own role cannot read, so here
// and below the organization stands in each statement.
func (s *Service) Members(ctx context.Context, a Actor, l *query.List) (out []MemberView, total int64, err error) {
	if err := a.Require(StaffView); err != nil {
		return nil, 0, err
	}
	err = s.db.System().Read(ctx, func(tx *db.Tx) (err error) {
		out = nil
		if total, err = db.ListOf(tx, a.Organization, l, memberColumns, memberFrom, func(scan func(...any) error) error {
			v, err := scanMember(scan)
			out = append(out, v.seenBy(a))
			return err
		}); err != nil {
			return err
		}
		return fillMembers(tx, a.Organization, out)
	})
	return out, total, err
}

// MemberOf reads one.
func (s *Service) MemberOf(ctx context.Context, a Actor, member id.ID) (v MemberView, err error) {
	if err := a.Require(StaffView); err != nil {
		return v, err
	}
	err = s.db.System().Read(ctx, func(tx *db.Tx) (err error) {
		v, err = memberIn(tx, a.Organization, member)
		return err
	})
	return v.seenBy(a), err
}

// ChangeMember changes name, role or whether he may come in. check is asked
// with the row as it was.
func (s *Service) ChangeMember(ctx context.Context, a Actor, member id.ID, p MemberPatch, check func(MemberView) error) (v MemberView, err error) {
	if err := a.Require(StaffEdit); err != nil {
		return v, err
	}
	var was MemberView
	err = s.db.System().Write(ctx, func(tx *db.Tx) error {
		if was, err = s.lockedMember(tx, a.Organization, member, check); err != nil {
			return err
		}
		v = was
		if p.Name != nil {
			if v.Name = clip(strings.Join(strings.Fields(*p.Name), " "), 200); v.Name == "" {
				return fault.InvalidField("/name", "name_invalid", "A member needs a name.")
			}
		}
		if p.Role != nil {
			v.Role = *p.Role
		}
		if p.IsActive != nil {
			v.setActive(*p.IsActive)
		}
		if roleSets[v.Role] == nil {
			return fault.InvalidField("/role", "unknown_role", "There is no role %q; there are %s, %s and %s.", v.Role, Administrator, Supervisor, Agent)
		}
		gains := v.IsActive && (v.Role != was.Role || !was.IsActive)
		if gains {
			if err := a.mayGrant(v.Role); err != nil {
				return err
			}
		}
		loses := was.IsActive && (!v.IsActive || !roleSets[v.Role].covers(roleSets[was.Role]) || !scopeOf(v.Role).covers(scopeOf(was.Role)))
		if loses {
			if err := notLast(tx, was); err != nil {
				return err
			}
		}
		now := s.now()
		off := now
		if v.IsActive {
			off = time.Time{}
		}
		if _, err := tx.Exec(updateMember, a.Organization, member, v.Role, v.Name, off, now); err != nil {
			return err
		}
		v.UpdatedAt = clock.Stamp{Time: now}
		if loses {
			if err := s.lost(tx, a, was); err != nil {
				return err
			}
		}
		action := "member.update"
		switch {
		case was.IsActive && !v.IsActive:
			action = "member.deactivate"
		case !was.IsActive && v.IsActive:
			action = "member.reactivate"
		}
		return audit.Record(tx, now, a.Audit(), audit.Act{Action: action, ObjectType: "member", ObjectID: member, Before: was.record(), After: v.record()})
	})
	if err != nil {
		return MemberView{}, err
	}
	s.accessChanged(was.ID)
	return v.seenBy(a), nil
}

// RemoveMember takes a person out of the organization. What he wrote stays and
// keeps his name.
func (s *Service) RemoveMember(ctx context.Context, a Actor, member id.ID, check func(MemberView) error) error {
	if err := a.Require(StaffEdit); err != nil {
		return err
	}
	err := s.db.System().Write(ctx, func(tx *db.Tx) error {
		was, err := s.lockedMember(tx, a.Organization, member, check)
		if err != nil {
			return err
		}
		if err := notLast(tx, was); err != nil {
			return err
		}
		now := s.now()
		if _, err := tx.Exec(removeMember, a.Organization, member, now); err != nil {
			return err
		}
		for _, q := range []*db.Stmt{forgetTokens, leaveTeams} {
			if _, err := tx.Exec(q, a.Organization, member); err != nil {
				return err
			}
		}
		if err := s.lost(tx, a, was); err != nil {
			return err
		}
		return audit.Record(tx, now, a.Audit(), audit.Act{Action: "member.remove", ObjectType: "member", ObjectID: member, Before: was.record()})
	})
	if err == nil {
		s.accessChanged(member)
	}
	return err
}

// lockedMember reads a member with the organization locked: two administrators
// who remove each other at the same time must not both succeed.
func (s *Service) lockedMember(tx *db.Tx, organization, member id.ID, check func(MemberView) error) (MemberView, error) {
	var locked id.ID
	if err := tx.Row(lockOrganization, []any{organization}, &locked); err != nil {
		return MemberView{}, err
	}
	was, err := memberIn(tx, organization, member)
	if err == nil && check != nil {
		err = check(was)
	}
	return was, err
}

// notLast refuses to take the last administrator from an organization.
func notLast(tx *db.Tx, m MemberView) error {
	if m.Role != Administrator || !m.IsActive {
		return nil
	}
	others := 0
	if err := tx.Row(otherAdministrators, []any{m.OrganizationID, m.ID, Administrator}, &others); err != nil {
		return err
	}
	if others == 0 {
		return fault.New(fault.Conflict, "last_administrator", "%s is the last administrator of the organization.", m.Name).
			WithHint("Make somebody else administrator first.")
	}
	return nil
}

// mayGrant refuses to give what the actor does not have himself.
func (a Actor) mayGrant(role string) error {
	if !a.Scope.covers(scopeOf(role)) {
		return fault.New(fault.Forbidden, "forbidden", "You cannot give what you do not have.").
			WithDetails("the role %s sees the conversations of %s, which you do not", role, scopeOf(role)).
			WithHint("Ask an administrator of your organization to do it.")
	}
	for _, p := range roleSets[role].names() {
		if !a.May(p) {
			return fault.New(fault.Forbidden, "forbidden", "You cannot give what you do not have.").
				WithDetails("the role %s has the permission %s, which you lack", role, p).
				WithHint("Ask an administrator of your organization to do it.")
		}
	}
	return nil
}

// lost ends what a member who lost rights could still use: his sessions, unless
// he takes them from himself in this very one, and the invitations he sent, by
// which he could come back with the rights he had.
func (s *Service) lost(tx *db.Tx, a Actor, was MemberView) error {
	keep := id.Zero
	if a.User == was.user {
		keep = a.Session
	}
	if err := s.keepOnly(tx, was.user, keep); err != nil {
		return err
	}
	_, err := tx.Exec(withdrawInvitations, was.OrganizationID, was.ID)
	return err
}

func (v MemberView) record() map[string]any {
	return map[string]any{"email": v.Email, "name": v.Name, "role": v.Role, "is_active": v.IsActive}
}

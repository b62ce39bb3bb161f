package account

import (
	"context"
	"errors"
	"time"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/platform/secret"
)

// MemberLogin is one line of a member's login history as an administrator sees
// it.
type MemberLogin struct {
	ID id.ID `json:"id"`
	LoginView
}

// LoginSpec is what the login history of a member may be asked.
var LoginSpec = query.Spec{Resource: "logins", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "at", Column: "t.at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "result", Column: "t.result", Type: query.Enum, Values: []string{LoginSucceeded, LoginFailed, PasswordChanged, PasswordReset}, Filterable: true},
}, Members: []string{"address", "device"}}

// LoginsOf lists when and from where a member signed in, or tried to.
func (s *Service) LoginsOf(ctx context.Context, a Actor, member id.ID, l *query.List) (out []MemberLogin, total int64, err error) {
	if err := a.Require(StaffEdit); err != nil {
		return nil, 0, err
	}
	err = s.db.System().Read(ctx, func(tx *db.Tx) error {
		if _, err := memberIn(tx, a.Organization, member); err != nil {
			return err
		}
		l.Within = &query.Scope{Branches: []query.Branch{{Text: "t.member_id = ?", Args: []any{member}}}}
		out = []MemberLogin{}
		total, err = db.ListOf(tx, a.Organization, l, `t.id, t.at, t.address, t.device, t.result`, loginFrom, func(scan func(...any) error) error {
			var v MemberLogin
			err := scan(&v.ID, db.Time(&v.At.Time), &v.Address, &v.Device, &v.Result)
			out = append(out, v)
			return err
		})
		return err
	})
	return out, total, err
}

// loginFrom joins the server-wide history to the members it is of.
const loginFrom = `(SELECT m.organization_id, m.id AS member_id, h.id, h.at, h.address, h.device, h.result
	FROM member m JOIN login_history h ON h.user_id = m.user_id) t`

// OrganizationsOf lists the organizations a session may choose from.
func (s *Service) OrganizationsOf(ctx context.Context, session string) ([]OrganizationRef, error) {
	var user id.ID
	var seen, expires time.Time
	out := []OrganizationRef{}
	err := s.db.System().Read(ctx, func(tx *db.Tx) error {
		if err := tx.Row(sessionByHash, []any{secret.TokenHash(session)}, &user, db.Time(&seen), db.Time(&expires)); err != nil {
			return err
		}
		homes, err := homesOf(tx, user)
		out = out[:0]
		for _, h := range homes {
			out = append(out, OrganizationRef{h.organization.ID, h.organization.Name})
		}
		return err
	})
	now := s.now()
	switch {
	case errors.Is(err, db.ErrNoRows):
		return nil, errSignIn
	case err != nil:
		return nil, err
	case !now.Before(expires) || now.Sub(seen) >= SessionIdle:
		return nil, errSignIn
	}
	return out, nil
}

package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/mail"
	"switchboard/internal/platform/query"
	"switchboard/internal/platform/secret"
)

// invitationLifetime is how long an invitation can be accepted.
const invitationLifetime = 7 * 24 * time.Hour

// InvitationView is an open invitation as the API shows it.
type InvitationView struct {
	ID             id.ID       `json:"id"`
	OrganizationID id.ID       `json:"organization_id"`
	Email          string      `json:"email"`
	Role           string      `json:"role"`
	CreatedBy      id.ID       `json:"created_by"`
	CreatedByName  string      `json:"created_by_name"`
	CreatedAt      clock.Stamp `json:"created_at"`
	ExpiresAt      clock.Stamp `json:"expires_at"`
	IsExpired      bool        `json:"is_expired"`
}

// Invited is a fresh invitation with what is shown once.
type Invited struct {
	InvitationView
	Link   string `json:"link" doc:"Shown this once; give it to the person invited"`
	Mailed bool   `json:"mailed" doc:"Whether the server is sending the link by mail too"`
}

// InvitationInfo is what the page behind the link shows.
type InvitationInfo struct {
	Organization string `json:"organization"`
	Email        string `json:"email"`
	Role         string `json:"role"`
	HasAccount   bool   `json:"has_account" doc:"The password asked for is the one this person has already"`
}

// InvitationSpec is what lists of invitations may be asked.
var InvitationSpec = query.Spec{Resource: "invitations", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
	{Name: "email", Column: "t.email", Type: query.Text, Filterable: true, Sortable: true},
	{Name: "role", Column: "t.role", Type: query.Enum, Values: []string{Administrator, Supervisor, Agent}, Filterable: true},
	{Name: "created_at", Column: "t.created_at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "expires_at", Column: "t.expires_at", Type: query.Time, Filterable: true, Sortable: true},
}}

const (
	invitationColumns = `t.organization_id, t.id, t.email, t.role, t.created_by, m.name, t.created_at, t.expires_at`
	invitationFrom    = `(SELECT * FROM invitation WHERE accepted_at IS NULL) t LEFT JOIN member m ON m.organization_id = t.organization_id AND m.id = t.created_by`
)

// Invite makes a link by which a person becomes a member. An open invitation of
// the same address is replaced: its link stops working.
func (s *Service) Invite(ctx context.Context, a Actor, email, role string) (Invited, error) {
	if err := a.Require(StaffEdit); err != nil {
		return Invited{}, err
	}
	m, err := NewMember{Email: email, Role: role}.checked()
	if err != nil {
		return Invited{}, err
	}
	if err := a.mayGrant(role); err != nil {
		return Invited{}, err
	}
	token, hash := secret.NewToken("")
	now := s.now()
	v := InvitationView{ID: id.At(now), OrganizationID: a.Organization, Email: m.Email, Role: role, CreatedBy: a.Member, CreatedByName: a.Name,
		CreatedAt: clock.Stamp{Time: now}, ExpiresAt: clock.Stamp{Time: now.Add(invitationLifetime)}}
	var organization Organization
	err = s.db.System().Write(ctx, func(tx *db.Tx) (err error) {
		var locked id.ID // two invitations of one address at the same time
		if err := tx.Row(lockOrganization, []any{a.Organization}, &locked); err != nil {
			return err
		}
		if organization, err = organizationByID(tx, a.Organization); err != nil {
			return err
		}
		var have id.ID
		err = tx.Row(memberOfEmail, []any{a.Organization, m.Email}, &have)
		if err == nil {
			return fault.New(fault.Conflict, "already_member", "%s belongs to the organization already.", m.Email).
				WithHint("Change the role in the list of members; a deactivated member can be activated there.")
		} else if !errors.Is(err, db.ErrNoRows) {
			return err
		}
		if _, err := tx.Exec(replaceInvitation, a.Organization, m.Email); err != nil {
			return err
		}
		if _, err := tx.Exec(insertInvitation, a.Organization, v.ID, m.Email, role, hash, a.Member, now, v.ExpiresAt.Time); err != nil {
			return err
		}
		return audit.Record(tx, now, a.Audit(), audit.Act{Action: "invitation.create", ObjectType: "invitation", ObjectID: v.ID,
			After: map[string]any{"email": m.Email, "role": role}})
	})
	if err != nil {
		return Invited{}, err
	}
	out := Invited{InvitationView: v, Link: s.publicURL + "/invite#" + token.Reveal(), Mailed: s.mail != nil}
	if s.mail != nil {
		s.behind(ctx, "invitation", func(ctx context.Context) error {
			return s.mail.Send(ctx, mail.Message{To: m.Email, Subject: "Invitation to " + organization.Name, Text: fmt.Sprintf(
				"Hello,\n\n%s invites you to %s on Switchboard.\nOpen this link within 7 days to join; it works once:\n\n%s\n", a.Name, organization.Name, out.Link)})
		})
	}
	return out, nil
}

// Invitations lists those that were not accepted.
func (s *Service) Invitations(ctx context.Context, a Actor, l *query.List) (out []InvitationView, total int64, err error) {
	if err := a.Require(StaffEdit); err != nil {
		return nil, 0, err
	}
	now := s.now()
	err = s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out = nil
		total, err = db.List(tx, l, invitationColumns, invitationFrom, func(scan func(...any) error) error {
			var v InvitationView
			err := scan(&v.OrganizationID, &v.ID, &v.Email, &v.Role, &v.CreatedBy, db.Null(&v.CreatedByName), db.Time(&v.CreatedAt.Time), db.Time(&v.ExpiresAt.Time))
			v.IsExpired = !now.Before(v.ExpiresAt.Time)
			out = append(out, v)
			return err
		})
		return err
	})
	return out, total, err
}

// Withdraw makes an invitation's link useless.
func (s *Service) Withdraw(ctx context.Context, a Actor, invitation id.ID) error {
	if err := a.Require(StaffEdit); err != nil {
		return err
	}
	return s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		var email, role string
		err := tx.Row(deleteInvitation, []any{a.Organization, invitation}, &email, &role)
		if errors.Is(err, db.ErrNoRows) {
			return fault.Absent("invitation")
		} else if err != nil {
			return err
		}
		return audit.Record(tx, s.now(), a.Audit(), audit.Act{Action: "invitation.revoke", ObjectType: "invitation", ObjectID: invitation,
			Before: map[string]any{"email": email, "role": role}})
	})
}

type invitation struct {
	organization, id  id.ID
	email, role, name string
	language          string
	expires           time.Time
}

func (s *Service) invitationOf(tx *db.Tx, token string) (i invitation, err error) {
	err = tx.Row(openInvitation, []any{secret.TokenHash(token), s.now()}, &i.organization, &i.id, &i.email, &i.role, db.Time(&i.expires), &i.name, &i.language)
	if errors.Is(err, db.ErrNoRows) {
		err = fault.New(fault.NotFound, "link_invalid", "This invitation does not work: it was used or withdrawn, has expired, or is incomplete.").
			WithHint("Ask whoever invited you for a new one.")
	}
	return i, err
}

// LookAtInvitation tells who holds a link what he was invited to.
func (s *Service) LookAtInvitation(ctx context.Context, token, address string) (v InvitationInfo, err error) {
	if wait := s.throttle.try(s.now(), limit{key: "links at " + network(address), most: addressFailures}); wait > 0 {
		return v, tooManyAttempts(wait)
	}
	err = s.db.System().Read(ctx, func(tx *db.Tx) error {
		i, err := s.invitationOf(tx, token)
		if err != nil {
			return err
		}
		v = InvitationInfo{Organization: i.name, Email: i.email, Role: i.role}
		_, _, err = userByEmail(tx, i.email)
		if v.HasAccount = err == nil; errors.Is(err, db.ErrNoRows) {
			err = nil
		}
		return err
	})
	return v, err
}

// Accept makes the person invited a member and signs him in. Who has a user on
// this server already gives its password; who has none chooses one.
func (s *Service) Accept(ctx context.Context, token, name string, c Credentials) (Session, Me, error) {
	var i invitation
	var have User
	var stored string
	if err := s.db.System().Read(ctx, func(tx *db.Tx) (err error) {
		if i, err = s.invitationOf(tx, token); err != nil {
			return err
		}
		have, stored, err = userByEmail(tx, i.email)
		if errors.Is(err, db.ErrNoRows) {
			have, stored, err = User{}, "", nil
		}
		return err
	}); err != nil {
		return Session{}, Me{}, err
	}
	limits := limitsOf(i.email, c.Address, false)
	if wait := s.throttle.try(s.now(), limits...); wait > 0 {
		return Session{}, Me{}, tooManyAttempts(wait)
	}
	known := stored != ""
	if known {
		right, _, err := s.fits(ctx, stored, c.Password)
		if err != nil {
			return Session{}, Me{}, err
		}
		if !right {
			return Session{}, Me{}, fault.InvalidField("/password", "wrong_password", "You have an account here already, and its password is another.").
				WithHint("Give the password you sign in with; if you forgot it, choose a new one first.")
		}
	} else {
		m, err := NewMember{Email: i.email, Name: name, Role: i.role}.checked()
		if err == nil && strings.TrimSpace(name) == "" {
			err = fault.InvalidField("/name", "name_invalid", "Give your name; colleagues and contacts see it.")
		}
		if err == nil {
			err = secret.CheckPassword(c.Password, i.email)
		}
		if err == nil {
			stored, err = secret.HashPassword(ctx, c.Password)
		}
		if err != nil {
			s.throttle.forgive(limits...)
			return Session{}, Me{}, err
		}
		have = User{ID: id.At(s.now()), Email: i.email, Name: m.Name, Language: i.language}
		have.FirstName, have.LastName, _ = strings.Cut(m.Name, " ")
	}
	s.throttle.forgive(limits...)
	fresh, hash := secret.NewToken("")
	now := s.now()
	session := Session{Token: fresh.Reveal(), Expires: now.Add(SessionLifetime)}
	var homes []home
	var member Member
	err := s.db.System().Write(ctx, func(tx *db.Tx) error {
		if n, err := tx.Exec(acceptInvitation, i.organization, i.id, now); err != nil {
			return err
		} else if n == 0 { // used or withdrawn a moment ago
			_, err := s.invitationOf(tx, "")
			return err
		}
		if !known {
			n, err := tx.Exec(insertUser, have.ID, have.Email, have.Name, have.FirstName, have.LastName, have.DisplayName, have.Language, stored, now)
			if err != nil {
				return err
			}
			if n == 0 {
				return errUserExists
			}
		}
		member = Member{Organization: i.organization, User: have.ID}
		if err := tx.Row(upsertMember, []any{i.organization, id.At(now), have.ID, i.role, have.Name, now}, &member.ID, &member.Role, &member.Name, &member.Presence); err != nil {
			return err
		}
		var err error
		if homes, err = homesOf(tx, have.ID); err != nil {
			return err
		}
		if err := s.openSession(tx, hash, have.ID, now, session.Expires, c.Address, c.Device); err != nil {
			return err
		}
		by := NewMemberActor(member)
		by.Address = c.Address
		return audit.Record(tx, now, by.Audit(), audit.Act{Action: "invitation.accept", ObjectType: "member", ObjectID: member.ID,
			After: map[string]any{"email": have.Email, "name": member.Name, "role": member.Role}})
	})
	if err != nil {
		return Session{}, Me{}, err
	}
	s.accessChanged(have.ID)
	return session, meOf(have, homes, i.organization), nil
}

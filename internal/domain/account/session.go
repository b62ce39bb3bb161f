package account

import (
	"context"
	"errors"
	"strings"
	"time"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/secret"
)

// seenEvery is how often a use of a session or token is written down.
const seenEvery = time.Minute

// home is a membership with its organization.
type home struct {
	organization Organization
	member       Member
}

// FromSession tells who a session cookie belongs to. Without an organization it
// must be the only one he has.
func (s *Service) FromSession(ctx context.Context, token string, organization id.ID) (Actor, error) {
	hash := secret.TokenHash(token)
	key := "s" + string(hash) + string(organization[:])
	now := s.now()
	actor, turn, ok := s.cache.get(key, now)
	if ok {
		return actor, nil
	}
	var user id.ID
	var seen, expires time.Time
	var lost error // which organization, that is
	err := s.db.System().Read(ctx, func(tx *db.Tx) error {
		if err := tx.Row(sessionByHash, []any{hash}, &user, db.Time(&seen), db.Time(&expires)); err != nil {
			return err
		}
		homes, err := homesOf(tx, user)
		if err != nil {
			return err
		}
		var h home
		if h, lost = choose(homes, organization); lost != nil {
			return nil // said below: a session that is over is that first
		}
		actor = NewMemberActor(h.member)
		return actor.see(tx)
	})
	switch {
	case errors.Is(err, db.ErrNoRows):
		return Actor{}, errSignIn
	case err != nil:
		return Actor{}, err
	case !now.Before(expires) || now.Sub(seen) >= SessionIdle:
		return Actor{}, errSignIn
	}
	if lost != nil {
		return Actor{}, lost
	}
	if now.Sub(seen) >= seenEvery {
		s.note(ctx, "session", touchSession, hash, now)
	}
	actor.Session = sessionID(hash)
	s.cache.put(key, actor, turn, now, expires)
	return actor, nil
}

var errSignIn = fault.New(fault.Unauthenticated, "unauthenticated", "You are not signed in.").
	WithHint("Sign in, or send an API token as Authorization: Bearer sb_…")

func choose(homes []home, organization id.ID) (home, error) {
	if !organization.IsZero() {
		for _, h := range homes {
			if h.organization.ID == organization {
				return h, nil
			}
		}
		return home{}, fault.Absent("organization")
	}
	switch len(homes) {
	case 0:
		return home{}, errHomeless
	case 1:
		return homes[0], nil
	}
	names := make([]string, len(homes))
	for i, h := range homes {
		names[i] = h.organization.ID.String() + " (" + h.organization.Name + ")"
	}
	return home{}, fault.New(fault.BadRequest, "organization_required", "You belong to several organizations.").
		WithDetails("%s", strings.Join(names, ", ")).
		WithHint("Name one in the header X-Organization-Id.")
}

// note writes down that something was used. It is for people to look at, so a
// failure must not refuse the request.
func (s *Service) note(ctx context.Context, what string, stmt *db.Stmt, args ...any) {
	if err := s.db.System().Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(stmt, append([]any(nil), args...)...)
		return err
	}); err != nil {
		s.log.Warn("a use could not be written down", "of", what, "error", err)
	}
}

// Me is what the signed-in user's web app starts with.
type Me struct {
	User          *User             `json:"user"` // null for a token made on the machine
	Organization  Organization      `json:"organization"`
	Organizations []OrganizationRef `json:"organizations"`
	Member        *Member           `json:"member"`
	Permissions   []string          `json:"permissions"`
}

// OrganizationRef names an organization the user may switch to.
type OrganizationRef struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name"`
}

// Me tells a caller about himself. A token made on the machine is nobody, but
// has an organization and permissions.
func (s *Service) Me(ctx context.Context, actor Actor) (Me, error) {
	if actor.User.IsZero() {
		me := Me{Permissions: actor.Permissions()}
		err := s.db.System().Read(ctx, func(tx *db.Tx) (err error) {
			me.Organization, err = organizationByID(tx, actor.Organization)
			return err
		})
		me.Organizations = []OrganizationRef{{me.Organization.ID, me.Organization.Name}}
		return me, err
	}
	var user User
	var homes []home
	if err := s.db.System().Read(ctx, func(tx *db.Tx) (err error) {
		if user, err = userByID(tx, actor.User); err == nil {
			homes, err = homesOf(tx, actor.User)
		}
		return err
	}); err != nil {
		return Me{}, err
	}
	if _, err := choose(homes, actor.Organization); err != nil {
		return Me{}, err
	}
	me := meOf(user, homes, actor.Organization)
	me.Permissions = actor.Permissions() // a token's may be fewer
	return me, nil
}

func meOf(user User, homes []home, organization id.ID) Me {
	me := Me{User: &user}
	for _, h := range homes {
		me.Organizations = append(me.Organizations, OrganizationRef{h.organization.ID, h.organization.Name})
		if h.organization.ID == organization {
			member := h.member
			me.Organization, me.Member = h.organization, &member
			me.Permissions = NewMemberActor(h.member).Permissions()
		}
	}
	return me
}

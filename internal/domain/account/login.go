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

// Lifetime of a session.
const (
	SessionLifetime = 30 * 24 * time.Hour
	SessionIdle     = 7 * 24 * time.Hour
)

// Credentials is a try to sign in.
type Credentials struct {
	Email    string
	Password string
	Address  string // of the client, behind trusted proxies
	Device   string // User-Agent; shown to the user beside the session
}

// Session is a fresh session. Token is what the cookie holds; it is not stored.
type Session struct {
	Token   string
	Expires time.Time
}

// Login opens a session and tells who signed in. An unknown address and a wrong
// password look and take the same.
func (s *Service) Login(ctx context.Context, c Credentials) (Session, Me, error) {
	email := foldEmail(c.Email)
	var user User
	var hash string
	familiar := false
	err := s.db.System().Read(ctx, func(tx *db.Tx) (err error) {
		user, hash, err = userByEmail(tx, email)
		if errors.Is(err, db.ErrNoRows) {
			user, hash = User{}, ""
			return nil
		}
		if err == nil && c.Address != "" {
			familiar, err = usedFrom(tx, user.ID, c.Address)
		}
		return err
	})
	if err != nil {
		return Session{}, Me{}, err
	}
	limits := limitsOf(email, c.Address, familiar)
	if wait := s.throttle.try(s.now(), limits...); wait > 0 {
		f := fault.New(fault.TooMany, "too_many_attempts", "Too many attempts to sign in.").
			WithHint("Wait %s and try again.", roundUp(wait))
		f.RetryAfter = roundUp(wait)
		return Session{}, Me{}, f
	}
	right, renewed, err := s.fits(ctx, hash, c.Password)
	if err != nil {
		return Session{}, Me{}, err
	}
	if !right {
		if !user.ID.IsZero() {
			s.behind(ctx, "login history", func(ctx context.Context) error {
				return s.db.System().Bulk(ctx, func(tx *db.Tx) error {
					return s.noteLogin(tx, user.ID, c.Address, c.Device, LoginFailed)
				})
			})
		}
		return Session{}, Me{}, fault.New(fault.Unauthenticated, "invalid_credentials", "The e-mail address or the password is wrong.").
			WithHint("Check both; capitals count in the password.")
	}
	s.throttle.forgive(limits...)
	token, tokenHash := secret.NewToken("")
	now := s.now()
	session := Session{Token: token.Reveal(), Expires: now.Add(SessionLifetime)}
	var homes []home
	if err := s.db.System().Write(ctx, func(tx *db.Tx) (err error) {
		if homes, err = homesOf(tx, user.ID); err != nil {
			return err
		}
		if len(homes) == 0 {
			return errHomeless
		}
		if renewed != "" {
			if _, err := tx.Exec(renewHash, user.ID, hash, renewed); err != nil {
				return err
			}
		}
		return s.openSession(tx, tokenHash, user.ID, now, session.Expires, c.Address, c.Device)
	}); err != nil {
		return Session{}, Me{}, err
	}
	return session, meOf(user, homes, homes[0].organization.ID), nil
}

// openSession writes a session and the sign-in down.
func (s *Service) openSession(tx *db.Tx, hash []byte, user id.ID, now, expires time.Time, address, device string) error {
	if _, err := tx.Exec(insertSession, hash, user, now, now, expires, address, clip(device, 200)); err != nil {
		return err
	}
	return s.noteLogin(tx, user, address, device, LoginSucceeded)
}

var errHomeless = fault.New(fault.Forbidden, "no_organization", "You belong to no organization any more.").
	WithHint("Ask an administrator of your organization to add you again.")

// Logout ends a session; one that is not there is ended already.
func (s *Service) Logout(ctx context.Context, token string) error {
	hash := secret.TokenHash(token)
	var user id.ID
	if err := s.db.System().Write(ctx, func(tx *db.Tx) error {
		err := tx.Row(deleteSession, []any{hash}, &user)
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		return err
	}); err != nil {
		return err
	}
	s.accessChanged(user)
	return nil
}

// Sweep deletes sessions, invitations and links that are over, and old sign-ins.
// Nothing depends on it: what is over is refused anyway.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	return s.db.System().Bulk(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(deleteOldSessions, now, now.Add(-SessionIdle)); err != nil {
			return err
		}
		if _, err := tx.Exec(oldLogins, now.Add(-loginsKept)); err != nil {
			return err
		}
		if _, err := tx.Exec(oldResets, now.Add(-24*time.Hour)); err != nil {
			return err
		}
		_, err := tx.Exec(oldInvitations, now.Add(-loginsKept))
		return err
	})
}

func foldEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func clip(s string, most int) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strings.ReplaceAll(s, "\x00", "")
}

func roundUp(d time.Duration) time.Duration { return (d + time.Second - 1).Truncate(time.Second) }

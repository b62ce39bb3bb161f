package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/mail"
	"switchboard/internal/platform/secret"
)

// resetLifetime is how long a link to choose a new password works.
const resetLifetime = 30 * time.Minute

// ChangePassword sets another password; the caller's other sessions end.
func (s *Service) ChangePassword(ctx context.Context, a Actor, old, fresh string) error {
	if err := person(a); err != nil {
		return err
	}
	var email, stored string
	if err := s.db.System().Read(ctx, func(tx *db.Tx) error {
		return tx.Row(hashOfUser, []any{a.User}, &email, &stored)
	}); err != nil {
		return err
	}
	// Who found an open browser must not guess here without end.
	limits := limitsOf(email, a.Address, false)[:1]
	if wait := s.throttle.try(s.now(), limits...); wait > 0 {
		return tooManyAttempts(wait)
	}
	right, _, err := s.fits(ctx, stored, old)
	if err != nil {
		return err
	}
	if !right {
		return fault.InvalidField("/current_password", "wrong_password", "The current password is another.").WithHint("Check it; capitals count.")
	}
	s.throttle.forgive(limits...)
	return s.replacePassword(ctx, a.User, email, fresh, func(tx *db.Tx) error {
		if err := s.keepOnly(tx, a.User, a.Session); err != nil {
			return err
		}
		return s.noteLogin(tx, a.User, a.Address, "", PasswordChanged)
	})
}

// replacePassword checks and hashes the new password, and runs also in the
// transaction that sets it. Open links end with it.
func (s *Service) replacePassword(ctx context.Context, user id.ID, email, fresh string, also func(*db.Tx) error) error {
	if err := secret.CheckPassword(fresh, email); err != nil {
		return err
	}
	hash, err := secret.HashPassword(ctx, fresh)
	if err != nil {
		return err
	}
	if err := s.db.System().Write(ctx, func(tx *db.Tx) error {
		now := s.now()
		if err := also(tx); err != nil {
			return err
		}
		if _, err := tx.Exec(setPassword, user, hash, now); err != nil {
			return err
		}
		_, err := tx.Exec(endResets, user, now)
		return err
	}); err != nil {
		return err
	}
	s.accessChanged(user)
	return nil
}

// Forgot sends a link to choose a new password, when there is a mail server. It
// tells nobody whether there is such a user: the work is done behind the answer.
func (s *Service) Forgot(ctx context.Context, email, address string) (mailed bool, err error) {
	email = foldEmail(email)
	limits := []limit{{key: "forgotten " + email, most: accountFailures}, {key: "forgotten at " + network(address), most: addressFailures}}
	if wait := s.throttle.try(s.now(), limits...); wait > 0 {
		return false, tooManyAttempts(wait)
	}
	if s.mail == nil {
		return false, nil
	}
	s.behind(ctx, "link for a forgotten password", func(ctx context.Context) error {
		link, user, err := s.resetLink(ctx, email, nil)
		if err != nil || link == "" {
			return err
		}
		return s.mail.Send(ctx, mail.Message{To: user.Email, Subject: "Choose a new password", Text: fmt.Sprintf(
			"Hello %s,\n\nsomebody, probably you, asked for a new password at %s.\nOpen this link within 30 minutes to choose one; it works once:\n\n%s\n\nIf it was not you, ignore this mail: your password stays as it is.\n",
			user.DisplayName, s.publicURL, link)})
	})
	return true, nil
}

// resetLink makes a link for a user; "" when there is none of that address.
func (s *Service) resetLink(ctx context.Context, email string, also func(*db.Tx, User) error) (link string, user User, err error) {
	token, hash := secret.NewToken("")
	err = s.db.System().Write(ctx, func(tx *db.Tx) (err error) {
		link = ""
		if user, _, err = userByEmail(tx, email); errors.Is(err, db.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		now := s.now()
		if _, err := tx.Exec(insertReset, hash, user.ID, now, now.Add(resetLifetime)); err != nil {
			return err
		}
		link = s.publicURL + "/reset-password#" + token.Reveal()
		if also != nil {
			return also(tx, user)
		}
		return nil
	})
	return link, user, err
}

// MachineResetLink makes a link for who holds the machine, and writes that down
// in every organization the user belongs to.
func (s *Service) MachineResetLink(ctx context.Context, email string) (string, error) {
	link, _, err := s.resetLink(ctx, foldEmail(email), func(tx *db.Tx, user User) error {
		homes, err := homesOf(tx, user.ID)
		if err != nil {
			return err
		}
		for _, h := range homes { // in the order of organizations, as every transaction locks them
			if err := audit.Record(tx, s.now(), atMachine(h.organization.ID), audit.Act{Action: "member.reset_password",
				ObjectType: "member", ObjectID: h.member.ID}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && link == "" {
		err = fault.New(fault.NotFound, "not_found", "There is no user with the address %s.", foldEmail(email)).WithHint("switchboard admin create makes one.")
	}
	return link, err
}

var errLink = fault.New(fault.NotFound, "link_invalid", "This link does not work: it was used, has expired, or is incomplete.").
	WithHint("Ask for a new one.")

// Reset sets a new password by a link, once; every session of the user ends.
func (s *Service) Reset(ctx context.Context, token, fresh, address, device string) error {
	if wait := s.throttle.try(s.now(), limit{key: "links at " + network(address), most: addressFailures}); wait > 0 {
		return tooManyAttempts(wait)
	}
	hash := secret.TokenHash(token)
	var user id.ID
	var email string
	err := s.db.System().Read(ctx, func(tx *db.Tx) error { return tx.Row(openReset, []any{hash, s.now()}, &user, &email) })
	if errors.Is(err, db.ErrNoRows) {
		return errLink
	} else if err != nil {
		return err
	}
	return s.replacePassword(ctx, user, email, fresh, func(tx *db.Tx) error {
		if n, err := tx.Exec(useReset, hash, s.now()); err != nil {
			return err
		} else if n == 0 { // used a moment ago
			return errLink
		}
		if _, err := tx.Exec(deleteSessions, user); err != nil {
			return err
		}
		return s.noteLogin(tx, user, address, device, PasswordReset)
	})
}

func tooManyAttempts(wait time.Duration) error {
	f := fault.New(fault.TooMany, "too_many_attempts", "Too many attempts in a short time.").WithHint("Wait %s and try again.", roundUp(wait))
	f.RetryAfter = roundUp(wait)
	return f
}

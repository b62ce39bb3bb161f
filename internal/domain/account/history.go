package account

import (
	"context"
	"crypto/sha256"
	"time"

	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// Results of the login history.
const (
	LoginSucceeded  = "success"
	LoginFailed     = "failure"
	PasswordChanged = "password_changed"
	PasswordReset   = "password_reset"
)

// loginsKept is how long sign-ins are remembered.
const loginsKept = 90 * 24 * time.Hour

// LoginView is one line of a user's own login history.
type LoginView struct {
	At      clock.Stamp `json:"at"`
	Address string      `json:"address"`
	Device  string      `json:"device"`
	Result  string      `json:"result" enum:"success,failure,password_changed,password_reset"`
}

// SessionView is a session as its owner sees it.
type SessionView struct {
	ID         id.ID       `json:"id"`
	Current    bool        `json:"current"`
	Device     string      `json:"device"`
	Address    string      `json:"address"`
	CreatedAt  clock.Stamp `json:"created_at"`
	LastSeenAt clock.Stamp `json:"last_seen_at"`
	ExpiresAt  clock.Stamp `json:"expires_at"`
}

func (s *Service) noteLogin(tx *db.Tx, user id.ID, address, device, result string) error {
	now := s.now()
	_, err := tx.Exec(insertLogin, user, id.At(now), now, address, clip(device, 200), result)
	return err
}

// sessionID names a session without giving away anything of its token.
func sessionID(hash []byte) id.ID {
	sum := sha256.Sum256(append([]byte("session "), hash...))
	var v id.ID
	copy(v[:], sum[:])
	return v
}

// person refuses who is not at a browser: what follows is about himself.
func person(a Actor) error {
	if a.User.IsZero() || !a.Token.IsZero() {
		return fault.New(fault.Forbidden, "people_only", "Only a person who is signed in can do this.").WithHint("Sign in to the web app; an API token has no sessions and no password.")
	}
	return nil
}

type storedSession struct {
	hash []byte
	view SessionView
}

func (s *Service) sessionsIn(tx *db.Tx, a Actor) (out []storedSession, err error) {
	now := s.now()
	err = tx.Query(sessionsOf, []any{a.User}, func(scan func(...any) error) error {
		var h storedSession
		v := &h.view
		if err := scan(&h.hash, db.Time(&v.CreatedAt.Time), db.Time(&v.LastSeenAt.Time), db.Time(&v.ExpiresAt.Time), &v.Address, &v.Device); err != nil {
			return err
		}
		v.ID = sessionID(h.hash)
		v.Current = v.ID == a.Session
		if idle := v.LastSeenAt.Add(SessionIdle); idle.Before(v.ExpiresAt.Time) {
			v.ExpiresAt.Time = idle
		}
		if now.Before(v.ExpiresAt.Time) {
			out = append(out, h)
		}
		return nil
	})
	return out, err
}

// Sessions lists where the caller is signed in, the present one first.
func (s *Service) Sessions(ctx context.Context, a Actor) ([]SessionView, error) {
	if err := person(a); err != nil {
		return nil, err
	}
	out := []SessionView{}
	err := s.db.System().Read(ctx, func(tx *db.Tx) error {
		all, err := s.sessionsIn(tx, a)
		out = out[:0]
		for _, current := range []bool{true, false} {
			for _, h := range all {
				if h.view.Current == current {
					out = append(out, h.view)
				}
			}
		}
		return err
	})
	return out, err
}

// EndSession ends one session of the caller.
func (s *Service) EndSession(ctx context.Context, a Actor, session id.ID) error {
	return s.endSessions(ctx, a, func(v SessionView) bool { return v.ID == session }, true)
}

// EndOtherSessions ends all sessions of the caller but this one.
func (s *Service) EndOtherSessions(ctx context.Context, a Actor) error {
	return s.endSessions(ctx, a, func(v SessionView) bool { return !v.Current }, false)
}

func (s *Service) endSessions(ctx context.Context, a Actor, which func(SessionView) bool, must bool) error {
	if err := person(a); err != nil {
		return err
	}
	err := s.db.System().Write(ctx, func(tx *db.Tx) error {
		all, err := s.sessionsIn(tx, a)
		if err != nil {
			return err
		}
		var acts []audit.Act
		for _, h := range all {
			if !which(h.view) {
				continue
			}
			if _, err := tx.Exec(deleteSession, h.hash); err != nil {
				return err
			}
			acts = append(acts, audit.Act{Action: "session.revoke", ObjectType: "session", ObjectID: h.view.ID,
				Before: map[string]any{"device": h.view.Device, "address": h.view.Address, "created_at": h.view.CreatedAt}})
		}
		if must && len(acts) == 0 {
			return fault.Absent("session")
		}
		return audit.Record(tx, s.now(), a.Audit(), acts...)
	})
	if err == nil {
		s.accessChanged(a.User)
	}
	return err
}

// keepOnly ends the sessions of a user but those of keep.
func (s *Service) keepOnly(tx *db.Tx, user, keep id.ID) error {
	if keep.IsZero() {
		_, err := tx.Exec(deleteSessions, user)
		return err
	}
	all, err := s.sessionsIn(tx, Actor{User: user, Session: keep})
	if err != nil {
		return err
	}
	for _, h := range all {
		if !h.view.Current {
			if _, err := tx.Exec(deleteSession, h.hash); err != nil {
				return err
			}
		}
	}
	return nil
}

// Logins is the caller's own login history, the latest first.
func (s *Service) Logins(ctx context.Context, a Actor) ([]LoginView, error) {
	if err := person(a); err != nil {
		return nil, err
	}
	out := []LoginView{}
	err := s.db.System().Read(ctx, func(tx *db.Tx) error {
		out = out[:0]
		return tx.Query(loginsOf, []any{a.User}, func(scan func(...any) error) error {
			var v LoginView
			err := scan(db.Time(&v.At.Time), &v.Address, &v.Device, &v.Result)
			out = append(out, v)
			return err
		})
	})
	return out, err
}

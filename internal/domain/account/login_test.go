package account_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

func TestLoginTellsWhoSignedIn(t *testing.T) {
	each(t, func(f *fixture) {
		s, me, err := f.login(" ADA@example.com ", password, "192.0.2.1")
		if err != nil {
			f.Fatal(err)
		}
		if me.User.Email != "ada@example.com" || me.Organization != f.made.Organization || me.Member.Role != "administrator" ||
			me.Member.Presence != "available" || len(me.Permissions) == 0 || len(me.Organizations) != 1 {
			f.Fatalf("%+v", me)
		}
		if s.Expires.Sub(f.clock.Now()) != 30*24*time.Hour || len(s.Token) < 43 {
			f.Fatalf("%+v", s)
		}
		a, err := f.FromSession(f.Context(), s.Token, id.Zero)
		if err != nil || a.User != me.User.ID || a.Member != me.Member.ID || a.OrganizationID() != me.Organization.ID {
			f.Fatal(a, err)
		}
		if same, err := f.Me(f.Context(), a); err != nil || *same.User != *me.User {
			f.Fatal(same, err)
		}
	})
}

func TestWrongPasswordAndUnknownAddressLookTheSame(t *testing.T) {
	each(t, func(f *fixture) {
		_, _, wrong := f.login("ada@example.com", "wrong", "")
		_, _, unknown := f.login("nobody@example.com", password, "")
		if f.wantCode(wrong, "invalid_credentials").Error() != f.wantCode(unknown, "invalid_credentials").Error() {
			f.Fatal(wrong, unknown)
		}
	})
}

func TestGuessingIsSlowedDown(t *testing.T) {
	each(t, func(f *fixture) {
		for range 5 {
			_, _, err := f.login("ada@example.com", "wrong", "192.0.2.9")
			f.wantCode(err, "invalid_credentials")
		}
		_, _, err := f.login("ada@example.com", password, "192.0.2.10") // the right one helps no more
		refused := f.wantCode(err, "too_many_attempts")
		if refused.Kind != fault.TooMany || refused.RetryAfter <= 0 || refused.RetryAfter > time.Minute {
			f.Fatalf("%+v", refused)
		}
		_, _, err = f.login("nobody@example.com", "wrong", "192.0.2.11")
		f.wantCode(err, "invalid_credentials") // another account is not concerned
		f.clock.Add(refused.RetryAfter)
		if _, _, err = f.login("ada@example.com", password, "192.0.2.10"); err != nil {
			f.Fatal("waiting as told did not help:", err)
		}
	})
}

func TestStrangersCannotLockTheOwnerOut(t *testing.T) {
	each(t, func(f *fixture) {
		f.session("ada@example.com") // from 192.0.2.1
		for range 8 {
			_, _, _ = f.login("ada@example.com", "wrong", "198.51.100.7")
		}
		f.session("ada@example.com")
	})
}

func TestParallelTriesAllCount(t *testing.T) {
	each(t, func(f *fixture) {
		var looked atomic.Int64
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, _, err := f.login("ada@example.com", "wrong", ""); fault.Is(err, "invalid_credentials") {
					looked.Add(1)
				}
			})
		}
		wg.Wait()
		if looked.Load() != 5 {
			f.Fatalf("%d passwords were looked at", looked.Load())
		}
	})
}

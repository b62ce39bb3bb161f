package account_test

import (
	"strings"
	"testing"
	"time"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
)

func TestSessionEnds(t *testing.T) {
	each(t, func(f *fixture) {
		s := f.session("ada@example.com")
		use := func() error { _, err := f.FromSession(f.Context(), s.Token, id.Zero); return err }
		for range 5 { // used every six days it goes on …
			f.clock.Add(5*24*time.Hour + 20*time.Hour)
			if err := use(); err != nil {
				f.Fatal(err)
			}
		}
		f.clock.Add(24 * time.Hour) // … for thirty days
		f.wantCode(use(), "unauthenticated")

		s = f.session("ada@example.com")
		f.clock.Add(7*24*time.Hour - time.Second)
		if err := use(); err != nil {
			f.Fatal(err)
		}
		f.clock.Add(7 * 24 * time.Hour)
		f.wantCode(use(), "unauthenticated")
		if err := f.Sweep(f.Context()); err != nil {
			f.Fatal(err)
		}
		if n := f.count(`SELECT COUNT(*) FROM session`); n != 0 {
			f.Fatalf("%d sessions are left", n)
		}
	})
}

func (f *fixture) count(text string) (n int) {
	f.Helper()
	if err := f.db.System().Read(f.Context(), func(tx *db.Tx) error { return tx.Row(db.Dynamic(text), nil, &n) }); err != nil {
		f.Fatal(err)
	}
	return n
}

func TestLogoutHoldsAtOnce(t *testing.T) {
	each(t, func(f *fixture) {
		told := 0
		f.bus.Subscribe(event.Access, func(event.Hint) { told++ })
		s := f.session("ada@example.com")
		for range 2 { // the second time from the cache
			if _, err := f.FromSession(f.Context(), s.Token, id.Zero); err != nil {
				f.Fatal(err)
			}
		}
		if err := f.Logout(f.Context(), s.Token); err != nil {
			f.Fatal(err)
		}
		_, err := f.FromSession(f.Context(), s.Token, id.Zero)
		f.wantCode(err, "unauthenticated")
		if told != 1 {
			f.Fatalf("the others were told %d times", told)
		}
		if err := f.Logout(f.Context(), s.Token); err != nil {
			f.Fatal(err)
		}
		for _, nonsense := range []string{"", "x", strings.Repeat("A", 43)} {
			_, err := f.FromSession(f.Context(), nonsense, id.Zero)
			f.wantCode(err, "unauthenticated")
		}
	})
}

func TestOrganizationOfASession(t *testing.T) {
	each(t, func(f *fixture) {
		foreign := f.administrator("Foreign", "eve@example.com")
		s := f.session("ada@example.com")
		_, err := f.FromSession(f.Context(), s.Token, foreign.Organization.ID)
		absent := f.wantCode(err, "not_found")
		_, err = f.FromSession(f.Context(), s.Token, id.New())
		if f.wantCode(err, "not_found").Error() != absent.Error() {
			f.Fatal("a foreign organization can be told from an absent one")
		}
		other := f.administrator("Other", "ada@example.com")
		_, err = f.FromSession(f.Context(), s.Token, id.Zero)
		if e := f.wantCode(err, "organization_required"); !strings.Contains(e.Hint, "X-Organization-Id") || !strings.Contains(e.Details, other.Organization.ID.String()) {
			f.Fatal(e)
		}
		a, err := f.FromSession(f.Context(), s.Token, other.Organization.ID)
		if err != nil || a.Organization != other.Organization.ID || a.Member != other.Member.ID {
			f.Fatal(a, err)
		}
	})
}

func TestNothingUsableIsStored(t *testing.T) {
	each(t, func(f *fixture) {
		f.session("ada@example.com")
		if n := f.count(`SELECT COUNT(*) FROM session WHERE length(token_hash) = 32`); n != 1 {
			f.Fatal("sessions are not stored as SHA-256")
		}
		if n := f.count(`SELECT COUNT(*) FROM users WHERE password_hash LIKE '%` + password + `%'`); n != 0 {
			f.Fatal("a password is stored")
		}
	})
}

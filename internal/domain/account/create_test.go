package account_test

import (
	"testing"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/id"
)

func TestAdministratorsOfOneName(t *testing.T) {
	each(t, func(f *fixture) {
		second := f.administrator("Acme", "Bob@Example.com")
		if second.Organization != f.made.Organization || second.User.ID == f.made.User.ID || second.User.Email != "bob@example.com" {
			f.Fatalf("%+v joined beside %+v", second, f.made)
		}
		other := f.administrator("Other", "ada@example.com")
		if other.Organization.ID == f.made.Organization.ID || other.User.ID != f.made.User.ID {
			f.Fatalf("%+v", other)
		}
		again := f.administrator("Other", "ada@example.com")
		if again.Member != other.Member {
			f.Fatalf("a second membership: %+v", again)
		}
	})
}

func TestExistingUserIsNotTakenOver(t *testing.T) {
	each(t, func(f *fixture) {
		_, err := f.CreateAdministrator(f.Context(), account.NewOrganization{Name: "Evil"}, account.NewMember{Email: "ada@example.com", Password: "another password"})
		f.wantCode(err, "user_exists")
		if _, _, err := f.login("ada@example.com", password, ""); err != nil {
			f.Fatal(err)
		}
	})
}

func TestCreateRefusesNonsense(t *testing.T) {
	each(t, func(f *fixture) {
		ok := account.NewMember{Email: "x@example.com", Password: password, Role: account.Agent}
		for code, change := range map[string]func(*account.NewOrganization, *account.NewMember){
			"email_invalid":      func(_ *account.NewOrganization, m *account.NewMember) { m.Email = "Ada <x@example.com>" },
			"password_too_short": func(_ *account.NewOrganization, m *account.NewMember) { m.Password = "short" },
			"name_invalid":       func(o *account.NewOrganization, _ *account.NewMember) { o.Name = " \t" },
			"time_zone_unknown":  func(o *account.NewOrganization, _ *account.NewMember) { o.TimeZone = "Mars/Olympus" },
		} {
			o, m := account.NewOrganization{Name: "New"}, ok
			change(&o, &m)
			_, err := f.CreateAdministrator(f.Context(), o, m)
			f.wantCode(err, code)
		}
		_, err := f.CreateMember(f.Context(), id.New(), ok)
		f.wantCode(err, "not_found")
		ok.Role = "king"
		_, err = f.CreateMember(f.Context(), f.made.Organization.ID, ok)
		f.wantCode(err, "unknown_role")
	})
}

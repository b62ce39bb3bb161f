package account_test

import (
	"testing"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/id"
)

// Who may change members sees when and from where they signed in, page by page;
// nobody sees it of another organization's.
func TestLoginsOfAMember(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		bob := f.member("bob@example.com", account.Agent)
		for range 3 {
			_, _, _ = f.login("bob@example.com", "not this one at all", "192.0.2.9")
		}
		if _, _, err := f.login("bob@example.com", password, "192.0.2.10"); err != nil {
			f.Fatal(err)
		}
		f.Wait()
		l := all(&account.LoginSpec)
		l.Limit, l.CountExact = 2, true
		rows, total, err := f.LoginsOf(ctx, f.admin(), bob.Member.ID, l)
		if err != nil || len(rows) != 3 || total != 4 || rows[0].Address != "192.0.2.9" {
			f.Errorf("%+v %d %v", rows, total, err)
		}
		foreign := account.NewMemberActor(f.administrator("Foreign", "eve@example.com").Member)
		_, _, err = f.LoginsOf(ctx, foreign, bob.Member.ID, all(&account.LoginSpec))
		f.wantCode(err, "not_found")
	})
}

// A person of several organizations chooses; the session says from what.
func TestOrganizationsToChooseFrom(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		other := f.administrator("Second", "eve@example.com")
		inv, err := f.Invite(ctx, account.NewMemberActor(other.Member), "ada@example.com", account.Agent)
		if err != nil {
			f.Fatal(err)
		}
		s, _, err := f.Accept(ctx, secretOf(inv.Link), "", account.Credentials{Password: password})
		if err != nil {
			f.Fatal(err)
		}
		if _, err := f.FromSession(ctx, s.Token, id.Zero); err == nil {
			f.Error("nothing was chosen")
		}
		if list, err := f.OrganizationsOf(ctx, s.Token); err != nil || len(list) != 2 {
			f.Errorf("%+v %v", list, err)
		}
		_, err = f.OrganizationsOf(ctx, "")
		f.wantCode(err, "unauthenticated")
		f.clock.Add(account.SessionLifetime)
		_, err = f.OrganizationsOf(ctx, s.Token)
		f.wantCode(err, "unauthenticated")
	})
}

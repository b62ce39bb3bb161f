package account_test

import (
	"fmt"
	"slices"
	"testing"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

func one(_ int, err error) error { return err }

// A member's teams limit what he sees from the next request on, and go with him.
func TestTeams(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		ben, kim := f.member("ben@example.com", account.Agent), f.member("kim@example.com", account.Supervisor)
		session := func(email string) account.Actor {
			f.Helper()
			s, _, err := f.Login(ctx, account.Credentials{Email: email, Password: password, Address: "192.0.2.1"})
			if err != nil {
				f.Fatal(err)
			}
			a, err := f.FromSession(ctx, s.Token, id.Zero)
			if err != nil {
				f.Fatal(err)
			}
			return a
		}
		if a := session("ben@example.com"); a.Scope != account.ScopeOwn || len(a.Teams) != 0 {
			f.Errorf("%+v", a)
		}
		name, who := "Sales", []id.ID{ben.Member.ID, kim.Member.ID, ben.Member.ID}
		made, err := f.CreateTeams(ctx, f.admin(), []account.TeamDraft{{Name: &name, MemberIDs: &who}}, one)
		if err != nil || len(made[0].Members) != 2 {
			f.Fatalf("%+v %v", made, err)
		}
		team := made[0].ID
		if a := session("ben@example.com"); !slices.Equal(a.Teams, []id.ID{team}) || len(a.Mates) != 0 {
			f.Errorf("an agent: %+v", a)
		}
		if a := session("kim@example.com"); a.Scope != account.ScopeTeam || !slices.Equal(a.Teams, []id.ID{team}) || len(a.Mates) != 2 {
			f.Errorf("a supervisor: %+v", a)
		}
		rows, total, err := f.Members(ctx, f.admin(), all(&account.MemberSpec))
		if err != nil || total != -1 {
			f.Fatal(err)
		}
		for _, m := range rows {
			if want := map[bool]int{true: 1}[m.ID == ben.Member.ID || m.ID == kim.Member.ID]; len(m.Teams) != want {
				f.Errorf("%s is in %v", m.Name, m.Teams)
			}
		}
		if err := f.RemoveMember(ctx, f.admin(), ben.Member.ID, nil); err != nil {
			f.Fatal(err)
		}
		if v, err := f.TeamOf(ctx, f.admin(), team); err != nil || len(v.Members) != 1 {
			f.Errorf("who is gone is still in a team: %+v %v", v, err)
		}
		if _, err := f.ChangeTeam(ctx, f.admin(), team, account.TeamDraft{MemberIDs: &[]id.ID{ben.Member.ID}}, nil); err == nil {
			f.Error("somebody who is gone joined a team")
		}
		if err := f.DeleteTeam(ctx, f.admin(), team, nil, func(*db.Tx, id.ID) error { return nil }); err != nil {
			f.Fatal(err)
		}
		if a := session("kim@example.com"); len(a.Teams) != 0 || len(a.Mates) != 0 {
			f.Errorf("a team that is gone: %+v", a)
		}
		again, err := f.CreateTeams(ctx, f.admin(), []account.TeamDraft{{Name: &name}}, one)
		if err != nil || again[0].ID == team {
			f.Errorf("the name of a deleted team is not free: %v", err)
		}
		most := make([]id.ID, 501)
		_, err = f.ChangeTeam(ctx, f.admin(), again[0].ID, account.TeamDraft{MemberIDs: &most}, nil)
		f.wantCode(err, "too_many")
	})
}

// Teams made at the same time under one name: one of them is.
func TestTeamsOfOneName(t *testing.T) {
	each(t, func(f *fixture) {
		errs := make(chan error, 8)
		for i := range 8 {
			go func() {
				name := fmt.Sprint([]string{"Sales", "sales", "SALES"}[i%3])
				_, err := f.CreateTeams(f.Context(), f.admin(), []account.TeamDraft{{Name: &name}}, one)
				errs <- err
			}()
		}
		made := 0
		for range 8 {
			if err := <-errs; err == nil {
				made++
			} else {
				f.wantCode(err, "name_taken")
			}
		}
		if made != 1 {
			f.Errorf("%d teams of one name", made)
		}
	})
}

// Who sees less may not give a role that sees more, and narrowing a role ends
// what its holder had.
func TestScopeIsARight(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		narrow := account.NewActor(account.Actor{Organization: f.made.Organization.ID, Member: id.New(), Scope: account.ScopeTeam}, f.admin().Permissions()...)
		ben := f.member("ben@example.com", account.Agent)
		role := account.Administrator
		_, err := f.ChangeMember(ctx, narrow, ben.Member.ID, account.MemberPatch{Role: &role}, nil)
		f.wantCode(err, "forbidden")
		role = account.Supervisor
		if _, err := f.ChangeMember(ctx, narrow, ben.Member.ID, account.MemberPatch{Role: &role}, nil); err != nil {
			f.Error(err)
		}
	})
}

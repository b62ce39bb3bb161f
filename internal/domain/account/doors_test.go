package account_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/mail"
	"switchboard/internal/platform/query"
)

func (f *fixture) admin() account.Actor { return account.NewMemberActor(f.made.Member) }

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) member(email, role string) account.Created {
	f.Helper()
	c, err := f.CreateMember(f.Context(), f.made.Organization.ID, account.NewMember{Email: email, Password: password, Role: role})
	f.must(err)
	return c
}

func (f *fixture) actor(s account.Session) account.Actor {
	f.Helper()
	a, err := f.FromSession(f.Context(), s.Token, f.made.Organization.ID)
	f.must(err)
	return a
}

func all(spec *query.Spec) *query.List {
	return &query.List{Spec: spec, Limit: 100, Order: []query.Order{{Field: &spec.Fields[0]}}}
}

func to[T any](v T) *T { return &v }

type postbox struct {
	mu   sync.Mutex
	sent []mail.Message
	fail error
}

func (p *postbox) Send(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, m)
	return p.fail
}

func secretOf(link string) string {
	_, token, _ := strings.Cut(link, "#")
	return strings.Fields(token)[0]
}

func TestInvitationIsAcceptedOnce(t *testing.T) {
	each(t, func(f *fixture) {
		ctx, box := f.Context(), &postbox{}
		f.Reach("https://chat.example.com", box)
		inv, err := f.Invite(ctx, f.admin(), "Bob@example.com ", account.Agent)
		f.must(err)
		f.Wait()
		if !strings.HasPrefix(inv.Link, "https://chat.example.com/invite#") || !inv.Mailed || len(box.sent) != 1 || !strings.Contains(box.sent[0].Text, inv.Link) || box.sent[0].To != "bob@example.com" {
			f.Fatal(inv, box.sent)
		}
		token := secretOf(inv.Link)
		look, err := f.LookAtInvitation(ctx, token, "192.0.2.1")
		if err != nil || look != (account.InvitationInfo{Organization: "Acme", Email: "bob@example.com", Role: account.Agent}) {
			f.Fatal(look, err)
		}
		if n := f.count(`SELECT COUNT(*) FROM invitation WHERE length(token_hash) = 32`); n != 1 {
			f.Fatal("invitations are not stored as SHA-256")
		}
		_, _, err = f.Accept(ctx, token, " ", account.Credentials{Password: "amber lantern quarry"})
		f.wantCode(err, "name_invalid")
		_, _, err = f.Accept(ctx, token, "Bob", account.Credentials{Password: "short"})
		f.wantCode(err, "password_too_short")
		s, me, err := f.Accept(ctx, token, "Bob Stone", account.Credentials{Password: "amber lantern quarry", Address: "192.0.2.9"})
		if err != nil || me.Organization.ID != f.made.Organization.ID || me.Member.Role != account.Agent || me.Member.Name != "Bob Stone" {
			f.Fatal(me, err)
		}
		if a := f.actor(s); a.Member != me.Member.ID {
			f.Fatal(a)
		}
		_, _, err = f.Accept(ctx, token, "Eve", account.Credentials{Password: "amber lantern quarry"})
		f.wantCode(err, "link_invalid")
		if _, _, err := f.login("bob@example.com", "amber lantern quarry", ""); err != nil {
			f.Fatal(err)
		}
		_, err = f.Invite(ctx, f.admin(), "bob@example.com", account.Agent)
		f.wantCode(err, "already_member")
	})
}

func TestInvitationsEnd(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		dead := func(link, why string) {
			f.Helper()
			if _, err := f.LookAtInvitation(ctx, secretOf(link), ""); err == nil {
				f.Fatal(why)
			}
			_, _, err := f.Accept(ctx, secretOf(link), "Bob", account.Credentials{Password: "amber lantern quarry"})
			f.wantCode(err, "link_invalid")
		}
		invite := func(a account.Actor, email, role string) account.Invited {
			f.Helper()
			v, err := f.Invite(ctx, a, email, role)
			f.must(err)
			return v
		}
		first := invite(f.admin(), "bob@example.com", account.Agent)
		second := invite(f.admin(), "bob@example.com", account.Supervisor)
		dead(first.Link, "the replaced one works")
		f.must(f.Withdraw(ctx, f.admin(), second.ID))
		dead(second.Link, "the revoked one works")
		f.wantCode(f.Withdraw(ctx, f.admin(), second.ID), "not_found")
		third := invite(f.admin(), "bob@example.com", account.Agent)
		foreign := account.NewMemberActor(f.administrator("Foreign", "eve@example.com").Member)
		f.wantCode(f.Withdraw(ctx, foreign, third.ID), "not_found")
		f.clock.Add(7 * 24 * time.Hour)
		dead(third.Link, "an expired one works")

		// Who is demoted cannot come back by an invitation he sent before.
		bad := f.member("mallory@example.com", account.Administrator)
		back := invite(account.NewMemberActor(bad.Member), "mallory2@example.com", account.Administrator)
		_, err := f.ChangeMember(ctx, f.admin(), bad.Member.ID, account.MemberPatch{Role: to(account.Agent)}, nil)
		f.must(err)
		dead(back.Link, "an invitation outlives the rights of who sent it")
	})
}

// An invitation gives nobody the account of another: who has a user already
// proves that it is his.
func TestInvitationOfAUserAsksHisPassword(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		f.administrator("Other", "bob@example.com")
		inv, err := f.Invite(ctx, f.admin(), "bob@example.com", account.Agent)
		f.must(err)
		token := secretOf(inv.Link)
		if look, err := f.LookAtInvitation(ctx, token, ""); err != nil || !look.HasAccount {
			f.Fatal(look, err)
		}
		_, _, err = f.Accept(ctx, token, "Eve", account.Credentials{Password: "amber lantern quarry"})
		f.wantCode(err, "wrong_password")
		_, me, err := f.Accept(ctx, token, "", account.Credentials{Password: password})
		if err != nil || len(me.Organizations) != 2 || me.Organization.ID != f.made.Organization.ID {
			f.Fatal(me, err)
		}
	})
}

func TestNobodyGivesWhatHeLacks(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		bob := f.member("bob@example.com", account.Agent)
		roles := map[string]account.Role{}
		for _, r := range account.Roles() {
			roles[r.Name] = r
		}
		for from := range roles {
			for give := range roles {
				have := append(roles[from].Permissions(), account.StaffEdit)
				who := account.NewActor(f.admin(), have...)
				covers := true
				for _, p := range roles[give].Permissions() {
					covers = covers && slices.Contains(have, p)
				}
				_, err := f.Invite(ctx, who, "new@example.com", give)
				if covers != (err == nil) {
					f.Fatalf("%s with members.edit invites %s: %v", from, give, err)
				}
				_, err = f.ChangeMember(ctx, f.admin(), bob.Member.ID, account.MemberPatch{Role: to(account.Agent)}, nil)
				f.must(err)
				_, err = f.ChangeMember(ctx, who, bob.Member.ID, account.MemberPatch{Role: &give}, nil)
				if give != account.Agent && covers != (err == nil) {
					f.Fatalf("%s with members.edit makes %s: %v", from, give, err)
				}
			}
		}
		agent := account.NewMemberActor(bob.Member)
		_, err := f.ChangeMember(ctx, agent, bob.Member.ID, account.MemberPatch{Role: to(account.Administrator)}, nil)
		f.wantCode(err, "forbidden")
	})
}

func TestLastAdministratorStays(t *testing.T) {
	each(t, func(f *fixture) {
		ctx, me := f.Context(), f.made.Member.ID
		refused := func(when string) {
			f.Helper()
			for _, p := range []account.MemberPatch{{Role: to(account.Supervisor)}, {IsActive: to(false)}} {
				_, err := f.ChangeMember(ctx, f.admin(), me, p, nil)
				f.wantCode(err, "last_administrator")
			}
			f.wantCode(f.RemoveMember(ctx, f.admin(), me, nil), "last_administrator")
		}
		refused("alone")
		bob := f.member("bob@example.com", account.Administrator)
		_, err := f.ChangeMember(ctx, f.admin(), bob.Member.ID, account.MemberPatch{IsActive: to(false)}, nil)
		f.must(err)
		refused("beside a deactivated one")
		_, err = f.ChangeMember(ctx, f.admin(), bob.Member.ID, account.MemberPatch{IsActive: to(true)}, nil)
		f.must(err)

		// Two who demote each other at the same time must not both succeed.
		var wg sync.WaitGroup
		errs := make([]error, 2)
		wg.Go(func() {
			_, errs[0] = f.ChangeMember(ctx, f.admin(), bob.Member.ID, account.MemberPatch{Role: to(account.Agent)}, nil)
		})
		wg.Go(func() {
			_, errs[1] = f.ChangeMember(ctx, account.NewMemberActor(bob.Member), me, account.MemberPatch{Role: to(account.Agent)}, nil)
		})
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			f.Fatal(errs)
		}
		if n := f.count(`SELECT COUNT(*) FROM member WHERE role = 'administrator'`); n != 1 {
			f.Fatalf("%d administrators are left", n)
		}
	})
}

func TestDeactivatedMemberIsOutAtOnce(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		bob := f.member("bob@example.com", account.Administrator)
		s := f.session("bob@example.com")
		_, text, err := f.CreateToken(ctx, f.actor(s), account.NewToken{Name: "t"})
		f.must(err)
		_, err = f.FromToken(ctx, text)
		f.must(err)
		var told []id.ID
		f.bus.Subscribe(event.Access, func(h event.Hint) { told = append(told, h.Key) })
		v, err := f.ChangeMember(ctx, f.admin(), bob.Member.ID, account.MemberPatch{IsActive: to(false)}, nil)
		if err != nil || v.Status != account.Deactivated || v.IsActive {
			f.Fatal(v, err)
		}
		if !slices.Contains(told, bob.Member.ID) {
			f.Fatal("open streams were not told")
		}
		_, err = f.FromSession(ctx, s.Token, id.Zero)
		f.wantCode(err, "unauthenticated")
		_, err = f.FromToken(ctx, text)
		f.wantCode(err, "unauthenticated")
		_, _, err = f.login("bob@example.com", password, "")
		f.wantCode(err, "no_organization")
		_, err = f.ChangeMember(ctx, f.admin(), bob.Member.ID, account.MemberPatch{IsActive: to(true)}, nil)
		f.must(err)
		if _, err = f.FromToken(ctx, text); err != nil {
			f.Fatal(err)
		}

		// Removed, he is gone from the list, and comes back as who he was.
		f.must(f.RemoveMember(ctx, f.admin(), bob.Member.ID, nil))
		_, err = f.FromToken(ctx, text)
		f.wantCode(err, "unauthenticated")
		_, err = f.MemberOf(ctx, f.admin(), bob.Member.ID)
		f.wantCode(err, "not_found")
		if n := f.count(`SELECT COUNT(*) FROM member WHERE name = 'bob'`); n != 1 {
			f.Fatal("what he wrote has lost its author")
		}
		inv, err := f.Invite(ctx, f.admin(), "bob@example.com", account.Agent)
		f.must(err)
		_, me, err := f.Accept(ctx, secretOf(inv.Link), "", account.Credentials{Password: password})
		if err != nil || me.Member.ID != bob.Member.ID || me.Member.Role != account.Agent {
			f.Fatal(me.Member, err)
		}
		_, err = f.FromToken(ctx, text)
		f.wantCode(err, "unauthenticated")
	})
}

func TestMembersOfOneOrganizationOnly(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		foreign := f.administrator("Foreign", "eve@example.com")
		f.member("bob@example.com", account.Agent)
		f.session("ada@example.com")
		rows, _, err := f.Members(ctx, f.admin(), all(&account.MemberSpec))
		if err != nil || len(rows) != 2 || rows[0].Email != "ada@example.com" || rows[0].LastSignInAt.IsZero() || !rows[1].LastSignInAt.IsZero() {
			f.Fatalf("%+v %v", rows, err)
		}
		_, err = f.MemberOf(ctx, f.admin(), foreign.Member.ID)
		f.wantCode(err, "not_found")
		_, err = f.ChangeMember(ctx, f.admin(), foreign.Member.ID, account.MemberPatch{Name: to("x")}, nil)
		f.wantCode(err, "not_found")
		f.wantCode(f.RemoveMember(ctx, f.admin(), foreign.Member.ID, nil), "not_found")
		agent := account.NewMemberActor(account.Member{Organization: f.made.Organization.ID, Role: account.Agent})
		if rows, _, err := f.Members(ctx, agent, all(&account.MemberSpec)); err != nil || !rows[0].LastSignInAt.IsZero() {
			f.Fatal("colleagues see when somebody was here", err)
		}
	})
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		here, there, third := f.session("ada@example.com"), f.session("ada@example.com"), f.session("ada@example.com")
		f.member("bob@example.com", account.Agent)
		bob := f.actor(f.session("bob@example.com"))
		a := f.actor(here)
		list, err := f.Sessions(ctx, a)
		if err != nil || len(list) != 3 || !list[0].Current || list[1].Current || list[0].Device != "Test" || list[0].Address != "192.0.2.1" {
			f.Fatalf("%+v %v", list, err)
		}
		f.wantCode(f.EndSession(ctx, bob, list[1].ID), "not_found")
		f.wantCode(f.EndSession(ctx, a, id.New()), "not_found")
		other := f.actor(there)
		f.must(f.EndSession(ctx, a, other.Session))
		_, err = f.FromSession(ctx, there.Token, id.Zero)
		f.wantCode(err, "unauthenticated")
		f.must(f.EndOtherSessions(ctx, a))
		_, err = f.FromSession(ctx, third.Token, id.Zero)
		f.wantCode(err, "unauthenticated")
		f.actor(here)
		token := a
		token.Token = id.New()
		_, err = f.Sessions(ctx, token)
		f.wantCode(err, "people_only")
	})
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		here, there := f.session("ada@example.com"), f.session("ada@example.com")
		a := f.actor(here)
		f.wantCode(f.ChangePassword(ctx, a, "not this one", "amber lantern quarry"), "wrong_password")
		f.wantCode(f.ChangePassword(ctx, a, password, "short"), "password_too_short")
		f.must(f.ChangePassword(ctx, a, password, "amber lantern quarry"))
		f.actor(here)
		_, err := f.FromSession(ctx, there.Token, id.Zero)
		f.wantCode(err, "unauthenticated")
		_, _, err = f.login("ada@example.com", password, "192.0.2.1")
		f.wantCode(err, "invalid_credentials")
		f.Wait()
		logins, err := f.Logins(ctx, a)
		var results []string
		for _, l := range logins {
			results = append(results, l.Result)
		}
		if err != nil || !slices.Equal(results, []string{"failure", "password_changed", "success", "success"}) {
			f.Fatal(results, err)
		}
		f.clock.Add(91 * 24 * time.Hour)
		f.must(f.Sweep(ctx))
		if n := f.count(`SELECT COUNT(*) FROM login_history`); n != 0 {
			f.Fatalf("%d sign-ins are kept", n)
		}
	})
}

func TestForgottenPassword(t *testing.T) {
	each(t, func(f *fixture) {
		ctx, box := f.Context(), &postbox{fail: errors.New("mail server is away")}
		if mailed, err := f.Forgot(ctx, "ada@example.com", "192.0.2.1"); err != nil || mailed {
			f.Fatal("a mail without a mail server", err)
		}
		f.Reach("https://chat.example.com", box)
		s := f.session("ada@example.com")
		for _, email := range []string{"nobody@example.com", "Ada@example.com"} {
			if mailed, err := f.Forgot(ctx, email, "192.0.2.1"); err != nil || !mailed {
				f.Fatal(email, mailed, err) // also when the server takes nothing
			}
		}
		f.Wait()
		if len(box.sent) != 1 || box.sent[0].To != "ada@example.com" {
			f.Fatalf("%+v", box.sent)
		}
		_, after, _ := strings.Cut(box.sent[0].Text, "/reset-password#")
		token := strings.Fields(after)[0]
		if n := f.count(`SELECT COUNT(*) FROM password_reset WHERE length(token_hash) = 32`); n != 1 {
			f.Fatal("links are not stored as SHA-256")
		}
		f.wantCode(f.Reset(ctx, token, "short", "", ""), "password_too_short")
		for _, wrong := range []string{"", token + "x"} {
			f.wantCode(f.Reset(ctx, wrong, "amber lantern quarry", "", ""), "link_invalid")
		}
		// Tried many times at once it works once.
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() { errs[i] = f.Reset(ctx, token, "amber lantern quarry", "", "") })
		}
		wg.Wait()
		right := 0
		for _, err := range errs {
			if err == nil {
				right++
			} else {
				f.wantCode(err, "link_invalid")
			}
		}
		if right != 1 {
			f.Fatal(errs)
		}
		_, err := f.FromSession(ctx, s.Token, id.Zero)
		f.wantCode(err, "unauthenticated")
		if _, _, err := f.login("ada@example.com", "amber lantern quarry", ""); err != nil {
			f.Fatal(err)
		}
		link, err := f.MachineResetLink(ctx, "ADA@example.com")
		f.must(err)
		f.clock.Add(30 * time.Minute)
		f.wantCode(f.Reset(ctx, secretOf(link), "copper meadow violin", "", ""), "link_invalid")
		_, err = f.MachineResetLink(ctx, "nobody@example.com")
		f.wantCode(err, "not_found")
	})
}

// A second link ends with the first that is used.
func TestLinksEndTogether(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		f.Reach("https://chat.example.com", nil)
		one, err := f.MachineResetLink(ctx, "ada@example.com")
		f.must(err)
		two, err := f.MachineResetLink(ctx, "ada@example.com")
		f.must(err)
		f.must(f.Reset(ctx, secretOf(one), "amber lantern quarry", "", ""))
		f.wantCode(f.Reset(ctx, secretOf(two), "copper meadow violin", "", ""), "link_invalid")
	})
}

func TestOrganizationIsChanged(t *testing.T) {
	each(t, func(f *fixture) {
		ctx, own := f.Context(), f.made.Organization.ID
		o, err := f.ChangeOrganization(ctx, f.admin(), own, account.OrganizationPatch{Name: to(" Acme  Ltd "), TimeZone: to("Asia/Hong_Kong"), Language: to("ar")}, nil)
		if err != nil || o != (account.Organization{ID: own, Name: "Acme Ltd", Language: "ar", TimeZone: "Asia/Hong_Kong"}) {
			f.Fatal(o, err)
		}
		for code, p := range map[string]account.OrganizationPatch{"time_zone_unknown": {TimeZone: to("Mars/Olympus")}, "name_invalid": {Name: to(" ")},
			"language_invalid": {Language: to("Klingon!")}} {
			_, err := f.ChangeOrganization(ctx, f.admin(), own, p, nil)
			f.wantCode(err, code)
		}
		foreign := f.administrator("Foreign", "eve@example.com")
		_, err = f.ChangeOrganization(ctx, f.admin(), foreign.Organization.ID, account.OrganizationPatch{Name: to("Mine")}, nil)
		f.wantCode(err, "not_found")
		rows, _, err := f.Organizations(ctx, f.admin(), all(&account.OrganizationSpec))
		if err != nil || len(rows) != 1 || rows[0].ID != own {
			f.Fatal(rows, err)
		}
	})
}

// What is written down holds no secret of any kind.
func TestRecordHoldsNoSecret(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		f.Reach("https://chat.example.com", nil)
		inv, err := f.Invite(ctx, f.admin(), "bob@example.com", account.Agent)
		f.must(err)
		_, token, err := f.CreateToken(ctx, f.admin(), account.NewToken{Name: "t"})
		f.must(err)
		link, err := f.MachineResetLink(ctx, "ada@example.com")
		f.must(err)
		s := f.session("ada@example.com")
		f.must(f.EndOtherSessions(ctx, f.actor(s)))
		var text strings.Builder
		f.must(f.db.System().Read(ctx, func(tx *db.Tx) error {
			text.Reset()
			return tx.Query(db.Dynamic(`SELECT COALESCE(before,'') || COALESCE(after,'') || action || actor_name FROM audit_log`), nil, func(scan func(...any) error) error {
				var line string
				err := scan(&line)
				text.WriteString(line + "\n")
				return err
			})
		}))
		for _, secret := range []string{secretOf(inv.Link), token, secretOf(link), s.Token, password, "argon2"} {
			if strings.Contains(text.String(), secret) {
				f.Fatalf("%q is in\n%s", secret, text.String())
			}
		}
		for _, action := range []string{"member.create", "invitation.create", "api_token.create", "member.reset_password"} {
			if !strings.Contains(text.String(), action) {
				f.Errorf("%s is not written down:\n%s", action, text.String())
			}
		}
	})
}

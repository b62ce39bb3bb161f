package account_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/id"
)

func TestMachineTokenMayEverything(t *testing.T) {
	each(t, func(f *fixture) {
		_, text, err := f.CreateMachineToken(f.Context(), f.made.Organization.ID, account.NewToken{Name: "ci", ExpiresAt: f.clock.Now().Add(time.Hour)})
		if err != nil || !strings.HasPrefix(text, "sb_") {
			f.Fatal(text, err)
		}
		a, err := f.FromToken(f.Context(), text)
		if err != nil || a.Organization != f.made.Organization.ID || !a.Member.IsZero() ||
			!slices.Equal(a.Permissions(), account.NewMemberActor(f.made.Member).Permissions()) {
			f.Fatal(a, err)
		}
		if me, err := f.Me(f.Context(), a); err != nil || me.User != nil || me.Member != nil || me.Organization.ID != a.Organization {
			f.Fatal(me, err)
		}
		f.clock.Add(time.Hour - time.Second)
		if _, err := f.FromToken(f.Context(), text); err != nil {
			f.Fatal(err)
		}
		f.clock.Add(time.Second) // also from the cache
		_, err = f.FromToken(f.Context(), text)
		f.wantCode(err, "unauthenticated")
		for _, nonsense := range []string{"", "sb_", text + "x", text[3:]} {
			_, err = f.FromToken(f.Context(), nonsense)
			f.wantCode(err, "unauthenticated")
		}
	})
}

func TestTokenNeverExceedsItsMaker(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		admin := account.NewMemberActor(f.made.Member)
		_, text, err := f.CreateToken(ctx, admin, account.NewToken{Name: "t", Permissions: []string{account.ChannelsEdit, account.InboxView}})
		if err != nil {
			f.Fatal(err)
		}
		a, err := f.FromToken(ctx, text)
		if err != nil || !a.May(account.ChannelsEdit) || a.May(account.APITokensEdit) || a.Member != f.made.Member.ID {
			f.Fatal(a, err)
		}
		// The maker becomes an agent: his token shrinks with him.
		if _, err := f.CreateMember(ctx, f.made.Organization.ID, account.NewMember{Email: "ada@example.com", Password: password, Role: account.Agent}); err != nil {
			f.Fatal(err)
		}
		a, err = f.FromToken(ctx, text)
		if err != nil || a.May(account.ChannelsEdit) || !a.May(account.InboxView) {
			f.Fatal(a.Permissions(), err)
		}
		limited := account.NewActor(admin, account.APITokensEdit, account.InboxView)
		_, _, err = f.CreateToken(ctx, limited, account.NewToken{Name: "t", Permissions: []string{account.ChannelsEdit}})
		f.wantCode(err, "forbidden")
		_, text, err = f.CreateToken(ctx, limited, account.NewToken{Name: "t"})
		if err != nil {
			f.Fatal(err)
		}
		if a, err = f.FromToken(ctx, text); err != nil || !slices.Equal(a.Permissions(), []string{account.InboxView}) {
			f.Fatal(a.Permissions(), err) // an agent now, without api_tokens.edit
		}
	})
}

func TestTokenRefusals(t *testing.T) {
	each(t, func(f *fixture) {
		ctx, org := f.Context(), f.made.Organization.ID
		for code, n := range map[string]account.NewToken{
			"name_invalid":       {},
			"unknown_permission": {Name: "t", Permissions: []string{"inbox.destroy"}},
			"expired":            {Name: "t", ExpiresAt: f.clock.Now()},
		} {
			_, _, err := f.CreateMachineToken(ctx, org, n)
			f.wantCode(err, code)
		}
		_, _, err := f.CreateMachineToken(ctx, id.New(), account.NewToken{Name: "t"})
		f.wantCode(err, "not_found")
		agent := account.NewMemberActor(account.Member{Organization: org, ID: f.made.Member.ID, Role: account.Agent})
		_, _, err = f.CreateToken(ctx, agent, account.NewToken{Name: "t"})
		f.wantCode(err, "forbidden")
		machine := account.NewActor(account.Actor{Organization: org}, account.APITokensEdit)
		_, _, err = f.CreateToken(ctx, machine, account.NewToken{Name: "t"})
		f.wantCode(err, "not_a_member")
	})
}

func TestRevokedTokenEndsAtOnceAndOnlyAtHome(t *testing.T) {
	each(t, func(f *fixture) {
		ctx := f.Context()
		foreign := account.NewMemberActor(f.administrator("Foreign", "eve@example.com").Member)
		made, text, err := f.CreateMachineToken(ctx, f.made.Organization.ID, account.NewToken{Name: "t"})
		if err != nil {
			f.Fatal(err)
		}
		f.wantCode(f.RevokeToken(ctx, foreign, made.ID, nil), "not_found")
		if _, err := f.FromToken(ctx, text); err != nil {
			f.Fatal(err)
		}
		if err := f.RevokeToken(ctx, account.NewMemberActor(f.made.Member), made.ID, nil); err != nil {
			f.Fatal(err)
		}
		_, err = f.FromToken(ctx, text)
		f.wantCode(err, "unauthenticated")
	})
}

func TestUseIsWrittenDownOnceAMinute(t *testing.T) {
	each(t, func(f *fixture) {
		_, text, err := f.CreateMachineToken(f.Context(), f.made.Organization.ID, account.NewToken{Name: "t"})
		if err != nil {
			f.Fatal(err)
		}
		first := f.clock.Now()
		for range 8 {
			if _, err := f.FromToken(f.Context(), text); err != nil {
				f.Fatal(err)
			}
			if got := f.count(`SELECT used_at FROM api_token`); int64(got) != first.UnixMicro() {
				f.Fatalf("used_at moved to %d", got)
			}
			f.clock.Add(7 * time.Second)
		}
		f.clock.Add(4 * time.Second)
		if _, err := f.FromToken(f.Context(), text); err != nil {
			f.Fatal(err)
		}
		if got := f.count(`SELECT used_at FROM api_token`); int64(got) != f.clock.Now().UnixMicro() {
			f.Fatal("used_at did not move after a minute")
		}
	})
}

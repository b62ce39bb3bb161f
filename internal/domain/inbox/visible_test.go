package inbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// standing is a conversation put somewhere, and what a reader is told of it.
type standing struct {
	conversation, message, enquiry id.ID
	status                         string
	holder, team                   string // "", "me", "mate", "other" · "", "ours", "theirs"
}

func (p standing) String() string {
	return fmt.Sprintf("%s held by %q in team %q", p.status, p.holder, p.team)
}

// sees is the rule of docs/adr/0008 once more, in words.
func sees(scope account.Scope, p standing) bool {
	switch scope {
	case account.ScopeAll:
		return true
	case account.ScopeTeam:
		return p.team != "theirs" || p.holder == "me" || p.holder == "mate"
	}
	return p.holder == "me" || p.holder == "" && p.team != "theirs"
}

// everyPlace puts a conversation at each place there can be.
func (f *fixture) everyPlace(people, teams map[string]id.ID) []standing {
	f.Helper()
	var out []standing
	for _, status := range []string{inbox.Open, inbox.Missed, inbox.Ongoing, inbox.FollowedUp, inbox.NoEnquiry} {
		for _, team := range []string{"", "ours", "theirs"} {
			for _, holder := range []string{"", "me", "mate", "other"} {
				waits := status == inbox.Open || status == inbox.Missed
				if waits != (holder == "") && status != inbox.NoEnquiry {
					continue // what waits is nobody's, what is served is somebody's
				}
				out = append(out, standing{status: status, team: team, holder: holder})
			}
		}
	}
	for i := range out {
		p := &out[i]
		f.receive(f.ch, said(fmt.Sprint("p", i), fmt.Sprint(100+i), "hello", noon.Add(-1)))
		c := f.conversations()
		p.conversation, p.message, p.enquiry = c[i].ID, c[i].LastMessage.ID, c[i].Enquiry.ID
		owner, closed := people[p.holder], p.status
		if p.status == inbox.NoEnquiry {
			owner, closed = id.Zero, inbox.Closed
		}
		if err := f.db.System().Write(f.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(db.Dynamic(`UPDATE enquiry SET status = $2, owner_id = $3, team_id = $4 WHERE id = $1`), p.enquiry, closed, people[p.holder], teams[p.team]); err != nil {
				return err
			}
			_, err := tx.Exec(db.Dynamic(`UPDATE conversation SET enquiry_status = $2, owner_id = $3, holder_id = $4, team_id = $5 WHERE id = $1`),
				p.conversation, p.status, owner, people[p.holder], teams[p.team])
			return err
		}); err != nil {
			f.Fatal(err)
		}
	}
	return out
}

// Each list, figure, read and change asks one rule.
func TestWhoSeesWhat(t *testing.T) {
	each(t, func(f *fixture) {
		people := map[string]id.ID{"": id.Zero, "me": id.New(), "mate": id.New(), "other": id.New()}
		teams := map[string]id.ID{"": id.Zero, "ours": id.New(), "theirs": id.New()}
		places := f.everyPlace(people, teams)
		for _, scope := range []account.Scope{account.ScopeAll, account.ScopeTeam, account.ScopeOwn} {
			a := account.NewActor(account.Actor{Organization: f.admin.Organization, Member: people["me"], User: id.New(), Name: "Me", Scope: scope},
				account.InboxView, account.InboxSend, account.EnquiriesView, account.EnquiriesEdit)
			if scope != account.ScopeAll {
				a.Teams = []id.ID{teams["ours"], id.New()}
			}
			if scope == account.ScopeTeam {
				a.Mates = []id.ID{people["mate"], people["me"]}
			}
			var convs, msgs, enqs []string
			var counts inbox.Counts
			for _, p := range places {
				ok := sees(scope, p)
				if ok {
					convs, msgs, enqs = append(convs, p.conversation.String()), append(msgs, p.message.String()), append(enqs, p.enquiry.String())
				}
				switch {
				case ok && p.status == inbox.Open:
					counts.Waiting++
				case ok && p.status == inbox.Missed:
					counts.Missed++
				case p.holder == "me" && p.status != inbox.NoEnquiry:
					counts.Mine++
				}
				f.oneRow(a, scope, p, ok)
			}
			f.lists(a, scope, convs, msgs, enqs)
			if got, err := f.in.Counts(f.Context(), a); err != nil || got != counts {
				f.Errorf("%s: counts %+v %v, want %+v", scope, got, err, counts)
			}
		}
	})
}

// oneRow asks everything that one row can be asked.
func (f *fixture) oneRow(a account.Actor, scope account.Scope, p standing, ok bool) {
	f.Helper()
	ctx := f.Context()
	var may bool
	if err := f.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) { may, err = inbox.MaySee(tx, a, p.conversation); return err }); err != nil || may != ok {
		f.Errorf("%s: MaySee %s = %v %v", scope, p, may, err)
	}
	calls := map[string]func() error{
		"read one":     func() error { _, err := f.in.Conversation(ctx, a, p.conversation); return err },
		"mark as read": func() error { _, err := f.in.Read(ctx, a, p.conversation, id.Zero); return err },
		"message":      func() error { _, err := f.in.Message(ctx, a, p.message); return err },
		"provenance":   func() error { _, err := f.in.Provenance(ctx, a, p.message); return err },
		"enquiry":      func() error { _, err := f.in.Enquiry(ctx, a, p.enquiry); return err },
	}
	if !ok { // these would move what may be moved
		calls["typing"] = func() error { _, err := f.in.Typing(ctx, a, p.conversation); return err }
		calls["send"] = func() error { _, _, err := f.in.Send(ctx, a, p.conversation, inbox.Draft{Text: "hello"}); return err }
		calls["close"] = func() error { _, err := f.in.Close(ctx, a, p.enquiry); return err }
	}
	for what, call := range calls {
		err := call()
		absent := err != nil && fault.As(err).Kind == fault.NotFound
		if ok && err != nil || !ok && !absent {
			f.Errorf("%s: %s of %s: %v", scope, what, p, err)
		}
	}
}

// lists reads every list, whole and page by page, in several orders.
func (f *fixture) lists(a account.Actor, scope account.Scope, convs, msgs, enqs []string) {
	f.Helper()
	ctx := f.Context()
	field := func(s *query.Spec, name string) *query.Field {
		return &s.Fields[slices.IndexFunc(s.Fields, func(x query.Field) bool { return x.Name == name })]
	}
	same := func(what string, got, want []string, total int64) {
		f.Helper()
		got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
		if !slices.Equal(got, want) || total != int64(len(want)) {
			f.Errorf("%s: %s: %d of %d, %d counted", scope, what, len(got), len(want), total)
		}
	}
	for _, by := range []string{"last_message_at", "id", "created_at"} {
		for _, desc := range []bool{true, false} {
			spec := &inbox.ConversationSpec
			var got []string
			var total int64
			for offset := 0; ; offset += 7 {
				l := query.List{Spec: spec, Limit: 7, Offset: offset, CountExact: true, Order: []query.Order{{Field: field(spec, by), Desc: desc}, {Field: field(spec, "id"), Desc: desc}}}
				rows, n, err := f.in.Conversations(ctx, a, &l)
				if err != nil {
					f.Fatal(err)
				}
				for _, c := range rows[:min(len(rows), 7)] {
					got = append(got, c.ID.String())
				}
				if total = n; len(rows) <= 7 {
					break
				}
			}
			same("conversations by "+by, got, convs, total)
		}
	}
	for _, tab := range inbox.Tabs {
		spec := &inbox.ConversationSpec
		l := query.List{Spec: spec, Limit: 100, Where: inbox.Tab(tab, a), CountExact: true, Order: []query.Order{{Field: field(spec, "id")}}}
		rows, total, err := f.in.Conversations(ctx, a, &l)
		if err != nil {
			f.Fatal(err)
		}
		var got, want []string
		for _, c := range rows {
			got = append(got, c.ID.String())
		}
		all := query.List{Spec: spec, Limit: 100, Where: inbox.Tab(tab, a), Order: l.Order}
		every, _, err := f.in.Conversations(ctx, account.NewActor(account.Actor{Organization: a.Organization, Member: a.Member}, account.InboxView), &all)
		if err != nil {
			f.Fatal(err)
		}
		for _, c := range every {
			if slices.Contains(convs, c.ID.String()) {
				want = append(want, c.ID.String())
			}
		}
		same("tab "+tab, got, want, total)
	}
	var got []string
	rows, total, err := f.in.Messages(ctx, a, &query.List{Spec: &inbox.MessageSpec, Limit: 100, CountExact: true, Order: []query.Order{{Field: field(&inbox.MessageSpec, "id")}}})
	if err != nil {
		f.Fatal(err)
	}
	for _, m := range rows {
		if m.Direction == inbox.In && m.Kind == message.Text {
			got = append(got, m.ID.String())
		}
	}
	same("messages", got, msgs, total)
	got = nil
	all, total, err := f.in.Enquiries(ctx, a, &query.List{Spec: &inbox.EnquirySpec, Limit: 100, CountExact: true, Order: []query.Order{{Field: field(&inbox.EnquirySpec, "id")}}})
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range all {
		got = append(got, e.ID.String())
	}
	same("enquiries", got, enqs, total)
}

// What one holds and what nobody does are read from the conversations alone.
func TestFieldsOfConversationsAreTheirOwn(t *testing.T) {
	for _, f := range inbox.ConversationSpec.Fields {
		if !strings.HasPrefix(f.Column, "t.") || f.Folded != "" {
			t.Errorf("%s is no column of the conversation: the branches of visible cannot filter by it", f.Name)
		}
	}
}

// A list of conversations that nobody confined is refused, not answered.
func TestAListSaysWithinWhat(t *testing.T) {
	each(t, func(f *fixture) {
		for _, spec := range []*query.Spec{&inbox.ConversationSpec, &inbox.MessageSpec, &inbox.EnquirySpec} {
			err := f.db.Tenant(f.admin.Organization).Read(f.Context(), func(tx *db.Tx) error {
				_, err := db.List(tx, &query.List{Spec: spec, Limit: 1, Order: []query.Order{{Field: &spec.Fields[0]}}}, "t.id", spec.Resource, nil)
				return err
			})
			if err == nil {
				f.Errorf("a list of %s without a scope was answered", spec.Resource)
			}
		}
	})
}

package live

import (
	"context"
	"strings"
	"testing"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
)

// colleague lets somebody in who sees what his scope and teams allow.
func (n *node) colleague(org id.ID, scope account.Scope, teams ...id.ID) string {
	a := account.NewActor(account.Actor{Organization: org, Member: id.New(), User: id.New(), Name: "Ben", Scope: scope, Teams: teams},
		account.InboxView, account.InboxSend, account.EnquiriesView, account.EnquiriesEdit, account.ChannelsView)
	n.set(a.Member.String(), a, nil)
	return a.Member.String()
}

// conversation is the only one there is.
func (n *node) conversation(org id.ID) (c id.ID) {
	n.t.Helper()
	if err := n.db.Tenant(org).Read(context.Background(), func(tx *db.Tx) error {
		return tx.Row(db.Dynamic(`SELECT id FROM conversation WHERE organization_id = $1`), []any{org}, &c)
	}); err != nil {
		n.t.Fatal(err)
	}
	return c
}

// mark ends what a reader is to hear so far: an event everybody sees.
func (n *node) mark(org id.ID) { emit(n.t, n.db, org, id.New()) }

// heard reads up to the next mark.
func (r *reader) heard() (kinds []string) {
	r.t.Helper()
	for {
		e := r.next()
		if e.kind == channelUpdated {
			return kinds
		}
		kinds = append(kinds, e.kind)
	}
}

func wantHeard(t *testing.T, who string, r *reader, want ...string) {
	t.Helper()
	if got := r.heard(); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s heard %v, want %v", who, got, want)
	}
}

// Who sees a conversation hears of it; who loses sight of it is told so, and
// hears no more. Resuming tells the same.
func TestEventsFollowSight(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB) {
		n := newNode(t, d, nil)
		org, ch := n.organization()
		all, mine, other := n.colleague(org, account.ScopeAll), n.colleague(org, account.ScopeOwn), n.colleague(org, account.ScopeOwn)
		lead := n.colleague(org, account.ScopeTeam)
		readers := map[string]*reader{"all": n.open(all, ""), "mine": n.open(mine, ""), "other": n.open(other, ""), "lead": n.open(lead, "")}
		step := func(what string, act func(), want map[string]string) {
			t.Helper()
			starts := map[string]string{}
			for who, r := range readers {
				starts[who] = r.lastID
			}
			act()
			n.mark(org)
			for who, r := range readers {
				wantHeard(t, what+": "+who, r, strings.Fields(want[who])...)
				if starts[who] != "" {
					late := n.open(map[string]string{"all": all, "mine": mine, "other": other, "lead": lead}[who], starts[who])
					wantHeard(t, what+", later: "+who, late, strings.Fields(want[who])...)
					late.close()
				}
			}
		}
		everybody := func(kinds string) map[string]string {
			return map[string]string{"all": kinds, "mine": kinds, "other": kinds, "lead": kinds}
		}
		step("start", func() {}, everybody(""))
		step("a contact writes", func() { n.receive(ch, "1", "hello") }, everybody("enquiry.updated message.created"))
		c := n.conversation(org)
		send := func(who string) {
			t.Helper()
			if _, _, err := n.inbox.Send(t.Context(), n.actor(who), c, inbox.Draft{Text: "yes"}); err != nil {
				t.Fatal(err)
			}
		}
		typing := func(who string) {
			t.Helper()
			if _, err := n.inbox.Typing(t.Context(), n.actor(who), c); err != nil {
				t.Fatal(err)
			}
		}
		step("one answers", func() { send(mine) }, map[string]string{
			"all": "conversation.updated enquiry.updated message.created", "mine": "conversation.updated enquiry.updated message.created",
			"lead": "conversation.updated enquiry.updated message.created", "other": "conversation.removed"})
		step("again", func() { send(mine) }, map[string]string{"all": "message.created", "mine": "message.created", "lead": "message.created"})
		step("the contact writes on", func() { n.receive(ch, "1", "thanks") }, map[string]string{"all": "message.created", "mine": "message.created", "lead": "message.created"})
		var enquiry id.ID
		if err := d.Tenant(org).Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(db.Dynamic(`SELECT enquiry_id FROM conversation WHERE organization_id = $1`), []any{org}, &enquiry)
		}); err != nil {
			t.Fatal(err)
		}
		team := id.New()
		if err := d.Tenant(org).Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(db.Dynamic(`INSERT INTO team (organization_id, id, name, name_folded, created_at, updated_at) VALUES ($1, $2, 'X', 'x', 0, 0)`), org, team)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		hand := func(who string, to id.ID) func() {
			return func() {
				t.Helper()
				if _, err := n.inbox.Transfer(t.Context(), n.actor(who), enquiry, inbox.Transfer{TeamID: to}); err != nil {
					t.Fatal(err)
				}
			}
		}
		// Who saw it neither before nor after hears nothing of it.
		step("it is handed to a team", hand(mine, team), map[string]string{
			"all": "conversation.updated enquiry.updated", "mine": "conversation.removed", "lead": "conversation.removed"})
		step("and to everybody", hand(all, id.Zero), everybody("conversation.updated enquiry.updated"))
		step("and answered once more", func() { send(mine) }, map[string]string{
			"all": "conversation.updated enquiry.updated message.created", "mine": "conversation.updated enquiry.updated message.created",
			"lead": "conversation.updated enquiry.updated message.created", "other": "conversation.removed"})
		step("it is closed", func() {
			if _, err := n.inbox.Close(t.Context(), n.actor(mine), enquiry); err != nil {
				t.Fatal(err)
			}
		}, map[string]string{"all": "enquiry.updated conversation.updated", "mine": "enquiry.updated conversation.updated", "lead": "enquiry.updated conversation.updated"})
		step("it begins anew and waits for everybody", func() { n.receive(ch, "1", "one more thing") },
			everybody("conversation.updated enquiry.updated message.created"))

		// Typing is never stored, so it is not told again.
		typing(all)
		n.mark(org)
		for who, want := range map[string]string{"all": "", "mine": "typing", "other": "typing", "lead": "typing"} {
			// A hint is not in the order of the log: it may come after the mark.
			if want == "" {
				continue
			}
			for got := readers[who].next(); got.kind != "typing"; got = readers[who].next() {
			}
		}
	})
}

// Who comes to see something else is told to fetch everything again.
func TestAnotherSightIsAReset(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB) {
		n := newNode(t, d, nil)
		org, _ := n.organization()
		team := id.New()
		for what, change := range map[string]func(*account.Actor){
			"a team":    func(a *account.Actor) { a.Teams = []id.ID{team} },
			"a mate":    func(a *account.Actor) { a.Mates = []id.ID{id.New()} },
			"the scope": func(a *account.Actor) { a.Scope = account.ScopeAll },
		} {
			who := n.colleague(org, account.ScopeTeam)
			r := n.open(who, "")
			a := n.actor(who)
			change(&a)
			n.set(who, a, nil)
			n.bus.Publish(event.Hint{Topic: event.Access, Key: org})
			rest := r.ends()
			if len(rest) != 1 || rest[0].kind != "reset" {
				t.Errorf("%s: %v", what, rest)
			}
		}
	})
}

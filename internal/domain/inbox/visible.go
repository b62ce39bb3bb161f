package inbox

import (
	"slices"
	"strings"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// This file is the one access rule: who sees a conversation, and with it its
// messages, enquiries, files and events (docs/adr/0008). It is written twice,
// for a row at hand and as conditions of lists, and a test holds the two
// together.

// Place is what decides who sees a conversation.
type Place struct {
	Holder id.ID `json:"holder_id,omitzero"` // owner of the latest enquiry, also when it is closed; zero = nobody's
	Team   id.ID `json:"team_id,omitzero"`   // of the latest enquiry; zero = everybody's
}

// Sees tells whether an actor sees what stands at a place.
func Sees(a account.Actor, p Place) bool {
	mine := !a.Member.IsZero() && p.Holder == a.Member
	ours := p.Team.IsZero() || slices.Contains(a.Teams, p.Team)
	switch a.Scope {
	case account.ScopeAll:
		return true
	case account.ScopeTeam:
		return mine || ours || !p.Holder.IsZero() && slices.Contains(a.Mates, p.Holder)
	}
	return mine || p.Holder.IsZero() && ours
}

// visible is Sees for lists of conversations that go by an alias. What one
// holds and what nobody does are read each by its own index: a small part of a large
// organization is found without reading the rest.
func visible(a account.Actor, alias string) *query.Scope {
	holder, team := alias+".holder_id", alias+".team_id"
	teams, args := oneOf(team, a.Teams...)
	ours := "(" + team + " IS NULL OR " + teams + ")"
	switch a.Scope {
	case account.ScopeAll:
		return query.Everything
	case account.ScopeTeam:
		mates, more := oneOf(holder, slices.Concat(a.Mates, []id.ID{a.Member})...)
		return &query.Scope{Branches: []query.Branch{{Text: ours + " OR " + mates, Args: slices.Concat(args, more)}}}
	}
	mine, me := oneOf(holder, a.Member)
	return &query.Scope{Split: true, From: "conversation " + alias, Branches: []query.Branch{
		{Text: mine, Args: me, Field: "status", Values: []any{Ongoing, FollowedUp, NoEnquiry}},
		{Text: holder + " IS NULL AND " + ours, Args: args, Field: "status", Values: []any{Open, Missed, NoEnquiry}},
	}}
}

// Through is Sees for lists, by the alias t, of what belongs to a conversation
// that a column of theirs names.
func Through(a account.Actor, column string) *query.Scope {
	in := visible(a, "c")
	if in == query.Everything {
		return in
	}
	text, args := in.Any()
	// A value, not EXISTS, of which PostgreSQL would make a join that reads all
	// conversations before the page.
	return &query.Scope{Branches: []query.Branch{{Args: args, Text: column + ` = (SELECT c.id FROM conversation c
		WHERE c.organization_id = t.organization_id AND c.id = ` + column + ` AND (` + text + `))`}}}
}

// oneOf says that a column is one of some ids; zero is none.
func oneOf(column string, ids ...id.ID) (text string, args []any) {
	for _, v := range ids {
		if !v.IsZero() {
			args = append(args, v)
		}
	}
	if len(args) == 0 {
		return "FALSE", nil
	}
	return column + " IN (?" + strings.Repeat(",?", len(args)-1) + ")", args
}

var placesByID = db.SQL(`SELECT id, holder_id, team_id FROM conversation WHERE organization_id = $1 AND id IN @ids($2)`)

// PlacesOf tells where conversations stand, for live events.
func PlacesOf(tx *db.Tx, org id.ID, conversations db.IDs) (map[id.ID]Place, error) {
	out := make(map[id.ID]Place, len(conversations))
	return out, tx.Query(placesByID, []any{org, conversations}, func(scan func(...any) error) error {
		var c id.ID
		var p Place
		err := scan(&c, &p.Holder, &p.Team)
		out[c] = p
		return err
	})
}

// MaySee tells whether an actor sees a conversation of his organization; an
// absent one nobody does.
func MaySee(tx *db.Tx, a account.Actor, conversation id.ID) (bool, error) {
	places, err := PlacesOf(tx, a.Organization, db.IDs{conversation})
	p, found := places[conversation]
	return found && Sees(a, p), err
}

// mustSee refuses what an actor does not see as if it were absent.
func mustSee(tx *db.Tx, a account.Actor, conversation id.ID, what string) error {
	ok, err := MaySee(tx, a, conversation)
	if err == nil && !ok {
		return fault.Absent(what)
	}
	return err
}

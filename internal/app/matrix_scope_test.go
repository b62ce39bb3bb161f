package app

import (
	"net/http"
	"strings"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
	"switchboard/internal/server/api"
)

// relation is what a conversation of the organization is to a caller. The
// agent, the supervisor, the former administrator and their mate are one team.
type relation struct {
	name   string
	holder string // "caller" or one of the matrix's people
	team   string
	sees   map[account.Scope]bool
}

var everyScope = map[account.Scope]bool{account.ScopeAll: true, account.ScopeTeam: true, account.ScopeOwn: true}

// The table of docs/adr/0008: who sees what.
var relations = []relation{
	{"his own", "caller", "theirs", everyScope},
	{"waiting in his team", "", "ours", everyScope},
	{"waiting for everybody", "", "", everyScope},
	{"his mate's", "mate", "theirs", map[account.Scope]bool{account.ScopeAll: true, account.ScopeTeam: true}},
	{"another's in his team", "other", "ours", map[account.Scope]bool{account.ScopeAll: true, account.ScopeTeam: true}},
	{"another's in nobody's team", "other", "", map[account.Scope]bool{account.ScopeAll: true, account.ScopeTeam: true}},
	{"another team's", "other", "theirs", map[account.Scope]bool{account.ScopeAll: true}},
	{"nobody's in another team", "", "theirs", map[account.Scope]bool{account.ScopeAll: true}},
}

// staged is the conversation that is put into each relation.
type staged struct{ conversation, message, enquiry, file id.ID }

// row is what a route about conversations is asked for; zero for other routes.
func (s staged) row(r *api.Route) id.ID {
	switch {
	case !strings.Contains(r.Path, "{id}") && !byFilter(r):
		return id.Zero
	case strings.HasPrefix(r.Path, "/conversations"):
		return s.conversation
	case r.Resource == "messages":
		return s.message
	case r.Resource == "enquiries":
		return s.enquiry
	case r.Resource == "files":
		return s.file
	}
	return id.Zero
}

// byFilter tells whether a route changes what a filter selects.
func byFilter(r *api.Route) bool {
	return (r.Method == http.MethodPatch || r.Method == http.MethodDelete) && !strings.Contains(r.Path, "{")
}

func (m *matrix) team(who account.Actor, name string, members ...id.ID) id.ID {
	m.Helper()
	rows, err := m.n.accounts.CreateTeams(m.Context(), who, []account.TeamDraft{{Name: &name, MemberIDs: &members}}, func(_ int, err error) error { return err })
	if err != nil {
		m.Fatal(err)
	}
	return rows[0].ID
}

func (m *matrix) makeTeams() {
	m.Helper()
	p := m.people
	m.teams = map[string]id.ID{
		"ours":   m.team(m.admin, "Ours", p[account.Agent], p[account.Supervisor], p["was"], p["mate"]),
		"theirs": m.team(m.admin, "Theirs", p["other"]),
	}
}

// setStage finds the conversation that furnish made.
func (m *matrix) setStage() {
	m.Helper()
	for table, to := range map[string]*id.ID{"conversation": &m.stage.conversation, "outgoing": &m.stage.message, "enquiry": &m.stage.enquiry, "media": &m.stage.file} {
		if err := m.look.DB.System().Read(m.Context(), rowOf(table, m.admin.Organization, to)); err != nil {
			m.Fatal(err)
		}
	}
}

// restage makes a row for a call that uses it up, and the conversation it stands
// in.
func (m *matrix) restage(r *api.Route) id.ID {
	m.Helper()
	if r.Resource == "messages" {
		m.stage.message = m.row(r, m.admin)
		return m.stage.message
	}
	if r.Resource == "files" {
		m.stage.file = m.row(r, m.admin)
		return m.stage.file
	}
	m.stage.conversation = m.talk(m.admin)
	rows, err := m.n.inbox.CreateEnquiries(m.Context(), m.admin, []inbox.EnquiryDraft{{ConversationID: m.stage.conversation}}, asItIs)
	if err != nil {
		m.Fatal(err)
	}
	m.stage.enquiry = rows[0].ID
	return m.stage.row(r)
}

// put brings the conversation into a relation to a caller, whatever calls before
// have done to it.
func (m *matrix) put(rel relation, c caller) {
	m.Helper()
	holder, status := m.people[rel.holder], inbox.Ongoing
	if rel.holder == "caller" {
		holder = c.member
	}
	if rel.holder == "" {
		status = inbox.Open
	}
	if err := m.look.DB.System().Write(m.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(db.Dynamic(`UPDATE enquiry SET status = 'closed' WHERE conversation_id = $1 AND id <> $2`), m.stage.conversation, m.stage.enquiry); err != nil {
			return err
		}
		if _, err := tx.Exec(db.Dynamic(`UPDATE enquiry SET status = $2, owner_id = $3, team_id = $4 WHERE id = $1`), m.stage.enquiry, status, holder, m.teams[rel.team]); err != nil {
			return err
		}
		_, err := tx.Exec(db.Dynamic(`UPDATE conversation SET enquiry_id = $2, enquiry_status = $3, owner_id = $4, holder_id = $4, team_id = $5 WHERE id = $1`),
			m.stage.conversation, m.stage.enquiry, status, holder, m.teams[rel.team])
		return err
	}); err != nil {
		m.Fatal(err)
	}
}

// relations asks a route for the conversation in every relation to the caller:
// one he sees is answered, any other is told from an absent one by nothing.
func (m *matrix) relations(r *api.Route, c caller, ok bool, row id.ID) (cells int) {
	m.Helper()
	gone, foreign := m.call(r, c, id.New()), m.call(r, c, m.row(r, m.foreign))
	m.judge(r, c, ok, false, "absent", gone)
	if foreign != gone {
		m.Errorf("%s as %s: a row of another organization can be told from an absent one:\n%d %s\n%d %s", r.Operation, c.name, foreign.status, foreign.body, gone.status, gone.body)
	}
	if ok && !byFilter(r) && (gone.status != http.StatusNotFound || gone.code != "not_found") {
		m.Errorf("%s as %s: an absent row answers %d %s", r.Operation, c.name, gone.status, gone.body)
	}
	defer func(s staged) { m.stage = s }(m.stage)
	for _, rel := range relations {
		if r.Method == http.MethodDelete {
			row = m.restage(r)
		}
		m.put(rel, c)
		got := m.call(r, c, row)
		sees := ok && rel.sees[c.scope]
		m.judge(r, c, ok, sees, rel.name, got)
		if byFilter(r) && strings.Contains(m.last, row.String()) != sees {
			m.Errorf("%s as %s: what is %s is changed: %v", r.Operation, c.name, rel.name, !sees)
		}
		if ok && !sees && got != gone {
			m.Errorf("%s as %s: what is %s can be told from an absent row:\n%d %s\n%d %s", r.Operation, c.name, rel.name, got.status, got.body, gone.status, gone.body)
		}
	}
	return len(relations) + 2
}

// lists reads each list that is confined, as each caller, in each relation.
func (m *matrix) lists() (cells int) {
	m.Helper()
	for _, r := range m.n.api.Routes() {
		if r.Query == nil || !r.Query.Scoped || r.Method != http.MethodGet || strings.Contains(r.Path, "{") {
			continue
		}
		for _, c := range m.callers {
			if ok, _ := c.allowed(r); !ok {
				continue
			}
			for _, rel := range relations {
				m.put(rel, c)
				for _, path := range []string{"?limit=500", "?limit=500&or=(id.not.is.null,organization_id.eq." + m.foreign.Organization.String() + ")"} {
					listed := *r
					listed.Path += path
					got := m.call(&listed, c, id.Zero)
					if shown := strings.Contains(m.last, m.stage.conversation.String()); got.status != http.StatusOK || shown != rel.sees[c.scope] {
						m.Errorf("%s as %s: what is %s is shown: %v (%d)", r.Operation, c.name, rel.name, shown, got.status)
					}
					cells++
				}
			}
		}
	}
	return cells
}

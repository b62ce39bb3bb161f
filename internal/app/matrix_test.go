package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/id"
	"switchboard/internal/server/api"
	"switchboard/internal/simulator"
)

// audience is a second opinion on who may call each operation, kept apart from
// the declarations: a route that is missing here, or that declares something
// wider, fails.
var audience = map[string]string{
	"public":    "login logout server listOwnOrganizations forgotPassword resetPassword readInvitation acceptInvitation",
	"signed_in": "me listSessions endSession endOtherSessions listLogins changePassword",
	account.Agent: `listChannelTypes listChannels getChannel getChannelStatistics getChannelHealth listContacts getContact listConversations countConversations getConversation
		readConversation typeInConversation sendMessage listMessages getMessage getProvenance retryMessage cancelMessage confirmMessage
		createContact changeContact changeContacts createConversation changeConversation changeConversations
		createMessage changeMessage changeMessages starMessage createEnquiry changeEnquiry changeEnquiries
		listMedia getMedia uploadMedia getMediaContent getMediaThumbnail retryMedia deleteMedia
		listEnquiries getEnquiry closeEnquiry transferEnquiry streamEvents listUsers getUser listRoles listTeams getTeam listOrganizations getOrganization`,
	account.Supervisor: "deleteContact deleteContacts listSources getSource listWebhookEvents getWebhookEvent replayWebhookEvent listDeliveries getDelivery replayDelivery cancelDelivery",
	account.Administrator: `createChannel changeChannel changeChannels deleteChannel deleteChannels validateChannel subscribeChannel unsubscribeChannel
		testChannel revealSource deleteSource createSource changeSource challengeSource rotateSource changeOrganization changeUser removeUser inviteUser listInvitations revokeInvitation
		deleteConversation deleteConversations deleteMessage deleteMessages deleteEnquiry deleteEnquiries
		createTeam changeTeam deleteTeam listMemberLogins
		listApiTokens getApiToken createApiToken revokeApiToken listAuditLog getAuditEntry verifyAuditLog exportAuditLog`,
}

var ranks = []string{"public", "signed_in", account.Agent, account.Supervisor, account.Administrator}

func audienceOf(operation string) string {
	for who, list := range audience {
		if slices.Contains(strings.Fields(list), operation) {
			return who
		}
	}
	return ""
}

// peopleOnly are about the person at a browser: no API token may call them.
var peopleOnly = []string{"listSessions", "endSession", "endOtherSessions", "listLogins", "changePassword"}

// caller is one column of the matrix.
type caller struct {
	name   string
	rank   int    // in ranks; -1 for nobody
	may    string // the one permission of a token
	token  bool
	member id.ID
	scope  account.Scope
	header http.Header
}

type matrix struct {
	*scene
	n       *node
	foreign account.Actor
	callers []caller
	made    int

	people, teams map[string]id.ID
	stage         staged
	last          string // the answer as it came
}

func newMatrix(s *scene) *matrix {
	m := &matrix{scene: s}
	m.n = s.node()
	s.front.to(m.n.url)
	made, foreign := s.organization("Elsewhere", "eve@example.com")
	_ = made
	m.foreign = foreign
	m.callers = []caller{{name: "nobody", rank: -1}}
	m.people = map[string]id.ID{}
	for role, scope := range map[string]account.Scope{account.Agent: account.ScopeOwn, account.Supervisor: account.ScopeTeam, account.Administrator: account.ScopeAll} {
		email := role + "@example.com"
		m.people[role] = m.member(s.admin, email, role).Member.ID
		m.callers = append(m.callers, caller{name: role, rank: slices.Index(ranks, role), member: m.people[role], scope: scope, header: m.session(email)})
	}
	m.shrunk()
	m.over()
	for _, who := range []string{"mate", "other"} {
		m.people[who] = m.member(s.admin, who+"@example.com", account.Agent).Member.ID
	}
	m.makeTeams()
	return m
}

// caller finds one by name.
func (m *matrix) caller(name string) caller {
	return m.callers[slices.IndexFunc(m.callers, func(c caller) bool { return c.name == name })]
}

// shrunk is the token of somebody who was an administrator when he made it.
func (m *matrix) shrunk() {
	m.Helper()
	was := m.member(m.admin, "was@example.com", account.Administrator)
	_, header := m.token(account.NewMemberActor(was.Member))
	role := account.Agent
	if _, err := m.n.accounts.ChangeMember(m.Context(), m.admin, was.Member.ID, account.MemberPatch{Role: &role}, nil); err != nil {
		m.Fatal(err)
	}
	m.people["was"] = was.Member.ID
	m.callers = append(m.callers, caller{name: "token of a former administrator", rank: slices.Index(ranks, account.Agent), token: true,
		member: was.Member.ID, scope: account.ScopeOwn, header: header})
}

// over are sessions and tokens that have ended: they are nobody's.
func (m *matrix) over() {
	m.Helper()
	off := m.member(m.admin, "off@example.com", account.Administrator)
	session := m.session("off@example.com")
	_, token := m.token(account.NewMemberActor(off.Member))
	no := false
	if _, err := m.n.accounts.ChangeMember(m.Context(), m.admin, off.Member.ID, account.MemberPatch{IsActive: &no}, nil); err != nil {
		m.Fatal(err)
	}
	m.member(m.admin, "late@example.com", account.Administrator)
	late := m.session("late@example.com")
	old, oldToken := m.token(m.admin)
	m.sql(`UPDATE session SET expires_at = 1 WHERE user_id = (SELECT id FROM users WHERE email = 'late@example.com')`)
	m.sql(`UPDATE api_token SET expires_at = 1 WHERE id = $1`, old)
	for name, header := range map[string]http.Header{"session of a deactivated member": session, "token of a deactivated member": token,
		"session that is over": late, "token that is over": oldToken} {
		m.callers = append(m.callers, caller{name: name, rank: -1, header: header})
	}
}

func (m *matrix) sql(text string, args ...any) {
	m.Helper()
	if err := m.look.DB.System().Write(m.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(db.Dynamic(text), append([]any(nil), args...)...)
		return err
	}); err != nil {
		m.Fatal(err)
	}
}

func (m *matrix) member(who account.Actor, email, role string) account.Created {
	m.Helper()
	c, err := m.n.accounts.CreateMember(m.Context(), who.Organization, account.NewMember{Email: email, Password: demoPassword, Role: role})
	if err != nil {
		m.Fatal(err)
	}
	return c
}

func (m *matrix) session(email string) http.Header {
	m.Helper()
	s, _, err := m.n.accounts.Login(m.Context(), account.Credentials{Email: email, Password: demoPassword, Address: "192.0.2.7"})
	if err != nil {
		m.Fatal(err)
	}
	return http.Header{"Cookie": {"sb_session=" + s.Token}}
}

func (m *matrix) token(who account.Actor, permissions ...string) (id.ID, http.Header) {
	m.Helper()
	t, text, err := m.n.accounts.CreateToken(m.Context(), who, account.NewToken{Name: "t", Permissions: permissions})
	if err != nil {
		m.Fatal(err)
	}
	return t.ID, http.Header{"Authorization": {"Bearer " + text}}
}

// furnish puts something of everything into both organizations.
func (m *matrix) furnish() {
	m.Helper()
	for _, who := range []account.Actor{m.admin, m.foreign} {
		c, a := m.channel(m.n, who, true, nil)
		m.inbound(a, simulator.Inbound{Visitor: fmt.Sprintf("1202555%04d", m.chans), Text: "Hello"})
		m.until(20*time.Second, "a conversation", func() bool {
			return m.count(`SELECT COUNT(*) FROM message WHERE channel_id = $1`, c.ID) > 0
		})
		m.inbound(a, simulator.Inbound{Visitor: fmt.Sprintf("1202555%04d", m.chans), Kind: "image"})
		m.until(20*time.Second, "a file", func() bool {
			return m.count(`SELECT COUNT(*) FROM media WHERE channel_id = $1 AND state = 'ready'`, c.ID) > 0
		})
		talk := m.row(&api.Route{Resource: "conversations"}, who)
		if _, _, err := m.n.inbox.Send(m.Context(), who, talk, inbox.Draft{Text: "Hello yourself"}); err != nil {
			m.Fatal(err)
		}
	}
}

// row makes, or finds, a row of what a route is about in the organization of an
// administrator. What a call may use up is made anew each time.
func (m *matrix) row(r *api.Route, who account.Actor) id.ID {
	m.Helper()
	m.made++
	email := fmt.Sprintf("m%d@example.com", m.made)
	count := func(table string) (v id.ID) {
		m.Helper()
		if err := m.look.DB.System().Read(m.Context(), rowOf(table, who.Organization, &v)); err != nil {
			m.Fatalf("no row in %s: %v", table, err)
		}
		return v
	}
	if v := m.spare(r, who); !v.IsZero() {
		return v
	}
	switch r.Resource {
	case "organizations":
		return who.Organization
	case "users":
		return m.member(who, email, account.Agent).Member.ID
	case "invitations":
		v, err := m.n.accounts.Invite(m.Context(), who, email, account.Agent)
		if err != nil {
			m.Fatal(err)
		}
		return v.ID
	case "api_tokens":
		v, _ := m.token(who)
		return v
	case "teams":
		return m.team(who, fmt.Sprintf("Team %d", m.made))
	case "channels":
		if r.Method == http.MethodDelete {
			c, _ := m.channel(m.n, who, false, nil)
			return c.ID
		}
		return count("channel")
	case "sources":
		if r.Operation == "rotateSource" {
			return m.rotatable(who)
		}
		return count("source")
	case "deliveries":
		return m.delivery(who)
	case "audit_log":
		return count("audit_log")
	case "webhook events":
		return count("webhook_event")
	case "contacts":
		return count("contact")
	case "conversations":
		return count("conversation")
	case "messages":
		if strings.HasPrefix(r.Path, "/conversations/") {
			return count("conversation")
		}
		return count("outgoing")
	case "enquiries":
		return count("enquiry")
	case "files":
		if r.Method != http.MethodDelete {
			return count("media")
		}
		f, err := m.n.inbox.Upload(m.Context(), who, inbox.Upload{Conversation: count("conversation"), Size: -1, Body: strings.NewReader("to be deleted")})
		if err != nil {
			m.Fatal(err)
		}
		return f.ID
	}
	m.Fatalf("%s: say in matrix.row how a row of %q is made", r.Operation, r.Resource)
	return id.Zero
}

// rotatable makes a source that was issued its credentials.
func (m *matrix) rotatable(who account.Actor) id.ID {
	m.Helper()
	typ := simulator.TypeThirdParty
	rows, err := m.n.channels.CreateSources(m.Context(), who, []channel.SourceDraft{{Type: &typ, Settings: map[string]string{"outgoing_webhook_url": "https://shop.example/"}}},
		func(_ int, err error) error { return err })
	if err != nil {
		m.Fatal(err)
	}
	if _, err := m.n.channels.SourceChecked(m.Context(), rows[0], channel.Report{Checks: []channel.CheckResult{{Name: "challenge", OK: true}}}); err != nil {
		m.Fatal(err)
	}
	return rows[0].ID
}

// delivery makes a delivery that no message waits for.
func (m *matrix) delivery(who account.Actor) (v id.ID) {
	m.Helper()
	v = id.New()
	if err := m.look.DB.System().Write(m.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(db.Dynamic(`INSERT INTO delivery (organization_id, id, kind, body, status, created_at, updated_at) VALUES ($1, $2, 'enquiry', '{}', 'failed', 1, 1)`), who.Organization, v)
		return err
	}); err != nil {
		m.Fatal(err)
	}
	return v
}

// bodies are what is sent; anything else gets an empty object.
func (m *matrix) body(r *api.Route) string {
	m.made++
	switch r.Operation {
	case "changeEnquiry", "changeEnquiries":
		return `{"status":"closed"}`
	case "changeMessage", "changeMessages":
		return `{"starred":true}`
	case "changeContact", "changeContacts":
		return `{"language":"ar"}`
	case "changeConversation", "changeConversations":
		return `{"chatbot_enabled":true}`
	case "sendMessage":
		return fmt.Sprintf(`{"text":"hello %d"}`, m.made)
	case "inviteUser":
		return fmt.Sprintf(`{"email":"i%d@example.com","role":"agent"}`, m.made)
	case "createApiToken":
		return `{"name":"made"}`
	case "transferEnquiry":
		return `{"team_id":null}`
	case "createTeam", "changeTeam":
		return fmt.Sprintf(`{"name":"Team %d"}`, m.made)
	case "createChannel":
		return fmt.Sprintf(`{"name":"Made %d","type":%q}`, m.made, simulator.TypeWhatsAppCloud)
	case "changeUser", "changeOrganization":
		return fmt.Sprintf(`{"name":"Changed %d"}`, m.made)
	case "changeChannel", "changeChannels":
		return `{"sticky_routing":true}`
	case "createSource":
		return fmt.Sprintf(`{"name":"Made %d","type":%q}`, m.made, simulator.TypeWhatsAppCloud)
	case "changeSource":
		return fmt.Sprintf(`{"name":"Changed %d"}`, m.made)
	case "testChannel":
		return `{"to":"+12025550177","text":"hello"}`
	case "confirmMessage":
		return `{"arrived":true}`
	case "changePassword":
		return `{"current_password":"not this one","password":"amber lantern quarry"}`
	}
	return `{}`
}

type answer struct {
	status int
	code   string
	body   string // without what differs between equal answers
}

var unlike = regexp.MustCompile(`"request_id":"[^"]*"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

func (m *matrix) call(r *api.Route, c caller, row id.ID) answer {
	m.Helper()
	path := strings.ReplaceAll(r.Path, "{id}", row.String())
	if strings.Contains(path, "{") {
		m.Fatalf("%s: the matrix knows no value for %s", r.Operation, path)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost && !strings.Contains(r.Path, "{") {
		path += "?id=eq." + row.String()
	}
	var body io.Reader
	if r.Method == http.MethodPost || r.Method == http.MethodPatch {
		body = strings.NewReader(m.body(r))
		if r.Body == nil {
			body = nil
		}
	}
	ctx, cancel := context.WithTimeout(m.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.Method, m.n.url+api.Base+path, body)
	if err != nil {
		m.Fatal(err)
	}
	req.Header = c.header.Clone()
	if req.Header == nil || r.Operation == "logout" { // it would end the caller's session for the rest
		req.Header = http.Header{}
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if byFilter(r) {
		req.Header.Set("Prefer", "return=representation") // which rows those were
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		m.Fatalf("%s as %s: %v", r.Operation, c.name, err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode}
	if r.Operation == "streamEvents" && res.StatusCode == http.StatusOK {
		return a
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		m.Fatal(err)
	}
	var p struct{ Code string }
	if bytes.HasPrefix(b, []byte("{")) {
		_ = json.Unmarshal(b, &p)
	}
	m.last = string(b)
	a.code, a.body = p.Code, unlike.ReplaceAllString(string(b), "•")
	return a
}

// allowed tells what the audience says of a caller.
func (c caller) allowed(r *api.Route) (ok, known bool) {
	who := audienceOf(r.Operation)
	need := slices.Index(ranks, who)
	if c.may != "" {
		ok = need < 2 || c.may == r.Permission
		return ok && !slices.Contains(peopleOnly, r.Operation), need >= 0
	}
	if c.token && slices.Contains(peopleOnly, r.Operation) {
		return false, need >= 0
	}
	return need == 0 || c.rank >= need, need >= 0
}

func TestAuthorizationMatrix(t *testing.T) {
	onEach(t, matrixOf)
}

func matrixOf(s *scene) {
	m := newMatrix(s)
	m.furnish()
	m.setStage()
	foreigner := caller{name: "administrator elsewhere", rank: 4, header: m.session("eve@example.com")}
	cells := 0
	for _, r := range m.n.api.Routes() {
		who := audienceOf(r.Operation)
		if who == "" {
			m.Errorf("%s %s: say in audience who may call %s", r.Method, r.Path, r.Operation)
			continue
		}
		// What is declared is what the documentation and the web app go by. The
		// live stream is open to whoever may see some of it.
		if declared := least(r.Permission); declared != who && r.Operation != "streamEvents" {
			m.Errorf("%s declares %s, which is of %s, not of %s", r.Operation, r.Permission, declared, who)
		}
		callers := slices.Clone(m.callers)
		if r.Permission != api.Public && r.Permission != api.SignedIn {
			_, right := m.token(m.admin, r.Permission)
			callers = append(callers, caller{name: "token with " + r.Permission, may: r.Permission, token: true, member: m.admin.Member, scope: account.ScopeAll, header: right})
		}
		// A right that opens nothing of the call; the live stream is open to whoever may see some of it.
		other := account.StaffView
		if r.Permission == other {
			other = account.ChannelsView
		}
		_, wrong := m.token(m.admin, other)
		callers = append(callers, caller{name: "token with " + other, may: other, token: true, member: m.admin.Member, scope: account.ScopeAll, header: wrong})
		one := strings.Contains(r.Path, "{id}") && r.Resource != "sessions"
		for _, c := range callers {
			ok, _ := c.allowed(r)
			own, foreign := id.New(), id.New()
			if one {
				own, foreign = m.row(r, m.admin), m.row(r, m.foreign)
			}
			if staged := m.stage.row(r); !staged.IsZero() {
				cells += m.relations(r, c, ok, staged)
				continue
			}
			where := byFilter(r)
			if where {
				foreign = m.row(&api.Route{Resource: r.Resource}, m.foreign)
			}
			gone, theirs := m.call(r, c, id.New()), m.call(r, c, foreign)
			if (one || where) && (theirs != gone) {
				m.Errorf("%s as %s: a row of another organization can be told from an absent one:\n%d %s\n%d %s", r.Operation, c.name, theirs.status, theirs.body, gone.status, gone.body)
			}
			mine := m.call(r, c, own)
			cells += 3
			m.judge(r, c, ok, one, "own", mine)
			m.judge(r, c, ok, false, "absent", gone)
			if one && ok && (gone.status != http.StatusNotFound || gone.code != "not_found") {
				m.Errorf("%s as %s: an absent row answers %d %s", r.Operation, c.name, gone.status, gone.body)
			}
		}
		if one { // the other organization's administrator on our row
			gone, ours := m.call(r, foreigner, id.New()), m.call(r, foreigner, m.row(r, m.admin))
			cells += 2
			if ours.status != http.StatusNotFound || ours != gone {
				m.Errorf("%s: the administrator elsewhere is told %+v of our row, %+v of an absent one", r.Operation, ours, gone)
			}
		}
	}
	cells += m.lists()
	if n := m.admins(); n < 2 {
		m.Errorf("%d administrators are left", n)
	}
	m.Logf("%d cells", cells)
}

// least is the least of who may call a route that declares a permission.
func least(permission string) string {
	switch permission {
	case api.Public:
		return "public"
	case api.SignedIn:
		return "signed_in"
	}
	for _, role := range ranks {
		if slices.ContainsFunc(account.Roles(), func(r account.Role) bool { return r.Name == role && slices.Contains(r.Permissions(), permission) }) {
			return role
		}
	}
	return ""
}

func (m *matrix) admins() int {
	return m.count(`SELECT COUNT(*) FROM member WHERE role = 'administrator' AND removed_at IS NULL AND deactivated_at IS NULL`)
}

// judge holds an answer against what the audience says. An allowed call may
// still be refused for what it asks (409, 412, 422), never for who asks.
func (m *matrix) judge(r *api.Route, c caller, ok, own bool, which string, a answer) {
	m.Helper()
	switch {
	case a.status >= 500 && a.status != http.StatusServiceUnavailable:
		m.Errorf("%s as %s on an %s row: %d %s", r.Operation, c.name, which, a.status, a.body)
	case c.rank < 0 && c.may == "" && audienceOf(r.Operation) != "public":
		if a.status != http.StatusUnauthorized {
			m.Errorf("%s as nobody on an %s row: %d %s", r.Operation, which, a.status, a.body)
		}
	case !ok:
		if a.status != http.StatusForbidden || a.code != "forbidden" && a.code != "people_only" {
			m.Errorf("%s as %s on an %s row: %d %s, want 403", r.Operation, c.name, which, a.status, a.body)
		}
	case c.may != "" && (r.Operation == "inviteUser" && a.code == "forbidden"): // gives only what it has
	case own && (a.status == http.StatusNotFound || a.status == http.StatusUnauthorized || a.status == http.StatusForbidden):
		m.Errorf("%s as %s on an %s row: %d %s, want an answer", r.Operation, c.name, which, a.status, a.body)
	case a.status == http.StatusForbidden, a.status == http.StatusUnauthorized && audienceOf(r.Operation) != "public":
		m.Errorf("%s as %s on an %s row: %d %s, want an answer", r.Operation, c.name, which, a.status, a.body)
	}
}

// No list gives away a row of another organization, to anybody.
func TestListsStayAtHome(t *testing.T) {
	onEach(t, func(s *scene) {
		m := newMatrix(s)
		m.furnish()
		for _, who := range []account.Actor{m.admin, m.foreign} {
			m.row(&api.Route{Resource: "invitations"}, who)
			m.row(&api.Route{Resource: "api_tokens"}, who)
			m.row(&api.Route{Resource: "deliveries"}, who)
		}
		theirs := m.foreign.Organization.String()
		for _, r := range m.n.api.Routes() {
			if r.Query == nil || r.Method != http.MethodGet || strings.Contains(r.Path, "{") {
				continue
			}
			req, err := http.NewRequest(http.MethodGet, m.n.url+api.Base+r.Path+"?limit=500", nil)
			if err != nil {
				m.Fatal(err)
			}
			req.Header = m.caller(account.Administrator).header.Clone()
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				m.Fatal(err)
			}
			b, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil || res.StatusCode != http.StatusOK {
				m.Errorf("%s: %d %s %v", r.Operation, res.StatusCode, b, err)
				continue
			}
			if strings.Contains(string(b), theirs) || strings.Contains(string(b), "eve@example.com") {
				m.Errorf("%s gives away rows of another organization", r.Operation)
			}
			if len(b) < 10 && r.Operation != "listChannelTypes" {
				m.Errorf("%s lists nothing: the test proves nothing", r.Operation)
			}
		}
	})
}

// rowOf reads the newest id of a table in an organization.
func rowOf(table string, organization id.ID, to *id.ID) func(*db.Tx) error {
	from := table + ` WHERE`
	if table == "outgoing" {
		from = `message WHERE direction = 'outbound' AND`
	}
	return func(tx *db.Tx) error {
		return tx.Row(db.Dynamic(`SELECT id FROM `+from+` organization_id = $1 ORDER BY id LIMIT 1`), []any{organization}, to)
	}
}

func onPostgres(t *testing.T) *scene { return newScene(t, dbtest.PostgresURL(t)) }

// Package contact holds the people and groups outside, and the addresses by
// which channel types know them. It decides who wrote; it never decides what
// follows from it.
package contact

import (
	"context"
	"errors"
	"sort"

	"switchboard/internal/domain/account"
	"switchboard/internal/message"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/platform/text"
)

// Service reads contacts and resolves parties to them.
type Service struct {
	db    *db.DB
	clock clock.Clock
}

// New makes the service.
func New(d *db.DB, clk clock.Clock) *Service { return &Service{d, clk} }

// Identity is one address of a contact on a channel type.
type Identity struct {
	ID       id.ID               `json:"id"`
	Type     string              `json:"type"`
	Kind     message.AddressKind `json:"kind"`
	Address  string              `json:"address"`
	Name     string              `json:"name"`
	Username string              `json:"username,omitempty"`
}

// View is a contact as the API shows it.
type View struct {
	ID             id.ID       `json:"id"`
	OrganizationID id.ID       `json:"organization_id"`
	Kind           string      `json:"kind"`
	Name           string      `json:"name"`
	DisplayName    string      `json:"display_name"`
	AvatarURL      *string     `json:"avatar_url"`
	Language       string      `json:"language"`
	Identities     []Identity  `json:"identities"`
	CreatedAt      clock.Stamp `json:"created_at"`
	UpdatedAt      clock.Stamp `json:"updated_at"`
}

// Brief is what other views show of a contact.
type Brief struct {
	ID          id.ID  `json:"id"`
	Name        string `json:"name"`
	DisplayName string `json:"display_name"`
	Kind        string `json:"kind"`
}

// nameMost bounds a name in code points; what is longer is cut.
const nameMost = 255

// DisplayName is what is shown: the name, or a neutral one without personal
// data for who has none.
func DisplayName(name string, v id.ID) string {
	if name != "" {
		return name
	}
	s := v.String()
	return "Visitor " + s[len(s)-4:]
}

var (
	selectIdentities = db.SQL(`SELECT kind, address, contact_id, name, username FROM identity
		WHERE organization_id = $1 AND type = $2 AND address IN @list($3)`)
	insertContact  = db.NewInsert("contact", nil, db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "id", Type: db.ID}, db.Col{Name: "kind", Type: db.Text}, db.Col{Name: "name", Type: db.Text}, db.Col{Name: "name_folded", Type: db.Text}, db.Col{Name: "created_at", Type: db.Int}, db.Col{Name: "updated_at", Type: db.Int})
	insertIdentity = db.NewInsert("identity", []string{"organization_id", "type", "kind", "address"},
		db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "type", Type: db.Text}, db.Col{Name: "kind", Type: db.Text}, db.Col{Name: "address", Type: db.Text},
		db.Col{Name: "id", Type: db.ID}, db.Col{Name: "contact_id", Type: db.ID}, db.Col{Name: "name", Type: db.Text}, db.Col{Name: "username", Type: db.Text}, db.Col{Name: "created_at", Type: db.Int})
	deleteContact  = db.SQL(`DELETE FROM contact WHERE organization_id = $1 AND id = $2`)
	renameContact  = db.SQL(`UPDATE contact SET name = $3, name_folded = $4, updated_at = $5 WHERE organization_id = $1 AND id = $2 AND name = $6`)
	renameIdentity = db.SQL(`UPDATE identity SET name = $5, username = $6 WHERE organization_id = $1 AND type = $2 AND kind = $3 AND address = $4`)
	selectOf       = db.SQL(`SELECT id, type, kind, address, name, username, contact_id FROM identity WHERE organization_id = $1 AND contact_id IN @ids($2) ORDER BY id`)
	selectOne      = db.SQL(`SELECT id, organization_id, kind, name, language, created_at, updated_at FROM contact WHERE organization_id = $1 AND id = $2`)
	addressesOf    = db.SQL(`SELECT kind, address, name, username FROM identity WHERE organization_id = $1 AND type = $2 AND contact_id = $3 ORDER BY created_at DESC, id`)
)

type address struct {
	kind  message.AddressKind
	value string
}

// Resolve finds the contacts of parties seen on a channel type, and makes those
// that are new. Several parties may be the same person; all addresses given
// together belong to one contact, the first known one decides whose.
func (s *Service) Resolve(tx *db.Tx, org id.ID, typ string, parties []message.Party) ([]id.ID, error) {
	for i := range parties { // a stranger chooses his name, not its length
		parties[i].Name, parties[i].Username = message.Truncate(parties[i].Name, nameMost), message.Truncate(parties[i].Username, nameMost)
	}
	known, err := s.lookUp(tx, org, typ, parties)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	var contacts, identities [][]any
	var owners []address
	made := map[id.ID]bool{}
	fresh := map[id.ID]message.Party{}
	for _, p := range parties {
		who := id.Zero
		for _, a := range p.Addresses {
			if k, ok := known[address{a.Kind, a.Value}]; ok {
				who = k.contact
				break
			}
		}
		if who.IsZero() {
			who = id.New()
			made[who], fresh[who] = true, p
			contacts = append(contacts, []any{org, who, kindOf(p), p.Name, text.Fold(p.Name), now, now})
		}
		for _, a := range p.Addresses {
			key := address{a.Kind, a.Value}
			if _, ok := known[key]; !ok {
				known[key] = identity{contact: who, name: p.Name, username: p.Username}
				identities = append(identities, []any{org, typ, string(a.Kind), a.Value, id.New(), who, p.Name, p.Username, now})
				owners = append(owners, key)
			}
		}
	}
	if err := tx.InsertMany(insertContact, contacts); err != nil {
		return nil, err
	}
	if err := s.claim(tx, org, typ, parties, identities, owners, made, known); err != nil {
		return nil, err
	}
	if err := s.rename(tx, org, typ, parties, known, made); err != nil {
		return nil, err
	}
	out := make([]id.ID, len(parties))
	for i, p := range parties {
		for _, a := range p.Addresses {
			out[i] = known[address{a.Kind, a.Value}].contact
			break
		}
	}
	return out, nil
}

func kindOf(p message.Party) string {
	if p.Address(message.GroupAddress) != "" {
		return "group"
	}
	return "person"
}

type identity struct {
	contact        id.ID
	name, username string
}

func (s *Service) lookUp(tx *db.Tx, org id.ID, typ string, parties []message.Party) (map[address]identity, error) {
	var values db.Texts
	for _, p := range parties {
		for _, a := range p.Addresses {
			values = append(values, a.Value)
		}
	}
	known := make(map[address]identity, len(values))
	err := tx.Query(selectIdentities, []any{org, typ, values}, func(scan func(...any) error) error {
		var a address
		var i identity
		if err := scan(&a.kind, &a.value, &i.contact, &i.name, &i.username); err != nil {
			return err
		}
		known[a] = i
		return nil
	})
	return known, err
}

// claim inserts the identities. Somebody else may have made one of them at the
// same moment (another channel, another node): then his contact counts and ours
// is taken back.
func (s *Service) claim(tx *db.Tx, org id.ID, typ string, parties []message.Party, rows [][]any, owners []address, made map[id.ID]bool, known map[address]identity) error {
	if len(rows) == 0 {
		return nil
	}
	sort.Sort(byKey{rows, owners}) // one order for all nodes: no deadlock on the unique index
	fresh, err := tx.InsertNew(insertIdentity, rows)
	if err != nil {
		return err
	}
	var lost []address
	for i, ok := range fresh {
		if !ok {
			lost = append(lost, owners[i])
		}
	}
	if len(lost) == 0 {
		return nil
	}
	now, err := s.lookUp(tx, org, typ, parties)
	if err != nil {
		return err
	}
	instead := map[id.ID]id.ID{}
	for _, a := range lost {
		if mine := known[a].contact; made[mine] {
			instead[mine] = now[a].contact
		}
	}
	for a, k := range known {
		if theirs, ok := instead[k.contact]; ok {
			k.contact = theirs
			known[a] = k
		}
	}
	for mine, theirs := range instead {
		if _, err := tx.Exec(moveIdentities, org, mine, theirs); err != nil {
			return err
		}
		if _, err := tx.Exec(deleteContact, org, mine); err != nil {
			return err
		}
		delete(made, mine)
	}
	return nil
}

var moveIdentities = db.SQL(`UPDATE identity SET contact_id = $3 WHERE organization_id = $1 AND contact_id = $2`)

type byKey struct {
	rows   [][]any
	owners []address
}

func (b byKey) Len() int { return len(b.rows) }
func (b byKey) Swap(i, j int) {
	b.rows[i], b.rows[j] = b.rows[j], b.rows[i]
	b.owners[i], b.owners[j] = b.owners[j], b.owners[i]
}
func (b byKey) Less(i, j int) bool {
	if b.owners[i].kind != b.owners[j].kind {
		return b.owners[i].kind < b.owners[j].kind
	}
	return b.owners[i].value < b.owners[j].value
}

// rename follows a changed profile name. A name a member gave is another than
// the identity had, and is never overwritten.
func (s *Service) rename(tx *db.Tx, org id.ID, typ string, parties []message.Party, known map[address]identity, made map[id.ID]bool) error {
	type change struct {
		who       id.ID
		name, was string
	}
	var people []change
	var addresses [][]any
	seen := map[address]bool{}
	now := s.clock.Now()
	for i := len(parties) - 1; i >= 0; i-- { // the latest name wins
		p := parties[i]
		for n, a := range p.Addresses {
			key := address{a.Kind, a.Value}
			k := known[key]
			if seen[key] || (p.Name == "" || p.Name == k.name) && (p.Username == "" || p.Username == k.username) {
				continue
			}
			seen[key] = true
			name, user := p.Name, p.Username
			if name == "" {
				name = k.name
			}
			if user == "" {
				user = k.username
			}
			addresses = append(addresses, []any{org, typ, string(a.Kind), a.Value, name, user})
			if n == 0 && name != k.name {
				people = append(people, change{k.contact, name, k.name})
			}
		}
	}
	sort.Slice(addresses, func(i, j int) bool { // one order for all nodes, that of claim
		a, b := addresses[i], addresses[j]
		return a[2].(string) < b[2].(string) || a[2] == b[2] && a[3].(string) < b[3].(string)
	})
	if err := tx.Each(renameIdentity, addresses); err != nil {
		return err
	}
	sort.Slice(people, func(i, j int) bool { return string(people[i].who[:]) < string(people[j].who[:]) })
	rows := make([][]any, 0, len(people))
	for _, c := range people {
		rows = append(rows, []any{org, c.who, c.name, text.Fold(c.name), now, c.was})
	}
	return tx.Each(renameContact, rows)
}

// Reach is the party to send to: every address of a contact on a channel type,
// those learnt last first.
func (s *Service) Reach(tx *db.Tx, org id.ID, typ string, who id.ID) (message.Party, error) {
	var p message.Party
	err := tx.Query(addressesOf, []any{org, typ, who}, func(scan func(...any) error) error {
		var a message.Address
		if err := scan(&a.Kind, &a.Value, &p.Name, &p.Username); err != nil {
			return err
		}
		p.Addresses = append(p.Addresses, a)
		return nil
	})
	return p, err
}

// Known finds the contact of a party without making one; zero when there is
// none.
func (s *Service) Known(tx *db.Tx, org id.ID, typ string, p message.Party) (id.ID, error) {
	known, err := s.lookUp(tx, org, typ, []message.Party{p})
	if err != nil {
		return id.Zero, err
	}
	for _, a := range p.Addresses {
		if k, ok := known[address{a.Kind, a.Value}]; ok {
			return k.contact, nil
		}
	}
	return id.Zero, nil
}

// Learn adds addresses that a provider told us about a contact.
func (s *Service) Learn(tx *db.Tx, org id.ID, typ string, who id.ID, p message.Party) error {
	var rows [][]any
	for _, a := range p.Addresses {
		rows = append(rows, []any{org, typ, string(a.Kind), a.Value, id.New(), who, p.Name, p.Username, s.clock.Now()})
	}
	return tx.InsertMany(insertIdentity, rows)
}

// Spec is what lists of contacts may be asked.
var Spec = query.Spec{Resource: "contacts", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
	{Name: "kind", Column: "t.kind", Type: query.Enum, Values: []string{"person", "group"}, Filterable: true},
	{Name: "name", Column: "t.name", Folded: "t.name_folded", Type: query.FoldedText, Filterable: true, Sortable: true},
	{Name: "language", Column: "t.language", Type: query.Text, Filterable: true},
	{Name: "created_at", Column: "t.created_at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "updated_at", Column: "t.updated_at", Type: query.Time, Filterable: true, Sortable: true},
}, Members: []string{"display_name", "avatar_url", "identities"}}

// List reads contacts.
func (s *Service) List(ctx context.Context, a account.Actor, l *query.List) ([]View, int64, error) {
	if err := a.Require(account.ContactsView); err != nil {
		return nil, 0, err
	}
	var out []View
	total := int64(-1)
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out, total, err = s.listIn(tx, a, l)
		return err
	})
	return out, total, err
}

func (s *Service) listIn(tx *db.Tx, a account.Actor, l *query.List) (out []View, total int64, err error) {
	out = []View{}
	total, err = db.List(tx, l, `t.id, t.organization_id, t.kind, t.name, t.language, t.created_at, t.updated_at`, `contact t`, func(scan func(...any) error) error {
		v, err := scanView(scan)
		out = append(out, v)
		return err
	})
	if err != nil {
		return nil, total, err
	}
	return out, total, s.fill(tx, a.Organization, out)
}

// Get reads one contact.
func (s *Service) Get(ctx context.Context, a account.Actor, who id.ID) (View, error) {
	if err := a.Require(account.ContactsView); err != nil {
		return View{}, err
	}
	var out View
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out, err = s.one(tx, a.Organization, who)
		return err
	})
	return out, err
}

func scanView(scan func(...any) error) (View, error) {
	v := View{Identities: []Identity{}}
	err := scan(&v.ID, &v.OrganizationID, &v.Kind, &v.Name, &v.Language, db.Time(&v.CreatedAt.Time), db.Time(&v.UpdatedAt.Time))
	v.DisplayName = DisplayName(v.Name, v.ID)
	return v, err
}

func (s *Service) fill(tx *db.Tx, org id.ID, out []View) error {
	at := map[id.ID]int{}
	var ids db.IDs
	for i, v := range out {
		at[v.ID], ids = i, append(ids, v.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	return tx.Query(selectOf, []any{org, ids}, func(scan func(...any) error) error {
		var i Identity
		var who id.ID
		if err := scan(&i.ID, &i.Type, &i.Kind, &i.Address, &i.Name, &i.Username, &who); err != nil {
			return err
		}
		n, ok := at[who]
		if !ok {
			return errors.New("contact: identity of a stranger")
		}
		out[n].Identities = append(out[n].Identities, i)
		return nil
	})
}

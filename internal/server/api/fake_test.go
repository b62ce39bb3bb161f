package api

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/platform/text"
)

// The fakes stand for a domain: one table on SQLite, read and written the way a
// resource file does it.

type contact struct {
	ID        id.ID       `json:"id"`
	Name      string      `json:"name" doc:"What people see."`
	Note      *string     `json:"note"`
	Type      string      `json:"type" enum:"SMS,EMAIL"`
	Number    *int64      `json:"number"`
	Active    bool        `json:"active"`
	OwnerID   id.ID       `json:"owner_id" nullable:"true"`
	Parent    *contactRef `json:"parent"`
	CreatedAt clock.Stamp `json:"created_at"`
}

type contactRef struct {
	ID id.ID `json:"id"`
}

type newContact struct {
	Name     string            `json:"name" minLength:"1" maxLength:"20"`
	Note     *string           `json:"note,omitempty"`
	Type     string            `json:"type,omitempty" enum:"SMS,EMAIL"`
	Number   *int64            `json:"number,omitempty" minimum:"0" maximum:"1000"`
	Active   bool              `json:"active,omitempty"`
	OwnerID  *id.ID            `json:"owner_id,omitempty" nullable:"true"`
	Settings map[string]string `json:"settings,omitempty"`
	Address  *address          `json:"address,omitempty"`
}

type address struct {
	Street string   `json:"street" maxLength:"5"`
	Tags   []string `json:"tags,omitempty" maxItems:"2"`
}

type contactChange struct {
	Name   Opt[string]  `json:"name,omitzero" maxLength:"20"`
	Note   Opt[*string] `json:"note,omitzero"`
	Number Opt[*int64]  `json:"number,omitzero"`
	Active Opt[bool]    `json:"active,omitzero"`
}

var contactFields = &query.Spec{Resource: "contacts", Fields: []query.Field{
	{Name: "id", Column: "c.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "name", Column: "c.name", Folded: "c.name_folded", Type: query.FoldedText, Filterable: true, Sortable: true},
	{Name: "note", Column: "c.note", Type: query.Text, Filterable: true, Nullable: true},
	{Name: "type", Column: "c.type", Type: query.Enum, Values: []string{"SMS", "EMAIL"}, Filterable: true},
	{Name: "number", Column: "c.number", Type: query.Int, Filterable: true, Sortable: true, Nullable: true},
	{Name: "active", Column: "c.active", Type: query.Bool, Filterable: true},
	{Name: "owner_id", Column: "c.owner_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "created_at", Column: "c.created_at", Type: query.Time, Filterable: true, Sortable: true},
}}

type fakeActor struct {
	org   id.ID
	grant []string
}

func (a *fakeActor) OrganizationID() id.ID { return a.org }
func (a *fakeActor) May(p string) bool     { return slices.Contains(a.grant, p) }

var theOrg = id.MustParse("0199b0c2-0000-7000-8000-000000000001")

type fakeAuth struct{}

func (fakeAuth) Authenticate(r *http.Request) (Actor, error) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch token {
	case "all":
		return &fakeActor{theOrg, []string{"contacts.view", "contacts.edit"}}, nil
	case "reader":
		return &fakeActor{theOrg, []string{"contacts.view"}}, nil
	case "":
		return nil, nil
	}
	return nil, fault.New(fault.Unauthenticated, "bad_token", "This token is not valid.")
}

type fakeKeys struct {
	mu   sync.Mutex
	kept map[string]keptAnswer
}

type keptAnswer struct {
	body   [32]byte
	answer *StoredAnswer
}

func (f *fakeKeys) Begin(_ context.Context, _ Actor, key, target string, body [32]byte) (*StoredAnswer, func(context.Context, StoredAnswer) error, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if k, ok := f.kept[target+key]; ok {
		switch {
		case k.body != body:
			return nil, nil, fault.New(fault.Invalid, "idempotency_mismatch", "This key was used with another body.")
		case k.answer == nil:
			return nil, nil, fault.New(fault.Conflict, "in_progress", "The first request still runs.")
		}
		return k.answer, nil, nil
	}
	f.kept[target+key] = keptAnswer{body: body}
	return nil, func(_ context.Context, a StoredAnswer) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		if a.Status == 0 {
			delete(f.kept, target+key)
		} else {
			f.kept[target+key] = keptAnswer{body, &a}
		}
		return nil
	}, nil
}

type fake struct {
	db    *sql.DB
	clock *clock.Fixed
	n     int
	log   *bytes.Buffer
}

func newFake(t testing.TB) (*fake, *Server) {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.Exec("CREATE TABLE c (id BLOB PRIMARY KEY, name TEXT, name_folded TEXT, note TEXT, type TEXT, number INT, active INT, owner_id BLOB, created_at INT)"); err != nil {
		t.Fatal(err)
	}
	f := &fake{db: db, clock: clock.At(time.Date(2026, 11, 22, 16, 0, 0, 123456000, time.UTC)), log: &bytes.Buffer{}}
	s, err := New(Config{Title: "Switchboard", Version: "test", Routes: f.routes(), Auth: fakeAuth{}, Idempotency: &fakeKeys{kept: map[string]keptAnswer{}},
		Log: slog.New(slog.NewTextHandler(f.log, nil)), Codes: []Code{{"out_of_cheese", 409, "There is no cheese.", "Bring some."}}})
	if err != nil {
		t.Fatal(err)
	}
	return f, s
}

func nthID(n int) id.ID { return id.MustParse(fmt.Sprintf("0199b0c2-0000-7000-9000-%012d", n)) }

func (f *fake) insert(b newContact) contact {
	f.n++
	c := contact{ID: nthID(f.n), Name: b.Name, Note: b.Note, Type: b.Type, Number: b.Number, Active: b.Active, CreatedAt: clock.Stamp{Time: f.clock.Now()}}
	if c.Type == "" {
		c.Type = "SMS"
	}
	f.clock.Add(time.Second)
	f.exec("INSERT INTO c (id,name,name_folded,note,type,number,active,created_at) VALUES (?,?,?,?,?,?,?,?)",
		c.ID[:], c.Name, text.Fold(c.Name), c.Note, c.Type, c.Number, c.Active, c.CreatedAt.UnixMicro())
	return c
}

func (f *fake) exec(q string, args ...any) {
	if _, err := f.db.Exec(q, args...); err != nil {
		panic(err)
	}
}

var dollar = regexp.MustCompile(`\$(\d+)`)

func sqliteArgs(args []any) []any {
	for i, a := range args {
		if v, ok := a.(id.ID); ok {
			args[i] = v[:]
		}
	}
	return args
}

func (f *fake) read(ctx context.Context, l query.List) ([]contact, error) {
	where, order, limit, args := l.SQL(query.SQLite, 1)
	rows, err := f.db.QueryContext(ctx, dollar.ReplaceAllString("SELECT id,name,note,type,number,active,created_at FROM c WHERE "+where+" "+order+" "+limit, "?$1"), sqliteArgs(args)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []contact{}
	for rows.Next() {
		var c contact
		var at int64
		if err := rows.Scan(&c.ID, &c.Name, &c.Note, &c.Type, &c.Number, &c.Active, &at); err != nil {
			return nil, err
		}
		c.CreatedAt.Time = clock.FromMicros(at)
		out = append(out, c)
	}
	return out, rows.Err()
}

func (f *fake) one(ctx context.Context, v id.ID) (contact, error) {
	l := query.List{Spec: contactFields, Where: []query.Cond{{Op: query.Eq, Field: &contactFields.Fields[0], Args: []any{v}}},
		Order: []query.Order{{Field: &contactFields.Fields[0]}}, Limit: 1}
	rows, err := f.read(ctx, l)
	if err == nil && len(rows) == 0 {
		err = fault.Absent("contact")
	}
	if err != nil {
		return contact{}, err
	}
	return rows[0], nil
}

func (f *fake) change(c contact, b contactChange) contact {
	if b.Name.Set {
		c.Name = b.Name.Value
	}
	if b.Note.Set {
		c.Note = b.Note.Value
	}
	if b.Number.Set {
		c.Number = b.Number.Value
	}
	if b.Active.Set {
		c.Active = b.Active.Value
	}
	f.exec("UPDATE c SET name=?,name_folded=?,note=?,number=?,active=? WHERE id=?", c.Name, text.Fold(c.Name), c.Note, c.Number, c.Active, c.ID[:])
	return c
}

// call sends one request; headers are "Name: value" lines.
func call(s http.Handler, method, target, headers, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer all")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for line := range strings.SplitSeq(headers, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			if value == "-" {
				req.Header.Del(name)
			} else {
				req.Header.Set(name, value)
			}
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	return w
}

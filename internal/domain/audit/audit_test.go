package audit_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/audit"
	record "switchboard/internal/platform/audit"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

type fixture struct {
	*testing.T
	db    *db.DB
	clock *clock.Fixed
	*audit.Service
	admin, foreign account.Actor
}

func each(t *testing.T, run func(f *fixture)) {
	clk := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	dbtest.Each(t, clk, func(t *testing.T, d *db.DB) {
		f := &fixture{T: t, db: d, clock: clk, Service: audit.New(d, clk)}
		accounts := account.New(d, clk, slog.New(slog.DiscardHandler), nil)
		for name, to := range map[string]*account.Actor{"Acme": &f.admin, "Foreign": &f.foreign} {
			c, err := accounts.CreateAdministrator(t.Context(), account.NewOrganization{Name: name}, account.NewMember{Email: name + "@example.com", Password: "violet teapot orbit"})
			if err != nil {
				t.Fatal(err)
			}
			*to = account.NewMemberActor(c.Member)
		}
		run(f)
	})
}

func (f *fixture) act(acts ...record.Act) error {
	return f.db.Tenant(f.admin.Organization).Write(f.Context(), func(tx *db.Tx) error {
		return record.Record(tx, f.clock.Now(), f.admin.Audit(), acts...)
	})
}

func (f *fixture) list(a account.Actor) []audit.View {
	f.Helper()
	l := &query.List{Spec: &audit.Spec, Limit: 100, Order: []query.Order{{Field: &audit.Spec.Fields[0], Desc: true}}}
	rows, _, err := f.List(f.Context(), a, l)
	if err != nil {
		f.Fatal(err)
	}
	return rows
}

func TestOnlyWhatDiffersIsKept(t *testing.T) {
	each(t, func(f *fixture) {
		thing := id.New()
		if err := f.act(record.Act{Action: "thing.update", ObjectType: "thing", ObjectID: thing,
			Before: map[string]any{"name": "a", "on": true, "old": 1}, After: map[string]any{"name": "b", "on": true, "new": 2}}); err != nil {
			f.Fatal(err)
		}
		v := f.list(f.admin)[0]
		if string(v.Before) != `{"name":"a","old":1}` || string(v.After) != `{"name":"b","new":2}` || v.ObjectID != thing || v.ActorID != f.admin.Member {
			f.Fatalf("%s %s %+v", v.Before, v.After, v)
		}
		if one, err := f.Get(f.Context(), f.admin, v.ID); err != nil || one.Action != "thing.update" {
			f.Fatal(one, err)
		}
		if _, err := f.Get(f.Context(), f.foreign, v.ID); !fault.Is(err, "not_found") {
			f.Fatal(err)
		}
		if n := len(f.list(f.foreign)); n != 1 {
			f.Fatalf("the other organization sees %d entries", n)
		}
		agent := account.NewMemberActor(account.Member{Organization: f.admin.Organization, Role: account.Supervisor})
		if _, _, err := f.List(f.Context(), agent, nil); !fault.Is(err, "forbidden") {
			f.Fatal(err)
		}
	})
}

// An act that did not happen is not written down.
func TestRolledBackWithTheAct(t *testing.T) {
	each(t, func(f *fixture) {
		before := len(f.list(f.admin))
		no := errors.New("no")
		err := f.db.Tenant(f.admin.Organization).Write(f.Context(), func(tx *db.Tx) error {
			if err := record.Record(tx, f.clock.Now(), f.admin.Audit(), record.Act{Action: "thing.update"}); err != nil {
				return err
			}
			return no
		})
		if !errors.Is(err, no) || len(f.list(f.admin)) != before {
			f.Fatal(err)
		}
		if err := f.Verify(f.Context(), f.admin.Organization); err != nil {
			f.Fatal(err)
		}
	})
}

// Acts at the same time make one chain.
func TestChainUnderConcurrency(t *testing.T) {
	each(t, func(f *fixture) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 5 {
					if err := f.act(record.Act{Action: "a.b", ObjectType: "a"}, record.Act{Action: "a.c", ObjectType: "a", After: map[string]any{"x": 1}}); err != nil {
						f.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if err := f.Verify(f.Context(), f.admin.Organization); err != nil {
			f.Fatal(err)
		}
		if n := len(f.list(f.admin)); n != 81 {
			f.Fatal(n)
		}
	})
}

// The program cannot change the record, and who goes around the program leaves
// a broken chain.
func TestTamperingShows(t *testing.T) {
	each(t, func(f *fixture) {
		for _, name := range []string{"a", "b", "c"} {
			if err := f.act(record.Act{Action: "thing.create", ObjectType: "thing", After: map[string]any{"name": name}}); err != nil {
				f.Fatal(err)
			}
		}
		for _, stmt := range []string{`UPDATE audit_log SET actor_name = 'Eve' WHERE seq = 2`, `DELETE FROM audit_log WHERE seq = 4`} {
			for _, scope := range []db.Scope{f.db.System(), f.db.Tenant(f.admin.Organization)} {
				if err := scope.Write(f.Context(), func(tx *db.Tx) error { _, err := tx.Exec(db.Dynamic(stmt)); return err }); err == nil {
					f.Fatal("the record can be changed:", stmt)
				}
			}
		}
		if err := f.Verify(f.Context(), f.admin.Organization); err != nil {
			f.Fatal(err)
		}
		// A forged entry at the end.
		if err := f.db.System().Write(f.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(db.Dynamic(`INSERT INTO audit_log (organization_id, id, seq, at, actor_type, actor_name, action, object_type, hash)
				VALUES ($1, $2, 5, 1, 'member', 'Eve', 'thing.create', 'thing', $3)`), f.admin.Organization, id.New(), []byte("forged"))
			return err
		}); err != nil {
			f.Fatal(err)
		}
		if err := f.Verify(f.Context(), f.admin.Organization); err == nil || !strings.Contains(err.Error(), "entry 5") {
			f.Fatal(err)
		}
	})
}

func TestEveryPartIsUnderTheHash(t *testing.T) {
	base := record.Row{ID: id.New(), Seq: 1, At: time.UnixMicro(5), Action: "a", ObjectType: "b", Before: json.RawMessage(`{}`)}
	seen := map[string]bool{string(base.Sum(nil)): true}
	for _, change := range []func(*record.Row){
		func(r *record.Row) { r.ID = id.New() }, func(r *record.Row) { r.Seq = 2 }, func(r *record.Row) { r.At = time.UnixMicro(6) },
		func(r *record.Row) { r.Action = "" }, func(r *record.Row) { r.Action, r.ObjectType = "ab", "" }, func(r *record.Row) { r.ObjectID = id.New() },
		func(r *record.Row) { r.Before, r.After = r.After, r.Before }, func(r *record.Row) { r.Actor.Name = "x" }, func(r *record.Row) { r.Actor.Type = "x" },
		func(r *record.Row) { r.Actor.ID = id.New() }, func(r *record.Row) { r.Actor.Address = "x" }, func(r *record.Row) { r.Actor.Organization = id.New() },
	} {
		r := base
		change(&r)
		if sum := string(r.Sum(nil)); seen[sum] {
			t.Errorf("%+v has the hash of another", r)
		} else {
			seen[sum] = true
		}
	}
	if seen[string(base.Sum([]byte("before")))] {
		t.Error("the row before is not under the hash")
	}
}

// What is taken out is the whole record of the organization, and that it was
// taken out; no cell of the table is a formula.
func TestExport(t *testing.T) {
	each(t, func(f *fixture) {
		var acts []record.Act
		for i := range 1203 { // more than two pages
			acts = append(acts, record.Act{Action: "thing.update", ObjectType: []string{"=1+1", "+1", "-1", "@x", "thing"}[i%5], After: map[string]any{"name": "a,\"b\"\nc", "n": i}})
		}
		if err := f.act(acts...); err != nil {
			f.Fatal(err)
		}
		take := func(format string) []byte {
			var b bytes.Buffer
			if err := f.Export(f.Context(), f.admin, format, func() io.Writer { return &b }); err != nil {
				f.Fatal(err)
			}
			return b.Bytes()
		}
		var rows []audit.View
		if err := json.Unmarshal(take("json"), &rows); err != nil {
			f.Fatal(err)
		}
		lines, err := csv.NewReader(bytes.NewReader(take("csv"))).ReadAll()
		if err != nil || len(lines) != len(rows)+2 { // the head, and one export more
			f.Fatalf("%d lines, %d rows, %v", len(lines), len(rows), err)
		}
		for i, r := range rows {
			if r.Seq != int64(i)+1 || r.OrganizationID != f.admin.Organization || lines[i+1][0] != strconv.Itoa(i+1) || lines[i+1][11] != string(r.After) {
				f.Fatalf("row %d: %+v %q", i, r, lines[i+1])
			}
			for _, cell := range lines[i+1] {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					f.Fatalf("a formula: %q", cell)
				}
			}
		}
		if last := rows[len(rows)-1]; last.Action != "audit_log.export" || string(last.After) != `{"format":"json"}` || last.ActorID != f.admin.Member {
			f.Errorf("the last entry is %+v", last)
		}
		agent := account.NewActor(f.admin, account.AuditView)
		if err := f.Export(f.Context(), agent, "csv", func() io.Writer { t.Error("it began"); return io.Discard }); !fault.Is(err, "forbidden") {
			f.Error(err)
		}
		// Nobody may be told less than what happened.
		v, err := f.Prove(f.Context(), agent)
		if err != nil || !v.OK || v.Problem != nil || v.Entries != int64(len(rows))+1 {
			f.Errorf("%+v %v", v, err)
		}
		if err := f.db.System().Write(f.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(db.Dynamic(`UPDATE audit_head SET seq = seq + 1 WHERE organization_id = $1`), f.admin.Organization)
			return err
		}); err != nil {
			f.Fatal(err)
		}
		if v, err := f.Prove(f.Context(), agent); err != nil || v.OK || v.Problem == nil || !strings.Contains(*v.Problem, "ends at entry") {
			f.Errorf("%+v %v", v, err)
		}
	})
}

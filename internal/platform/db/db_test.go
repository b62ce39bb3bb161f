package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/id"
)

var (
	addOrg = db.SQL(`INSERT INTO organization (id, name, created_at) VALUES ($1, $2, $3)`)
	orgs   = db.SQL(`SELECT id, name FROM organization WHERE id IN @ids($1) ORDER BY id`)
	addTok = db.NewInsert("enquiry_counter", []string{"organization_id", "month"},
		db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "month", Type: db.Text}, db.Col{Name: "last", Type: db.Int})
	months = db.SQL(`SELECT month FROM enquiry_counter WHERE month IN @list($1) ORDER BY month`)
	seqs   = db.SQL(`SELECT seq, kind FROM event ORDER BY seq`)
)

func makeOrg(t *testing.T, d *db.DB, name string) id.ID {
	t.Helper()
	org := id.New()
	if err := d.System().Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(addOrg, org, name, 1)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return org
}

func TestWriteReadAndBatches(t *testing.T) {
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		a, b := makeOrg(t, d, "A"), makeOrg(t, d, "B")
		var names []string
		if err := d.System().Read(t.Context(), func(tx *db.Tx) error {
			return tx.Query(orgs, []any{db.IDs{a, b}}, func(scan func(...any) error) error {
				var v id.ID
				var n string
				if err := scan(&v, &n); err != nil {
					return err
				}
				if v != a && v != b {
					return fmt.Errorf("id did not survive: %v", v)
				}
				names = append(names, n)
				return nil
			})
		}); err != nil || len(names) != 2 {
			t.Fatal(names, err)
		}
		err := d.Tenant(a).Write(t.Context(), func(tx *db.Tx) error {
			if err := tx.InsertMany(addTok, [][]any{{a, "202601", 1}}); err != nil {
				return err
			}
			fresh, err := tx.InsertNew(addTok, [][]any{{a, "202601", 1}, {a, "202602", int64(2)}})
			if err == nil && (fresh[0] || !fresh[1]) {
				return fmt.Errorf("wrong rows are new: %v", fresh)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if err := d.Tenant(a).Read(t.Context(), func(tx *db.Tx) error {
			return tx.Query(months, []any{db.Texts{"202601", "202602", "x"}}, func(scan func(...any) error) error {
				var m string
				n++
				return scan(&m)
			})
		}); err != nil || n != 2 {
			t.Fatal(n, err)
		}
	})
}

// On PostgreSQL row-level security alone keeps organizations apart.
func TestRowLevelSecurity(t *testing.T) {
	d := dbtest.Postgres(t, clock.System{})
	a, b := makeOrg(t, d, "A"), makeOrg(t, d, "B")
	if err := d.Tenant(a).Write(t.Context(), func(tx *db.Tx) error {
		return tx.InsertMany(addTok, [][]any{{a, "202601", 1}})
	}); err != nil {
		t.Fatal(err)
	}
	seen := 0
	if err := d.Tenant(b).Read(t.Context(), func(tx *db.Tx) error {
		return tx.Query(months, []any{db.Texts{"202601"}}, func(func(...any) error) error { seen++; return nil })
	}); err != nil || seen != 0 {
		t.Fatalf("another organization's row was seen: %d %v", seen, err)
	}
	if err := d.Tenant(b).Write(t.Context(), func(tx *db.Tx) error {
		return tx.InsertMany(addTok, [][]any{{a, "202603", 1}})
	}); err == nil {
		t.Fatal("a row was written for another organization")
	}
}

func TestEventsAreNumberedInCommitOrderWithoutGaps(t *testing.T) {
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		org := makeOrg(t, d, "A")
		var wg sync.WaitGroup
		var mu sync.Mutex
		var newest int64
		d.OnEvents(func(_ id.ID, seq int64) {
			mu.Lock()
			newest = max(newest, seq)
			mu.Unlock()
		})
		for i := range 40 {
			wg.Go(func() {
				err := d.Tenant(org).Write(context.Background(), func(tx *db.Tx) error {
					tx.Emit(db.Event{Kind: "test", Ref: id.New()})
					if i%4 == 0 {
						return errors.New("rolled back")
					}
					return nil
				})
				if (err != nil) != (i%4 == 0) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		want := int64(0)
		if err := d.Tenant(org).Read(t.Context(), func(tx *db.Tx) error {
			return tx.Query(seqs, nil, func(scan func(...any) error) error {
				var seq int64
				var kind string
				want++
				if err := scan(&seq, &kind); err != nil {
					return err
				}
				if seq != want {
					return fmt.Errorf("seq %d in place of %d", seq, want)
				}
				return nil
			})
		}); err != nil || want != 30 {
			t.Fatal(want, err)
		}
		mu.Lock()
		defer mu.Unlock()
		if newest != 30 {
			t.Fatalf("told about %d", newest)
		}
	})
}

func TestFailedAndPanickingWritesLeaveNothing(t *testing.T) {
	dbtest.Each(t, clock.System{}, func(t *testing.T, d *db.DB) {
		org := makeOrg(t, d, "A")
		for _, fail := range []func() error{func() error { return errors.New("no") }, func() error { panic("no") }} {
			if err := d.Tenant(org).Write(t.Context(), func(tx *db.Tx) error {
				if err := tx.InsertMany(addTok, [][]any{{org, "202601", 1}}); err != nil {
					return err
				}
				return fail()
			}); err == nil {
				t.Fatal("the error was lost")
			}
		}
		n := 0
		if err := d.Tenant(org).Read(t.Context(), func(tx *db.Tx) error {
			return tx.Query(months, []any{db.Texts{"202601"}}, func(func(...any) error) error { n++; return nil })
		}); err != nil || n != 0 {
			t.Fatal(n, err)
		}
	})
}

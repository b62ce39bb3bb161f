package lease_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/lease"
)

var (
	gates   = lease.On("send_gate", "channel_id")
	addOrg  = db.Dynamic(`INSERT INTO organization (id, name, created_at) VALUES ($1, 'x', 0)`)
	addChan = db.Dynamic(`INSERT INTO channel (organization_id, id, name, name_folded, type, created_at, updated_at) VALUES ($1, $2, $3, $3, 'X', 0, 0)`)
	addGate = db.Dynamic(`INSERT INTO send_gate (organization_id, channel_id) VALUES ($1, $2)`)
	expire  = db.Dynamic(`UPDATE send_gate SET lease_until = 1 WHERE organization_id = $1 AND channel_id = $2`)
)

func row(t testing.TB, d *db.DB) (org, key id.ID) {
	org, key = id.New(), id.New()
	if err := d.System().Write(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(addOrg, org); err != nil {
			return err
		}
		if _, err := tx.Exec(addChan, org, key, key.String()); err != nil {
			return err
		}
		_, err := tx.Exec(addGate, org, key)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return org, key
}

// A row is held by one node at a time, its epoch only rises, and whoever lost it
// is refused: against a model, with time running out at any moment.
func TestLeaseModel(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			org, key := row(t, d)
			write := func(fn func(tx *db.Tx) error) error { return d.System().Write(context.Background(), fn) }
			var epoch int64              // the model: the newest epoch …
			holder, valid := -1, false   // … who has it, and whether its time still runs
			has := map[int]int64{}       // what each node believes
			node := rapid.IntRange(0, 3) // four of them
			rt.Repeat(map[string]func(*rapid.T){
				"take": func(rt *rapid.T) {
					n := node.Draw(rt, "node")
					var got int64
					var ok bool
					if err := write(func(tx *db.Tx) (err error) {
						got, ok, err = gates.Take(tx, org, key, fmt.Sprint(n), time.Hour)
						return err
					}); err != nil {
						rt.Fatal(err)
					}
					if want := !valid || holder == n; ok != want {
						rt.Fatalf("node %d took it: %v, want %v", n, ok, want)
					}
					if ok {
						if got != epoch+1 {
							rt.Fatalf("epoch %d after %d", got, epoch)
						}
						epoch, holder, valid, has[n] = got, n, true, got
					}
				},
				"renew": func(rt *rapid.T) {
					n := node.Draw(rt, "node")
					if has[n] == 0 {
						return
					}
					err := write(func(tx *db.Tx) error { return gates.Renew(tx, org, key, has[n], time.Hour) })
					if mine := has[n] == epoch; mine != (err == nil) || err != nil && !errors.Is(err, lease.ErrLost) {
						rt.Fatalf("renewed by its holder %v: %v", mine, err)
					} else if mine {
						valid = true
					}
				},
				"release": func(rt *rapid.T) {
					n := node.Draw(rt, "node")
					if has[n] == 0 {
						return
					}
					if err := write(func(tx *db.Tx) error { return gates.Release(tx, org, key, has[n]) }); err != nil {
						rt.Fatal(err)
					}
					if has[n] == epoch {
						valid = false
					}
				},
				"time runs out": func(rt *rapid.T) {
					if err := write(func(tx *db.Tx) error { _, err := tx.Exec(expire, org, key); return err }); err != nil {
						rt.Fatal(err)
					}
					valid = false
				},
				"write": func(rt *rapid.T) {
					n := node.Draw(rt, "node")
					if has[n] == 0 {
						return
					}
					err := write(func(tx *db.Tx) error { return gates.Held(tx, org, key, has[n]) })
					if may := valid && has[n] == epoch; may != (err == nil) || err != nil && !errors.Is(err, lease.ErrLost) {
						rt.Fatalf("node %d with epoch %d may write %v: %v", n, has[n], may, err)
					}
				},
			})
		})
	})
}

// Many take one row at once: one gets it.
func TestTakenByOne(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB) {
		org, key := row(t, d)
		var wg sync.WaitGroup
		won := make(chan int, 16)
		for n := range 16 {
			wg.Go(func() {
				if err := d.System().Write(t.Context(), func(tx *db.Tx) error {
					_, ok, err := gates.Take(tx, org, key, fmt.Sprint(n), time.Hour)
					if ok && err == nil {
						tx.AfterCommit(func() { won <- n })
					}
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Errorf("%d nodes hold it", len(won))
		}
	})
}

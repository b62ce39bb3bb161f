package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/lease"
)

var (
	addOrg  = db.Dynamic(`INSERT INTO organization (id, name, created_at) VALUES ($1, 'x', 0)`)
	expire  = db.Dynamic(`UPDATE job SET lease_until = 1 WHERE organization_id = $1 AND kind = $2 AND key = $3`)
	effects = db.Dynamic(`UPDATE organization SET name = name || 'y' WHERE id = $1`)
	nameOf  = db.Dynamic(`SELECT name FROM organization WHERE id = $1`)
	waiting = db.Dynamic(`SELECT count(*) FROM job WHERE organization_id = $1`)
)

func organization(t testing.TB, d *db.DB) id.ID {
	t.Helper()
	org := id.New()
	if err := d.System().Write(context.Background(), func(tx *db.Tx) error { _, err := tx.Exec(addOrg, org); return err }); err != nil {
		t.Fatal(err)
	}
	return org
}

func queue(d *db.DB) *Queue { return New(d, event.NewBus(slog.Default()), slog.Default()) }

// A job is in one pair of hands at a time, comes back when its holder dies, and
// whoever lost it changes nothing: against a model in which time runs out at any
// moment.
func TestJobModel(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB) {
		q := queue(d)
		rapid.Check(t, func(rt *rapid.T) {
			org, kind := organization(t, d), id.New().String() // a kind of its own, so that only its jobs are taken
			write := func(fn func(tx *db.Tx) error) {
				if err := d.System().Write(context.Background(), fn); err != nil {
					rt.Fatal(err)
				}
			}
			type row struct {
				due, dead bool
				holder    *Job // who has it by the newest epoch, also after its time
				attempts  int
			}
			model := map[string]*row{}
			var hands []*Job // every attempt anybody ever began
			keys := rapid.SampledFrom([]string{"a", "b", "c"})
			pick := func(rt *rapid.T) *Job {
				if len(hands) == 0 {
					return nil
				}
				return hands[rapid.IntRange(0, len(hands)-1).Draw(rt, "attempt")]
			}
			mine := func(j *Job) bool { r := model[j.Key]; return r != nil && r.holder == j }
			rt.Repeat(map[string]func(*rapid.T){
				"add": func(rt *rapid.T) {
					key, delay := keys.Draw(rt, "key"), rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(rt, "delay")
					write(func(tx *db.Tx) error { return q.Add(tx, Job{Org: org, Kind: kind, Key: key, Delay: delay}) })
					switch r := model[key]; {
					case r == nil:
						model[key] = &row{due: delay == 0}
					case r.holder != nil:
					default:
						r.due, r.dead, r.attempts = r.due && !r.dead || delay == 0, false, 0
					}
				},
				"take": func(rt *rapid.T) {
					var got []*Job
					write(func(tx *db.Tx) (err error) { got, err = take(tx, kind, id.New().String(), 2, time.Hour); return err })
					var free int
					for _, r := range model {
						if r.due && !r.dead {
							free++
						}
					}
					if len(got) != min(free, 2) {
						rt.Fatalf("%d taken of %d", len(got), free)
					}
					for _, j := range got {
						r := model[j.Key]
						if r == nil || !r.due || r.dead {
							rt.Fatalf("%s was not to be had: %+v", j.Key, r)
						}
						r.attempts++
						if r.attempts != j.Attempts {
							rt.Fatalf("attempt %d, want %d", j.Attempts, r.attempts)
						}
						r.due, r.holder = false, j
						hands = append(hands, j)
					}
				},
				"finish with its effect": func(rt *rapid.T) {
					j := pick(rt)
					if j == nil {
						return
					}
					err := d.System().Write(context.Background(), j.Finish)
					if mine(j) != (err == nil) || err != nil && !errors.Is(err, lease.ErrLost) {
						rt.Fatalf("held %v: %v", mine(j), err)
					}
					if mine(j) {
						delete(model, j.Key)
					}
				},
				"end": func(rt *rapid.T) {
					j := pick(rt)
					if j == nil {
						return
					}
					how := rapid.IntRange(0, 3).Draw(rt, "how")
					result := error(nil)
					if how > 0 {
						result = errors.New("no")
					}
					write(func(tx *db.Tx) error {
						return j.settle(tx, result, map[int]time.Duration{2: time.Hour}[how], how == 3)
					})
					if !mine(j) {
						return
					}
					r := model[j.Key]
					r.holder = nil
					switch how {
					case 0:
						delete(model, j.Key)
					case 1:
						r.due = true
					case 2:
						r.due = false
					case 3:
						r.dead = true
					}
				},
				"time runs out": func(rt *rapid.T) {
					key := keys.Draw(rt, "key")
					write(func(tx *db.Tx) error { _, err := tx.Exec(expire, org, kind, key); return err })
					if r := model[key]; r != nil {
						r.due = true
					}
				},
			})
		})
	})
}

// Two nodes work many jobs: each effect happens once, and nothing is left.
func TestEachDoneOnce(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB) {
		org := organization(t, d)
		nodes := []*Queue{queue(d), queue(d)}
		if d.Engine() == db.SQLite { // one server has the file
			nodes = nodes[:1]
		}
		var ran atomic.Int64
		for _, q := range nodes {
			q.Handle(Kind{Name: "count", Most: 4, Run: func(ctx context.Context, j *Job) error {
				ran.Add(1)
				return d.Tenant(org).Write(ctx, func(tx *db.Tx) error {
					if err := j.Finish(tx); err != nil {
						return err
					}
					_, err := tx.Exec(effects, org)
					return err
				})
			}})
			q.Start()
			defer q.Stop()
		}
		const many = 60
		if err := d.Tenant(org).Write(t.Context(), func(tx *db.Tx) error {
			var jobs []Job
			for i := range many {
				jobs = append(jobs, Job{Org: org, Kind: "count", Key: fmt.Sprint(i)})
			}
			return nodes[0].AddNew(tx, jobs)
		}); err != nil {
			t.Fatal(err)
		}
		until(t, func() bool { return count(t, d, org) == 0 })
		var name string
		if err := d.System().Read(t.Context(), func(tx *db.Tx) error { return tx.Row(nameOf, []any{org}, &name) }); err != nil {
			t.Fatal(err)
		}
		if len(name) != many+1 || ran.Load() != many {
			t.Errorf("%d effects of %d attempts, want %d", len(name)-1, ran.Load(), many)
		}
	})
}

// What fails is tried again at its own time, what asks for a pause gets it, and
// nobody works a kind that nobody handles.
func TestRetriesAndTimers(t *testing.T) {
	d := dbtest.SQLite(t, nil)
	org, q := organization(t, d), queue(d)
	var mu sync.Mutex
	var seen []string
	q.Handle(Kind{Name: "k", Most: 1, Run: func(_ context.Context, j *Job) error {
		mu.Lock()
		seen = append(seen, fmt.Sprint(j.Key, j.Attempts))
		mu.Unlock()
		switch {
		case j.Key == "fails" && j.Attempts == 1:
			return errors.New("no")
		case j.Key == "panics" && j.Attempts == 1:
			panic("no")
		case j.Key == "waits" && j.Attempts < 3:
			return &Again{After: 10 * time.Millisecond, Err: errors.New("not yet")}
		}
		return nil
	}})
	q.Start()
	defer q.Stop()
	if err := d.System().Write(t.Context(), func(tx *db.Tx) error {
		for _, j := range []Job{{Kind: "other", Key: "x"}, {Kind: "k", Key: "fails"}, {Kind: "k", Key: "panics"}, {Kind: "k", Key: "waits"},
			{Kind: "k", Key: "timed", Delay: 50 * time.Millisecond}, {Kind: "k", Key: "far", Delay: time.Hour}} {
			j.Org = org
			if err := q.Add(tx, j); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return count(t, d, org) == 2 })
	mu.Lock()
	slices.Sort(seen)
	if got := fmt.Sprint(seen); got != "[fails1 fails2 panics1 panics2 timed1 waits1 waits2 waits3]" {
		t.Error(got)
	}
	mu.Unlock()
	if q.Done.Load() != 4 {
		t.Error(q.Done.Load())
	}
}

func count(t *testing.T, d *db.DB, org id.ID) (n int) {
	t.Helper()
	if err := d.System().Read(t.Context(), func(tx *db.Tx) error { return tx.Row(waiting, []any{org}, &n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func until(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("not within 20 s")
		}
		<-tick.C
	}
}

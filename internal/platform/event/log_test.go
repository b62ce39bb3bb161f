package event_test

import (
	"context"
	"testing"
	"time"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
)

func emit(t *testing.T, d *db.DB, org id.ID, n int) {
	t.Helper()
	if err := d.Tenant(org).Write(context.Background(), func(tx *db.Tx) error {
		for range n {
			tx.Emit(db.Event{Kind: "test", Ref: id.New()})
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func log(t *testing.T, d *db.DB, org id.ID, after int64) (recs []event.Record, head int64) {
	t.Helper()
	if err := d.Tenant(org).Read(context.Background(), func(tx *db.Tx) (err error) {
		if recs, err = event.After(tx, org, after, 10_000); err != nil {
			return err
		}
		head, err = event.Head(tx, org)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return recs, head
}

func TestPrune_deletesTheOldAndKeepsTheHeads(t *testing.T) {
	clk := clock.At(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	dbtest.Each(t, clk, func(t *testing.T, d *db.DB) {
		busy, quiet := id.New(), id.New()
		emit(t, d, busy, 2500) // more than one batch
		emit(t, d, quiet, 1)
		clk.Add(time.Hour)
		limit := clk.Now()
		emit(t, d, busy, 7)
		if n, err := event.Prune(t.Context(), d, limit); err != nil || n != 2501 {
			t.Fatalf("deleted %d, %v", n, err)
		}
		recs, head := log(t, d, busy, 0)
		if len(recs) != 7 || recs[0].Seq != 2501 || head != 2507 || !recs[0].At.Equal(limit) {
			t.Errorf("%d left, head %d, first %+v", len(recs), head, recs[0])
		}
		if recs, head := log(t, d, quiet, 0); len(recs) != 0 || head != 1 {
			t.Errorf("%d left, head %d", len(recs), head)
		}
		heads, err := event.Heads(t.Context(), d, db.IDs{busy, quiet, id.New()})
		if err != nil || len(heads) != 2 || heads[busy] != 2507 || heads[quiet] != 1 {
			t.Errorf("%v, %v", heads, err)
		}
		if n, err := event.Prune(t.Context(), d, limit); err != nil || n != 0 {
			t.Errorf("again: %d, %v", n, err)
		}
	})
}

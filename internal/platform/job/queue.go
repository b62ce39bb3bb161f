package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/lease"
)

// Kind is what a node does with the jobs of one kind.
type Kind struct {
	Name string
	Most int // at once on this node
	// Run works one attempt. nil means done; an Again puts it off; any other
	// error puts it off longer each time, and in the end the job is dead. Its
	// context ends when the job is somebody else's.
	Run func(ctx context.Context, j *Job) error
}

// Bounds of the queue.
const (
	ttl        = 15 * time.Second
	deadAfter  = 25 // attempts that failed by themselves: about two hours
	pauseFirst = time.Second
	pauseMost  = 10 * time.Minute
)

// How long the queue rests at most: hints between nodes may get lost, and
// another node may have died with jobs in hand.
const (
	restAlone  = time.Minute
	restShared = 5 * time.Second
)

// Queue works jobs on one node.
type Queue struct {
	db    *db.DB
	bus   *event.Bus
	log   *slog.Logger
	owner string
	kinds []Kind
	room  []chan struct{} // by kind, one token per job in hand
	wake  chan struct{}

	Done, Died atomic.Int64 // since the start

	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// New makes a queue; Handle says what it does, Start puts it to work.
func New(d *db.DB, bus *event.Bus, log *slog.Logger) *Queue {
	return &Queue{db: d, bus: bus, log: log, owner: id.New().String(), wake: make(chan struct{}, 1)}
}

// Handle says what to do with a kind; before Start.
func (q *Queue) Handle(k Kind) {
	q.kinds = append(q.kinds, k)
	q.room = append(q.room, make(chan struct{}, k.Most))
}

// Start begins to work what is due and what will be.
func (q *Queue) Start() {
	var ctx context.Context
	ctx, q.cancel = context.WithCancel(context.Background())
	q.bus.Subscribe(event.Jobs, func(event.Hint) { q.Wake() })
	q.wg.Go(func() { q.run(ctx) })
}

// Wake has the queue look at once.
func (q *Queue) Wake() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Stop gives back what is in hand and returns.
func (q *Queue) Stop() {
	q.cancel()
	q.wg.Wait()
}

func (q *Queue) run(ctx context.Context) {
	rest := restShared
	if q.db.Engine() == db.SQLite {
		rest = restAlone
		// One server at a time has the file open, so what is held was held by one
		// that died.
		if err := q.db.System().Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(orphan); return err }); err != nil && ctx.Err() == nil {
			q.log.Warn("jobs of the last run come back only when their lease ends", "error", err)
		}
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		case <-timer.C:
		}
		next, err := q.round(ctx)
		if err != nil && ctx.Err() == nil {
			q.log.Warn("jobs wait", "error", err)
			next = restShared
		}
		timer.Reset(min(max(next, 0), rest))
	}
}

// round starts what is due and there is room for, and says how long nothing
// more is.
func (q *Queue) round(ctx context.Context) (next time.Duration, err error) {
	next = restAlone
	for i, k := range q.kinds {
		free := k.Most - len(q.room[i])
		if free == 0 {
			continue // whoever ends wakes us
		}
		var jobs []*Job
		var soon *int64
		if err := q.db.System().Read(ctx, func(tx *db.Tx) error {
			soon = nil
			return tx.Row(untilNext, []any{k.Name}, &soon)
		}); err != nil {
			return 0, err
		}
		if soon == nil {
			continue
		}
		if *soon > 0 {
			next = min(next, time.Duration(*soon)*time.Microsecond)
			continue
		}
		if err := q.db.System().Bulk(ctx, func(tx *db.Tx) (err error) {
			jobs, err = take(tx, k.Name, q.owner, free, ttl)
			return err
		}); err != nil {
			return 0, err
		}
		taken := lease.Now()
		for _, j := range jobs {
			q.room[i] <- struct{}{}
			q.wg.Go(func() {
				q.work(ctx, k, j, taken)
				<-q.room[i]
				q.Wake()
			})
		}
		if len(jobs) == 0 { // another node has them
			next = min(next, restShared)
		} else if len(jobs) < free {
			next = 0 // see when the next is due
		}
	}
	return next, nil
}

// work makes one attempt while the lease is kept.
func (q *Queue) work(ctx context.Context, k Kind, j *Job, taken lease.Moment) {
	run, cancel := context.WithCancel(ctx)
	var keeper sync.WaitGroup
	keeper.Go(func() { q.keep(run, cancel, j, taken) })
	err := attempt(run, k, j)
	cancel()
	keeper.Wait()
	if j.done {
		q.Done.Add(1)
		return
	}
	end := context.WithoutCancel(ctx)
	pause, die := clock.Jitter(min(pauseFirst<<min(j.Attempts-1, 20), pauseMost)), j.Attempts >= deadAfter
	var again *Again
	switch {
	case errors.As(err, &again):
		pause, die = again.After, false
	case err != nil && ctx.Err() != nil: // we stop; the next may go on
		pause, die = 0, false
	case errors.Is(err, lease.ErrLost):
		return
	case err != nil:
		q.log.Warn("a job failed", "kind", j.Kind, "key", j.Key, "attempt", j.Attempts, "dead", die, "error", err)
	}
	if e := q.db.System().Write(end, func(tx *db.Tx) error { return j.settle(tx, err, pause, die) }); e != nil {
		q.log.Warn("how a job ended could not be recorded; it is worked again", "kind", j.Kind, "key", j.Key, "error", e)
		return
	}
	if err == nil {
		q.Done.Add(1)
	} else if die {
		q.Died.Add(1)
	}
}

func attempt(ctx context.Context, k Kind, j *Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it panicked: %v", p)
		}
	}()
	return k.Run(ctx, j)
}

// keep renews the lease while a job is worked, and ends the attempt when it is
// lost.
func (q *Queue) keep(ctx context.Context, lost context.CancelFunc, j *Job, held lease.Moment) {
	tick := time.NewTicker(ttl / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked := lease.Now()
		err := q.db.System().Write(ctx, func(tx *db.Tx) error { return leases.Renew(tx, j.Org, j.ID, j.epoch, ttl) })
		if err == nil {
			held = asked
		} else if errors.Is(err, lease.ErrLost) || held.Age() > ttl {
			lost()
			return
		}
	}
}

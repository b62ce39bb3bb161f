// Package event carries hints between the parts of a node and between nodes,
// and reads the event log of an organization. A hint may get lost: whoever acts
// on hints must also be able to find its work in the database.
package event

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"switchboard/internal/platform/id"
)

// Hint says that something about a key may have changed.
type Hint struct {
	Topic Topic
	Key   id.ID
	Seq   int64 // newest event sequence for Events; 0 otherwise
	// Text is a short value that travels along (who types); at most 500 bytes.
	Text string
	// Foreign tells that the hint came from another node.
	Foreign bool
}

// Topic says what kind of thing changed.
type Topic string

// Topics. The key is an organization for Events and Typing, a channel otherwise.
const (
	Events  Topic = "e" // the organization's log grew
	Ingest  Topic = "i" // a channel has webhook events to work
	Deliver Topic = "d" // a channel has messages to send, or may go on sending
	Channel Topic = "c" // a channel's settings changed
	Typing  Topic = "t" // a member is writing
	Access  Topic = "a" // rights or sessions changed
	Jobs    Topic = "j" // a job may be due; without a key
)

// Bus passes hints to the subscribers of this node, and with PostgreSQL to the
// other nodes.
type Bus struct {
	log  *slog.Logger
	node string

	mu   sync.RWMutex
	subs map[Topic][]func(Hint)

	outMu sync.Mutex
	out   map[string]Hint // waiting to be notified, newest of each topic and key
	wake  chan struct{}

	remote atomic.Bool // there may be other nodes
}

// NewBus makes a bus for one node.
func NewBus(log *slog.Logger) *Bus {
	return &Bus{log: log, node: strconv.FormatUint(rand.Uint64(), 36), subs: map[Topic][]func(Hint){},
		out: map[string]Hint{}, wake: make(chan struct{}, 1)}
}

// Subscribe registers a function for a topic. It is called on the publisher's
// goroutine and must not block.
func (b *Bus) Subscribe(t Topic, f func(Hint)) {
	b.mu.Lock()
	b.subs[t] = append(b.subs[t], f)
	b.mu.Unlock()
}

// Publish tells the subscribers of this node now and the other nodes soon.
func (b *Bus) Publish(h Hint) {
	b.local(h)
	if !b.remote.Load() {
		return
	}
	b.outMu.Lock()
	if len(b.out) < 10_000 {
		b.out[string(h.Topic)+h.Key.String()+h.Text] = h
	}
	b.outMu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *Bus) local(h Hint) {
	b.mu.RLock()
	subs := b.subs[h.Topic]
	b.mu.RUnlock()
	for _, f := range subs {
		f(h)
	}
}

const pgChannel = "switchboard"

// notifyPause bounds how often a node notifies the others.
const notifyPause = 5 * time.Millisecond

// Run connects the bus to the other nodes over PostgreSQL until ctx ends. One
// connection listens, one notifies; what gathers while a notification is under
// way goes out together, because a NOTIFY in every transaction would make all
// commits of the database wait for each other.
func (b *Bus) Run(ctx context.Context, url string, resync func()) {
	b.remote.Store(true)
	for ctx.Err() == nil {
		err := b.listen(ctx, url, resync)
		if ctx.Err() != nil {
			return
		}
		b.log.Warn("hints between nodes are interrupted; they are looked up in the database meanwhile", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (b *Bus) listen(ctx context.Context, url string, resync func()) error {
	in, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer in.Close(context.WithoutCancel(ctx))
	out, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer out.Close(context.WithoutCancel(ctx))
	if _, err := in.Exec(ctx, "LISTEN "+pgChannel); err != nil {
		return err
	}
	// Hints may get lost, so nobody waits for the disk because of them.
	if _, err := out.Exec(ctx, "SET synchronous_commit = off"); err != nil {
		return err
	}
	resync() // whatever happened while nobody listened
	ctx, stop := context.WithCancel(ctx)
	var notifier sync.WaitGroup
	defer notifier.Wait() // a connection is closed only when nobody uses it any more
	defer stop()
	notifier.Go(func() {
		defer stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-b.wake:
			}
			for _, text := range b.drain() {
				if _, err := out.Exec(ctx, "SELECT pg_notify($1, $2)", pgChannel, text); err != nil {
					return
				}
			}
			select { // what comes next gathers for a moment
			case <-ctx.Done():
				return
			case <-time.After(notifyPause):
			}
		}
	})
	for {
		n, err := in.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		for _, h := range b.decode(n.Payload) {
			b.local(h)
		}
	}
}

// drain packs what waits into payloads under PostgreSQL's 8,000 bytes.
func (b *Bus) drain() []string {
	b.outMu.Lock()
	waiting := b.out
	b.out = map[string]Hint{}
	b.outMu.Unlock()
	var texts []string
	var s strings.Builder
	for _, h := range waiting {
		item := fmt.Sprintf("\n%s %s %d %s", h.Topic, h.Key, h.Seq, hex.EncodeToString([]byte(h.Text)))
		if s.Len() > 0 && s.Len()+len(item) > 7900 {
			texts = append(texts, s.String())
			s.Reset()
		}
		if s.Len() == 0 {
			s.WriteString(b.node)
		}
		s.WriteString(item)
	}
	if s.Len() > 0 {
		texts = append(texts, s.String())
	}
	return texts
}

func (b *Bus) decode(text string) []Hint {
	lines := strings.Split(text, "\n")
	if lines[0] == b.node {
		return nil
	}
	var hints []Hint
	for _, l := range lines[1:] {
		f := strings.Split(l, " ")
		if len(f) != 4 {
			continue
		}
		key, err := id.Parse(f[1])
		if err != nil {
			continue
		}
		seq, _ := strconv.ParseInt(f[2], 10, 64)
		extra, _ := hex.DecodeString(f[3])
		hints = append(hints, Hint{Topic: Topic(f[0]), Key: key, Seq: seq, Text: string(extra), Foreign: true})
	}
	return hints
}

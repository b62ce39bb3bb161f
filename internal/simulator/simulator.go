package simulator

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Errors of the Go API; the control API answers them with the status in
// parentheses.
var (
	// ErrNotFound: no such account, visitor, message or event (404).
	ErrNotFound = errors.New("simulator: not found")
	// ErrInvalid: the request makes no sense; the text says why (422).
	ErrInvalid = errors.New("simulator: invalid")
	// ErrFull: a stated maximum is reached; reset, or raise it in Options (507).
	ErrFull = errors.New("simulator: full")
	// ErrClosed: Close was called (503).
	ErrClosed = errors.New("simulator: closed")
)

// StatusDelays says how long after acceptance a message reaches each rank,
// each counted from the rank before.
type StatusDelays struct {
	Sent      time.Duration
	Delivered time.Duration
	// Read applies while the visitor's phone is open on the conversation.
	// Automatic reading uses Knobs.AutoReadMS instead.
	Read time.Duration
}

// Options of New. The zero value is usable.
type Options struct {
	// Logger gets one line per failed delivery and per refused call, never
	// message text or secrets. Nil discards.
	Logger *slog.Logger
	// Clock is the time in timestamps, windows and expiries. Delays and
	// retries use the runtime's timers. Nil is time.Now.
	Clock func() time.Time
	// Seed makes ids and every draw of chance repeatable. 0 takes a fresh
	// one: two runs against one database must not issue the same ids.
	Seed uint64
	// Client delivers webhooks and fetches media links; redirects are never
	// followed, as Meta does not. Nil is a client of its own.
	Client *http.Client
	// PublicURL is the base under which the product reaches this simulator,
	// e.g. http://127.0.0.1:8090. Only needed for the optional url field in
	// inbound media; resolved media take the host of the request.
	PublicURL string
	// InboxURL, if set, is linked from the visitor phone.
	InboxURL string
	// RetrySchedule holds the waits between tries of one webhook; the last
	// one repeats. Default: at once, then growing to 30 s.
	RetrySchedule []time.Duration
	// RetryFor is the age at which a webhook is dropped. Default 36 h
	// (Meta documentation: §1.4 gives 36 h and 7 days).
	RetryFor time.Duration
	// DeliveryTimeout bounds one try. Default 10 s.
	DeliveryTimeout time.Duration
	// Concurrency bounds simultaneous webhook tries over all accounts.
	// Default 64.
	Concurrency int
	// StatusDelays: default 40 ms, 250 ms, 400 ms. Negative means none.
	StatusDelays StatusDelays
	// MaxEvents and MaxSends bound the truth; beyond them inbound and sends
	// are refused. Default 200,000 each.
	MaxEvents, MaxSends int
	// MaxBodyBytes bounds the bodies kept in the truth; the oldest settled
	// ones are forgotten first. Default 64 MiB.
	MaxBodyBytes int64
	// MaxWire is the length of the wire log, a ring. Default 1,000.
	MaxWire int
	// MaxMediaBytes bounds stored media; the oldest are forgotten. Default
	// 256 MiB.
	MaxMediaBytes int64
}

const (
	maxAccounts  = 1_000
	maxVisitors  = 250_000 // per account
	maxChat      = 300     // lines kept per visitor
	lanesPerAcct = 16
)

// Simulator is one set of fake providers. Safe for concurrent use.
type Simulator struct {
	opt    Options
	log    *slog.Logger
	client *http.Client
	ctx    context.Context
	cancel context.CancelFunc
	slots  chan struct{} // one per simultaneous webhook try
	wg     sync.WaitGroup
	hub    *hub

	mu       sync.Mutex
	closed   bool
	epoch    int // raised by Reset: timers and lanes of the old one do nothing
	pending  int // deliveries and timers that WaitIdle waits for
	idle     []chan struct{}
	rnd      *rand.Rand
	accounts map[string]*account // by phone number id
	order    []string            // phone number ids as registered
	wabas    map[string]*waba
	apps     map[string]*app
	global   Knobs
	truth    truth
	wire     wireLog
	media    mediaStore
}

// New starts nothing: goroutines exist only while webhooks are on their way.
func New(o Options) *Simulator {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Seed == 0 {
		var b [8]byte
		_, _ = crand.Read(b[:])
		o.Seed = binary.LittleEndian.Uint64(b[:])
	}
	if len(o.RetrySchedule) == 0 {
		o.RetrySchedule = []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
			time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second}
	}
	setDefault(&o.RetryFor, 36*time.Hour)
	setDefault(&o.DeliveryTimeout, 10*time.Second)
	setDefault(&o.Concurrency, 64)
	setDefault(&o.StatusDelays.Sent, 40*time.Millisecond)
	setDefault(&o.StatusDelays.Delivered, 250*time.Millisecond)
	setDefault(&o.StatusDelays.Read, 400*time.Millisecond)
	setDefault(&o.MaxEvents, 200_000)
	setDefault(&o.MaxSends, 200_000)
	setDefault(&o.MaxBodyBytes, 64<<20)
	setDefault(&o.MaxWire, 1_000)
	setDefault(&o.MaxMediaBytes, 256<<20)

	c := http.Client{Transport: &http.Transport{
		Proxy: nil, MaxIdleConnsPerHost: o.Concurrency, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
	}}
	if o.Client != nil {
		c = *o.Client
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	ctx, cancel := context.WithCancel(context.Background())
	s := &Simulator{
		opt: o, log: o.Logger, client: &c, ctx: ctx, cancel: cancel,
		slots: make(chan struct{}, o.Concurrency), hub: newHub(),
		rnd: rand.New(rand.NewPCG(o.Seed, o.Seed^0x9e3779b97f4a7c15)),
	}
	s.clear()
	return s
}

func setDefault[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

// clear puts the state to empty; the caller holds the lock or owns s alone.
func (s *Simulator) clear() {
	s.accounts, s.order = map[string]*account{}, nil
	s.wabas, s.apps = map[string]*waba{}, map[string]*app{}
	s.global = Knobs{}
	s.truth = newTruth(s.opt.MaxEvents, s.opt.MaxSends, s.opt.MaxBodyBytes)
	s.wire = wireLog{max: s.opt.MaxWire}
	s.media = mediaStore{max: s.opt.MaxMediaBytes, byID: map[string]*media{}}
}

// Reset forgets accounts, visitors, knobs, media and truth, and abandons what
// is on its way. With keepAccounts, accounts, subscriptions and visitors stay;
// their conversations, windows and knobs are emptied.
func (s *Simulator) Reset(keepAccounts bool) {
	s.mu.Lock()
	s.epoch++
	s.pending = 0
	accounts, order, wabas, apps := s.accounts, s.order, s.wabas, s.apps
	s.clear()
	if keepAccounts {
		s.accounts, s.order, s.wabas, s.apps = accounts, order, wabas, apps
		for _, a := range accounts {
			a.forget()
		}
	}
	s.wakeIdle()
	s.mu.Unlock()
	s.hub.publish("reset", "", "", struct{}{})
}

// Close abandons deliveries, ends hanging answers and event streams, and
// returns when no goroutine of the simulator is left.
func (s *Simulator) Close() {
	s.mu.Lock()
	s.closed = true
	s.epoch++
	s.pending = 0
	s.wakeIdle()
	s.mu.Unlock()
	s.cancel()
	s.hub.close()
	s.wg.Wait()
}

// WaitIdle returns when every webhook has been answered 200, dropped or found
// undeliverable and no status is due, or with the context's error. Statuses
// on hold and answers that hang do not count as work.
func (s *Simulator) WaitIdle(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	if s.pending == 0 {
		s.mu.Unlock()
		return nil
	}
	ch := make(chan struct{})
	s.idle = append(s.idle, ch)
	s.mu.Unlock()
	select {
	case <-ch:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Simulator) wakeIdle() {
	for _, ch := range s.idle {
		close(ch)
	}
	s.idle = nil
}

// begin and done count work for WaitIdle; the caller holds the lock.
func (s *Simulator) begin() { s.pending++ }

func (s *Simulator) done(epoch int) {
	if epoch != s.epoch {
		return
	}
	if s.pending--; s.pending == 0 {
		s.wakeIdle()
	}
}

// after runs f under the lock once d has passed, unless Reset or Close came
// first. The caller holds the lock.
func (s *Simulator) after(d time.Duration, f func()) {
	s.begin()
	epoch := s.epoch
	time.AfterFunc(max(d, 0), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.closed || s.epoch != epoch {
			return
		}
		f()
		s.done(epoch)
	})
}

func (s *Simulator) now() time.Time { return s.opt.Clock() }

// chance draws; the caller holds the lock.
func (s *Simulator) chance(p float64) bool { return p > 0 && s.rnd.Float64() < p }

package app

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"switchboard/internal/adapter/all"
	"switchboard/internal/domain/account"
	"switchboard/internal/domain/audit"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/contact"
	"switchboard/internal/domain/delivery"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/domain/media"
	"switchboard/internal/gateway"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/idempotency"
	"switchboard/internal/platform/job"
	"switchboard/internal/platform/telemetry"
	"switchboard/internal/server/api"
	"switchboard/internal/server/files"
	"switchboard/internal/server/hooks"
	"switchboard/internal/server/live"
	"switchboard/internal/server/rest"
	"switchboard/internal/server/session"
	"switchboard/internal/server/webui"
)

// server is one running node: every part, put together.
type server struct {
	cfg      Config
	storage  *Storage
	bus      *event.Bus
	accounts *account.Service
	channels *channel.Service
	contacts *contact.Service
	inbox    *inbox.Service
	media    *media.Service
	jobs     *job.Queue
	gateway  *gateway.Gateway
	hub      *live.Hub
	keys     *idempotency.Store
	metrics  *telemetry.Metrics
	api      *api.Server
	handler  http.Handler

	draining atomic.Bool
	stopRun  context.CancelFunc
	done     chan struct{}
}

func newServer(cfg Config, s *Storage, demo *rest.Demo) (*server, error) {
	n := &server{cfg: cfg, storage: s, bus: event.NewBus(cfg.Log), done: make(chan struct{})}
	types := all.Types()
	n.accounts = s.Accounts(n.bus)
	n.accounts.Reach(cfg.PublicURL, cfg.Mail)
	n.channels = channel.New(s.DB, s.Keys, types, cfg.Clock, n.bus, cfg.Log, cfg.PublicURL)
	n.contacts = contact.New(s.DB, cfg.Clock)
	n.jobs = job.New(s.DB, n.bus, cfg.Log)
	n.media = media.New(s.DB, n.channels, s.Blobs, s.Keys, n.jobs, cfg.Clock, cfg.Log, cfg.PublicURL)
	n.inbox = inbox.New(s.DB, n.channels, n.contacts, n.media, cfg.Clock, n.bus, cfg.Log)
	urls := map[string]string{}
	for name, u := range cfg.ProviderURLs {
		t := n.channels.TypeNamed(name)
		if t == nil {
			return nil, fmt.Errorf("--provider-url names %s, which is no channel type of this version", name)
		}
		urls[t.ID] = u
	}
	n.gateway = gateway.New(gateway.Config{DB: s.DB, Channels: n.channels, Inbox: n.inbox, Media: n.media, Clock: cfg.Clock, Bus: n.bus, Log: cfg.Log,
		ProviderURLs: urls, EgressAllow: cfg.EgressAllow, SendTimeout: cfg.SendTimeout})
	for _, k := range append(n.media.Jobs(), n.gateway.Downloads()) {
		n.jobs.Handle(k)
	}
	n.hub = live.New(s.DB, n.channels, n.bus, cfg.Clock, cfg.Log)
	n.keys = idempotency.New(s.DB, s.Keys, cfg.Clock)
	n.metrics = n.measure()
	return n, n.routes(demo)
}

// routes builds the ways in.
func (n *server) routes(demo *rest.Demo) error {
	door, err := session.New(n.accounts, session.Options{PublicURL: n.cfg.PublicURL, TrustedProxies: n.cfg.TrustedProxies})
	if err != nil {
		return err
	}
	info := rest.ServerInfo{Version: n.cfg.Version, PublicURL: n.cfg.PublicURL, Insecure: !n.cfg.Secure(), Demo: demo}
	if n.cfg.SupportContact != "" {
		info.SupportContact = &n.cfg.SupportContact
	}
	seconds := n.metrics.Seconds("http_seconds", "Time to answer API calls.", "operation", "status")
	n.api, err = api.New(api.Config{Title: "Switchboard", Version: n.cfg.Version, Auth: rest.Authenticator{Door: door}, Log: n.cfg.Log,
		Idempotency: rest.Keys{Store: n.keys}, Limiter: &rest.Limiter{Door: door, Clock: n.cfg.Clock}, Codes: rest.Codes,
		Routes: rest.Routes(&rest.Services{Accounts: n.accounts, Channels: n.channels, Contacts: n.contacts, Inbox: n.inbox, Media: n.media,
			Provider: n.gateway, Deliveries: delivery.NewService(n.storage.DB), Audit: audit.New(n.storage.DB, n.cfg.Clock), Door: door, Events: n.stream, Server: info}),
		Observe: func(r *api.Route, status int, took time.Duration) {
			seconds.WithLabelValues(r.Operation, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
		}})
	if err != nil {
		return err
	}
	ui, err := webui.Handler()
	if err != nil {
		return err
	}
	refuse := func(w http.ResponseWriter, r *http.Request, err error) { api.Problem(w, r, n.cfg.Log, err) }
	mux := http.NewServeMux()
	mux.Handle(api.Base+"/", door.Protect(n.api, refuse))
	mux.Handle("/docs", n.api)
	mux.Handle("/docs/", n.api)
	mux.Handle("/webhooks/", hooks.Handler(n.gateway, n.cfg.Log))
	mux.Handle("GET /files/{token}", files.Handler(n.media, n.cfg.Log))
	hooks.Inlets(n.gateway, mux.Handle, door.ClientAddress)
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", n.readyz)
	if n.cfg.MetricsListen == "" {
		mux.Handle("GET /metrics", n.metrics.Handler())
	}
	mux.Handle("/", ui)
	n.handler = mux
	if n.cfg.Secure() {
		n.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
			mux.ServeHTTP(w, r)
		})
	}
	return nil
}

func (n *server) stream(w http.ResponseWriter, r *http.Request, a account.Actor, again func(context.Context) (account.Actor, error)) error {
	return n.hub.Serve(w, r, a, again)
}

func (n *server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if n.draining.Load() {
		refuse(w, "stopping")
	} else if err := n.storage.DB.Ping(ctx); err != nil {
		refuse(w, "the database does not answer")
	} else {
		fmt.Fprintln(w, "ready")
	}
}

// start puts the parts to work: what was left over first.
func (n *server) start(ctx context.Context) {
	ctx, n.stopRun = context.WithCancel(context.WithoutCancel(ctx))
	n.hub.Start(ctx)
	n.gateway.Start()
	n.jobs.Start()
	if n.cfg.DatabaseURL != "" {
		go n.bus.Run(ctx, n.cfg.DatabaseURL, func() { n.gateway.Resync(); n.jobs.Wake(); n.hub.Resync() })
	}
	go func() {
		defer close(n.done)
		n.sweep(ctx)
	}()
}

// sweepEvery is how often what is past its time is forgotten.
const sweepEvery = time.Hour

func (n *server) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		for what, sweep := range map[string]func(context.Context) error{
			"sessions": n.accounts.Sweep, "idempotency keys": n.keys.Sweep,
			"events": func(ctx context.Context) error { _, err := n.hub.Prune(ctx); return err },
		} {
			if err := sweep(ctx); err != nil && ctx.Err() == nil {
				n.cfg.Log.Warn("old rows could not be swept", "what", what, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// drain is called first at the end: no more streams, not ready.
func (n *server) drain() {
	n.draining.Store(true)
	n.hub.Stop() // streams would hold the listener open
}

// stop finishes what is in hand, after the last request was answered.
func (n *server) stop() {
	n.jobs.Stop()
	n.gateway.Stop()
	n.stopRun()
	n.accounts.Wait()
	<-n.done
}

// measure declares what can be watched from outside.
func (n *server) measure() *telemetry.Metrics {
	m := telemetry.NewMetrics(n.cfg.Version)
	g := &n.gateway.Metrics
	for _, c := range []struct {
		name, help string
		read       func() int64
	}{
		{"webhooks_accepted_total", "Webhook deliveries stored.", g.Accepted.Load},
		{"webhooks_refused_total", "Webhook calls with a wrong signature.", g.Refused.Load},
		{"webhooks_overloaded_total", "Webhook calls asked to come again because the queue was full.", g.Overloaded.Load},
		{"webhooks_quarantined_total", "Webhook elements that could not be worked.", g.Quarantined.Load},
		{"webhooks_duplicate_total", "Webhook deliveries that brought nothing new.", g.Duplicates.Load},
		{"events_received_total", "Messages, statuses and other events recorded.", g.Received.Load},
		{"messages_sent_total", "Messages a provider took.", g.Sent.Load},
		{"messages_failed_total", "Messages a provider refused.", g.SendFailed.Load},
		{"messages_retried_total", "Attempts put off.", g.SendRetried.Load},
		{"messages_uncertain_total", "Attempts without a clear answer.", g.SendUncertain.Load},
	} {
		m.CounterFunc(c.name, c.help, func() float64 { return float64(c.read()) })
	}
	m.GaugeFunc("live_streams", "Open event streams.", func() float64 { return float64(n.hub.Stats().Streams) })
	return m
}

package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/secret"
	"switchboard/internal/server/rest"
	"switchboard/internal/simulator"
)

// The demo's log-ins. They are no secret: the demo listens on this machine only
// unless told otherwise.
const (
	demoOrganization = "Lumen & Loom"
	demoPassword     = "violet teapot orbit"
)

var demoPeople = []account.NewMember{
	{Email: "admin@example.com", Name: "Khaled Mansour", Role: account.Administrator},
	{Email: "supervisor@example.com", Name: "Priya Raman", Role: account.Supervisor},
	{Email: "agent@example.com", Name: "Nadia Haddad", Role: account.Agent},
	{Email: "agent2@example.com", Name: "Tomasz Nowak", Role: account.Agent},
}

// Demo serves a fresh directory with a sample organization, its people and
// conversations, and a simulated provider with the visitor's phone.
func Demo(ctx context.Context, cfg Config, out io.Writer) error {
	cfg = cfg.withDefaults()
	if !cfg.DataGiven && cfg.DatabaseURL == "" {
		dir, err := os.MkdirTemp("", "switchboard-demo-")
		if err != nil {
			return fmt.Errorf("no temporary directory for the demo: %w; name one with --data", err)
		}
		defer os.RemoveAll(dir)
		cfg.Data = dir
	}
	if !cfg.ListenGiven {
		address, err := freeAddress(cfg.Listen, 0)
		if err != nil {
			return err
		}
		cfg.Listen, cfg.PublicURL = address, "http://"+address
	}
	simAddress, err := freeAddress(cfg.Listen, 1)
	if err != nil {
		return err
	}
	ln, err := listen("--listen", simAddress)
	if err != nil {
		return err
	}
	sim := simulator.New(simulator.Options{Logger: cfg.Log, PublicURL: "http://" + simAddress, InboxURL: cfg.PublicURL,
		RetrySchedule: []time.Duration{0, 200 * time.Millisecond, time.Second, 5 * time.Second}})
	shop := simulator.NewOutside()
	mux := http.NewServeMux()
	mux.Handle("/outside/", http.StripPrefix("/outside", shop.Handler()))
	mux.Handle("/", sim.Handler())
	cfg.EgressAllow = append(cfg.EgressAllow, netip.MustParsePrefix("127.0.0.0/8")) // where the simulated shop is
	srv := &http.Server{Handler: local(simAddress, mux), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = srv.Serve(ln) }() // ends with Close
	defer srv.Close()
	defer sim.Close()
	cfg.ProviderURLs = map[string]string{simulator.TypeWhatsAppCloud: "http://" + simAddress + "/whatsapp", simulator.TypeTelegram: "http://" + simAddress + "/telegram"}

	phone := "http://" + simAddress + "/phone?account=" + demoNumber
	password, logins, err := demoLogins(cfg.Listen, cfg.Data)
	if err != nil {
		return err
	}
	info := &rest.Demo{VisitorPhoneURL: phone, Logins: logins}
	for i := range demoPeople {
		demoPeople[i].Password = password
	}
	return serve(ctx, cfg, out, info, func(ctx context.Context, n *server) error {
		if err := sample(ctx, n, sim, demoShop{shop, "http://" + simAddress + "/outside/hook"}); err != nil {
			return err
		}
		for _, p := range demoPeople {
			fmt.Fprintf(out, "log in as %-24s %q (%s)\n", p.Email, password, p.Role)
		}
		fmt.Fprintf(out, "visitor phone: %s\n", phone)
		return nil
	})
}

// demoLogins are the password of the demo's people and what everybody who opens
// it is shown of them: all of it on this machine, nothing where others can reach
// it, and then the password is one nobody can know, kept beside the data.
func demoLogins(listen, data string) (password string, public []rest.DemoLogin, err error) {
	if loopback(listen) {
		for _, p := range demoPeople {
			public = append(public, rest.DemoLogin{Email: p.Email, Password: demoPassword, Name: p.Name})
		}
		return demoPassword, public, nil
	}
	file := filepath.Join(data, "demo-password")
	kept, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		made, _ := secret.NewToken("")
		kept = []byte(made.Reveal())
		if err = os.MkdirAll(data, 0o700); err == nil {
			err = os.WriteFile(file, kept, 0o600)
		}
	}
	return string(kept), []rest.DemoLogin{}, err
}

// freeAddress is the address, or the next one with a free port, beginning skip
// ports above.
func freeAddress(address string, skip int) (string, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return "", err
	}
	if port == 0 {
		skip = 0
	}
	for p := port + skip; p < port+skip+100 && p < 65536; p++ {
		try := net.JoinHostPort(host, strconv.Itoa(p))
		if ln, err := net.Listen("tcp", try); err == nil {
			try = ln.Addr().String()
			return try, ln.Close()
		}
	}
	return "", fmt.Errorf("no free port from %s on; name one with --listen", address)
}

// Simulate serves the provider simulators alone.
func Simulate(ctx context.Context, cfg Config, out io.Writer) error {
	cfg = cfg.withDefaults()
	ln, err := listen("--listen", cfg.Listen)
	if err != nil {
		return err
	}
	base := "http://" + ln.Addr().String()
	sim := simulator.New(simulator.Options{Logger: cfg.Log, PublicURL: base})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthz)
	mux.Handle("/", local(ln.Addr().String(), sim.Handler()))
	fmt.Fprintf(out, "The simulator listens on %s\n", ln.Addr())
	fmt.Fprintf(out, "visitor phone: %s/phone\n", base)
	fmt.Fprintf(out, "start the server with --provider-url %s=%s/whatsapp --provider-url %s=%s/telegram\n", simulator.TypeWhatsAppCloud, base, simulator.TypeTelegram, base)
	return serveUntil(ctx, ln, mux, sim.Close)
}

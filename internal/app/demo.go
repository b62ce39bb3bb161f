package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"

	"switchboard/internal/domain/account"
)

// The demo's log-ins. They are no secret: the demo listens on this machine only
// unless told otherwise.
const (
	demoOrganization = "Demo"
	demoPassword     = "violet teapot orbit"
)

// Demo serves a fresh directory with a sample organization and its people.
func Demo(ctx context.Context, cfg Config, out io.Writer) error {
	cfg = cfg.withDefaults()
	if !cfg.DataGiven {
		dir, err := os.MkdirTemp("", "switchboard-demo-")
		if err != nil {
			return fmt.Errorf("no temporary directory for the demo: %w; name one with --data", err)
		}
		defer os.RemoveAll(dir)
		cfg.Data = dir
	}
	if !cfg.ListenGiven {
		address, err := freeAddress(cfg.Listen)
		if err != nil {
			return err
		}
		cfg.Listen, cfg.PublicURL = address, "http://"+address
	}
	people := []account.NewMember{
		{Email: "admin@example.com", Name: "Ada Admin", Role: account.Administrator},
		{Email: "supervisor@example.com", Name: "Sam Supervisor", Role: account.Supervisor},
		{Email: "agent@example.com", Name: "Alex Agent", Role: account.Agent},
	}
	if err := withStorage(ctx, cfg, func(s *Storage) error {
		accounts := s.Accounts(nil)
		for i := range people {
			people[i].Password = demoPassword
		}
		c, err := accounts.CreateAdministrator(ctx, account.NewOrganization{Name: demoOrganization}, people[0])
		for _, p := range people[1:] {
			if err == nil {
				_, err = accounts.CreateMember(ctx, c.Organization.ID, p)
			}
		}
		return err
	}); err != nil {
		return err
	}
	for _, p := range people {
		fmt.Fprintf(out, "log in as %s with %q (%s)\n", p.Email, demoPassword, p.Role)
	}
	return Serve(ctx, cfg, out)
}

// freeAddress is the address, or the next one with a free port.
func freeAddress(address string) (string, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return "", err
	}
	for p := port; p < port+100 && p < 65536; p++ {
		try := net.JoinHostPort(host, strconv.Itoa(p))
		if ln, err := net.Listen("tcp", try); err == nil {
			return try, ln.Close()
		}
	}
	return "", fmt.Errorf("no free port from %s on; name one with --listen", address)
}

// Simulate serves the provider simulators alone.
func Simulate(ctx context.Context, cfg Config, out io.Writer) error {
	ln, err := listen("--listen", cfg.Listen)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthz)
	fmt.Fprintf(out, "The simulator listens on http://%s\n", ln.Addr())
	return serveUntil(ctx, ln, mux, func() {})
}

package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// Times of stopping.
const (
	drainTime = 20 * time.Second // for what is in hand
	hardEnd   = 30 * time.Second // after which the process ends whatever it does
)

// Serve runs the server until ctx ends, then drains.
func Serve(ctx context.Context, cfg Config, out io.Writer) error {
	cfg = cfg.withDefaults()
	if cfg.DatabaseURL == "" {
		if err := prepareDirectory(cfg.Data); err != nil {
			return err
		}
		release, err := lockDirectory(cfg.Data)
		if err != nil {
			return err
		}
		defer release()
	}
	ln, err := listen("--listen", cfg.Listen)
	if err != nil {
		return err
	}
	defer ln.Close()
	s, err := Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	var draining atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if draining.Load() {
			refuse(w, "stopping")
		} else if err := s.DB.Ping(ctx); err != nil {
			refuse(w, "the database does not answer")
		} else {
			fmt.Fprintln(w, "ready")
		}
	})
	fmt.Fprintf(out, "Switchboard %s listens on %s\n", cfg.Version, ln.Addr())
	fmt.Fprintf(out, "open %s\n", cfg.PublicURL)
	if !cfg.Secure() {
		fmt.Fprintln(out, "The connection is not encrypted; set --public-url to an https:// address before others use it.")
	}
	return serveUntil(ctx, ln, mux, func() { draining.Store(true) })
}

func healthz(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

func refuse(w http.ResponseWriter, why string) {
	w.WriteHeader(http.StatusServiceUnavailable)
	fmt.Fprintln(w, why)
}

// serveUntil serves on ln until ctx ends, then stops accepting, tells stopping
// and finishes what is in hand.
func serveUntil(ctx context.Context, ln net.Listener, h http.Handler, stopping func()) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("the server stopped: %w", err)
	case <-ctx.Done():
	}
	stopping()
	end := time.AfterFunc(hardEnd, func() {
		fmt.Fprintln(os.Stderr, "switchboard: stopping took over 30 s; ending hard, unfinished work is found again at the next start")
		os.Exit(1)
	})
	defer end.Stop()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := srv.Shutdown(drain); err != nil {
		return srv.Close() // slow clients do not hold up the end
	}
	return nil
}

// listen opens a listener; flag is what the operator changes when it fails.
func listen(flag, address string) (net.Listener, error) {
	ln, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return ln, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program; stop it or choose another address with %s", address, flag)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s may not be listened on by this user; choose a port above 1023 with %s", address, flag)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return nil, fmt.Errorf("%s cannot be listened on: %w; choose another address with %s", address, err, flag)
}

package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"syscall"
	"time"

	"switchboard/internal/server/rest"
)

// Times of stopping.
const (
	drainTime = 20 * time.Second // for what is in hand
	hardEnd   = 30 * time.Second // after which the process ends whatever it does
)

// Serve runs the server until ctx ends, then drains.
func Serve(ctx context.Context, cfg Config, out io.Writer) error {
	return serve(ctx, cfg.withDefaults(), out, nil, nil)
}

// heapFloor keeps the garbage collector from running every few requests while
// the heap is small: the runtime counts it as in use, the machine never sees it
// because nobody touches it. 16 MiB save a sixth of the CPU of an inbox page.
const heapFloor = 16 << 20

// serve opens the storage, has prepare fill it (for the demo), and serves.
func serve(ctx context.Context, cfg Config, out io.Writer, demo *rest.Demo, prepare func(ctx context.Context, n *server) error) error {
	floor := make([]byte, heapFloor)
	defer runtime.KeepAlive(floor)
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
	n, err := newServer(cfg, s, demo)
	if err != nil {
		return err
	}
	checkBlobs(ctx, cfg, s)
	if cfg.MetricsListen != "" {
		ml, err := listen("--metrics-listen", cfg.MetricsListen)
		if err != nil {
			return err
		}
		ms := &http.Server{Handler: n.metrics.Handler(), ReadHeaderTimeout: 5 * time.Second}
		go func() { _ = ms.Serve(ml) }() // ends with Close
		defer ms.Close()
	}
	n.start(ctx)
	if prepare != nil {
		if err := prepare(ctx, n); err != nil {
			n.drain()
			n.stop()
			return err
		}
	}
	fmt.Fprintf(out, "Switchboard %s listens on %s\n", cfg.Version, ln.Addr())
	fmt.Fprintf(out, "open %s\n", cfg.PublicURL)
	if !cfg.Secure() {
		fmt.Fprintln(out, "The connection is not encrypted; set --public-url to an https:// address before others use it.")
	}
	err = serveUntil(ctx, ln, n.handler, n.drain)
	n.stop()
	return err
}

// checkBlobs says at once when files cannot be kept. It does not hold the server
// up: messages go on without their files, and the store may come back.
func checkBlobs(ctx context.Context, cfg Config, s *Storage) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := s.Blobs.Check(ctx); err != nil {
		cfg.Log.Error("files cannot be kept at present; check --media-url, its keys and the bucket", "error", err)
	}
}

func healthz(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

func refuse(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", "2")
	w.WriteHeader(http.StatusServiceUnavailable)
	fmt.Fprintln(w, why)
}

// serveUntil serves on ln until ctx ends, then stops accepting, tells stopping
// and finishes what is in hand.
func serveUntil(ctx context.Context, ln net.Listener, h http.Handler, stopping func()) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("the server stopped: %w", err)
	case <-ctx.Done():
	}
	end := time.AfterFunc(hardEnd, func() {
		fmt.Fprintln(os.Stderr, "switchboard: stopping took over 30 s; ending hard, unfinished work is found again at the next start")
		os.Exit(1)
	})
	defer end.Stop()
	stopping()
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

package app

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestASimulatorOnThisMachineIsAskedByItsNamesOnly(t *testing.T) {
	for listen, hosts := range map[string]map[string]int{
		"127.0.0.1:8090": {"127.0.0.1:8090": 204, "localhost:8090": 204, "LOCALHOST.": 204, "[::1]:8090": 204, "127.0.0.2": 204,
			"evil.example:8090": 403, "127.0.0.1.evil.example": 403, "10.0.0.1": 403, "": 403, "localhost.evil": 403},
		"0.0.0.0:8090": {"evil.example": 204, "sim": 204}, // a container's neighbour
		"[::]:8090":    {"sim:8090": 204},
	} {
		h := local(listen, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
		for host, want := range hosts {
			r := httptest.NewRequest("POST", "/control/accounts", nil)
			r.Host = host
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, r); w.Code != want {
				t.Errorf("%s asked as %q: %d, want %d", listen, host, w.Code, want)
			}
		}
	}
}

// What everybody on this machine may know is no secret there; where others can
// reach the demo, its log-ins are told to who started it only.
func TestTheDemoTellsItsLogInsAtHomeOnly(t *testing.T) {
	for listen, home := range map[string]bool{"127.0.0.1:0": true, "0.0.0.0:0": false} {
		data := t.TempDir()
		password, public, err := demoLogins(listen, data)
		if err != nil {
			t.Fatal(err)
		}
		if (password == demoPassword) != home || (len(public) == len(demoPeople)) != home || !home && (len(public) != 0 || len(password) < 16) {
			t.Errorf("%s: %q, %d published", listen, password, len(public))
		}
		if again, _, _ := demoLogins(listen, data); again != password {
			t.Error("another password for the same data")
		}
		if other, _, _ := demoLogins(listen, t.TempDir()); !home && other == password {
			t.Error("the same password elsewhere")
		}
	}
}

// The simulator as it is started: its control interface behind the guard.
func TestTheSimulatorRefusesForeignNames(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := Simulate(ctx, Config{Version: "test", Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)}, in)
		_ = in.Close()
		done <- err
	}()
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal(<-done)
	}
	address := strings.TrimPrefix(lines.Text(), "The simulator listens on ")
	go func() { _, _ = io.Copy(io.Discard, out) }()
	req, err := http.NewRequest(http.MethodGet, "http://"+address+"/control/accounts", nil)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{"": http.StatusOK, "evil.example": http.StatusForbidden} {
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("asked as %q: %d, want %d", host, res.StatusCode, want)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

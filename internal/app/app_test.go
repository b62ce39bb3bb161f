package app

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/secret"
)

func quiet(t *testing.T) Config {
	return Config{Version: "test", Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0",
		PublicURL: "http://127.0.0.1", Log: slog.New(slog.DiscardHandler)}
}

// Commands and a server may be started for the first time together: they must
// end up with the same keys.
func TestFirstStartTogether(t *testing.T) {
	each := func(t *testing.T, cfg Config) {
		var wg sync.WaitGroup
		sealed := make([][]byte, 4)
		for i := range sealed {
			wg.Go(func() {
				s, err := Open(context.Background(), cfg)
				if err != nil {
					t.Error(err)
					return
				}
				defer s.Close()
				sealed[i] = s.Keys.Seal(secret.AAD("o", "t", "c", "r"), []byte("hello"))
			})
		}
		wg.Wait()
		s, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for _, b := range sealed {
			if plain, err := s.Keys.Open(secret.AAD("o", "t", "c", "r"), b); err != nil || string(plain) != "hello" {
				t.Error(plain, err)
			}
		}
	}
	t.Run("sqlite", func(t *testing.T) { each(t, quiet(t)) })
	t.Run("postgres", func(t *testing.T) {
		cfg := quiet(t)
		cfg.DatabaseURL = dbtest.PostgresURL(t)
		each(t, cfg)
	})
}

func TestWrongMasterKeyIsRefused(t *testing.T) {
	cfg := quiet(t)
	if err := Migrate(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	cfg.MasterKey = secret.NewString(strings.Repeat("A", 43))
	if err := Migrate(t.Context(), cfg); err != secret.ErrWrongMasterKey {
		t.Fatal(err)
	}
	st, err := os.Stat(filepath.Join(cfg.Data, "master.key"))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Fatal(st, err)
	}
}

func TestSecondServerIsRefused(t *testing.T) {
	cfg := quiet(t)
	if err := prepareDirectory(cfg.Data); err != nil {
		t.Fatal(err)
	}
	release, err := lockDirectory(cfg.Data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockDirectory(cfg.Data); err == nil || !strings.Contains(err.Error(), "another switchboard") {
		t.Fatal(err)
	}
	release()
	if release, err = lockDirectory(cfg.Data); err != nil {
		t.Fatal("the lock outlives its holder:", err)
	}
	release()
}

func TestServeDrains(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ln, err := listen("--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	inside, stopping := make(chan bool), make(chan bool)
	answer := make(chan int)
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		inside <- true
		<-stopping // in hand when the end is announced
		w.WriteHeader(http.StatusAccepted)
	})
	done := make(chan error)
	go func() { done <- serveUntil(ctx, ln, h, func() { close(stopping) }) }()
	go func() {
		a, err := http.Get("http://" + ln.Addr().String())
		if err != nil {
			t.Error(err)
			answer <- 0
			return
		}
		a.Body.Close()
		answer <- a.StatusCode
	}()
	<-inside
	cancel()
	if got := <-answer; got != http.StatusAccepted {
		t.Fatal("what was in hand was lost:", got)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// Every statement of the packages linked here is known to both engines.
func TestStatementsPrepare(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, d *db.DB) {
		for _, s := range db.Registered() {
			if err := d.Prepare(t.Context(), s); err != nil {
				t.Errorf("%v\n%s", err, s.Text(d.Engine()))
			}
		}
	})
}

func TestDemoWithoutPortTakesTheNextFreeOne(t *testing.T) {
	ln, err := listen("--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	free, err := freeAddress(ln.Addr().String(), 0)
	if err != nil || free == ln.Addr().String() {
		t.Fatal(free, err)
	}
}

package telemetry

import (
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"switchboard/internal/platform/secret"
)

func TestLogger_shows_nothing_private(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		var b strings.Builder
		log, err := NewLogger(&b, format, "info")
		if err != nil {
			t.Fatal(err)
		}
		log.With("token", "tok-1").WithGroup("g").Info("delivered", Channel, "ch-1", "text", "see you at noon", "Email", "ada@example.com",
			"held", secret.NewString("sec-1"), slog.Group("inner", "password", "pw-1"), Duration, 1500*time.Microsecond, Error(errors.New("boom")))
		log.Debug("not shown")
		got := b.String()
		for _, leak := range []string{"tok-1", "noon", "ada@", "sec-1", "pw-1", "not shown"} {
			if strings.Contains(got, leak) {
				t.Errorf("%s: %q in %s", format, leak, got)
			}
		}
		for _, want := range []string{"delivered", "ch-1", "boom", "1.5ms", "[redacted]", "Z"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q missing in %s", format, want, got)
			}
		}
	}
}

func TestLogger_refuses_what_it_does_not_know(t *testing.T) {
	for _, c := range [][2]string{{"xml", "info"}, {"json", "loud"}, {"text", "INFO+3"}} {
		if _, err := NewLogger(&strings.Builder{}, c[0], c[1]); err == nil {
			t.Errorf("%v accepted", c)
		}
	}
	if _, err := NewLogger(&strings.Builder{}, "", ""); err != nil {
		t.Error(err)
	}
}

func TestMetrics(t *testing.T) {
	m := NewMetrics("v1")
	m.Counter("webhooks_total", "Webhooks by outcome.", "outcome").WithLabelValues("accepted").Add(3)
	m.GaugeFunc("queue", "Waiting.", func() float64 { return 7 })
	m.CounterFunc("conflicts_total", "Repeated transactions.", func() float64 { return 2 })
	m.Seconds("send_seconds", "Sending.", "type").WithLabelValues("x").Observe(0.02)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{`switchboard_build_info{version="v1"} 1`, `switchboard_webhooks_total{outcome="accepted"} 3`, "switchboard_queue 7",
		"switchboard_conflicts_total 2", `switchboard_send_seconds_count{type="x"} 1`, "go_goroutines", "process_"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q missing", want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("the same name twice")
		}
	}()
	m.GaugeFunc("queue", "Waiting.", func() float64 { return 7 })
}

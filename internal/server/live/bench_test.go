package live

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/id"
)

// sink is a connection that counts what was flushed to it.
type sink struct {
	header  http.Header
	flushed *atomic.Int64
}

func (s sink) Header() http.Header              { return s.header }
func (s sink) WriteHeader(int)                  {}
func (s sink) Write(b []byte) (int, error)      { return len(b), nil }
func (s sink) FlushError() error                { s.flushed.Add(1); return nil }
func (s sink) SetWriteDeadline(time.Time) error { return nil }

// BenchmarkFanOut hands one event of 2.5 kB to 1,000 streams of one view; the
// time ends when the last has flushed it. Sockets are not part of it.
func BenchmarkFanOut(b *testing.B) {
	const streams = 1000
	n := newNode(b, dbtest.SQLite(b, clock.System{}), func(x *tuning) { x.perMember = streams })
	org := id.New()
	a := n.actor(n.member(org, everything...))
	var flushed atomic.Int64
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for range streams {
		go func() {
			r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
			_ = n.hub.Serve(sink{http.Header{}, &flushed}, r, a, func(context.Context) (account.Actor, error) { return a, nil })
		}()
	}
	until(b, "all streams", func() bool { return flushed.Load() == streams })
	n.hub.mu.RLock()
	t := n.hub.tails[org]
	n.hub.mu.RUnlock()
	data := bytes.Repeat([]byte("x"), 2500)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		seq := int64(i + 1)
		t.deliver([]*frame{{seq: seq, needs: seesInbox, text: frameText(seq, messageCreated, data)}})
		for flushed.Load() != int64(streams*(i+2)) {
			time.Sleep(20 * time.Microsecond)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/streams, "ns/stream")
}

// BenchmarkCommitToReader measures from before a contact's message is recorded
// until a reader on a socket has it.
func BenchmarkCommitToReader(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			open := dbtest.SQLite
			if engine == "postgres" {
				open = dbtest.Postgres
			}
			n := newNode(b, open(b, clock.System{}), nil)
			org, ch := n.organization()
			r := n.open(n.member(org, everything...), "")
			var whole, tail []time.Duration
			b.ResetTimer()
			for i := range b.N {
				text := "message " + strings.Repeat("x", i%100)
				began := time.Now()
				n.receive(ch, "4915200000001", text)
				committed := time.Now()
				for r.next().kind != messageCreated {
				}
				whole, tail = append(whole, time.Since(began)), append(tail, time.Since(committed))
			}
			b.StopTimer()
			for name, d := range map[string][]time.Duration{"whole": whole, "tail": tail} {
				slices.Sort(d)
				b.ReportMetric(float64(d[len(d)/2].Microseconds()), name+"-p50-µs")
				b.ReportMetric(float64(d[len(d)*99/100].Microseconds()), name+"-p99-µs")
			}
		})
	}
}

package event

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/id"
)

// A bus that ends, or loses its server, in the middle of a notification closes
// no connection under whoever uses it.
func TestBusEndsWhileNotifying(t *testing.T) {
	url := dbtest.PostgresURL(t)
	for range 40 {
		b := NewBus(slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		ready := make(chan struct{}, 1)
		var wg sync.WaitGroup
		wg.Go(func() {
			b.Run(ctx, url, func() {
				select {
				case ready <- struct{}{}:
				default:
				}
			})
		})
		<-ready
		for range 4 {
			wg.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					b.Publish(Hint{Topic: Typing, Key: id.New(), Seq: int64(n)})
					if n == 200 {
						stop()
					}
				}
			})
		}
		wg.Wait()
		stop()
	}
}

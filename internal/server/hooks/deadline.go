package hooks

import (
	"time"

	"switchboard/internal/platform/clock"
)

// deadline is a moment of the connection's own clock.
func deadline(d time.Duration) time.Time { return clock.System{}.Now().Add(d) }

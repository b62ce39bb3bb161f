package kit

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bounds of a wait a provider may ask for.
const (
	minWait = time.Second
	maxWait = 24 * time.Hour
)

// RetryAfter reads the header of that name (RFC 9110, 10.2.3): seconds or an
// HTTP date. 0 means not said or not readable; anything said is brought into
// 1 s to 24 h, so that no answer can stop an account for weeks.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	s := strings.TrimSpace(h.Get("Retry-After"))
	if s == "" {
		return 0
	}
	if digits := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+"); strings.Trim(digits, "0123456789.") == "" {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return 0
		}
		return ClampWait(n)
	}
	at, err := http.ParseTime(s)
	if err != nil {
		return 0
	}
	return ClampWait(at.Sub(now).Seconds())
}

// ClampWait brings a wait in seconds into the bounds.
func ClampWait(seconds float64) time.Duration {
	switch {
	case seconds <= minWait.Seconds():
		return minWait
	case seconds >= maxWait.Seconds():
		return maxWait
	}
	return time.Duration(seconds * float64(time.Second))
}

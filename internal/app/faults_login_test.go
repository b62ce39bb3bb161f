package app

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestFaultForgedForwardingHeaders: who guesses passwords and says with each try
// that he comes from elsewhere is counted by where he comes from. A try counts
// when its password is looked at (401); all others are turned away before.
func TestFaultForgedForwardingHeaders(t *testing.T) {
	onEach(t, func(s *scene) {
		n := s.node()
		tries := 2000
		if full() {
			tries = 100_000
		}
		var looked, refused atomic.Int64
		began := time.Now()
		next := make(chan int)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for i := range next {
					switch status := guess(s, n, i); status {
					case http.StatusUnauthorized:
						looked.Add(1)
					case http.StatusTooManyRequests:
						refused.Add(1)
					default:
						s.Errorf("try %d: %d", i, status)
					}
				}
			})
		}
		for i := range tries {
			next <- i
		}
		close(next)
		wg.Wait()
		minutes := int64(time.Since(began)/time.Minute) + 1
		if most := 30 * minutes; looked.Load() > most {
			s.Errorf("%d of %d tries were looked at in %d minutes, at most %d may be", looked.Load(), tries, minutes, most)
		}
		if looked.Load() == 0 || looked.Load()+refused.Load() != int64(tries) {
			s.Errorf("%d looked at, %d refused of %d", looked.Load(), refused.Load(), tries)
		}
		if elsewhere := s.count(`SELECT COUNT(*) FROM login_history WHERE result = 'failure' AND address <> '127.0.0.1'`); elsewhere > 0 {
			s.Errorf("%d tries were noted under an address the client made up", elsewhere)
		}
		s.Logf("%d tries: %d looked at, %d refused, %v", tries, looked.Load(), refused.Load(), time.Since(began).Round(time.Second))
	})
}

// guess tries one password, for a known address and an unknown one in turn.
func guess(s *scene, n *node, i int) int {
	email := "ada@example.com"
	if i%2 == 1 {
		email = fmt.Sprintf("user%d@example.com", i)
	}
	body := fmt.Appendf(nil, `{"email":%q,"password":"guess number %d"}`, email, i)
	req, err := http.NewRequestWithContext(s.Context(), http.MethodPost, n.url+"/rest/v1/auth/login", bytes.NewReader(body))
	if err != nil {
		s.Error(err)
		return 0
	}
	forged := fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255)
	req.Header.Set("Content-Type", "application/json")
	for _, name := range []string{"X-Forwarded-For", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP"} {
		req.Header.Set(name, forged)
	}
	req.Header.Set("Forwarded", "for="+forged)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Error(err)
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

package account_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"switchboard/internal/platform/mail"
)

// A wrong password of somebody and any password of nobody take the same work.
// The tries are interleaved, so that whatever else the machine does meets both;
// without the work for nobody the one would take a hundredth of the other.
func TestUnknownAddressTakesAsLong(t *testing.T) {
	each(t, func(f *fixture) {
		const pairs = 9
		took := map[string][]time.Duration{}
		for range pairs {
			for _, email := range []string{"ada@example.com", "nobody@example.com"} {
				f.clock.Add(16 * time.Minute) // no limit stands in the way
				began := time.Now()
				_, _, err := f.login(email, "not this one at all", "192.0.2.1")
				took[email] = append(took[email], time.Since(began))
				f.wantCode(err, "invalid_credentials")
			}
		}
		f.Wait()
		known, unknown := median(took["ada@example.com"]), median(took["nobody@example.com"])
		if r := float64(unknown) / float64(known); r < 0.5 || r > 2 {
			t.Errorf("a known address takes %v, an unknown one %v", known, unknown)
		}
		t.Logf("known %v, unknown %v", known, unknown)
	})
}

func median(d []time.Duration) time.Duration { return slices.Sorted(slices.Values(d))[len(d)/2] }

// stuck is a mail server that does not answer.
type stuck struct{ release chan struct{} }

func (s stuck) Send(ctx context.Context, _ mail.Message) error {
	select {
	case <-s.release:
	case <-ctx.Done():
	}
	return nil
}

// Who asks for a new password hears the same, and waits for nothing that depends
// on whether there is such a user: with a mail server that is stuck the answer
// comes all the same.
func TestForgottenPasswordWaitsForNothing(t *testing.T) {
	each(t, func(f *fixture) {
		s := stuck{make(chan struct{})}
		f.Reach("https://sb.example", s)
		for _, email := range []string{"ada@example.com", "nobody@example.com"} {
			if mailed, err := f.Forgot(f.Context(), email, "192.0.2.1"); err != nil || !mailed {
				f.Errorf("%s: %v %v", email, mailed, err)
			}
		}
		close(s.release)
		f.Wait()
	})
}

var _ mail.Sender = stuck{}

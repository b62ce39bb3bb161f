package simulator

import (
	"fmt"
	"net/http"
)

// provider is what one type of account does in its own way. Truth, knobs,
// delivery with retries, the wire log and the phone's lines are shared. All
// methods are called under the lock.
type provider interface {
	// target is where webhooks go now; ok is false while nobody is subscribed.
	target() (url string, ok bool)
	// stamp adds what proves a webhook genuine, or what a forger has.
	stamp(h http.Header, body []byte, forged string)
	// took tells whether an answer to a webhook is taken for "received".
	took(status int) bool
	// failed hears of a webhook that was not received.
	failed(problem string)
	// inbound sends as a visitor.
	inbound(in Inbound) (Issued, error)
	// visit makes or changes a visitor.
	visit(in Visitor) (*visitor, error)
	// public is the account as it is listed.
	public() Account
	// fault tells whether a fault of that name can be played.
	fault(name string) bool
	// forget empties what belongs to conversations.
	forget()
}

// graphSide is an account of Meta's Graph API.
type graphSide struct {
	s *Simulator
	a *account
}

func (g graphSide) target() (string, bool) {
	cb := g.a.callback()
	return cb.url, g.a.waba.subscribed && cb.verified
}

func (g graphSide) stamp(h http.Header, body []byte, forged string) {
	if forged == "" {
		forged = Signature(g.a.app.secret, body)
	}
	h.Set("X-Hub-Signature-256", forged)
	h.Set("User-Agent", "facebookexternalua")
}

func (g graphSide) took(status int) bool { return status == http.StatusOK }

func (g graphSide) failed(string) {}

func (g graphSide) inbound(in Inbound) (Issued, error) { return g.s.inboundGraph(g.a, in) }

func (g graphSide) visit(in Visitor) (*visitor, error) { return g.s.visitGraph(g.a, in) }

func (g graphSide) fault(name string) bool { return graphErrors[atoi(name)].title != "" }

func (g graphSide) forget() {}

func (g graphSide) public() Account {
	a := g.a
	p := a.Account
	p.Subscribed = a.waba.subscribed
	p.Callback = a.callback().url
	p.AppSecret = a.app.secret
	p.WebhookURL, p.VerifyToken = a.app.callback.url, a.app.callback.token
	return p
}

// graphOnly refuses what only accounts of the Graph API have.
func (s *Simulator) graphOnly(id string) (*account, error) {
	a, err := s.account(id)
	if err == nil && a.waba == nil {
		return nil, fmt.Errorf("%w: accounts of type %s have no such thing", ErrInvalid, a.Type)
	}
	return a, err
}

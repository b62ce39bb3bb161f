package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"switchboard/internal/platform/httpx"
)

// Bounds of a call.
const (
	MaxAnswer = 64 << 10         // bytes of an answer that are read
	Timeout   = 10 * time.Second // of a whole delivery
)

// Agent is how we introduce ourselves.
const Agent = "Switchboard-Webhook/1"

// Answer is what the other side said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // at most the bound
}

// OK tells whether the status is 2xx, the only success there is.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// Why a call got no answer. Refused ports and filtered ones are not told apart:
// both are Unreachable, so that nobody maps a network with our errors.
const (
	AddressRefused = "address_refused"
	DNS            = "dns"
	TLS            = "tls"
	Unreachable    = "unreachable"
	TimedOut       = "timeout"
	Broken         = "broken" // the line broke after the request was on its way
)

// Failure is why there is no answer.
type Failure struct {
	Code string
	Err  error
}

// Error says it without the URL, whose path may be a secret.
func (f *Failure) Error() string { return f.Code + ": " + f.Err.Error() }

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Left tells whether the request may have arrived.
func (f *Failure) Left() bool { return f.Code == TimedOut || f.Code == Broken }

// Post makes one call and reads at most limit bytes of the answer; what is
// beyond is not waited for. An error is a *Failure. Redirects are answers like
// any other: following one would send a signed body where nobody entered it.
func Post(ctx context.Context, client *http.Client, to string, header http.Header, body []byte, limit int64) (Answer, error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return Answer{}, &Failure{AddressRefused, errors.New("not a URL")}
	}
	req.GetBody = nil // a repeat is the caller's decision
	maps.Copy(req.Header, header)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", Agent)
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := c.Do(req)
	if err != nil {
		return Answer{}, failure(err, connected.Load())
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is left to do with it
	got, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	a := Answer{Status: resp.StatusCode, Header: resp.Header, Body: got}
	if err != nil && a.OK() { // of a refusal the status is enough
		return a, failure(err, true)
	}
	return a, nil
}

// Refused tells why the egress policy did not let a request through; "" when it
// was something else.
func Refused(err error) string {
	if r := httpx.IsRefused(err); r != nil {
		return r.Reason
	}
	return ""
}

func failure(err error, connected bool) *Failure {
	var (
		dns    *net.DNSError
		verify *tls.CertificateVerificationError
		record tls.RecordHeaderError
		alert  tls.AlertError
		auth   x509.UnknownAuthorityError
		host   x509.HostnameError
		cause  *url.Error
		slow   interface{ Timeout() bool }
	)
	refused := httpx.IsRefused(err)
	for errors.As(err, &cause) {
		err = cause.Err
	}
	switch {
	case refused != nil:
		return &Failure{AddressRefused, errors.New(refused.Reason)} // which address a name has is nobody's business
	case errors.As(err, &dns):
		return &Failure{DNS, fmt.Errorf("the name %s cannot be resolved", dns.Name)}
	case errors.As(err, &verify), errors.As(err, &record), errors.As(err, &alert), errors.As(err, &auth), errors.As(err, &host):
		return &Failure{TLS, err}
	case !connected:
		return &Failure{Unreachable, errors.New("no connection could be made")}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return &Failure{TimedOut, errors.New("no answer in time")}
	}
	return &Failure{Broken, err}
}

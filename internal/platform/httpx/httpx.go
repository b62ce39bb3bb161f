// Package httpx makes the only HTTP clients and dialers of Switchboard. Their
// requests obey the egress policy: an address that somebody typed in reaches
// the public internet by https, and nothing else unless the operator allows it.
// It never decides what is sent, never repeats a request and never uses a proxy
// from the environment.
package httpx

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// Options of a client. The zero value is the strictest client.
type Options struct {
	// Purpose stands in errors: "outgoing webhook", "media download".
	Purpose string
	// Allow are the ranges of --egress-allow: inside them private addresses,
	// http and any port are fine.
	Allow []netip.Prefix
	// Operator marks addresses that are the operator's own (--provider-url):
	// they are not checked, and redirects, which could lead elsewhere, are not
	// followed.
	Operator bool
	// Redirects is how many are followed, at most 3, each checked anew.
	// Webhooks follow none.
	Redirects int
	// Ports besides 443 and 8443 that public addresses may be reached on, for
	// protocols other than HTTP (NewDialer).
	Ports []uint16

	Timeout        time.Duration // whole exchange, body included; 30 s
	ConnectTimeout time.Duration // TCP, and again TLS; 5 s
	HeaderTimeout  time.Duration // until the answer begins; Timeout
	MaxPerHost     int           // connections to one host; 64

	// RootCAs replaces the system's, for tests and private authorities.
	RootCAs *x509.CertPool

	resolver *net.Resolver // tests
}

const maxRedirects = 3

func (o Options) withDefaults() Options {
	if o.Purpose == "" {
		o.Purpose = "request"
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = 5 * time.Second
	}
	if o.HeaderTimeout == 0 {
		o.HeaderTimeout = o.Timeout
	}
	if o.MaxPerHost == 0 {
		o.MaxPerHost = 64
	}
	if o.Operator {
		o.Redirects = 0
	}
	o.Redirects = min(o.Redirects, maxRedirects)
	if o.resolver == nil {
		// Go's own resolver knows no "127.1" and no "0x7f000001".
		o.resolver = &net.Resolver{PreferGo: true}
	}
	return o
}

// New makes a client. Make one per purpose and keep it: it holds connections.
func New(o Options) *http.Client {
	o = o.withDefaults()
	return &http.Client{
		Timeout:       o.Timeout,
		Transport:     &recording{next: &guarded{opt: o, tls: o.transport(true), plain: o.transport(false)}},
		CheckRedirect: o.checkRedirect,
	}
}

// transport has no proxy, whatever the environment says: the policy checks the
// address that is dialled, which would be the proxy's.
func (o Options) transport(overTLS bool) *http.Transport {
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            o.dial(overTLS),
		TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    o.ConnectTimeout,
		ResponseHeaderTimeout:  o.HeaderTimeout,
		ExpectContinueTimeout:  time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    min(o.MaxPerHost, 16),
		MaxConnsPerHost:        o.MaxPerHost,
		MaxResponseHeaderBytes: 256 << 10,
		ForceAttemptHTTP2:      true,
	}
}

func (o Options) checkRedirect(req *http.Request, via []*http.Request) error {
	if o.Redirects == 0 {
		return http.ErrUseLastResponse
	}
	if len(via) > o.Redirects {
		return fmt.Errorf("%s: more than %d redirects", o.Purpose, o.Redirects)
	}
	if req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
		for name := range req.Header {
			if secretHeader(name) { // Go itself only knows Authorization and cookies
				req.Header.Del(name)
			}
		}
	}
	return nil
}

// DialFunc opens a connection.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// NewDialer makes the dialer for what is not HTTP (mail servers); Options.Ports
// names the protocol's ports. The caller speaks TLS on it.
func NewDialer(o Options) DialFunc { return o.withDefaults().dial(true) }

// guarded checks the address of each request, redirects included, before
// anything is resolved or dialled.
type guarded struct {
	opt        Options
	tls, plain http.RoundTripper
}

func (g *guarded) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := g.opt.check(req.URL); err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	if req.URL.Scheme == "https" {
		return g.tls.RoundTrip(req)
	}
	return g.plain.RoundTrip(req)
}

// CloseIdleConnections ends what is kept open.
func (g *guarded) CloseIdleConnections() {
	for _, t := range []http.RoundTripper{g.tls, g.plain} {
		if c, ok := t.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
}

// ErrTooLarge says that a body is larger than allowed.
var ErrTooLarge = errors.New("httpx: body larger than allowed")

// ReadAll reads a body of at most limit bytes, counted after decompression.
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		return b[:limit], fmt.Errorf("%w: over %d bytes", ErrTooLarge, limit)
	}
	return b, err
}

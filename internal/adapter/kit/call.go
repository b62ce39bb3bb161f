package kit

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"switchboard/internal/adapter"
)

// MaxAnswer bounds the body of an answer that is read.
const MaxAnswer = 1 << 20

// Call is one request with an optional JSON body.
type Call struct {
	Method string
	URL    string
	Header http.Header // Authorization and the like; Content-Type is ours
	Body   any         // encoded as JSON; nil = no body
}

// Answer is a complete answer.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// OK tells whether the status is 2xx.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// Do makes one call and never repeats it. An error is always a
// *adapter.SendError: Unreachable when the request surely never left,
// Uncertain when it may have arrived, Rejected when it could not be built.
// Redirects are not followed: an API that redirects is set up wrongly, and the
// credentials are for one host only. The deadline is ctx's.
func Do(ctx context.Context, client *http.Client, call Call) (Answer, error) {
	req, err := newRequest(ctx, call)
	if err != nil {
		return Answer{}, &adapter.SendError{Reason: adapter.Rejected, Title: "Request could not be built", Err: err}
	}
	return exchange(client, req)
}

// exchange makes a request and reads its answer.
func exchange(client *http.Client, req *http.Request) (Answer, error) {
	var asked, connected atomic.Bool
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := c.Do(req)
	if err != nil {
		return Answer{}, transportError(err, asked.Load(), connected.Load())
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is left to do with it
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	a := Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}
	if err != nil {
		return a, Uncertain("The answer broke off", Bare(err))
	}
	if len(body) > MaxAnswer {
		return a, Uncertain("The answer is too large", fmt.Errorf("over %d bytes", MaxAnswer))
	}
	return a, nil
}

// Uncertain says that a request may have arrived.
func Uncertain(title string, err error) *adapter.SendError {
	return &adapter.SendError{Reason: adapter.Uncertain, Title: title, Err: err,
		Hint: "It may have arrived. Look at the conversation before sending it again."}
}

func newRequest(ctx context.Context, call Call) (*http.Request, error) {
	var body io.Reader
	if call.Body != nil {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(call.Body); err != nil {
			return nil, errors.New("the body cannot be encoded as JSON")
		}
		body = bytes.NewReader(bytes.TrimRight(buf.Bytes(), "\n"))
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, call.URL, body)
	if err != nil {
		return nil, errors.New("the provider's URL is not valid") // err would quote the URL with its query
	}
	for k, v := range call.Header {
		req.Header[k] = v
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	return req, nil
}

// transportError decides whether a request without an answer may have arrived.
// asked is true when the transport began to look for a connection, connected
// when it handed one to the request: all dialing, name lookup and TLS failures
// lie between. Where the round tripper tells neither, only errors that show a
// failed dial count as proof.
func transportError(err error, asked, connected bool) *adapter.SendError {
	cause := Bare(err)
	if !connected && (asked || neverLeft(err)) {
		return &adapter.SendError{Reason: adapter.Unreachable, Title: "The provider cannot be reached", Err: cause}
	}
	return Uncertain("No clear answer", cause)
}

func neverLeft(err error) bool {
	var (
		dns    *net.DNSError
		op     *net.OpError
		verify *tls.CertificateVerificationError
		record tls.RecordHeaderError
		alert  tls.AlertError
		auth   x509.UnknownAuthorityError
		host   x509.HostnameError
	)
	switch {
	case errors.As(err, &dns), errors.As(err, &verify), errors.As(err, &record),
		errors.As(err, &alert), errors.As(err, &auth), errors.As(err, &host):
		return true
	case errors.As(err, &op):
		return op.Op == "dial" || op.Op == "proxyconnect" || op.Op == "socks connect"
	}
	return false
}

// Bare drops the URL, whose query may hold credentials, from an error of the
// HTTP client.
func Bare(err error) error {
	var ue *url.Error
	for errors.As(err, &ue) {
		err = ue.Err
	}
	return err
}

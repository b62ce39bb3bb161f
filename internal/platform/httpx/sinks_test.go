package httpx_test

import (
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"switchboard/internal/platform/httpx"
	"switchboard/internal/platform/httpx/httpxtest"
)

// What every place that takes an address stands on: the check of a form, a call,
// and a redirect of a server outside.
func TestNoFormOfAddressInsideIsTaken(t *testing.T) {
	o := httpx.Options{Purpose: "outgoing webhook", Redirects: 3, ConnectTimeout: 2 * time.Second, Timeout: 4 * time.Second}
	call := func(_ *testing.T, address string) error {
		res, err := httpx.New(o).Post(address, "text/plain", nil)
		if err == nil {
			_ = res.Body.Close()
		}
		return err
	}
	redirect := func(_ *testing.T, address string) error {
		c := httpx.New(o)
		inside := c.Transport
		c.Transport = first(func(req *http.Request) (*http.Response, error) {
			if req.URL.Host == "outside.example" {
				return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {address}}, Body: http.NoBody, Request: req}, nil
			}
			return inside.RoundTrip(req)
		})
		res, err := c.Get("https://outside.example/")
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
		return err
	}
	httpxtest.Refused(t,
		httpxtest.Sink{Name: "a form", Try: func(_ *testing.T, address string) error { return httpx.CheckURL("outgoing webhook", address, nil) }},
		httpxtest.Sink{Name: "a call", Try: call},
		httpxtest.Sink{Name: "a redirect", Try: func(t *testing.T, address string) error {
			if u, err := url.Parse(address); err != nil || u.Scheme == "" || u.Host == "" && u.Opaque == "" && u.Scheme != "file" {
				return httpx.CheckURL("outgoing webhook", address, nil) // not absolute: it stays on the server outside
			}
			return redirect(t, address)
		}})
}

type first func(*http.Request) (*http.Response, error)

func (f first) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

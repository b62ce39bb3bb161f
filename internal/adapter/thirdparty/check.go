package thirdparty

import (
	"context"
	"net/http"

	"switchboard/internal/adapter"
	"switchboard/internal/platform/webhook"
)

// failed is the sentence people see when the handshake fails.
const failed = "The connection test failed. Please make sure your endpoint answers with the `challenge` value we sent."

// Check is the handshake: the address must answer with the value we made up. It
// is signed when there are credentials already.
func (c *conn) Check(ctx context.Context) (adapter.Report, error) {
	check := adapter.CheckResult{Name: "challenge", Title: "The outgoing webhook answers our challenge", Field: webhookURL}
	if c.url == "" {
		check.Code, check.Detail, check.Reason = "missing_setting", "There is no outgoing webhook yet.", adapter.BadSettings
		return adapter.Report{Checks: []adapter.CheckResult{check}}, nil
	}
	h := webhook.Challenge(ctx, c.http, c.url, func(body []byte) http.Header {
		k := c.keys()
		if len(k.Tokens)+len(k.Secrets) == 0 {
			return nil
		}
		header, err := webhook.Sign(k, newDelivery(""), 0, c.now(), body)
		if err != nil {
			return nil // the endpoint then decides whether it answers
		}
		return header
	})
	check.OK, check.Code, check.Sent, check.Received = h.Code == webhook.Passed, h.Code, h.Sent, h.Received
	if check.OK {
		check.Detail = "The address answered with the value we sent."
		return adapter.Report{Checks: []adapter.CheckResult{check}}, nil
	}
	check.Detail, check.Reason = failed+" "+h.Detail, adapter.BadSettings
	switch {
	case h.Code == webhook.DNS, h.Code == webhook.TimedOut, h.Code == webhook.Unreachable, h.Code == webhook.Broken, h.Status >= 500, h.Status == http.StatusTooManyRequests:
		check.Reason = adapter.Unreachable // may be over in a minute: it proves nothing about the address
	}
	switch h.Code {
	case webhook.AddressRefused:
		check.Hint = "Use an https address on the public internet, port 443 or 8443. For a system in your own network ask the operator of this server (--egress-allow)."
	case webhook.TLS:
		check.Hint = "The certificate must be valid, complete with its chain, and made for this name."
	}
	return adapter.Report{Checks: []adapter.CheckResult{check}}, nil
}

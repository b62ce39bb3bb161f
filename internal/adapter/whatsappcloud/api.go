package whatsappcloud

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// version of the Graph API that is spoken unless the base URL names one.
const version = "v26.0"

// versioned puts the version behind a base URL that has none.
func versioned(base string) string {
	base = strings.TrimRight(base, "/")
	last := base[strings.LastIndexByte(base, '/')+1:]
	if major, minor, ok := strings.Cut(strings.TrimPrefix(last, "v"), "."); ok && strings.HasPrefix(last, "v") &&
		major != "" && minor != "" && strings.Trim(major+minor, "0123456789") == "" {
		return base
	}
	return base + "/" + version
}

// call makes one Graph request as the account's token and decodes the answer
// into out. proof is added whenever there is an app secret, so that apps which
// require it work and a wrong secret shows (Meta: Securing Graph API requests).
func (c *conn) call(ctx context.Context, method, path string, query url.Values, body, out any) error {
	return c.callAs(ctx, c.token, method, path, query, body, out)
}

func (c *conn) callAs(ctx context.Context, token, method, path string, query url.Values, body, out any) error {
	answer, err := kit.Do(ctx, c.http, kit.Call{Method: method, URL: c.addressAs(token, path, query), Body: body,
		Header: http.Header{"Authorization": {"Bearer " + token}}})
	if err != nil {
		return err
	}
	return c.read(answer, out)
}

// address is where a path is asked as the account's token.
func (c *conn) address(path string, query url.Values) string {
	return c.addressAs(c.token, path, query)
}

func (c *conn) addressAs(token, path string, query url.Values) string {
	if query == nil {
		query = url.Values{}
	}
	if c.appSecret != "" {
		query.Set("appsecret_proof", kit.HMACSHA256Hex(c.appSecret, []byte(token)))
	}
	target := c.base + path
	if q := query.Encode(); q != "" {
		target += "?" + q
	}
	return target
}

func (c *conn) bearer() http.Header { return http.Header{"Authorization": {"Bearer " + c.token}} }

// read decodes an answer into out.
func (c *conn) read(answer kit.Answer, out any) error {
	if !answer.OK() {
		return c.refusal(answer)
	}
	if err := json.Unmarshal(answer.Body, out); err != nil {
		return kit.Uncertain("The provider's answer makes no sense", kit.JSONError(err))
	}
	return nil
}

// refusal turns an answer that is not 2xx into a reason. The code decides, not
// the HTTP status (Meta: Error handling): throttling comes as 400.
func (c *conn) refusal(a kit.Answer) *adapter.SendError {
	wait := kit.RetryAfter(a.Header, c.now())
	var env struct {
		Error *struct {
			Code    kit.ID        `json:"code"`
			Subcode kit.ID        `json:"error_subcode"`
			Message string        `json:"message"`
			Data    wireErrorData `json:"error_data"`
		} `json:"error"`
	}
	if json.Unmarshal(a.Body, &env) != nil || env.Error == nil || env.Error.Code == "" {
		return bareRefusal(a.Status, wait)
	}
	e := env.Error
	r := lookup(e.Code.String(), e.Subcode.String())
	if r == unknown {
		r = unknownRule(a.Status)
	}
	code := e.Code.String()
	if e.Subcode != "" && e.Subcode != "0" {
		code += "/" + e.Subcode.String()
	}
	if wait == 0 && r.scope == adapter.WholeAccount {
		wait = regain(a.Header)
	}
	if wait == 0 {
		wait = r.wait
	}
	return &adapter.SendError{Reason: r.reason, Scope: r.scope, Code: message.Truncate(code, 64), Title: r.title,
		Hint: r.hint, RetryAfter: wait, Detail: c.redact(first2(e.Data.Details, e.Message))}
}

// regain reads how long Meta wants us to wait, 0 when it does not say. The
// figure is in minutes, per object and use case (Meta: Rate limits ›
// X-Business-Use-Case-Usage).
func regain(h http.Header) time.Duration {
	var usage map[string][]struct {
		Minutes kit.Number `json:"estimated_time_to_regain_access"`
	}
	if json.Unmarshal([]byte(h.Get("X-Business-Use-Case-Usage")), &usage) != nil {
		return 0
	}
	most := 0.0
	for _, cases := range usage {
		for _, c := range cases {
			most = max(most, float64(c.Minutes))
		}
	}
	if most <= 0 {
		return 0
	}
	return kit.ClampWait(most * 60)
}

// bareRefusal judges an answer without Meta's error object, as proxies and the
// edge send it. 503 and 429 say that nothing was done; other 5xx do not.
func bareRefusal(status int, wait time.Duration) *adapter.SendError {
	e := &adapter.SendError{Code: "http_" + itoa(status), RetryAfter: wait, Title: "The provider refuses the request"}
	switch {
	case status == http.StatusTooManyRequests:
		e.Reason, e.Scope, e.Title = adapter.Throttled, adapter.WholeAccount, "Too many requests"
	case status == http.StatusServiceUnavailable, status == http.StatusRequestTimeout:
		e.Reason, e.Title = adapter.Unreachable, "The provider is down"
	case status == http.StatusUnauthorized:
		e.Reason, e.Title, e.Hint = adapter.AuthExpired, "The access token is refused", hintToken
	case status >= 300 && status < 400, status == http.StatusNotFound, status == http.StatusProxyAuthRequired:
		e.Reason, e.Title = adapter.BadSettings, "This is not the Graph API"
		e.Hint = "The operator should check the provider URL and the proxy of this server."
	case status >= 500:
		return withCode(kit.Uncertain("No clear answer", nil), e.Code)
	default:
		e.Reason = adapter.Rejected
	}
	return e
}

func withCode(e *adapter.SendError, code string) *adapter.SendError {
	e.Code = code
	return e
}

func itoa(n int) string {
	b, _ := json.Marshal(n) //nolint:errcheck // an int always encodes
	return string(b)
}

// redact removes our credentials from the provider's words: "Malformed access
// token" quotes the token.
func (c *conn) redact(s string) string {
	s = message.Truncate(message.Clean(s), 500)
	for _, secret := range []string{c.token, c.appSecret, c.verifyToken} {
		if len(secret) >= 4 {
			s = strings.ReplaceAll(s, secret, "********")
		}
	}
	return s
}

package simulator

import (
	"bytes"
	"crypto/hmac"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func itoa(n int) string { return strconv.Itoa(n) }

func newReader(b []byte) io.Reader { return bytes.NewReader(b) }

var versionPrefix = regexp.MustCompile(`^v\d+\.\d+$`)

// maxGraphBody covers the largest media upload (100 MB) with its form around.
const maxGraphBody = 101 << 20

// call is one Graph request being answered.
type call struct {
	s     *Simulator
	w     http.ResponseWriter
	r     *http.Request
	body  []byte
	base  string // scheme://host/prefix under which this API was reached
	acct  *account
	token string
	appTk bool // the token is APP_ID|APP_SECRET
	app   *app
	began time.Time
	at    time.Time
	note  string
	path  string
}

// graph answers everything under the Graph root; prefix is the path before
// the version ("" or "/whatsapp").
func (s *Simulator) graph(prefix string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{s: s, w: w, r: r, began: time.Now(), at: s.now(), path: r.URL.EscapedPath()}
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		c.base = scheme + "://" + r.Host + prefix
		limit := int64(maxGraphBody)
		if !strings.HasSuffix(r.URL.Path, "/media") {
			limit = 5 << 20
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
		if err != nil {
			c.fail(&graphError{code: 1, message: "The request body could not be read", status: http.StatusBadRequest})
			return
		}
		c.body = body
		parts := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, prefix), "/"), "/")
		if len(parts) > 0 && versionPrefix.MatchString(parts[0]) {
			w.Header().Set("facebook-api-version", parts[0])
			parts = parts[1:]
		}
		c.route(parts)
	}
}

func (c *call) route(p []string) {
	if len(p) == 0 || p[0] == "" {
		c.fail(errUnknownObject("", c.r.Method))
		return
	}
	if p[0] == "media-download" && len(p) == 2 {
		c.download(p[1])
		return
	}
	if e := c.authenticate(); e != nil {
		c.fail(e)
		return
	}
	id, edge := p[0], ""
	if len(p) == 2 {
		edge = p[1]
	}
	if id == "debug_token" && len(p) == 1 && c.r.Method == http.MethodGet {
		c.debugToken()
		return
	}
	if len(p) > 2 {
		c.fail(errUnknownObject(strings.Join(p, "/"), c.r.Method))
		return
	}

	c.s.mu.Lock()
	acct, phone := c.s.accounts[id]
	w, isWaba := c.s.wabas[id]
	a, isApp := c.s.apps[id]
	f := c.s.media.byID[id]
	// The token sees only what belongs to its own accounts.
	switch {
	case phone && c.mayUse(acct):
		c.acct = acct
	case phone:
		phone = false
	case isWaba:
		isWaba = c.acct != nil && c.acct.waba == w
		if !isWaba {
			for _, other := range c.s.accounts {
				if other.waba == w && c.mayUse(other) {
					c.acct, isWaba = other, true
					break
				}
			}
		}
	case isApp:
		isApp = c.appTk && c.app == a || c.acct != nil && c.acct.app == a
	case f != nil && !c.mayUse(f.acct):
		f = nil
	}
	var gone *graphError
	if c.acct != nil {
		if k := c.s.knobs(c.acct); k.AppRevoked {
			gone = &graphError{code: 10, message: "Application does not have permission for this action"}
		}
	}
	tpl := c.template(id)
	c.s.mu.Unlock()
	if gone != nil {
		c.fail(gone)
		return
	}

	m := c.r.Method
	switch {
	case phone && edge == "messages" && m == http.MethodPost:
		c.messages()
	case phone && edge == "media" && m == http.MethodPost:
		c.upload()
	case phone && edge == "" && m == http.MethodGet:
		c.getPhone()
	case phone && edge == "" && m == http.MethodPost:
		c.postPhone()
	case phone && (edge == "register" || edge == "deregister") && m == http.MethodPost:
		c.ok(object{"success", true})
	case phone && edge == "whatsapp_business_profile" && m == http.MethodGet:
		c.ok(object{"data", []any{object{"about", "Lights made by hand.", "description", "Lamps, pendants and dimmers.", "vertical", "RETAIL",
			"websites", []string{"https://lumen.example/"}, "messaging_product", "whatsapp"}}})
	case isWaba && edge == "" && m == http.MethodGet:
		c.getWABA(w)
	case isWaba && edge == "phone_numbers" && m == http.MethodGet:
		c.phoneNumbers(w)
	case isWaba && edge == "subscribed_apps":
		c.subscribedApps(w)
	case isWaba && edge == "message_templates" && m == http.MethodGet:
		c.listTemplates(w)
	case isWaba && edge == "message_templates" && m == http.MethodPost:
		c.createTemplate(w)
	case isWaba && edge == "message_templates" && m == http.MethodDelete:
		c.deleteTemplates(w)
	case tpl != nil && edge == "" && m == http.MethodGet:
		c.ok(tpl)
	case isApp && edge == "subscriptions":
		c.appSubscriptions(a)
	case isApp && edge == "" && m == http.MethodGet:
		c.ok(object{"id", a.id, "name", "Our App"})
	case f != nil && edge == "" && m == http.MethodGet:
		c.resolve(f)
	case f != nil && edge == "" && m == http.MethodDelete:
		c.s.mu.Lock()
		c.s.media.remove(f.id)
		c.s.mu.Unlock()
		c.ok(object{"success", true})
	default:
		c.fail(errUnknownObject(id, m))
	}
}

// mayUse: the token is the account's own, or another of the same WABA and app,
// or the app's token.
func (c *call) mayUse(a *account) bool {
	return a.AccessToken == c.token || c.appTk && a.app == c.app || c.acct != nil && a.app == c.acct.app && a.waba == c.acct.waba
}

// authenticate finds the token's account and checks the proof (Meta
// documentation: §0.2).
func (c *call) authenticate() *graphError {
	c.token = c.r.URL.Query().Get("access_token")
	if h := c.r.Header.Get("Authorization"); h != "" {
		scheme, t, _ := strings.Cut(h, " ")
		if strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "OAuth") {
			c.token = strings.TrimSpace(t)
		}
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.token == "" {
		return &graphError{code: 190, message: "An access token is required to request this resource."}
	}
	var secret string
	var needProof bool
	if id, sec, ok := strings.Cut(c.token, "|"); ok {
		a := c.s.apps[id]
		if a == nil || !hmac.Equal([]byte(a.secret), []byte(sec)) {
			return &graphError{code: 190, message: "Invalid OAuth access token signature."}
		}
		c.app, c.appTk, secret = a, true, a.secret
	} else {
		for _, id := range c.s.order {
			if a := c.s.accounts[id]; a.AccessToken == c.token {
				c.acct, c.app, secret, needProof = a, a.app, a.app.secret, a.RequireProof
				// The number in the path may be another with the same token.
				if strings.Contains(c.r.URL.Path, id) {
					break
				}
			}
		}
		if c.acct == nil {
			return &graphError{code: 190, message: "Invalid OAuth access token - Cannot parse access token"}
		}
		if c.s.knobs(c.acct).ExpiredToken {
			return &graphError{code: 190, subcode: 463, message: "Error validating access token: Session has expired."}
		}
	}
	proof := c.r.URL.Query().Get("appsecret_proof")
	if proof == "" && strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/json") {
		var b struct {
			Proof string `json:"appsecret_proof"`
		}
		_ = json.Unmarshal(c.body, &b)
		proof = b.Proof
	}
	switch {
	case proof == "" && needProof:
		return &graphError{code: 100, message: "API calls from the server require an appsecret_proof argument"}
	case proof != "" && !hmac.Equal([]byte(proof), []byte(AppSecretProof(secret, c.token))):
		return &graphError{code: 100, message: "Invalid appsecret_proof provided in the API argument"}
	}
	return nil
}

func (c *call) ok(v any) {
	b, err := plainJSON(v)
	if err != nil {
		c.fail(&graphError{code: 1})
		return
	}
	c.answer(http.StatusOK, b)
}

func (c *call) fail(e *graphError) {
	c.answer(e.httpStatus(), e.body(c.trace()))
}

func (c *call) trace() string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return "A" + c.s.hex(11)
}

func (c *call) answer(status int, body []byte) {
	c.w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	c.w.Header().Set("Cache-Control", "private, no-cache, no-store, must-revalidate")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body)
	c.log(status, "", body)
}

// log writes the call into the wire log.
func (c *call) log(status int, problem string, resp []byte) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	acct := ""
	if c.acct != nil {
		acct = c.acct.PhoneNumberID
	}
	req := c.body
	if strings.HasPrefix(c.r.Header.Get("Content-Type"), "multipart/") {
		req = []byte("(multipart, " + itoa(len(req)) + " bytes)")
	}
	if status >= 400 {
		c.s.log.Info("call refused", "method", c.r.Method, "path", c.path, "status", status)
	}
	c.s.logWire(WireEntry{At: c.at, Account: acct, Dir: "from", Method: c.r.Method, Path: c.path, Status: status, Error: problem,
		MS: float64(time.Since(c.began).Microseconds()) / 1000, Note: c.note}, req, resp)
}

// wait sleeps as a slow provider would; false when the client has gone.
func (c *call) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.r.Context().Done():
	case <-c.s.ctx.Done():
	}
	return false
}

// hang never answers: it returns when the client gives up or the simulator
// closes, and cuts the connection.
func (c *call) hang() {
	c.log(0, "no answer", nil)
	select {
	case <-c.r.Context().Done():
	case <-c.s.ctx.Done():
	}
	panic(http.ErrAbortHandler)
}

// reset cuts the connection without a byte.
func (c *call) reset() {
	c.log(0, "connection reset", nil)
	if h, ok := c.w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			if t, ok := conn.(interface{ SetLinger(int) error }); ok {
				_ = t.SetLinger(0) // RST instead of FIN
			}
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// half announces the whole body, sends half of it and cuts.
func (c *call) half(status int, body []byte) {
	c.log(status, "half a body", body[:len(body)/2])
	c.w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	c.w.Header().Set("Content-Length", itoa(len(body)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body[:len(body)/2])
	_ = http.NewResponseController(c.w).Flush()
	panic(http.ErrAbortHandler)
}

const edgeHTML = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Error</title></head>\n<body><h1>Sorry, something went wrong.</h1>\n" +
	"<p>We're working on it and we'll get it fixed as soon as we can.</p></body></html>\n"

func (c *call) html(status int) {
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(status)
	_, _ = io.WriteString(c.w, edgeHTML)
	c.log(status, "", []byte(edgeHTML))
}

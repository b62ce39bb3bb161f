package simulator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func errInvalid(why string) error { return fmt.Errorf("%w: %s", ErrInvalid, why) }
func errFull(why string) error    { return fmt.Errorf("%w: %s", ErrFull, why) }

// pick keeps the asked fields of an object; id always comes along, and what
// is not known is left out, as Graph does.
func (c *call) pick(all object, always ...string) object {
	want := map[string]bool{"id": true}
	fields := c.r.URL.Query().Get("fields")
	if fields == "" {
		for _, f := range always {
			want[f] = true
		}
	}
	for _, f := range strings.Split(fields, ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(f), "{")
		want[name] = true
	}
	var out object
	for i := 0; i+1 < len(all); i += 2 {
		if want[all[i].(string)] {
			out = append(out, all[i], all[i+1])
		}
	}
	return out
}

func (c *call) phoneObject(a *account) object {
	hooks := object{}.opt("phone_number", a.override.url).opt("whatsapp_business_account", a.waba.override.url).opt("application", a.app.callback.url)
	return object{"verified_name", a.Name, "display_phone_number", a.DisplayPhoneNumber, "quality_rating", "GREEN", "status", "CONNECTED",
		"code_verification_status", "VERIFIED", "name_status", "APPROVED", "platform_type", "CLOUD_API", "account_mode", "LIVE",
		"throughput", object{"level", "STANDARD"}, "is_official_business_account", false, "is_pin_enabled", true, "is_on_biz_app", false,
		"messaging_limit_tier", "TIER_1K", "whatsapp_business_manager_messaging_limit", "TIER_2K",
		"health_status", object{"can_send_message", "AVAILABLE", "entities", []any{
			object{"entity_type", "PHONE_NUMBER", "id", a.PhoneNumberID, "can_send_message", "AVAILABLE"},
			object{"entity_type", "WABA", "id", a.WABAID, "can_send_message", "AVAILABLE"},
			object{"entity_type", "APP", "id", a.AppID, "can_send_message", "AVAILABLE"}}},
		"last_onboarded_time", "2026-01-05T09:00:00+0000", "webhook_configuration", hooks, "id", a.PhoneNumberID}
}

func (c *call) getPhone() {
	c.s.mu.Lock()
	o := c.pick(c.phoneObject(c.acct), "verified_name", "display_phone_number", "quality_rating", "code_verification_status", "platform_type", "throughput", "webhook_configuration")
	c.s.mu.Unlock()
	c.ok(o)
}

func (c *call) getWABA(w *waba) {
	c.s.mu.Lock()
	o := c.pick(object{"name", c.acct.Name, "currency", "EUR", "timezone_id", "1", "message_template_namespace", "0a1b2c3d_simulated", "account_review_status", "APPROVED",
		"business_verification_status", "verified", "ownership_type", "CLIENT_OWNED", "country", "DE", "status", "ACTIVE",
		"health_status", object{"can_send_message", "AVAILABLE", "entities", []any{}},
		"owner_business_info", object{"name", c.acct.Name, "id", "900000000000001"}, "id", w.id}, "name", "currency", "timezone_id", "message_template_namespace")
	c.s.mu.Unlock()
	c.ok(o)
}

// page cuts a list by limit and after, with Graph's cursors (§2.12).
func (c *call) page(list []any) object {
	q := c.r.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 {
		limit = 25
	}
	limit = min(limit, 1000)
	start := 0
	if b, err := base64.StdEncoding.DecodeString(q.Get("after")); err == nil && len(b) > 0 {
		start = min(atoi(string(b)), len(list))
	}
	end := min(start+limit, len(list))
	cursor := func(n int) string { return base64.StdEncoding.EncodeToString([]byte(itoa(n))) }
	out := object{"data", append([]any{}, list[start:end]...)}
	if end == start {
		return out
	}
	paging := object{"cursors", object{"before", cursor(start), "after", cursor(end)}}
	if end < len(list) {
		q.Set("after", cursor(end))
		q.Set("limit", itoa(limit))
		q.Del("access_token")
		u := *c.r.URL
		u.Scheme, u.Host, u.RawQuery = strings.SplitN(c.base, ":", 2)[0], c.r.Host, q.Encode()
		paging = append(paging, "next", u.String())
	}
	return append(out, "paging", paging)
}

func (c *call) phoneNumbers(w *waba) {
	c.s.mu.Lock()
	var list []any
	for _, id := range c.s.order {
		if a := c.s.accounts[id]; a.waba == w {
			list = append(list, c.pick(c.phoneObject(a), "verified_name", "display_phone_number", "quality_rating", "code_verification_status", "platform_type",
				"throughput", "last_onboarded_time", "webhook_configuration"))
		}
	}
	o := c.page(list)
	c.s.mu.Unlock()
	c.ok(o)
}

type overrideBody struct {
	URL   string `json:"override_callback_uri"`
	Token string `json:"verify_token"`
}

// params reads a body sent as JSON or as a form; Graph takes both.
func (c *call) params(v any) *graphError {
	if len(strings.TrimSpace(string(c.body))) == 0 && c.r.URL.RawQuery == "" {
		return nil
	}
	if strings.HasPrefix(strings.TrimSpace(string(c.body)), "{") {
		return decode(c.body, v, "body")
	}
	c.r.Body = http.NoBody
	_ = c.r.ParseForm()
	m := map[string]string{}
	for k, vs := range c.r.Form {
		m[k] = vs[0]
	}
	if form, err := parseForm(string(c.body)); err == nil {
		for k, vs := range form {
			m[k] = vs[0]
		}
	}
	b, _ := json.Marshal(m)
	_ = json.Unmarshal(b, v)
	return nil
}

// checkOverride validates and performs the handshake of an override.
func (c *call) checkOverride(o overrideBody) *graphError {
	if len(o.URL) > 200 {
		return tooLong("override_callback_uri", 200)
	}
	if checkURL(o.URL) != nil {
		return &graphError{code: 100, message: "Param override_callback_uri must be a valid URI"}
	}
	if o.Token == "" {
		return &graphError{code: 100, message: "The parameter verify_token is required."}
	}
	if p := c.s.verify(c.acct, o.URL, o.Token); p != "" {
		return &graphError{code: 2200, message: "Callback verification failed with the following errors: " + p}
	}
	return nil
}

// subscribedApps: without it no webhook arrives (Meta documentation: §2.12).
func (c *call) subscribedApps(w *waba) {
	s := c.s
	c.note = "subscribed apps"
	switch c.r.Method {
	case http.MethodPost:
		var o overrideBody
		if e := c.params(&o); e != nil {
			c.fail(e)
			return
		}
		if o.URL != "" {
			if e := c.checkOverride(o); e != nil {
				c.fail(e)
				return
			}
			s.mu.Lock()
			w.override = callback{o.URL, o.Token, true}
		} else {
			// Meta verified the app's callback when it was saved in the
			// dashboard; here that moment is the first subscription.
			s.mu.Lock()
			cb := c.acct.app.callback
			s.mu.Unlock()
			if cb.url != "" && !cb.verified {
				if p := s.verify(c.acct, cb.url, cb.token); p != "" {
					c.fail(&graphError{code: 2200, message: "Callback verification failed with the following errors: " + p})
					return
				}
			}
			s.mu.Lock()
			if c.acct.app.callback.url == cb.url {
				c.acct.app.callback.verified = cb.url != ""
			}
			w.override = callback{}
		}
		w.subscribed = true
		s.mu.Unlock()
		s.hub.publish("accounts", "", "", struct{}{})
		c.ok(object{"success", true})
	case http.MethodGet:
		s.mu.Lock()
		list := []any{}
		if w.subscribed {
			list = append(list, object{"whatsapp_business_api_data", object{"id", c.acct.app.id, "name", "Our App", "link", "https://www.facebook.com/games/?app_id=" + c.acct.app.id}}.
				opt("override_callback_uri", w.override.url))
		}
		s.mu.Unlock()
		c.ok(object{"data", list})
	case http.MethodDelete:
		s.mu.Lock()
		w.subscribed, w.override = false, callback{}
		s.mu.Unlock()
		s.hub.publish("accounts", "", "", struct{}{})
		c.ok(object{"success", true})
	default:
		c.fail(errUnknownObject(w.id, c.r.Method))
	}
}

// postPhone sets or removes the number's callback (Meta documentation: §1.6).
func (c *call) postPhone() {
	c.note = "webhook configuration"
	var b struct {
		Config *overrideBody `json:"webhook_configuration"`
	}
	if e := c.params(&b); e != nil {
		c.fail(e)
		return
	}
	if b.Config == nil {
		c.fail(&graphError{code: 100, message: "Only webhook_configuration can be changed in the simulator."})
		return
	}
	n := callback{}
	if b.Config.URL != "" {
		if e := c.checkOverride(*b.Config); e != nil {
			c.fail(e)
			return
		}
		n = callback{b.Config.URL, b.Config.Token, true}
	}
	c.s.mu.Lock()
	c.acct.override = n
	c.s.mu.Unlock()
	c.s.hub.publish("accounts", "", "", struct{}{})
	c.ok(object{"success", true})
}

// appSubscriptions is the app's own callback, with the app token (§1.6).
func (c *call) appSubscriptions(a *app) {
	if !c.appTk {
		c.fail(&graphError{code: 15, message: "This method must be called with an app access_token.", status: http.StatusBadRequest})
		return
	}
	s := c.s
	s.mu.Lock()
	for _, id := range s.order {
		if s.accounts[id].app == a {
			c.acct = s.accounts[id]
			break
		}
	}
	cb := a.callback
	s.mu.Unlock()
	switch c.r.Method {
	case http.MethodGet:
		list := []any{}
		if cb.url != "" {
			list = append(list, object{"object", "whatsapp_business_account", "callback_url", cb.url, "active", cb.verified, "fields", []any{object{"name", "messages", "version", "v26.0"}}})
		}
		c.ok(object{"data", list})
	case http.MethodPost:
		var b struct {
			Object string `json:"object"`
			URL    string `json:"callback_url"`
			Token  string `json:"verify_token"`
		}
		if e := c.params(&b); e != nil {
			c.fail(e)
			return
		}
		if b.Object != "whatsapp_business_account" || checkURL(b.URL) != nil || c.acct == nil {
			c.fail(&graphError{code: 100, message: "Invalid parameter", details: "object must be whatsapp_business_account and callback_url a URL"})
			return
		}
		if p := s.verify(c.acct, b.URL, b.Token); p != "" {
			c.fail(&graphError{code: 2200, message: "Callback verification failed with the following errors: " + p})
			return
		}
		s.mu.Lock()
		a.callback = callback{b.URL, b.Token, true}
		s.mu.Unlock()
		c.ok(object{"success", true})
	case http.MethodDelete:
		s.mu.Lock()
		a.callback = callback{}
		s.mu.Unlock()
		c.ok(object{"success", true})
	default:
		c.fail(errUnknownObject(a.id, c.r.Method))
	}
}

// debugToken inspects a token (Meta documentation: §2.13).
func (c *call) debugToken() {
	in := c.r.URL.Query().Get("input_token")
	if in == "" {
		c.fail(&graphError{code: 100, message: "The parameter input_token is required"})
		return
	}
	s := c.s
	s.mu.Lock()
	var o object
	for _, id := range s.order {
		a := s.accounts[id]
		if a.AccessToken != in || c.app != a.app {
			continue
		}
		if s.knobs(a).ExpiredToken {
			o = object{"app_id", a.app.id, "is_valid", false, "error", object{"code", 190, "message", "Error validating access token: Session has expired.", "subcode", 463}, "scopes", []any{}}
			break
		}
		scopes := []string{"whatsapp_business_management", "whatsapp_business_messaging"}
		o = object{"app_id", a.app.id, "type", "SYSTEM_USER", "application", "Our App", "data_access_expires_at", 0, "expires_at", 0, "is_valid", true,
			"issued_at", s.now().Add(-30 * 24 * time.Hour).Unix(), "scopes", scopes, "granular_scopes", []any{
				object{"scope", scopes[0], "target_ids", []string{a.waba.id}}, object{"scope", scopes[1], "target_ids", []string{a.waba.id}}},
			"user_id", "122000000000001"}
		break
	}
	s.mu.Unlock()
	if o == nil {
		o = object{"is_valid", false, "error", object{"code", 190, "message", "Invalid OAuth access token - Cannot parse access token"}, "scopes", []any{}}
	}
	c.ok(object{"data", o})
}

func (c *call) listTemplates(w *waba) {
	q := c.r.URL.Query()
	c.s.mu.Lock()
	var list []any
	for _, t := range w.templates {
		if v := q.Get("status"); v != "" && !strings.EqualFold(v, t.Status) || q.Get("name") != "" && q.Get("name") != t.Name ||
			q.Get("language") != "" && q.Get("language") != t.Language || q.Get("category") != "" && !strings.EqualFold(q.Get("category"), t.Category) {
			continue
		}
		list = append(list, c.pick(templateObject(t), "name", "parameter_format", "components", "language", "status", "category"))
	}
	o := c.page(list)
	c.s.mu.Unlock()
	c.ok(o)
}

func templateObject(t *Template) object {
	return object{"name", t.Name, "parameter_format", t.ParameterFormat, "components", append([]TemplateComponent{}, t.Components...), "language", t.Language, "status", t.Status,
		"category", t.Category, "quality_score", object{"score", "GREEN", "date", 1790000000}, "rejected_reason", orDefault(t.RejectedReason, "NONE"), "id", t.ID}
}

// template finds a template by id for the caller; nil if there is none.
func (c *call) template(id string) object {
	if c.acct == nil {
		return nil
	}
	for _, t := range c.acct.waba.templates {
		if t.ID == id {
			return c.pick(templateObject(t), "name", "status", "category", "language", "components", "parameter_format")
		}
	}
	return nil
}

// createTemplate answers PENDING; the review ends at once, approved, with its
// webhook.
func (c *call) createTemplate(w *waba) {
	c.note = "create template"
	var t Template
	if e := c.params(&t); e != nil {
		c.fail(e)
		return
	}
	if e := checkTemplate(&t); e != nil {
		c.fail(e)
		return
	}
	s := c.s
	s.mu.Lock()
	for _, old := range w.templates {
		if old.Name == t.Name && old.Language == t.Language {
			s.mu.Unlock()
			c.fail(&graphError{code: 100, subcode: 2388024, message: "Invalid parameter", details: "Content in this language already exists"})
			return
		}
	}
	if len(w.templates) >= 250 {
		s.mu.Unlock()
		c.fail(&graphError{code: 100, subcode: 2388019, message: "Invalid parameter", details: "The limit of templates is reached"})
		return
	}
	t.ID, t.Status = s.digits("169", 16), "PENDING"
	n := &t
	w.templates = append(w.templates, n)
	a := c.acct
	s.after(s.opt.StatusDelays.Delivered, func() {
		n.Status = "APPROVED"
		s.templateEvent(a, n)
	})
	s.mu.Unlock()
	c.ok(object{"id", t.ID, "status", "PENDING", "category", t.Category})
}

func (c *call) deleteTemplates(w *waba) {
	c.note = "delete template"
	q := c.r.URL.Query()
	name, id := q.Get("name"), q.Get("hsm_id")
	c.s.mu.Lock()
	var left []*Template
	gone := 0
	for _, t := range w.templates {
		if name != "" && t.Name == name && (id == "" || t.ID == id) {
			gone++
			continue
		}
		left = append(left, t)
	}
	w.templates = left
	c.s.mu.Unlock()
	if gone == 0 {
		c.fail(&graphError{code: 100, subcode: 2593002, message: "Invalid parameter", details: "Message template was not found"})
		return
	}
	c.ok(object{"success", true})
}

package api

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

func stack() []byte { return debug.Stack() }

// serve walks one call through its declaration: who, how often, may he, on what,
// in which form, and only then the handler.
func (s *Server) serve(w http.ResponseWriter, req *http.Request, r *Route) {
	elapsed := clock.Stopwatch()
	defer func() {
		if rec, ok := w.(*recorder); ok && s.cfg.Observe != nil {
			status := rec.status
			if status == 0 { // the handler panicked; ServeHTTP answers
				status = http.StatusInternalServerError
			}
			s.cfg.Observe(r, status, elapsed())
		}
	}()
	ctx := req.Context()
	if d := r.timeout(); d > 0 && (r.Plain == nil || r.Timeout > 0) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
		// A body that trickles in must not hold a connection for ever; writers
		// without a connection (tests) cannot set it. Without a body there is
		// nothing to read, and a deadline that passes would cancel whatever comes
		// over the connection later.
		if req.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(clock.System{}.Now().Add(d))
		}
	}
	c := &Call{Ctx: ctx, Request: req.WithContext(ctx), Route: r}
	err := s.call(w, c)
	if err != nil {
		if ctx.Err() != nil {
			w.Header().Set("Connection", "close")
		}
		if r.kind == kindList && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = tooBroad(r).Because(err)
		}
		if errors.Is(req.Context().Err(), context.Canceled) {
			err = fault.New(fault.Unavailable, "canceled", "The caller went away.").Because(err)
		}
		if rec, ok := w.(*recorder); ok && rec.wrote {
			s.log.WarnContext(ctx, "answer broken off", "request_id", RequestID(ctx), "operation", r.Operation, "error", err)
		} else {
			Problem(w, c.Request, s.log, err)
		}
	}
}

func tooBroad(r *Route) *fault.Error {
	f := fault.New(fault.Unavailable, "query_too_broad", "The list took longer than %s and was stopped.", r.timeout())
	return f.WithHint("Narrow it with a filter; there are %s. The default order is the fastest.", strings.Join(r.Query.Filterable(), ", "))
}

func (s *Server) call(w http.ResponseWriter, c *Call) error {
	if err := s.admit(c); err != nil {
		return err
	}
	if err := c.readPath(); err != nil {
		return err
	}
	if err := c.readHeaders(); err != nil {
		return err
	}
	if err := c.readQuery(); err != nil {
		return err
	}
	if c.Route.Plain != nil {
		return c.Route.Plain(w, c)
	}
	if c.Route.takesBody() {
		if err := c.readBody(w); err != nil {
			return err
		}
	}
	answer, err := s.once(c)
	if err != nil {
		return err
	}
	write(w, answer)
	return nil
}

// admit answers who calls, how often, and whether he may.
func (s *Server) admit(c *Call) error {
	r := c.Route
	actor, err := s.cfg.Auth.Authenticate(c.Request)
	if err == nil {
		c.Actor = actor
	}
	if s.cfg.Limiter != nil {
		if wait := s.cfg.Limiter.Wait(c.Request, c.Actor, r.Rate); wait > 0 {
			f := fault.New(fault.TooMany, "too_many_requests", "Too many requests came in a short time.").WithHint("Wait as long as Retry-After says.")
			f.RetryAfter = wait
			return f
		}
	}
	switch {
	case r.Permission == Public:
		return nil
	case err != nil:
		return err
	case c.Actor == nil:
		return fault.New(fault.Unauthenticated, "unauthenticated", "You are not signed in.").
			WithHint("Sign in, or send a token as Authorization: Bearer.")
	case r.Permission != SignedIn && !c.Actor.May(r.Permission):
		return fault.New(fault.Forbidden, "forbidden", "Your role does not allow this.").
			WithDetails("permission: %s is needed", r.Permission).WithHint("Ask an administrator for it.")
	}
	return nil
}

func (c *Call) readPath() error {
	c.ids = map[string]id.ID{}
	for _, name := range c.Route.pathParams() {
		if !isID(name) {
			continue
		}
		v, err := id.Parse(c.Request.PathValue(name))
		if err != nil || v.IsZero() {
			return fault.Absent(noun(c.Route.Resource))
		}
		c.ids[name] = v
	}
	return nil
}

func (c *Call) readHeaders() error {
	h := c.Request.Header
	prefer, bad := query.ParsePrefer(h.Values("Prefer"))
	if bad != nil {
		return bad
	}
	c.Prefer = prefer
	if c.Route.Plain == nil {
		if err := c.readAccept(strings.Join(h.Values("Accept"), ",")); err != nil {
			return err
		}
	}
	if c.Route.kind == kindList && h.Get("Range") != "" {
		return fault.New(fault.BadRequest, "range_unsupported", "Lists are not read by Range.").WithDetails("Range: not offered").
			WithHint("Use limit with offset or cursor.")
	}
	c.IdempotencyKey = h.Get("Idempotency-Key")
	if k := c.IdempotencyKey; len(k) > 255 || strings.ContainsFunc(k, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return fault.New(fault.BadRequest, "bad_idempotency_key", "The Idempotency-Key is not usable.").
			WithDetails("Idempotency-Key: 1 to 255 printable ASCII characters").WithHint("Send a UUID.")
	}
	return nil
}

// readAccept understands JSON, and the one-row form of PostgREST.
func (c *Call) readAccept(accept string) error {
	if strings.TrimSpace(accept) == "" {
		return nil
	}
	ok := false
	for part := range strings.SplitSeq(accept, ",") {
		kind, params, err := mime.ParseMediaType(part)
		if q, set := params["q"]; err != nil || set && isZero(q) {
			continue
		}
		switch kind {
		case "application/vnd.pgrst.object+json", "application/vnd.pgrst.object":
			ok = ok || params["nulls"] == ""
			c.single = ok && c.Route.rows()
		case "*/*", "application/*", "application/json", "application/problem+json":
			ok = true
		}
	}
	if !ok {
		return fault.New(fault.NotAcceptable, "not_acceptable", "The answer is only offered as JSON.").
			WithDetails("Accept: application/json or application/vnd.pgrst.object+json").WithHint("Send Accept: application/json.")
	}
	return nil
}

func isZero(q string) bool {
	v, err := strconv.ParseFloat(q, 64)
	return err == nil && v == 0
}

// rows tells whether the answer is made of rows, so that one may be asked for.
func (r *Route) rows() bool { return r.kind != kindAction && r.kind != kindPlain }

// readQuery understands the query; what a route does not declare is refused.
func (c *Call) readQuery() error {
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return fault.New(fault.BadRequest, "bad_query", "The query is not URL-encoded.").WithHint("Encode each value; a ; is sent as %%3B.")
	}
	r := c.Route
	c.params = url.Values{}
	for _, p := range r.Params {
		got := values[p.Name]
		delete(values, p.Name)
		if len(got) == 0 {
			if p.Required {
				return badParam(p.Name, "it is required", "Send it.")
			}
			continue
		}
		for _, v := range got {
			if p.Values != nil && !slices.Contains(p.Values, v) {
				return badParam(p.Name, "this is no value of it", "Allowed: "+strings.Join(p.Values, ", ")+".")
			}
		}
		c.params[p.Name] = got
	}
	var bad *fault.Error
	switch {
	case r.kind == kindList:
		c.List, bad = query.ParseList(r.Query, values, c.Prefer)
		c.selected = c.List.Select
		values = nil
	case r.usesQuery():
		delete(values, "columns") // what clients of PostgREST add; the body says it too
		c.List, bad = query.ParseBulk(r.Query, values)
		c.selected = c.List.Select
		values = nil
	case r.kind == kindCreate:
		delete(values, "columns")
		fallthrough
	case r.kind == kindOne || r.kind == kindPatch:
		if r.Query != nil {
			c.selected, bad = query.ParseSelect(r.Query, values)
			delete(values, "select")
		}
	}
	if bad != nil {
		return bad
	}
	for name := range values {
		known := make([]string, 0, len(r.Params)+1)
		for _, p := range r.Params {
			known = append(known, p.Name)
		}
		if r.Query != nil && r.rows() && r.kind != kindDelete {
			known = append(known, "select")
		}
		hint := "This operation takes no query."
		if len(known) > 0 {
			hint = "Allowed: " + strings.Join(known, ", ") + "."
		}
		return fault.New(fault.BadRequest, "unknown_parameter", "The query has a parameter that is not known here.").
			WithDetails("%s: not known", clip(name)).WithHint("%s", hint)
	}
	return nil
}

func badParam(name, what, hint string) *fault.Error {
	return fault.New(fault.BadRequest, "bad_value", "The query was not understood: %s.", what).
		WithDetails("%s: %s", name, what).WithHint("%s", hint)
}

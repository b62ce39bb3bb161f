package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// Actor is who calls. The domain's own actor implements it; a handler that needs
// more asserts the type it knows.
type Actor interface {
	OrganizationID() id.ID
	May(permission string) bool
}

// Call is one request as a handler sees it.
type Call struct {
	Ctx     context.Context
	Request *http.Request
	Actor   Actor // nil on public routes for who is not signed in
	Route   *Route
	List    query.List // lists and changes by filter
	Prefer  query.Prefer
	// IdempotencyKey is what the client sent, for routes that keep it themselves.
	IdempotencyKey string

	ids      map[string]id.ID
	params   url.Values
	body     []byte
	array    bool // the body was an array of objects
	single   bool // Accept: application/vnd.pgrst.object+json
	selected []string
	code     int
	header   http.Header
}

// ID is an id in the path; the core has answered 404 when it is none.
func (c *Call) ID(name string) id.ID { return c.ids[name] }

// Path is any other name in the path.
func (c *Call) Path(name string) string { return c.Request.PathValue(name) }

// Param is a declared query parameter; "" when it was not sent.
func (c *Call) Param(name string) string { return c.params.Get(name) }

// Params are all values of a declared query parameter.
func (c *Call) Params(name string) []string { return c.params[name] }

// Organization is the caller's organization, or none.
func (c *Call) Organization() id.ID {
	if c.Actor == nil {
		return id.Zero
	}
	return c.Actor.OrganizationID()
}

// SetStatus changes the status of this answer.
func (c *Call) SetStatus(code int) { c.code = code }

func (c *Call) status(otherwise int) int {
	if c.code != 0 {
		return c.code
	}
	return otherwise
}

// Header are headers of a successful answer: cookies, Retry-After.
func (c *Call) Header() http.Header {
	if c.header == nil {
		c.header = http.Header{}
	}
	return c.header
}

// At points a fault about the i-th object of a Create to its place in the body.
func (c *Call) At(i int, err error) error {
	f := fault.As(err)
	if err == nil || !c.array || len(f.Fields) == 0 {
		return err
	}
	g := *f
	g.Fields = make([]fault.Field, len(f.Fields))
	for n, field := range f.Fields {
		field.Pointer = "/" + strconv.Itoa(i) + field.Pointer
		g.Fields[n] = field
	}
	g.Details = "" // it names the old places; the encoder writes it anew
	return &g
}

// Rows is asked with the number of rows a write concerns, before it commits: it
// refuses when the client wanted exactly one, or fewer, or there are too many.
func (c *Call) Rows(n int) error {
	if c.Prefer.MaxAffected > 0 && n > c.Prefer.MaxAffected {
		return fault.New(fault.BadRequest, "PGRST124", "The change concerns more rows than max-affected allows.").
			WithDetails("The query affects %d rows", n).WithHint("Narrow the filter or raise max-affected.")
	}
	if n > query.MaxBulk {
		return fault.New(fault.BadRequest, "too_many_rows", "One change may touch at most %d rows.", query.MaxBulk).
			WithDetails("query: more than %d rows are concerned", query.MaxBulk).WithHint("Narrow the filter and repeat.")
	}
	if c.single && n != 1 {
		return notSingle(n)
	}
	return nil
}

func notSingle(n int) *fault.Error {
	return fault.New(fault.NotAcceptable, "PGRST116", "Exactly one row was asked for.").
		WithDetails("The result contains %d rows", n).WithHint("Narrow the filter, or ask for a list with Accept: application/json.")
}

// Match refuses with 412 when the client sent If-Match and row, as it was before
// the change, is not what the client saw. It belongs in the transaction of the
// change, on the same type that GET of the one row prints.
func (c *Call) Match(row any) error {
	want := c.Request.Header.Values("If-Match")
	if len(want) == 0 {
		return nil
	}
	printed, err := encode(row)
	if err != nil {
		return err
	}
	if matches(want, etag(printed), false) {
		return nil
	}
	return fault.New(fault.PreconditionFailed, "precondition_failed", "Somebody changed this %s in the meantime.", noun(c.Route.Resource)).
		WithDetails("If-Match: the row has another ETag now").WithHint("Read it again, look at the change, and send yours with the new ETag.")
}

// matches compares entity tags; weak tells whether W/ is looked over.
func matches(headers []string, tag string, weak bool) bool {
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		part = strings.TrimSpace(part)
		if weak {
			part = strings.TrimPrefix(part, "W/")
		}
		if part == "*" || part == tag {
			return true
		}
	}
	return false
}

// noun makes "channel account" of "channel_accounts".
func noun(resource string) string {
	s := strings.ReplaceAll(resource, "_", " ")
	if rest, ok := strings.CutSuffix(s, "ies"); ok {
		return rest + "y"
	}
	if strings.HasSuffix(s, "media") || strings.HasSuffix(s, "ss") {
		return s
	}
	return strings.TrimSuffix(s, "s")
}

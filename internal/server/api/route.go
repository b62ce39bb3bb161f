// Package api is the REST interface: it reads a request, asks one service and
// writes the answer. Every route declares who may call it, on what, how much it
// may send and how it is recorded; an incomplete declaration stops the server
// from starting, and the documents are made from the same declarations. It
// holds no rule of the product and never talks to a database or a provider.
package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"switchboard/internal/platform/query"
)

// Who may call a route that no single permission guards.
const (
	Public   = "public"    // anybody
	SignedIn = "signed_in" // any actor
)

// Idempotency is how a repeated POST is kept from acting twice.
type Idempotency int

// Kinds of idempotency.
const (
	Unset      Idempotency = iota // refused for POST: somebody has to decide
	Naturally                     // repeating does no harm, or the method says so
	ByKey                         // Idempotency-Key, answers kept by the server
	ByClientID                    // the row's own unique client_id; the handler looks at Call.IdempotencyKey
)

// Param is one query parameter beyond the list grammar.
type Param struct {
	Name        string
	Description string
	Values      []string // the allowed ones; nil for any text
	Required    bool
}

// Handler answers one understood call.
type Handler func(*Call) (Response, error)

// Route is the declaration of one method of one path.
type Route struct {
	Method      string
	Path        string // below /rest/v1, "/conversations/{id}/messages"
	Operation   string // unique, "sendMessage"
	Summary     string // one line
	Description string // Markdown-free paragraphs
	Tag         string

	Permission string // Public, SignedIn or the name of a permission
	Resource   string // what the route is about, for permissions, the log and "There is no such …"
	BodyLimit  int64  // bytes; 1 MiB when 0
	Rate       string // class of the rate limit
	Idempotent Idempotency
	Audit      string        // class of the audit log; "none" must be said for writes
	Timeout    time.Duration // 30 s when 0, none when negative

	Query  *query.Spec // lists and changes by filter; for one row what select knows
	Params []Param
	Body   any // zero value of the request type; nil for none
	Result any // zero value of one row or answer; nil for none
	Status int // of success; 200 when 0

	Handler Handler
	// Plain answers by itself (streams, downloads, uploads): who may call it and
	// the failures before its first byte are handled as for any other.
	Plain func(w http.ResponseWriter, c *Call) error

	kind kind
	body *schema
}

// kind is the shape of a route, for decoding and for the documents.
type kind int

const (
	kindAction kind = iota
	kindList
	kindOne
	kindCreate
	kindPatch
	kindDelete
	kindPatchWhere
	kindDeleteWhere
	kindPlain
)

const (
	defaultBodyLimit = 1 << 20
	defaultTimeout   = 30 * time.Second
	listTimeout      = 2 * time.Second
)

func (r *Route) writes() bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

func (r *Route) name() string { return r.Method + " " + r.Path }

// check tells what a declaration lacks.
func (r *Route) check() error {
	lacks := func(what string) error { return fmt.Errorf("api: route %s declares no %s", r.name(), what) }
	switch {
	case !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, r.Method):
		return lacks("known method")
	case !strings.HasPrefix(r.Path, "/") || strings.HasSuffix(r.Path, "/"):
		return lacks("path that begins, and does not end, with a slash")
	case r.Operation == "":
		return lacks("operation id")
	case r.Summary == "":
		return lacks("summary")
	case r.Tag == "":
		return lacks("tag")
	case r.Permission == "":
		return lacks("permission (or Public, or SignedIn)")
	case r.Resource == "":
		return lacks("resource")
	case r.Rate == "":
		return lacks("rate class")
	case r.writes() && r.Audit == "":
		return lacks("audit class")
	case r.Method == http.MethodPost && r.Idempotent == Unset:
		return lacks("idempotency")
	case (r.Handler == nil) == (r.Plain == nil):
		return lacks("handler, or has two")
	case r.usesQuery() && r.Query == nil:
		return lacks("query specification")
	case r.Body != nil && reflect.TypeOf(r.Body).Kind() == reflect.Pointer:
		return fmt.Errorf("api: route %s: the body is declared as a value, not a pointer", r.name())
	}
	if r.Query != nil {
		if err := r.Query.Check(); err != nil {
			return fmt.Errorf("api: route %s: %w", r.name(), err)
		}
	}
	return nil
}

// usesQuery tells whether the list grammar applies.
func (r *Route) usesQuery() bool {
	return r.kind == kindList || r.kind == kindPatchWhere || r.kind == kindDeleteWhere
}

func (r *Route) timeout() time.Duration {
	switch {
	case r.Timeout != 0:
		return r.Timeout
	case r.kind == kindList:
		return listTimeout
	}
	return defaultTimeout
}

func (r *Route) bodyLimit() int64 {
	if r.BodyLimit == 0 {
		return defaultBodyLimit
	}
	return r.BodyLimit
}

func (r *Route) status() int {
	if r.Status == 0 {
		return http.StatusOK
	}
	return r.Status
}

// pathParams are the names between braces, in order.
func (r *Route) pathParams() []string {
	var out []string
	for part := range strings.SplitSeq(r.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			out = append(out, strings.TrimSuffix(name, "}"))
		}
	}
	return out
}

// isID tells whether a path parameter holds an id.
func isID(name string) bool { return name == "id" || strings.HasSuffix(name, "_id") }

type requestIDKey struct{}

// RequestID is the id that the answer's X-Request-Id and the log share.
func RequestID(ctx context.Context) string {
	s, _ := ctx.Value(requestIDKey{}).(string)
	return s
}

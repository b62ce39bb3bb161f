package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// Base is where every route lives.
const Base = "/rest/v1"

// Authenticator tells who calls: nil and no error for nobody, a fault for
// somebody who is refused (a wrong token, an organization that is not his). It
// must return a nil interface, not a nil pointer in one.
type Authenticator interface {
	Authenticate(r *http.Request) (Actor, error)
}

// Limiter tells how long a caller has to wait; 0 lets him in.
type Limiter interface {
	Wait(r *http.Request, actor Actor, class string) time.Duration
}

// Config is what a Server is made of.
type Config struct {
	Title   string
	Version string
	Routes  []Route
	Auth    Authenticator
	// Idempotency keeps the answers of routes declared ByKey.
	Idempotency IdempotencyStore
	Limiter     Limiter      // nil for none
	Log         *slog.Logger // slog.Default() when nil
	Codes       []Code       // error codes beyond the core's own, for /docs/errors
	// Observe is told about every answer of a route, for metrics.
	Observe func(r *Route, status int, took time.Duration)
}

// Server answers /rest/v1 and /docs. Requests with a cookie must pass
// http.CrossOriginProtection before they come here.
type Server struct {
	cfg    Config
	log    *slog.Logger
	mux    *http.ServeMux
	routes []*Route
	docs   documents
}

// New makes a server, or says everything that is missing in the declarations.
func New(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, log: cfg.Log, mux: http.NewServeMux()}
	if s.log == nil {
		s.log = slog.Default()
	}
	var wrong []error
	if cfg.Auth == nil {
		wrong = append(wrong, errors.New("api: no authenticator"))
	}
	reg := newRegistry()
	byPath, byOperation := map[string][]*Route{}, map[string]string{}
	var paths []string
	for i := range cfg.Routes {
		r := cfg.Routes[i] // a copy: declarations are shared between servers in tests
		if r.usesQuery() && r.Query != nil || r.Query != nil && r.Result != nil {
			q := *r.Query
			q.Members = append(slices.Clone(q.Members), members(reg, r.Result)...)
			r.Query = &q
		}
		if err := r.check(); err != nil {
			wrong = append(wrong, err)
			continue
		}
		if other, taken := byOperation[r.Operation]; taken {
			wrong = append(wrong, fmt.Errorf("api: operation %s is declared by %s and %s", r.Operation, other, r.name()))
		}
		byOperation[r.Operation] = r.name()
		if r.Idempotent == ByKey && cfg.Idempotency == nil {
			wrong = append(wrong, fmt.Errorf("api: route %s keeps answers by key, but there is no store for them", r.name()))
		}
		if r.takesBody() {
			r.body = newSchema(reg, r.Body)
		}
		if slices.ContainsFunc(byPath[r.Path], func(o *Route) bool { return o.Method == r.Method }) {
			wrong = append(wrong, fmt.Errorf("api: route %s is declared twice", r.name()))
		}
		if byPath[r.Path] == nil {
			paths = append(paths, r.Path)
		}
		byPath[r.Path] = append(byPath[r.Path], &r)
		s.routes = append(s.routes, &r)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	settle(reg, false)
	for _, p := range paths {
		if err := s.mount(p, byPath[p]); err != nil {
			return nil, err
		}
	}
	return s, s.document()
}

func (r *Route) takesBody() bool {
	return r.Handler != nil && r.writes() && r.kind != kindDelete && r.kind != kindDeleteWhere
}

// mount puts a path on the mux, which panics when two paths exclude each other.
func (s *Server) mount(p string, routes []*Route) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("api: path %s: %v", p, v)
		}
	}()
	byMethod := map[string]*Route{}
	allow := []string{http.MethodOptions}
	for _, r := range routes {
		byMethod[r.Method] = r
		allow = append(allow, r.Method)
		if r.Method == http.MethodGet {
			byMethod[http.MethodHead] = r
			allow = append(allow, http.MethodHead)
		}
	}
	slices.Sort(allow)
	allowed := strings.Join(allow, ", ")
	s.mux.HandleFunc(Base+p, func(w http.ResponseWriter, req *http.Request) {
		r := byMethod[req.Method]
		switch {
		case r != nil:
			s.serve(w, req, r)
		case req.Method == http.MethodOptions:
			w.Header().Set("Allow", allowed)
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Allow", allowed)
			f := fault.New(fault.BadRequest, "method_not_allowed", "This address does not take %s.", clip(req.Method)).WithHint("It takes %s.", allowed)
			write(w, printProblem(req.Context(), f, http.StatusMethodNotAllowed, "Method not allowed"))
		}
	})
	return nil
}

// Routes are the declarations in force, for the authorization matrix and for
// what the web app hides.
func (s *Server) Routes() []*Route { return s.routes }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	requestID := id.New().String()
	req = req.WithContext(context.WithValue(req.Context(), requestIDKey{}, requestID))
	h := w.Header()
	h.Set("X-Request-Id", requestID)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	rec := &recorder{ResponseWriter: w}
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler || rec.wrote {
			panic(http.ErrAbortHandler) // half an answer is better cut than completed
		}
		Problem(rec, req, s.log, fmt.Errorf("panic: %v\n%s", v, stack()))
	}()
	if s.docs.serve(rec, req) {
		return
	}
	// The mux would answer a path that is not clean with a redirect in HTML.
	if _, known := s.mux.Handler(req); known == "" || path.Clean(req.URL.Path) != req.URL.Path {
		Problem(rec, req, s.log, fault.New(fault.NotFound, "not_found", "There is nothing at this address.").WithHint("The addresses are listed at /docs."))
		return
	}
	s.mux.ServeHTTP(rec, req)
}

// recorder knows whether an answer has begun.
type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (r *recorder) WriteHeader(code int) {
	if code >= 200 {
		r.wrote = true
	}
	if r.status == 0 || r.status < 200 {
		r.status = code
	}
	r.ResponseWriter.WriteHeader(code)
}

func (r *recorder) Write(b []byte) (int, error) {
	if !r.wrote {
		r.wrote, r.status = true, http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

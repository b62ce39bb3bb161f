package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

func parseForm(b string) (url.Values, error) { return url.ParseQuery(b) }

// maxControlBody bounds control requests; media arrive as base64.
const maxControlBody = 24 << 20

// Handler serves everything: the Graph API under /whatsapp/ (and, for clients
// whose base URL takes no path, under /vNN.N/), the Bot API under /telegram/,
// the control API under
// /control/ and the visitor phone under /phone.
func (s *Simulator) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/whatsapp/", s.graph("/whatsapp"))
	mux.HandleFunc("/telegram/", s.serveTelegram)
	for pattern, h := range map[string]func(*http.Request) (any, error){
		"GET /control/accounts":                                 s.apiAccounts,
		"POST /control/accounts":                                s.apiRegister,
		"GET /control/accounts/{id}":                            s.apiAccount,
		"GET /control/accounts/{id}/visitors":                   s.apiVisitors,
		"POST /control/accounts/{id}/visitors":                  s.apiAddVisitor,
		"GET /control/accounts/{id}/visitors/{v}":               s.apiConversation,
		"POST /control/accounts/{id}/visitors/{v}/read":         s.apiRead,
		"POST /control/accounts/{id}/visitors/{v}/played":       s.apiPlayed,
		"POST /control/accounts/{id}/visitors/{v}/close-window": s.apiCloseWindow,
		"POST /control/accounts/{id}/inbound":                   s.apiInbound,
		"POST /control/accounts/{id}/media":                     s.apiSendFile,
		"GET /control/accounts/{id}/knobs":                      s.apiKnobs,
		"PUT /control/accounts/{id}/knobs":                      s.apiSetKnobs,
		"PATCH /control/accounts/{id}/knobs":                    s.apiSetKnobs,
		"GET /control/accounts/{id}/fail-next":                  s.apiFaults,
		"POST /control/accounts/{id}/fail-next":                 s.apiFailNext,
		"DELETE /control/accounts/{id}/fail-next":               s.apiClearFaults,
		"GET /control/accounts/{id}/templates":                  s.apiTemplates,
		"PUT /control/accounts/{id}/templates":                  s.apiSetTemplate,
		"GET /control/knobs":                                    s.apiKnobs,
		"PUT /control/knobs":                                    s.apiSetKnobs,
		"PATCH /control/knobs":                                  s.apiSetKnobs,
		"GET /control/truth":                                    s.apiTruth,
		"GET /control/wire":                                     s.apiWire,
		"GET /control/wire/{seq}":                               s.apiWireBody,
		"POST /control/truth/events/{id}/redeliver":             s.apiRedeliver,
		"POST /control/reset":                                   s.apiReset,
		"GET /control/wait-idle":                                s.apiWaitIdle,
		"GET /control/info":                                     s.apiInfo,
	} {
		mux.HandleFunc(pattern, s.control(h))
	}
	mux.HandleFunc("GET /control/events", s.apiEvents)
	mux.HandleFunc("GET /control/accounts/{id}/media/{media}", s.apiMedia)
	mux.HandleFunc("/control/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, http.StatusNotFound, "not_found", "no such path or method; see docs/simulator.md")
	})
	s.mountPhone(mux)
	root := s.graph("")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if versionPrefix.MatchString(first) {
			root(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// control wraps a function as a JSON endpoint. Other sites' pages must not
// drive it through the user's browser, hence the check of Origin.
func (s *Simulator) control(f func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !sameOrigin(r) {
			writeProblem(w, http.StatusForbidden, "foreign_origin", "requests from other sites are refused")
			return
		}
		limit := int64(maxControlBody)
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/media") {
			limit = maxGraphBody
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		v, err := f(r)
		if err != nil {
			status, code := http.StatusInternalServerError, "internal"
			var tooBig *http.MaxBytesError
			switch {
			case errors.Is(err, ErrNotFound):
				status, code = http.StatusNotFound, "not_found"
			case errors.As(err, &tooBig):
				status, code = http.StatusRequestEntityTooLarge, "too_large"
			case errors.Is(err, ErrInvalid):
				status, code = http.StatusUnprocessableEntity, "invalid"
			case errors.Is(err, ErrFull):
				status, code = http.StatusInsufficientStorage, "full"
			case errors.Is(err, ErrClosed):
				status, code = http.StatusServiceUnavailable, "closed"
			case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
				status, code = http.StatusGatewayTimeout, "not_idle"
			}
			writeProblem(w, status, code, strings.TrimPrefix(err.Error(), "simulator: "))
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		if v == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		_ = e.Encode(v)
	}
}

func sameOrigin(r *http.Request) bool {
	o := r.Header.Get("Origin")
	if o == "" {
		return r.Header.Get("Sec-Fetch-Site") != "cross-site"
	}
	u, err := url.Parse(o)
	return err == nil && u.Host == r.Host
}

func writeProblem(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"code": code, "detail": detail}})
}

func readJSON(r *http.Request, v any) error {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if len(b) == 0 {
		return nil
	}
	return strictJSON(b, v)
}

func (s *Simulator) apiAccounts(*http.Request) (any, error) { return s.Accounts(), nil }

func (s *Simulator) apiAccount(r *http.Request) (any, error) { return s.Account(r.PathValue("id")) }

func (s *Simulator) apiRegister(r *http.Request) (any, error) {
	var a Account
	if err := readJSON(r, &a); err != nil {
		return nil, err
	}
	return s.Register(a)
}

func (s *Simulator) apiVisitors(r *http.Request) (any, error) {
	n, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	return s.Visitors(r.PathValue("id"), n)
}

func (s *Simulator) apiAddVisitor(r *http.Request) (any, error) {
	var v Visitor
	if err := readJSON(r, &v); err != nil {
		return nil, err
	}
	return s.AddVisitor(r.PathValue("id"), v)
}

func (s *Simulator) apiConversation(r *http.Request) (any, error) {
	return s.Conversation(r.PathValue("id"), r.PathValue("v"))
}

func (s *Simulator) apiRead(r *http.Request) (any, error) {
	return nil, s.Read(r.PathValue("id"), r.PathValue("v"))
}

func (s *Simulator) apiPlayed(r *http.Request) (any, error) {
	var b struct {
		MessageID string `json:"message_id"`
	}
	if err := readJSON(r, &b); err != nil {
		return nil, err
	}
	return nil, s.Play(r.PathValue("id"), r.PathValue("v"), b.MessageID)
}

func (s *Simulator) apiCloseWindow(r *http.Request) (any, error) {
	return nil, s.CloseWindow(r.PathValue("id"), r.PathValue("v"))
}

func (s *Simulator) apiInbound(r *http.Request) (any, error) {
	var in Inbound
	if err := readJSON(r, &in); err != nil {
		return nil, err
	}
	return s.Inbound(r.PathValue("id"), in)
}

func (s *Simulator) apiKnobs(r *http.Request) (any, error) {
	k, err := s.Knobs(r.PathValue("id"))
	return k, err
}

func (s *Simulator) apiSetKnobs(r *http.Request) (any, error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	k, err := s.patchKnobs(r.PathValue("id"), b, r.Method == http.MethodPut)
	return k, err
}

func (s *Simulator) apiFaults(r *http.Request) (any, error) { return s.Faults(r.PathValue("id")) }

func (s *Simulator) apiFailNext(r *http.Request) (any, error) {
	var f Fault
	if err := readJSON(r, &f); err != nil {
		return nil, err
	}
	if err := s.FailNext(r.PathValue("id"), f); err != nil {
		return nil, err
	}
	return s.Faults(r.PathValue("id"))
}

func (s *Simulator) apiClearFaults(r *http.Request) (any, error) {
	return nil, s.ClearFaults(r.PathValue("id"))
}

func (s *Simulator) apiTemplates(r *http.Request) (any, error) { return s.Templates(r.PathValue("id")) }

func (s *Simulator) apiSetTemplate(r *http.Request) (any, error) {
	var t Template
	if err := readJSON(r, &t); err != nil {
		return nil, err
	}
	return s.SetTemplate(r.PathValue("id"), t)
}

func (s *Simulator) apiTruth(r *http.Request) (any, error) {
	q := r.URL.Query()
	tq := TruthQuery{Account: q.Get("account"), Limit: 1000, NoBodies: q.Get("bodies") != "true"}
	for name, p := range map[string]*int{"from_event": &tq.FromEvent, "from_send": &tq.FromSend, "limit": &tq.Limit} {
		if v := q.Get(name); v != "" {
			n, err := strconv.Atoi(v)
			if err != nil || n < 0 {
				return nil, fmt.Errorf("%w: %s must be a number", ErrInvalid, name)
			}
			*p = n
		}
	}
	return s.Truth(tq), nil
}

func (s *Simulator) apiRedeliver(r *http.Request) (any, error) {
	return nil, s.Redeliver(r.PathValue("id"))
}

func (s *Simulator) apiWire(r *http.Request) (any, error) {
	n, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	if n <= 0 {
		n = 100
	}
	return s.Wire(r.URL.Query().Get("account"), n), nil
}

func (s *Simulator) apiWireBody(r *http.Request) (any, error) {
	n, _ := strconv.Atoi(r.PathValue("seq"))
	return s.WireBody(n)
}

func (s *Simulator) apiReset(r *http.Request) (any, error) {
	var b struct {
		KeepAccounts bool `json:"keep_accounts"`
	}
	if err := readJSON(r, &b); err != nil {
		return nil, err
	}
	s.Reset(b.KeepAccounts)
	return nil, nil
}

func (s *Simulator) apiWaitIdle(r *http.Request) (any, error) {
	d := 30 * time.Second
	if v := r.URL.Query().Get("timeout_ms"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > 3_600_000 {
			return nil, fmt.Errorf("%w: timeout_ms must be between 0 and 3600000", ErrInvalid)
		}
		d = time.Duration(n) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(r.Context(), d)
	defer cancel()
	if err := s.WaitIdle(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.truth.summary(), nil
}

func (s *Simulator) apiInfo(*http.Request) (any, error) {
	return map[string]any{"inbox_url": s.opt.InboxURL, "inbound_kinds": InboundKinds, "telegram_kinds": TelegramKinds, "faults": FaultNames}, nil
}

// apiEvents is the page's live stream. With account and visitor it also means
// that the conversation is open on a phone, so messages get read.
func (s *Simulator) apiEvents(w http.ResponseWriter, r *http.Request) {
	if !sameOrigin(r) {
		writeProblem(w, http.StatusForbidden, "foreign_origin", "requests from other sites are refused")
		return
	}
	q := r.URL.Query()
	sub := s.hub.subscribe(q.Get("account"), q.Get("visitor"))
	defer s.hub.unsubscribe(sub)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	rc := http.NewResponseController(w)
	_, _ = io.WriteString(w, "retry: 1000\nevent: hello\ndata: {}\n\n")
	if rc.Flush() != nil {
		return
	}
	if q.Get("visitor") != "" && q.Get("open") == "true" {
		defer s.watch(q.Get("account"), q.Get("visitor"))()
	}
	beat := time.NewTicker(15 * time.Second)
	defer beat.Stop()
	for {
		select {
		case n, ok := <-sub.ch:
			if !ok {
				return
			}
			_, _ = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", n.kind, n.data)
			// What is already waiting goes out in the same write.
			for more := len(sub.ch); more > 0; more-- {
				if n, ok = <-sub.ch; !ok {
					return
				}
				_, _ = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", n.kind, n.data)
			}
		case <-beat.C:
			_, _ = io.WriteString(w, ": beat\n\n")
		case <-r.Context().Done():
			return
		}
		if rc.Flush() != nil {
			return
		}
	}
}

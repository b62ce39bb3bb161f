package api

import (
	"context"
	"crypto/sha256"
	"net/http"

	"switchboard/internal/platform/fault"
)

// StoredAnswer is the first answer to a key.
type StoredAnswer struct {
	Status int
	Header http.Header // Location, ETag, Content-Range and the like
	Type   string
	Body   []byte
}

// IdempotencyStore keeps first answers for 24 hours, apart for each actor.
//
// Begin is asked before the handler runs. It gives the answer kept for the key
// when body is the same; a fault (code idempotency_mismatch, Invalid) when it is
// not; a fault (code in_progress, Conflict) while the first still runs. Otherwise
// it gives finish, which is called exactly once: with the answer of a success,
// or with the zero StoredAnswer when nothing was done, which gives the key up.
type IdempotencyStore interface {
	Begin(ctx context.Context, actor Actor, key, target string, body [32]byte) (kept *StoredAnswer, finish func(context.Context, StoredAnswer) error, err error)
}

// once runs the handler, or answers again what the same key got before.
func (s *Server) once(c *Call) (answer Response, err error) {
	if c.Route.Idempotent != ByKey || c.IdempotencyKey == "" || c.Actor == nil {
		return c.Route.Handler(c)
	}
	target := c.Request.Method + " " + c.Request.URL.RequestURI() + " " + c.Request.Header.Get("Accept") + " " + c.Request.Header.Get("Prefer")
	kept, finish, err := s.cfg.Idempotency.Begin(c.Ctx, c.Actor, c.IdempotencyKey, target, sha256.Sum256(c.body))
	if err != nil {
		return Response{}, err
	}
	if kept != nil {
		r := Response{Status: kept.Status, Header: kept.Header.Clone(), Type: kept.Type, Body: kept.Body}
		r.set("Idempotency-Replayed", "true")
		return r, nil
	}
	// The caller may have gone; the key must be settled all the same.
	ctx := context.WithoutCancel(c.Ctx)
	settled := false
	defer func() {
		if !settled { // the handler panicked
			_ = finish(ctx, StoredAnswer{})
		}
	}()
	answer, err = c.Route.Handler(c)
	settled = true
	if err != nil {
		if ferr := finish(ctx, StoredAnswer{}); ferr != nil {
			s.log.ErrorContext(ctx, "idempotency key not given up", "request_id", RequestID(ctx), "error", ferr)
		}
		return Response{}, err
	}
	if err := finish(ctx, StoredAnswer(answer)); err != nil {
		return Response{}, fault.As(err)
	}
	return answer, nil
}

package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"switchboard/internal/platform/fault"
)

// problem is an error as it is printed: RFC 9457, and beside it the members that
// clients of PostgREST read.
type problem struct {
	Type      string        `json:"type" doc:"Where the code is explained."`
	Title     string        `json:"title"`
	Status    int           `json:"status"`
	Detail    string        `json:"detail" doc:"One sentence: what happened."`
	Code      string        `json:"code" doc:"Stable, for programs."`
	Message   string        `json:"message" doc:"The same as detail."`
	Details   string        `json:"details" doc:"What was wrong where; may be empty."`
	Hint      string        `json:"hint" doc:"How to mend it; may be empty."`
	Errors    []fault.Field `json:"errors,omitempty" doc:"The wrong members of the body."`
	RequestID string        `json:"request_id" doc:"Also in X-Request-Id and in the server's log."`
}

var kinds = map[fault.Kind]struct {
	status int
	title  string
}{
	fault.Internal:           {http.StatusInternalServerError, "Failed on our side"},
	fault.BadRequest:         {http.StatusBadRequest, "Not understood"},
	fault.Invalid:            {http.StatusUnprocessableEntity, "Wrong content"},
	fault.Unauthenticated:    {http.StatusUnauthorized, "Not signed in"},
	fault.Forbidden:          {http.StatusForbidden, "Not allowed"},
	fault.NotFound:           {http.StatusNotFound, "Not found"},
	fault.Conflict:           {http.StatusConflict, "Conflict"},
	fault.PreconditionFailed: {http.StatusPreconditionFailed, "Changed in the meantime"},
	fault.NotAcceptable:      {http.StatusNotAcceptable, "Not as asked for"},
	fault.TooLarge:           {http.StatusRequestEntityTooLarge, "Too large"},
	fault.UnsupportedMedia:   {http.StatusUnsupportedMediaType, "Wrong kind of body"},
	fault.TooMany:            {http.StatusTooManyRequests, "Too many requests"},
	fault.Unavailable:        {http.StatusServiceUnavailable, "Not available now"},
}

// Problem writes an error as application/problem+json. It is the only place that
// does, also for handlers outside this package.
func Problem(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	write(w, problemOf(r.Context(), log, err))
}

func problemOf(ctx context.Context, log *slog.Logger, err error) Response {
	f := fault.As(err)
	if f.Kind == fault.Internal {
		if errors.Is(err, context.DeadlineExceeded) {
			f = fault.New(fault.Unavailable, "timeout", "It took too long and was stopped.").WithHint("Try again later.").Because(err)
		} else {
			log.LogAttrs(ctx, slog.LevelError, "request failed", slog.String("request_id", RequestID(ctx)), slog.Any("error", err))
			f = fault.New(fault.Internal, "internal", "Something failed on our side.").
				WithHint("Try again; if it stays, give the request id to your administrator.")
		}
	}
	k, ok := kinds[f.Kind]
	if !ok {
		k = kinds[fault.Internal]
	}
	return printProblem(ctx, f, k.status, k.title)
}

func printProblem(ctx context.Context, f *fault.Error, status int, title string) Response {
	p := problem{
		Type: "/docs/errors#" + f.Code, Title: title, Status: status, Detail: f.Message, Code: f.Code, Message: f.Message,
		Details: f.Details, Hint: f.Hint, Errors: f.Fields, RequestID: RequestID(ctx),
	}
	if p.Details == "" {
		p.Details = fieldsText(f.Fields)
	}
	if p.Hint == "" && len(f.Fields) > 0 {
		p.Hint = "Mend what errors names and send it again."
	}
	out := Response{Status: status, Type: typeProblem}
	out.Body, _ = encode(p) // plain strings always print
	switch f.Kind {
	case fault.Unauthenticated:
		out.set("WWW-Authenticate", "Bearer")
	case fault.TooMany, fault.Unavailable:
		out.set("Retry-After", strconv.Itoa(seconds(f.RetryAfter)))
	}
	return out
}

func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// fieldsText names the first wrong members in one line, for clients that show
// details only.
func fieldsText(fields []fault.Field) string {
	var parts []string
	for i, f := range fields {
		if i == 5 {
			parts = append(parts, fmt.Sprintf("and %d more", len(fields)-i))
			break
		}
		at := f.Pointer
		if at == "" {
			at = "body"
		}
		parts = append(parts, clip(at)+": "+f.Detail)
	}
	return strings.Join(parts, "; ")
}

// write sends an answer.
func write(w http.ResponseWriter, r Response) {
	h := w.Header()
	for k, v := range r.Header {
		h[k] = v
	}
	if r.Status == http.StatusNoContent || r.Status == http.StatusNotModified {
		w.WriteHeader(r.Status)
		return
	}
	if len(r.Body) > 0 {
		if r.Type == "" {
			r.Type = typeJSON
		}
		h.Set("Content-Type", r.Type)
	}
	h.Set("Content-Length", strconv.Itoa(len(r.Body)))
	w.WriteHeader(r.Status)
	_, _ = w.Write(r.Body) // a client that went away is no failure of ours
}

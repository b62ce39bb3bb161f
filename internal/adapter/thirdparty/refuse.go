package thirdparty

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"switchboard/internal/adapter"
)

// Codes of our answers.
const (
	wrongParameter  = 6451000
	internalError   = 6451001
	tooManyRequests = 6451010
)

type envelope struct {
	Code    int          `json:"code"`
	Message string       `json:"message,omitempty"`
	Errors  []fieldError `json:"errors,omitempty"`
	Result  any          `json:"result,omitempty"`
}

// fieldError names what is wrong with one member.
type fieldError struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

func respond(status int, e envelope) adapter.Response {
	body, _ := json.Marshal(e) // cannot fail: texts and numbers
	return adapter.Response{Status: status, ContentType: "application/json; charset=utf-8", Body: body}
}

// refuse answers a call that goes no further than the door.
func refuse(why adapter.Refusal, wait time.Duration) adapter.Response {
	later := func(r adapter.Response) adapter.Response {
		r.Header = http.Header{"Retry-After": {strconv.Itoa(int(max((wait+time.Second-1)/time.Second, 1)))}}
		return r
	}
	switch why {
	case adapter.NoMethod:
		r := respond(http.StatusMethodNotAllowed, envelope{Code: http.StatusMethodNotAllowed, Message: "use POST"})
		r.Header = http.Header{"Allow": {"POST"}}
		return r
	case adapter.TooLarge:
		return respond(http.StatusRequestEntityTooLarge, envelope{Code: http.StatusRequestEntityTooLarge, Message: "body over 256 KB"})
	case adapter.NoSource:
		return respond(http.StatusNotFound, envelope{Code: http.StatusNotFound, Message: "source not found"})
	case adapter.Unauthorized:
		r := respond(http.StatusUnauthorized, envelope{Code: http.StatusUnauthorized, Message: "unauthorized"})
		r.Header = http.Header{"Www-Authenticate": {"Bearer"}}
		return r
	case adapter.Suspended:
		return respond(http.StatusForbidden, envelope{Code: http.StatusForbidden, Message: "channel suspended"})
	case adapter.Busy:
		return later(respond(http.StatusTooManyRequests, envelope{Code: tooManyRequests, Message: "too many requests"}))
	}
	return later(respond(http.StatusServiceUnavailable, envelope{Code: internalError, Message: "internal error"}))
}

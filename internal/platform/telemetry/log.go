// Package telemetry sets up logs and metrics. It never carries what people
// write to each other, where they can be reached, or a secret: attributes of
// such names are blacked out whoever logs them, and metrics have few labels
// with few values.
package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Keys of attributes. One thing has one name in every line, so that a line can
// be found by it.
const (
	Organization = "organization"
	Channel      = "channel"
	Type         = "type"
	Conversation = "conversation"
	Message      = "message_id"
	Event        = "event"
	User         = "user"
	Job          = "job"
	Node         = "node"
	Request      = "request"
	Route        = "route"
	Status       = "status"
	Duration     = "duration"
	Count        = "count"
	Attempt      = "attempt"
	Reason       = "reason"
	Err          = "error"
)

// Error is the attribute of an error.
func Error(err error) slog.Attr { return slog.Any(Err, err) }

// private are keys whose values are blacked out: a last line of defence, not a
// licence to log them.
var private = []string{
	"text", "body", "content", "payload", "subject", "note", "caption", // what people write
	"email", "phone", "address", "name", "ip", // where they can be reached
	"password", "secret", "token", "access_token", "api_key", "apikey", "authorization", "cookie", "verify_token", "appsecret_proof",
}

// NewLogger makes a logger. format is text or json; level is debug, info, warn
// or error. Times are UTC.
func NewLogger(w io.Writer, format, level string) (*slog.Logger, error) {
	var l slog.Level
	switch level {
	case "debug", "info", "warn", "error":
		_ = l.UnmarshalText([]byte(level)) // these four are known
	case "":
	default:
		return nil, fmt.Errorf("log level %q: expected debug, info, warn or error", level)
	}
	opt := &slog.HandlerOptions{Level: l, ReplaceAttr: redact}
	switch format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, opt)), nil
	case "text", "":
		return slog.New(slog.NewTextHandler(w, opt)), nil
	}
	return nil, fmt.Errorf("log format %q: expected text or json", format)
}

func redact(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
		a.Value = slog.TimeValue(a.Value.Time().UTC().Truncate(time.Microsecond))
		return a
	}
	if a.Value.Kind() != slog.KindGroup && slices.Contains(private, strings.ToLower(a.Key)) {
		return slog.String(a.Key, "[redacted]")
	}
	if d := a.Value; d.Kind() == slog.KindDuration {
		return slog.String(a.Key, d.Duration().Round(time.Microsecond).String())
	}
	return a
}

// Package fault is how a part of Switchboard says no. A fault has a kind for
// the program that translates it, a stable code for machines, words for people
// and the way to mend it. It knows nothing of HTTP.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind groups faults by what the caller can do about them.
type Kind int

// Kinds of fault.
const (
	Internal        Kind = iota // our defect; the text is withheld
	BadRequest                  // not understood at all: syntax, unknown parameter
	Invalid                     // understood, but the content is wrong
	Unauthenticated             // not signed in
	Forbidden                   // signed in, not allowed
	NotFound                    // absent, or another organization's
	Conflict                    // the state does not allow it
	PreconditionFailed
	NotAcceptable
	TooLarge
	UnsupportedMedia
	TooMany     // slow down, see RetryAfter
	Unavailable // try again, see RetryAfter
)

// Error is a fault.
type Error struct {
	Kind       Kind
	Code       string // snake_case, stable
	Message    string // one sentence: what happened
	Details    string // what was wrong where, with figures
	Hint       string // how to mend it
	Fields     []Field
	RetryAfter time.Duration
	Err        error // the cause, for the log only
}

// Field is one wrong member of a body.
type Field struct {
	Pointer string `json:"pointer"` // JSON pointer into the body
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

// Error is the text for logs.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Message
	if e.Details != "" {
		s += " (" + e.Details + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes a fault.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// WithHint adds how to mend it.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// WithDetails adds what was wrong where.
func (e *Error) WithDetails(format string, args ...any) *Error {
	e.Details = fmt.Sprintf(format, args...)
	return e
}

// WithField adds one wrong member of the body.
func (e *Error) WithField(pointer, code, format string, args ...any) *Error {
	e.Fields = append(e.Fields, Field{Pointer: pointer, Code: code, Detail: fmt.Sprintf(format, args...)})
	return e
}

// Because adds the cause.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// InvalidField is a fault about one member of a body.
func InvalidField(pointer, code, format string, args ...any) *Error {
	msg := fmt.Sprintf(format, args...)
	return (&Error{Kind: Invalid, Code: code, Message: msg, Details: pointer + ": " + msg}).WithField(pointer, code, "%s", msg)
}

// Absent is the one answer for what is not there and for what is not yours.
func Absent(what string) *Error {
	return New(NotFound, "not_found", "There is no such %s.", what).WithHint("Check the id; it may have been deleted.")
}

// As finds the fault in err; an unknown error is Internal.
func As(err error) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return &Error{Kind: Internal, Code: "internal", Message: "Something failed on our side.", Err: err}
}

// Is tells whether err is a fault of a code.
func Is(err error, code string) bool {
	var f *Error
	return errors.As(err, &f) && f.Code == code
}

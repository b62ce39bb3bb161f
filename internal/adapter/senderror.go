package adapter

import (
	"errors"
	"fmt"
	"time"

	"switchboard/internal/message"
)

// Reason says why something with a provider failed. The list is closed.
type Reason string

// Reasons. The gateway decides by them what happens next.
const (
	Throttled    Reason = "throttled"     // too fast; try again after RetryAfter
	Unreachable  Reason = "unreachable"   // surely not taken, the provider is down; try again
	Rejected     Reason = "rejected"      // the provider refuses this message for good
	Blocked      Reason = "blocked"       // this recipient cannot or does not want to be reached
	WindowClosed Reason = "window_closed" // free replies are over; a template may go
	AuthExpired  Reason = "auth_expired"  // credentials stopped working; the account needs a person
	NotSupported Reason = "unsupported"   // the platform has no such thing
	BadSettings  Reason = "bad_settings"  // the account is set up wrongly; the account needs a person
	Uncertain    Reason = "uncertain"     // the request may have arrived
)

// Scope tells what a Throttled error slows down.
type Scope string

// Scopes of throttling.
const (
	WholeAccount  Scope = "account"
	ThisRecipient Scope = "recipient"
)

// SendError is why a provider did not take a message, or why we cannot know.
type SendError struct {
	Reason     Reason
	Code       string        // the provider's own code, for the details
	Title      string        // short, in words of ours
	Detail     string        // the provider's words
	Hint       string        // what a person can do
	RetryAfter time.Duration // as the provider asked; 0 = not said
	Scope      Scope         // for Throttled; "" = whole account
	Moved      message.Party // for Unreachable: where the recipient is reached from now on
	Err        error
}

// Error says reason, code and detail; it never holds message text or secrets.
func (e *SendError) Error() string {
	s := string(e.Reason)
	if e.Code != "" {
		s += " (" + e.Code + ")"
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += fmt.Sprintf(": %v", e.Err)
	}
	return s
}

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.Err }

// AsSendError finds the *SendError in err; any other error is Uncertain,
// because nothing proves that the request did not arrive.
func AsSendError(err error) *SendError {
	var se *SendError
	if errors.As(err, &se) {
		return se
	}
	return &SendError{Reason: Uncertain, Title: "No clear answer", Detail: err.Error(), Err: err}
}

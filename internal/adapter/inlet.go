package adapter

import "time"

// Inlet describes an interface of ours that the other side calls and whose
// answers tell what came of each call: POST {Path}/{source id}/{call}.
type Inlet struct {
	Path  string   // "/v1/…", without trailing slash
	Calls []string // the last part of the path
	Limit int64    // largest body in bytes
	Rate  float64  // calls a second of one source
	Burst int
	// Guide tells developers how to call and to receive, in Markdown;
	// {{messages_url}} and the like stand for the address of each call,
	// {{access_token}} for what we issued.
	Guide string
	// Refuse is the answer to a call that goes no further; wait is for Busy and
	// Failing.
	Refuse func(r Refusal, wait time.Duration) Response
}

// Refusal is why a call goes no further than us.
type Refusal string

// Refusals, in the order they are looked for.
const (
	NoMethod     Refusal = "no_method" // something else than POST
	TooLarge     Refusal = "too_large"
	NoSource     Refusal = "no_source"
	Unauthorized Refusal = "unauthorized"
	Suspended    Refusal = "suspended" // the channel is switched off, or there is none
	Busy         Refusal = "busy"
	Failing      Refusal = "failing" // our fault; the same call may come again
)

// Callee is a connection of a type with an Inlet. Its Webhook.Verify tells who
// calls, its Webhook.Parse reads what Admit let in.
type Callee interface {
	Webhook
	// Admit judges a call whose caller is known. It gives the body to keep, or the
	// answer to one that makes no sense. Pure.
	Admit(call string, r Request) (body []byte, refuse *Response)
	// Answer says what came of an admitted call. Pure.
	Answer(call string, o Outcome) Response
}

// Outcome is what became of an admitted call.
type Outcome struct {
	ProviderID   string // of the message, as the caller named it
	Conversation string
	Enquiry      string
	Number       string // of the enquiry
	Repeated     bool   // the message was known
	Conflict     bool   // … with other content
	Matched      bool   // what a report is about was found
}

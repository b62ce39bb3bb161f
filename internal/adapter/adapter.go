// Package adapter is the contract between Switchboard and a channel type. A
// type is one descriptor (Type) and a connection to one account (Conn); all
// further abilities are small interfaces a connection may also satisfy. The
// package knows no domain, no database and no jobs: an adapter turns bytes
// into values and values into requests, and names the reason when that fails.
// What follows from a reason is decided by the gateway alone.
package adapter

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"switchboard/internal/message"
)

// Type describes a channel type. Forms, validation, redaction, limits and
// documentation are read from it; no code outside its folder names it.
type Type struct {
	ID     string // as in the API: WHATSAPP_CLOUD
	Name   string
	Accent string // #RRGGBB of the 16 px mark, never of text or controls
	Icon   string // SVG, one path in currentColor, viewBox 0 0 24 24
	Setup  string // Markdown guide shown beside the form; numbered steps

	Caps   message.Caps
	Limits message.Limits
	Rate   message.Rate
	Window time.Duration // free replies after the contact's last message; 0 = no window

	// Retry is the plan of a type with pauses of its own between the tries of
	// one message; after the last the message has failed. nil = the gateway's.
	Retry []time.Duration

	// EchoTime is how long after an unanswered request the provider may still
	// report the message as sent; the conversation waits that long.
	EchoTime time.Duration

	// FilesAhead: connections are Uploaders.
	FilesAhead bool
	// FileTime is how long the provider keeps a file it announced; 0 = a day.
	FileTime time.Duration

	// Deliveries marks a type whose other side drops repeats by the id of a
	// delivery: a message is written down once (see Poster), every try is kept,
	// and one without a clear answer is tried again like one that failed.
	Deliveries bool

	// Issued are the credentials we make for the other side once a check has
	// passed. Until then, and after a change of settings, the account is
	// disconnected.
	Issued []Issued

	// Inlet is an interface of ours that the other side calls by the source's id;
	// nil for types that have webhooks only.
	Inlet *Inlet

	// WebhookLimit is the largest accepted webhook body in bytes; 0 = 5 MiB.
	WebhookLimit int64

	Fields []Field

	// Recipient is how somebody to send to is written by hand; nil = as a phone
	// number with its country code.
	Recipient *Recipient

	// Account names the outside account the settings point to (a phone number
	// id, a page id): unique among connected sources of the server. "" while
	// the settings are incomplete. nil where there is no such thing: then the
	// source stands for itself.
	Account func(Settings) string
	// App tells provider apps apart, by id and secret, so that one callback can
	// serve several accounts of an app; "" when there is none. It is compared
	// and kept as a hash only.
	App func(Settings) string

	// ProviderURL is the provider's real API base; an operator may override it.
	ProviderURL string

	// Dictionary is text typical for the provider's webhook bodies. It primes
	// their compression at rest and must never change once released; append a
	// new type version instead.
	Dictionary string

	Open func(Account, Kit) (Conn, error)
}

// RetrySpan is how long all tries of a message may take together by the type's
// plan; 0 for a type without one.
func (t *Type) RetrySpan() time.Duration {
	var sum time.Duration
	for _, p := range t.Retry {
		sum += p + p/RetryJitter
	}
	return sum
}

// RetryJitter is the share by which a pause of a plan is longer or shorter: one
// fifth.
const RetryJitter = 5

// Recipient reads an address that a person typed.
type Recipient struct {
	Label, Help string
	Parse       func(typed string) (message.Address, bool)
}

// Field is one setting of an account.
type Field struct {
	Key       string
	Label     string
	Help      string // one or two sentences: what it is, where to find it
	Required  bool   // without it the account can do nothing
	Wanted    bool   // without it something does not work; the channel says what
	Secret    bool   // write-only: sealed at rest, masked when read
	Generated bool   // made by us when left out
	Names     bool   // it is the name of the source, and may be left out
	Default   string // "" = none
	Pattern   string // anchored regular expression, "" = any text
	MaxLength int    // code points; 0 = 500
	Choices   []string
	Step      int // number of the Setup step that tells where to find it
	// Clean checks a value further and gives it as it is to be kept; nil = as is.
	Clean func(value string) (string, error)
}

// Issued is a credential we make for the other side to use. It is no setting: it
// is sealed at rest, and shown again to who may edit the source.
type Issued struct {
	Key   string
	Label string
	Help  string
	Make  func() string
}

// Credential is the value of an Issued. While it replaces another, both count.
type Credential struct {
	Value       string    `json:"value"`
	Before      string    `json:"before,omitempty"`
	BeforeUntil time.Time `json:"before_until,omitzero"`
}

// Valid lists the values that count at a moment, the newest first.
func (c Credential) Valid(now time.Time) []string {
	var out []string
	if c.Value != "" {
		out = append(out, c.Value)
	}
	if c.Before != "" && now.Before(c.BeforeUntil) {
		out = append(out, c.Before)
	}
	return out
}

// Field returns the field of a key, nil when the type has none.
func (t *Type) Field(key string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Key == key {
			return &t.Fields[i]
		}
	}
	return nil
}

// Settings are the values of a type's fields, secrets in the clear.
type Settings map[string]string

// Account is one outside account as an adapter sees it.
type Account struct {
	OrganizationID string
	SourceID       string
	ChannelID      string // "" for a source that no channel uses
	Settings       Settings
	Issued         map[string]Credential // by the key of Type.Issued
}

// Kit is everything an adapter gets from us: no database, no jobs, no
// response writer.
type Kit struct {
	HTTP    *http.Client           // traced, redacted, egress-guarded, with deadlines
	MayCall func(url string) error // the egress policy as far as the text of a URL tells; for URLs that others give us
	BaseURL string                 // of the provider's API, without trailing slash
	Now     func() time.Time
	Log     *slog.Logger
}

// Conn is a connection to one account. It must be safe for concurrent use and
// cheap to open.
type Conn interface {
	// Send hands one message to the provider. An error is a *SendError; any
	// other error counts as uncertain.
	Send(ctx context.Context, out Outbound) (Receipt, error)
	// Check asks the provider whether the settings work, step by step. The
	// error is for what went wrong on our side; findings are in the report.
	Check(ctx context.Context) (Report, error)
}

// Outbound is one message to send.
type Outbound struct {
	// Ref is our own reference of message and attempt. Where the provider
	// echoes one, an unanswered request can be settled by it.
	Ref     string
	To      message.Party
	Content message.Content
	Files   []File // of Content.Media, in the same order
	ReplyTo string // provider id of the message quoted, "" = none
	Target  string // provider id of the message a reaction belongs to
	About   *About // where it belongs; given to a Poster only
}

// File is one file of an outbound message. What it is stands in Content.Media
// at the same place, as we found it, not as anybody claimed.
type File struct {
	// Open reads the file from its beginning; it may be called again.
	Open func(ctx context.Context) (io.ReadCloser, error)
	// ID is what Uploader gave for the file; "" when it travels with its message.
	ID string
	// Link is where the provider can fetch the file for a limited time without
	// signing in; "" when the server has no public address.
	Link string
}

// Receipt is the provider's word that it took a message.
type Receipt struct {
	ProviderID string
	More       []string      // further provider ids of the same message (parts of an album, a poll's own id)
	To         message.Party // further addresses of the recipient the provider told us
	Held       bool          // accepted but not yet on its way
	Delivered  bool          // the contact's side has it; no report of that will come
}

// Report is the outcome of Check.
type Report struct {
	Checks []CheckResult
	// ExpiresAt is when the credentials end, zero when they do not.
	ExpiresAt time.Time
	// Subscribed tells whether the provider sends us webhooks; nil = unknown.
	Subscribed *bool
}

// OK tells whether every check passed.
func (r Report) OK() bool {
	for _, c := range r.Checks {
		if !c.OK {
			return false
		}
	}
	return len(r.Checks) > 0
}

// CheckResult is one step of a check.
type CheckResult struct {
	Name     string `json:"name"`           // stable, snake_case
	Code     string `json:"code,omitempty"` // what went wrong, for programs
	Title    string `json:"title"`
	OK       bool   `json:"ok"`
	Detail   string `json:"detail,omitempty"`
	Hint     string `json:"hint,omitempty"`
	Sent     string `json:"sent,omitempty"`     // what we said, where that helps
	Received string `json:"received,omitempty"` // the beginning of what came back
	Field    string `json:"field,omitempty"`    // the setting to mend
	Reason   Reason `json:"reason,omitempty"`
}

// Request is a webhook call as it came in, body already read and bounded.
type Request struct {
	Method string
	Header http.Header
	Query  url.Values
	Body   []byte
}

// Webhook is a connection that receives by webhook. Both methods are pure.
type Webhook interface {
	// Verify checks the signature over the raw body. nil means authentic.
	Verify(Request) error
	// Parse turns a verified body into what happened. One bad element never
	// hides its siblings: it is returned in Broken.
	Parse(body []byte) Parsed
}

// Parsed is what Parse found.
type Parsed struct {
	Events []message.Inbound
	Broken []Broken
	// Ignored counts elements that carry nothing to keep beyond the raw bytes.
	Ignored int
	// Unsupported counts elements of a kind we do not know; kept raw.
	Unsupported int
}

// Broken is one element that could not be understood, as a body of its own
// that Parse accepts again after a repair.
type Broken struct {
	Body []byte
	Err  error
}

// Responder answers a provider's handshake (GET verification and the like).
type Responder interface {
	Respond(Request) Response
}

// Response is a literal answer to a handshake.
type Response struct {
	Status      int
	ContentType string
	Header      http.Header // more headers; may be nil
	Body        []byte
}

// Splitter is for providers that send events of several accounts to one
// callback: it cuts a body by account. Pure.
type Splitter interface {
	Split(body []byte) ([]Part, error)
}

// Part is what a body holds for one account.
type Part struct {
	Account string // see Type.Account; "" when the element names none
	Body    []byte
}

// Registrar subscribes our callback at the provider.
type Registrar interface {
	Subscribe(ctx context.Context, callbackURL, verifyToken string) error
	Unsubscribe(ctx context.Context) error
}

// Reader tells the provider that the business has read up to a message.
type Reader interface {
	MarkRead(ctx context.Context, providerID string) error
}

// Fetcher downloads a file the contact sent, which Parse referred to.
type Fetcher interface {
	// Fetch opens the file. An error is a *SendError: Throttled and Unreachable
	// are tried again, AuthExpired and BadSettings once the account is mended,
	// every other reason is final.
	Fetch(ctx context.Context, m message.Media) (Download, error)
}

// Download is a file on its way in. What it claims is a hint; the type is found
// by looking at the bytes.
type Download struct {
	Body     io.ReadCloser
	Size     int64  // bytes, -1 = not said
	SHA256   string // hex, "" = not said
	MIMEType string
	FileName string
}

// Uploader hands files to the provider ahead of the message that holds them. It
// sends nothing that anybody sees, so no failure of it leaves a doubt about the
// message, which counts as being sent only afterwards.
type Uploader interface {
	// Upload gives the provider's ids of the files, in their order. An error is a
	// *SendError, never Uncertain.
	Upload(ctx context.Context, out Outbound) ([]string, error)
}

// Acknowledger tells the provider that something of the contact has been taken
// in, where the contact's app waits for that (a button that shows progress).
type Acknowledger interface {
	Acknowledge(ctx context.Context, token string) error
}

// Typer shows the contact that somebody is writing. providerID is the latest
// message of the contact, which some platforms need.
type Typer interface {
	Typing(ctx context.Context, to message.Party, providerID string) error
}

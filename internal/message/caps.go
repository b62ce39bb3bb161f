package message

import "time"

// Support says how well a channel type carries something.
type Support string

// Levels of support.
const (
	Supported Support = "supported"
	Degraded  Support = "degraded" // carried in another form
	Refused   Support = "refused"
)

// Caps is what a channel type can carry. It is data: the web app's composer,
// the checks before a send and the documentation all read it.
type Caps struct {
	Kinds      map[Kind]Support `json:"kinds"`   // outbound; absent means refused
	Inbound    []Kind           `json:"inbound"` // what contacts send that is understood, in order of Kinds
	Reply      bool             `json:"reply"`   // quoting an earlier message
	Typing     bool             `json:"typing"`
	MarkRead   bool             `json:"mark_read"`
	Subscribes bool             `json:"subscribes"` // our callback is registered by program
	Delivered  bool             `json:"delivered"`  // the platform reports delivery
	Read       bool             `json:"read"`       // the platform reports reading
	Edits      bool             `json:"edits"`      // edits and deletions by the contact arrive
	Groups     bool             `json:"groups"`
	Albums     int              `json:"albums,omitempty"` // most files in one message; 0 = one
}

// Limits are the platform's bounds on content. Lengths are in Unicode code
// points, zero means no stated limit.
type Limits struct {
	Text           int                 `json:"text,omitempty"`
	Caption        int                 `json:"caption,omitempty"`
	Body           int                 `json:"body,omitempty"`      // text of a button question
	ListBody       int                 `json:"list_body,omitempty"` // text of a list question
	Header         int                 `json:"header,omitempty"`
	Footer         int                 `json:"footer,omitempty"`
	Buttons        int                 `json:"buttons,omitempty"`
	ButtonTitle    int                 `json:"button_title,omitempty"`
	ButtonID       int                 `json:"button_id,omitempty"`
	ListButton     int                 `json:"list_button,omitempty"`
	ListSections   int                 `json:"list_sections,omitempty"`
	ListRows       int                 `json:"list_rows,omitempty"` // over all sections
	SectionTitle   int                 `json:"section_title,omitempty"`
	RowTitle       int                 `json:"row_title,omitempty"`
	RowDescription int                 `json:"row_description,omitempty"`
	RowID          int                 `json:"row_id,omitempty"`
	Contacts       int                 `json:"contacts,omitempty"`
	PollQuestion   int                 `json:"poll_question,omitempty"`
	PollOptions    int                 `json:"poll_options,omitempty"` // most answers of a poll; two are the least
	PollOption     int                 `json:"poll_option,omitempty"`
	Media          map[Kind]MediaLimit `json:"media,omitempty"`
}

// MediaLimit bounds one kind of file.
type MediaLimit struct {
	MaxBytes int64    `json:"max_bytes"`
	Types    []string `json:"types"` // MIME types; empty, never nil, for any
	// NoCaption says that no text goes with such a file.
	NoCaption bool `json:"no_caption,omitempty"`
}

// Rate is how fast a platform lets an account send.
type Rate struct {
	PerSecond float64 `json:"per_second,omitempty"` // sustained, per account
	// PairInterval is the sustained distance of two messages to one recipient,
	// PairBurst how many may go at once before it applies.
	PairInterval time.Duration `json:"-"`
	PairBurst    int           `json:"-"`
	// GroupInterval and GroupBurst hold for a group besides.
	GroupInterval time.Duration `json:"-"`
	GroupBurst    int           `json:"-"`
}

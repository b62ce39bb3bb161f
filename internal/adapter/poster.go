package adapter

import (
	"context"
	"time"
)

// Poster is a connection of a type with Deliveries. A message is rendered once;
// all its tries, and those a person asks for days later, carry the same bytes
// and the same id.
type Poster interface {
	// Write renders a message as it will be posted. Pure.
	Write(Outbound) ([]byte, error)
	// Post hands over what Write gave. An error is as of Conn.Send.
	Post(ctx context.Context, p Parcel) (Receipt, error)
}

// Parcel is a rendered message on its way.
type Parcel struct {
	ID   string // of the delivery, the same on every try
	Ref  string // see Outbound; "" for what is no message
	Try  int    // 1, 2, …
	Body []byte
}

// About says where an outbound message belongs, for types that tell the other
// side.
type About struct {
	Conversation string
	Enquiry      string // "" = none
	Number       string // of the enquiry, as people see it
	Sender       Sender
	At           time.Time
}

// Sender is who wrote an outbound message, as far as the contact may know.
type Sender struct {
	Kind SenderKind
	ID   string
	Name string // in the channel's display name format; "" = not told
}

// SenderKind tells people from programs.
type SenderKind string

// Kinds of sender.
const (
	Staff  SenderKind = "staff"
	Bot    SenderKind = "bot"
	System SenderKind = "system"
)

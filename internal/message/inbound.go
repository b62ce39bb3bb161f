package message

import (
	"encoding/json"
	"time"
)

// Party is somebody at the other end of a channel: every address the provider
// gave for him, best known first.
type Party struct {
	Addresses []Address
	Name      string // display name as the provider sends it; may be empty
	Username  string // without @; changes freely, shown only
}

// Address is one way a provider names a party.
type Address struct {
	Kind  AddressKind
	Value string
}

// AddressKind tells what an address is; values are stored.
type AddressKind string

// Kinds of address. Phone is E.164 digits without "+".
const (
	Phone        AddressKind = "phone"
	ScopedID     AddressKind = "scoped_id"     // the provider's id of the person for this business
	ParentID     AddressKind = "parent_id"     // the same over linked businesses
	GroupAddress AddressKind = "group"         // a group, not a person
	MailAddress  AddressKind = "email"         //
	HandleID     AddressKind = "handle"        // a user-chosen name that is stable
	ExternalUser AddressKind = "external_user" // id in somebody else's system
)

// Address returns the party's address of a kind, "" when it has none.
func (p Party) Address(kind AddressKind) string {
	for _, a := range p.Addresses {
		if a.Kind == kind {
			return a.Value
		}
	}
	return ""
}

// Inbound is one thing a provider reported. Exactly one pointer is set.
type Inbound struct {
	Message *Received
	Status  *Status
	Edit    *Edit
	Delete  *Delete
	Move    *Move
	Vote    *Vote
	Tally   *Tally
	Echo    *Echo
	// Presence changes who can be written to, and what a group is called.
	Presence *Presence
	Notice   *Notice
	Typing   *Typing
	Close    *Close
}

// Typing is that the contact is writing at this moment. It is passed on, never
// kept.
type Typing struct{ From Party }

// Close is that the contact ends the enquiry.
type Close struct {
	From Party
	At   time.Time
}

// Received is a message somebody sent to the business.
type Received struct {
	ProviderID string // unique on the channel for ever; the idempotency key
	From       Party
	Group      string    // group address when it was said in a group
	GroupName  string    // title of the group; may be empty
	Album      string    // provider's id of an album; its parts are one message
	Ack        string    // what Acknowledger takes once the message is stored; "" = nothing waits
	Broadcast  bool      // said to an audience, not to the business: nobody waits for an answer
	At         time.Time // the provider's time
	Content    Content
	ReplyTo    string // provider id of the quoted message, possibly unknown to us
	Target     string // provider id a reaction belongs to
	Digest     string // tells contents apart where one id must not be used for two; "" = not compared
}

// State is how far an outbound message got. Order is meaningful, see Rank.
type State string

// States of an outbound message; values are fixed by the API contract.
const (
	Scheduled State = "scheduled"
	Queued    State = "queued"
	Sending   State = "sending"
	Uncertain State = "uncertain"
	Sent      State = "sent"
	Delivered State = "delivered"
	Read      State = "read"
	Failed    State = "failed"
	Canceled  State = "canceled"
	GotIn     State = "received" // inbound
	Recorded  State = "recorded" // internal
)

// Rank orders the states of one attempt: a status only ever moves upward.
// Failed ranks between sent and delivered, so a failure after delivery is
// ignored and a delivery after a reported failure still wins.
func (s State) Rank() int {
	switch s {
	case Scheduled:
		return 0
	case Queued:
		return 1
	case Sending:
		return 2
	case Uncertain:
		return 3
	case Sent:
		return 4
	case Failed:
		return 5
	case Canceled:
		return 6
	case Delivered:
		return 7
	case Read:
		return 8
	}
	return -1
}

// Merge joins two reports about one attempt. It is commutative, associative
// and idempotent, so reports may come in any order and any number of times.
func (s State) Merge(o State) State {
	if o.Rank() > s.Rank() {
		return o
	}
	return s
}

// Status is a provider's word about a message we sent.
type Status struct {
	ProviderID string // "" when the report names the message by ClientRef alone
	ClientRef  string // what we gave the provider to echo, "" when it does not; without an attempt it means the latest
	State      State  // Sent, Delivered, Read or Failed
	At         time.Time
	Recipient  Party
	Errors     []ProviderError
	Reason     string          // for Failed: our reason, see adapter.Reason
	Raw        json.RawMessage // pricing and the like, kept in provenance
}

// Edit replaces the content of an earlier message.
type Edit struct {
	ProviderID string // of the edit itself
	Target     string
	At         time.Time
	From       Party
	Content    Content
}

// Delete withdraws an earlier message.
type Delete struct {
	ProviderID string // of the deletion itself
	Target     string
	At         time.Time
	From       Party
}

// Move tells that a person is now reached elsewhere (changed number, new id).
type Move struct {
	ProviderID string
	From       Party
	To         Party
	At         time.Time
	Text       string
}

// Vote is how somebody answers a poll of ours. It replaces his earlier answer;
// no options withdraw it.
type Vote struct {
	ProviderID string // of the vote itself
	Target     string // one of the provider ids of the poll's message
	From       Party
	At         time.Time
	Order      int64 // rises with each report of a provider that gives no times; 0 = not known
	Options    []int // places in PollBody.Options
}

// Tally is how a poll of ours stands altogether, where the provider does not
// tell who voted.
type Tally struct {
	Target string // one of the provider ids of the poll's message
	At     time.Time
	Order  int64 // as in Vote
	Votes  []int // of each of PollBody.Options
	Closed bool
}

// Presence tells that the account can write to a person or a group from now on,
// or no longer.
type Presence struct {
	ProviderID string
	Who        Party
	At         time.Time
	Reachable  bool
}

// Echo is a message the business sent with other software on the same account.
type Echo struct {
	ProviderID string
	To         Party
	At         time.Time
	Content    Content
}

// Notice is about the account itself (quality, template status, limits).
type Notice struct {
	Code string
	Text string
	Bad  bool // the account cannot be used until somebody acts
	Good bool // ends an earlier Bad
	At   time.Time
	Raw  json.RawMessage
}

package inbox

import (
	"encoding/json"

	"switchboard/internal/domain/contact"
	"switchboard/internal/domain/media"
	"switchboard/internal/message"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/id"
)

// Direction says which way a message went.
type Direction string

// Directions.
const (
	In       Direction = "inbound"
	Out      Direction = "outbound"
	Internal Direction = "internal"
)

// Author is who wrote a message.
type Author struct {
	Type string `json:"type" enum:"member,contact,system,program,external"` // member, contact, system or external (other software on the same account)
	ID   id.ID  `json:"id" nullable:"true"`
	Name string `json:"name"`
}

// SendFailure says why a message was not sent and what to do about it.
type SendFailure struct {
	Reason    string `json:"reason"`
	Code      string `json:"code"`
	Title     string `json:"title"`
	Detail    string `json:"detail"`
	Hint      string `json:"hint"`
	Retryable bool   `json:"retryable"`
}

// ReactionView is one reaction on a message.
type ReactionView struct {
	Emoji      string    `json:"emoji"`
	AuthorID   id.ID     `json:"author_id" nullable:"true"`
	AuthorName string    `json:"author_name"`
	Direction  Direction `json:"direction" enum:"inbound,outbound,internal"`
}

// Message is a message as the API shows it.
type Message struct {
	ID                id.ID           `json:"id"`
	OrganizationID    id.ID           `json:"organization_id"`
	ConversationID    id.ID           `json:"conversation_id"`
	ChannelID         id.ID           `json:"channel_id"`
	Direction         Direction       `json:"direction" enum:"inbound,outbound,internal"`
	Kind              message.Kind    `json:"kind" enum:"text,image,audio,video,document,sticker,location,contacts,interactive,template,reaction,poll,note,event,unsupported"`
	Text              string          `json:"text"`
	Payload           json.RawMessage `json:"payload"`
	Media             []media.View    `json:"media"`
	Reactions         []ReactionView  `json:"reactions"`
	Status            message.State   `json:"status" enum:"scheduled,queued,sending,uncertain,sent,delivered,read,failed,canceled,received,recorded"`
	Attempt           int             `json:"attempt"`
	Automatic         bool            `json:"automatic"`
	Error             *SendFailure    `json:"error"`
	ReplyToID         id.ID           `json:"reply_to_id" nullable:"true"`
	ProviderMessageID *string         `json:"provider_message_id"`
	ClientID          *string         `json:"client_id"`
	Author            *Author         `json:"author"`
	OccurredAt        clock.Stamp     `json:"occurred_at"`
	CreatedAt         clock.Stamp     `json:"created_at"`
	ScheduledAt       clock.Stamp     `json:"scheduled_at" nullable:"true"`
	SentAt            clock.Stamp     `json:"sent_at" nullable:"true"`
	DeliveredAt       clock.Stamp     `json:"delivered_at" nullable:"true"`
	ReadAt            clock.Stamp     `json:"read_at" nullable:"true"`
	EditedAt          clock.Stamp     `json:"edited_at" nullable:"true"`
	DeletedAt         clock.Stamp     `json:"deleted_at" nullable:"true"`
	Starred           *bool           `json:"starred" doc:"The caller's own star; null in events"`

	files []message.Media // as stored with the message
}

// Conversation is a conversation as the API shows it.
type Conversation struct {
	ID              id.ID         `json:"id"`
	OrganizationID  id.ID         `json:"organization_id"`
	ChannelID       id.ID         `json:"channel_id"`
	ContactID       id.ID         `json:"contact_id"`
	ThreadKey       string        `json:"thread_key"`
	Kind            string        `json:"kind" enum:"direct,group,mail"`
	Subject         *string       `json:"subject"`
	OwnerID         id.ID         `json:"owner_id" nullable:"true"`
	TeamID          id.ID         `json:"team_id" nullable:"true"`                            // of the latest enquiry; null = everybody's
	Status          string        `json:"status" enum:"open,ongoing,missed,followed_up,none"` // of the current enquiry; none without one
	UnreadCount     int           `json:"unread_count"`
	LastMessageAt   clock.Stamp   `json:"last_message_at" nullable:"true"`
	WindowExpiresAt clock.Stamp   `json:"window_expires_at" nullable:"true"`
	ChatbotEnabled  bool          `json:"chatbot_enabled"`
	CreatedAt       clock.Stamp   `json:"created_at"`
	UpdatedAt       clock.Stamp   `json:"updated_at"`
	Contact         contact.Brief `json:"contact"`
	Channel         ChannelBrief  `json:"channel"`
	Owner           *MemberBrief  `json:"owner"`
	LastMessage     *LastMessage  `json:"last_message"`
	Enquiry         *EnquiryBrief `json:"enquiry"`
	ReadMark        *ReadMark     `json:"read_mark"` // the caller's own; null in events

	holder id.ID
}

// Place is where the conversation stands.
func (c *Conversation) Place() Place { return Place{c.holder, c.TeamID} }

// ChannelBrief is what other views show of a channel.
type ChannelBrief struct {
	ID         id.ID  `json:"id"`
	Name       string `json:"name"`
	Type       string `json:"type"`
	IsActive   bool   `json:"is_active"`
	Connection string `json:"connection" enum:"connected,disconnected"`
}

// MemberBrief is what other views show of a member.
type MemberBrief struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name"`
}

// LastMessage is the line a list of conversations shows.
type LastMessage struct {
	ID         id.ID         `json:"id"`
	Kind       message.Kind  `json:"kind" enum:"text,image,audio,video,document,sticker,location,contacts,interactive,template,reaction,poll,note,event,unsupported"`
	Direction  Direction     `json:"direction" enum:"inbound,outbound,internal"`
	Text       string        `json:"text"`
	Voice      bool          `json:"voice"` // it was spoken
	Status     message.State `json:"status" enum:"scheduled,queued,sending,uncertain,sent,delivered,read,failed,canceled,received,recorded"`
	OccurredAt clock.Stamp   `json:"occurred_at"`
}

// EnquiryBrief is what a conversation shows of its current enquiry.
type EnquiryBrief struct {
	ID        id.ID       `json:"id"`
	Number    string      `json:"number"`
	Status    string      `json:"status" enum:"open,ongoing,missed,followed_up,closed"`
	OwnerID   id.ID       `json:"owner_id" nullable:"true"`
	CreatedAt clock.Stamp `json:"created_at"`
}

// ReadMark is how far a member has read.
type ReadMark struct {
	MessageID  id.ID       `json:"message_id"`
	OccurredAt clock.Stamp `json:"occurred_at"`
}

// Enquiry is an enquiry as the API shows it.
type Enquiry struct {
	ID             id.ID           `json:"id"`
	OrganizationID id.ID           `json:"organization_id"`
	Number         string          `json:"number"`
	Status         string          `json:"status" enum:"open,ongoing,missed,followed_up,closed"`
	WaitingReason  *string         `json:"waiting_reason"`
	ConversationID id.ID           `json:"conversation_id"`
	ChannelID      id.ID           `json:"channel_id"`
	ContactID      id.ID           `json:"contact_id"`
	DestinationID  id.ID           `json:"destination_id" nullable:"true"`
	OwnerID        id.ID           `json:"owner_id" nullable:"true"`
	TeamID         id.ID           `json:"team_id" nullable:"true"` // null = everybody's
	CreatedAt      clock.Stamp     `json:"created_at"`
	UpdatedAt      clock.Stamp     `json:"updated_at"`
	FirstReplyAt   clock.Stamp     `json:"first_reply_at" nullable:"true"`
	ClosedAt       clock.Stamp     `json:"closed_at" nullable:"true"`
	CloseReason    *string         `json:"close_reason"`
	Contact        contact.Brief   `json:"contact"`
	Channel        ChannelBrief    `json:"channel"`
	Owner          *MemberBrief    `json:"owner"`
	Timeline       []TimelineEntry `json:"timeline,omitempty"` // of one enquiry only
}

// TimelineEntry is one thing that happened to an enquiry.
type TimelineEntry struct {
	At    clock.Stamp     `json:"at"`
	Kind  string          `json:"kind"`
	Actor *Author         `json:"actor"`
	Data  json.RawMessage `json:"data"`
}

// Enquiry states.
const (
	Open       = "open"
	Ongoing    = "ongoing"
	Missed     = "missed"
	FollowedUp = "followed_up"
	Closed     = "closed"
	NoEnquiry  = "none"
)

// Step is one station in the life of a message.
type Step struct {
	At         clock.Stamp     `json:"at"`
	Name       string          `json:"name"`
	Detail     string          `json:"detail"`
	Attempt    int             `json:"attempt"`
	Data       json.RawMessage `json:"data"`
	DurationMS *float64        `json:"duration_ms"`
}

// Provenance is the life of a message.
type Provenance struct {
	MessageID id.ID  `json:"message_id"`
	Steps     []Step `json:"steps"`
}

// Package channel holds the channels of an organization and the sources they
// stand on: names, settings, sealed credentials and the states that say whether
// a channel may send and receive. It reads everything about a channel type from
// its descriptor and never speaks to a provider itself.
package channel

import (
	"encoding/json"
	"strings"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/id"
)

// Masked stands for a secret in everything that is read.
const Masked = "********"

// Connection tells whether the credentials are there and work.
type Connection string

// Connection states.
const (
	Connected    Connection = "connected"
	Disconnected Connection = "disconnected"
)

// Validation is the outcome of the latest credential check.
type Validation string

// Validation states.
const (
	Pending Validation = "pending"
	Good    Validation = "good"
	Invalid Validation = "invalid"
)

// Subscription tells whether the provider sends us webhooks.
type Subscription string

// Subscription states; None is for types without one, and for drafts.
const (
	Subscribed   Subscription = "subscribed"
	Unsubscribed Subscription = "unsubscribed"
	None         Subscription = "none"
)

// Attention is something an administrator should look at.
type Attention struct {
	Code  string      `json:"code"`
	Text  string      `json:"text"`
	Since clock.Stamp `json:"since"`
}

// Source is one outside account with its credentials.
type Source struct {
	OrganizationID id.ID
	ID             id.ID
	Name           string
	Type           string
	Account        string // the outside account as the provider names it
	App            string // which provider app signs for it; compare only
	Settings       adapter.Settings
	Issued         map[string]adapter.Credential
	Connection     Connection
	Validation     Validation
	Subscription   Subscription
	Attention      []Attention
	ExpiresAt      time.Time
	ChannelID      id.ID // the channel that uses it, zero when free
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Channel is a named inbox on at most one source.
type Channel struct {
	OrganizationID    id.ID
	ID                id.ID
	Name              string
	Type              string
	SourceID          id.ID
	IsActive          bool
	StickyRouting     bool
	DisplayNameFormat string
	LastInboundAt     time.Time
	LastOutboundAt    time.Time
	CreatedAt         time.Time
	UpdatedAt         time.Time
	Source            *Source // nil for a draft
}

// Connection is the source's; a draft is disconnected.
func (c *Channel) Connection() Connection {
	if c.Source == nil {
		return Disconnected
	}
	return c.Source.Connection
}

// Validation is the source's; a draft is pending.
func (c *Channel) Validation() Validation {
	if c.Source == nil {
		return Pending
	}
	return c.Source.Validation
}

// View is a channel as the API shows it.
type View struct {
	ID                id.ID             `json:"id"`
	OrganizationID    id.ID             `json:"organization_id"`
	Name              string            `json:"name"`
	Type              string            `json:"type"`
	Settings          map[string]string `json:"settings"`
	IsActive          bool              `json:"is_active"`
	SourceID          id.ID             `json:"source_id" nullable:"true"`
	Connection        Connection        `json:"connection" enum:"connected,disconnected"`
	Attention         []Attention       `json:"attention"`
	Validation        Validation        `json:"validation" enum:"pending,good,invalid"`
	Subscription      Subscription      `json:"subscription" enum:"subscribed,unsubscribed,none"`
	Health            string            `json:"health" enum:"healthy,degraded,down"`
	Routing           json.RawMessage   `json:"routing"`
	StickyRouting     bool              `json:"sticky_routing"`
	DisplayNameFormat string            `json:"display_name_format"`
	WelcomeMessage    *string           `json:"welcome_message"`
	AwayMessage       *string           `json:"away_message"`
	CallbackURL       string            `json:"callback_url"`
	VerifyToken       string            `json:"verify_token"`
	LastInboundAt     clock.Stamp       `json:"last_inbound_at" nullable:"true"`
	LastOutboundAt    clock.Stamp       `json:"last_outbound_at" nullable:"true"`
	CreatedAt         clock.Stamp       `json:"created_at"`
	UpdatedAt         clock.Stamp       `json:"updated_at"`
}

// SourceView is a source as the API shows it.
type SourceView struct {
	ID             id.ID             `json:"id"`
	OrganizationID id.ID             `json:"organization_id"`
	Name           string            `json:"name"`
	Type           string            `json:"type"`
	ExternalID     string            `json:"external_id"`
	Settings       map[string]string `json:"settings"`
	Connection     Connection        `json:"connection" enum:"connected,disconnected"`
	Validation     Validation        `json:"validation" enum:"pending,good,invalid"`
	Subscription   Subscription      `json:"subscription" enum:"subscribed,unsubscribed,none"`
	Attention      []Attention       `json:"attention"`
	ChannelID      id.ID             `json:"channel_id" nullable:"true"`
	CreatedAt      clock.Stamp       `json:"created_at"`
	UpdatedAt      clock.Stamp       `json:"updated_at"`
}

// View renders a channel. The verify token is shown to those who may edit the
// source, since it is ours to give out; everybody else sees the mask.
func (s *Service) View(c *Channel, reveal bool) View {
	v := View{ID: c.ID, OrganizationID: c.OrganizationID, Name: c.Name, Type: c.Type, Settings: map[string]string{},
		IsActive: c.IsActive, SourceID: c.SourceID, Connection: c.Connection(), Attention: []Attention{},
		Validation: c.Validation(), Subscription: None, Health: health(c), StickyRouting: c.StickyRouting,
		DisplayNameFormat: c.DisplayNameFormat, CallbackURL: s.CallbackURL(c), LastInboundAt: clock.Stamp{Time: c.LastInboundAt},
		LastOutboundAt: clock.Stamp{Time: c.LastOutboundAt}, CreatedAt: clock.Stamp{Time: c.CreatedAt}, UpdatedAt: clock.Stamp{Time: c.UpdatedAt}}
	if c.Source == nil {
		return v
	}
	v.Settings = s.shown(c.Source, reveal)
	v.Subscription, v.Attention = c.Source.Subscription, c.Source.Attention
	v.VerifyToken = v.Settings[verifyToken]
	return v
}

// SourceView renders a source.
func (s *Service) SourceView(src *Source, reveal bool) SourceView {
	return SourceView{ID: src.ID, OrganizationID: src.OrganizationID, Name: src.Name, Type: src.Type, ExternalID: src.Account,
		Settings: s.shown(src, reveal), Connection: src.Connection, Validation: src.Validation, Subscription: src.Subscription,
		Attention: src.Attention, ChannelID: src.ChannelID, CreatedAt: clock.Stamp{Time: src.CreatedAt}, UpdatedAt: clock.Stamp{Time: src.UpdatedAt}}
}

const verifyToken = "verify_token"

// shown masks what the provider gave us, and what we issued unless revealed.
func (s *Service) shown(src *Source, reveal bool) map[string]string {
	out := map[string]string{}
	t := s.Type(src.Type)
	for k, v := range src.Settings {
		f := t.Field(k)
		switch {
		case v == "":
		case f != nil && f.Generated && !reveal, f != nil && f.Secret && !f.Generated:
			out[k] = Masked
		default:
			out[k] = v
		}
	}
	return out
}

// health is one word derived from the other states.
func health(c *Channel) string {
	switch {
	case c.Source == nil, !c.IsActive:
		return "healthy" // being set up or switched off is no trouble
	case c.Source.Connection == Disconnected, c.Source.Validation == Invalid:
		return "down"
	case len(c.Source.Attention) > 0:
		return "degraded"
	}
	return "healthy"
}

// CallbackURL is where the provider delivers a channel's webhooks, or where the
// other side calls the channel's source.
func (s *Service) CallbackURL(c *Channel) string {
	if in := s.Type(c.Type).Inlet; in != nil {
		if c.SourceID.IsZero() {
			return ""
		}
		return s.publicURL + in.Path + "/" + c.SourceID.String()
	}
	return s.publicURL + "/webhooks/" + strings.ToLower(c.Type) + "/" + c.ID.String()
}

// CheckResult is one step of a credential check, as the adapter contract has it.
type CheckResult = adapter.CheckResult

// Type is a channel type's descriptor, as the adapter contract has it.
type Type = adapter.Type

// Field and Settings are a setting of a type and the values of all of them, as
// the adapter contract has them.
type (
	Field    = adapter.Field
	Settings = adapter.Settings
)

// About says where an outbound message belongs, as the adapter contract has it.
type About = adapter.About

// Kinds of sender, as the adapter contract has them.
const (
	Staff  = adapter.Staff
	Bot    = adapter.Bot
	System = adapter.System
)

// DefaultFieldLength bounds a setting whose descriptor names no length.
const DefaultFieldLength = 500

// Checked is the outcome of a credential check.
type Checked struct {
	OK         bool          `json:"ok"`
	Validation Validation    `json:"validation" enum:"pending,good,invalid"`
	Connection Connection    `json:"connection" enum:"connected,disconnected"`
	Checks     []CheckResult `json:"checks"`
}

// Report is what a credential check found, as the adapter contract has it.
type Report = adapter.Report

package channel

import (
	"strings"

	"switchboard/internal/platform/clock"
)

// Health says in which way a channel works, and why not.
type Health struct {
	Health         string       `json:"health" enum:"healthy,degraded,down"`
	CanSend        bool         `json:"can_send"`
	CanReceive     bool         `json:"can_receive"`
	IsActive       bool         `json:"is_active"`
	Connection     Connection   `json:"connection" enum:"connected,disconnected"`
	Validation     Validation   `json:"validation" enum:"pending,good,invalid"`
	Subscription   Subscription `json:"subscription" enum:"subscribed,unsubscribed,none"`
	Reasons        []Attention  `json:"reasons" doc:"What stands in the way, and what an administrator should look at"`
	LastInboundAt  clock.Stamp  `json:"last_inbound_at" nullable:"true"`
	LastOutboundAt clock.Stamp  `json:"last_outbound_at" nullable:"true"`
}

// Health tells how a channel is.
func (s *Service) Health(c *Channel) Health {
	v := s.View(c, false)
	h := Health{Health: v.Health, IsActive: v.IsActive, Connection: v.Connection, Validation: v.Validation, Subscription: v.Subscription,
		Reasons: []Attention{}, LastInboundAt: v.LastInboundAt, LastOutboundAt: v.LastOutboundAt,
		CanSend: v.IsActive && v.Connection == Connected && v.Validation != Invalid, CanReceive: v.IsActive && c.Source != nil}
	why := func(is bool, code, text string) {
		if is {
			h.Reasons = append(h.Reasons, Attention{Code: code, Text: text, Since: v.UpdatedAt})
		}
	}
	why(c.Source == nil, "source_missing", "The channel has no credentials yet.")
	why(!v.IsActive, "channel_inactive", "The channel is switched off.")
	why(v.Validation == Invalid, "channel_invalid", "The credentials were refused.")
	why(v.Connection == Disconnected && c.Source != nil, "channel_disconnected", "The channel is disconnected.")
	why(v.Subscription == Unsubscribed, "unsubscribed", "The provider does not send its webhooks here.")
	for _, f := range s.Type(c.Type).Fields { // without its secret no webhook can be believed
		if f.Wanted && c.Source != nil && c.Source.Settings[f.Key] == "" && strings.Contains(f.Key, "secret") {
			h.CanReceive = false
		}
	}
	h.Reasons = append(h.Reasons, v.Attention...)
	return h
}

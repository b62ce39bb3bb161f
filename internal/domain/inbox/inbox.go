// Package inbox holds conversations, their messages and their enquiries: what a
// contact said, what members answered, and which case it belongs to. It records
// what the gateway received, decides whether something may be sent, and keeps
// what waits to be sent; it never speaks to a provider.
//
// Whoever changes messages, enquiries or the outbox of a conversation locks the
// conversation first, several in the order of their ids.
package inbox

import (
	"log/slog"
	"time"

	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/contact"
	"switchboard/internal/domain/media"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
)

// HoldLongest is how long a message waits for a channel that cannot send.
const HoldLongest = 24 * time.Hour

// Service is the inbox.
type Service struct {
	db       *db.DB
	channels *channel.Service
	contacts *contact.Service
	media    *media.Service
	clock    clock.Clock
	bus      *event.Bus
	log      *slog.Logger
}

// New makes the service.
func New(d *db.DB, channels *channel.Service, contacts *contact.Service, files *media.Service, clk clock.Clock, bus *event.Bus, log *slog.Logger) *Service {
	return &Service{db: d, channels: channels, contacts: contacts, media: files, clock: clk, bus: bus, log: log}
}

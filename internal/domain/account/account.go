// Package account knows organizations, users, members with their roles,
// sessions and API tokens. It decides who somebody is and what he may do: the
// Actor it hands out is the one access rule of the whole program. It never
// reads a request or writes a cookie, and never stores a password, session or
// token in a form that could be used if the database were stolen.
package account

import (
	"log/slog"
	"time"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
)

// Organization is one tenant.
type Organization struct {
	ID       id.ID  `json:"id"`
	Name     string `json:"name"`
	Language string `json:"language"`
	TimeZone string `json:"time_zone"`
}

// User is a person who can sign in, over all organizations.
type User struct {
	ID          id.ID  `json:"id"`
	Email       string `json:"email"`
	Name        string `json:"name"`
	FirstName   string `json:"first_name"`
	LastName    string `json:"last_name"`
	DisplayName string `json:"display_name"`
	Language    string `json:"language"`
}

// Member is a user in an organization.
type Member struct {
	Organization id.ID  `json:"-"`
	ID           id.ID  `json:"id"`
	User         id.ID  `json:"-"`
	Role         string `json:"role"`
	Name         string `json:"name"`
	Presence     string `json:"presence"`
}

// Service is the account domain.
type Service struct {
	db    *db.DB
	clock clock.Clock
	log   *slog.Logger
	bus   *event.Bus

	throttle *throttle
	cache    *accessCache
}

// New makes the service. bus may be nil where nobody else runs (command line);
// with it, changes of rights and sessions reach every cache and stream.
func New(d *db.DB, clk clock.Clock, log *slog.Logger, bus *event.Bus) *Service {
	s := &Service{db: d, clock: clk, log: log, bus: bus, throttle: newThrottle(), cache: newAccessCache()}
	if bus != nil {
		bus.Subscribe(event.Access, func(event.Hint) { s.cache.clear() })
	}
	return s
}

// accessChanged tells every node that rights or sessions of a user, a member or
// a token changed.
func (s *Service) accessChanged(key id.ID) {
	s.cache.clear()
	if s.bus != nil {
		s.bus.Publish(event.Hint{Topic: event.Access, Key: key})
	}
}

func (s *Service) now() time.Time { return s.clock.Now() }

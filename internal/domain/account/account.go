// Package account knows organizations, users, members with their roles,
// sessions and API tokens. It decides who somebody is and what he may do: the
// Actor it hands out is the one access rule of the whole program. It never
// reads a request or writes a cookie, and never stores a password, session or
// token in a form that could be used if the database were stolen.
package account

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/mail"
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

	publicURL string
	mail      mail.Sender // nil: the server has no mail of its own

	later chan struct{} // bounds what happens behind an answer
	wg    sync.WaitGroup
}

// Reach tells where people open the server, for links, and how it sends mail;
// m is nil without a mail server. It is called before the service is used.
func (s *Service) Reach(publicURL string, m mail.Sender) { s.publicURL, s.mail = publicURL, m }

// behind does something after the answer, so that the answer takes the same
// whether there was something to do. Under a flood it is left out.
func (s *Service) behind(ctx context.Context, what string, do func(context.Context) error) {
	select {
	case s.later <- struct{}{}:
	default:
		s.log.Warn("too much waits to be done", "what", what)
		return
	}
	ctx = context.WithoutCancel(ctx)
	s.wg.Go(func() {
		defer func() { <-s.later }()
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		if err := do(ctx); err != nil {
			s.log.Warn("something did not happen behind an answer", "what", what, "error", err)
		}
	})
}

// Wait returns when nothing happens behind an answer any more.
func (s *Service) Wait() { s.wg.Wait() }

// New makes the service. bus may be nil where nobody else runs (command line);
// with it, changes of rights and sessions reach every cache and stream.
func New(d *db.DB, clk clock.Clock, log *slog.Logger, bus *event.Bus) *Service {
	s := &Service{db: d, clock: clk, log: log, bus: bus, throttle: newThrottle(), cache: newAccessCache(), later: make(chan struct{}, 64)}
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

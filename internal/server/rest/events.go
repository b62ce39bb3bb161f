package rest

import (
	"context"
	"net/http"

	"switchboard/internal/domain/account"
	"switchboard/internal/server/api"
)

func (s *Services) events() []api.Route {
	r := api.Route{Method: http.MethodGet, Path: "/events", Operation: "streamEvents", Summary: "Receive what happens, live", Tag: "Events",
		Description: "A text/event-stream of what the caller may see. Last-Event-ID resumes without a gap for at least 5 minutes, else a reset event tells the client to fetch anew.",
		Permission:  api.SignedIn, Resource: "events", Rate: rateRead, Timeout: -1,
		Params: []api.Param{{Name: "last_event_id", Description: "As Last-Event-ID, for the first connection after a reload"},
			{Name: "organization_id", Description: "Which organization, for clients that cannot send headers"}}}
	return []api.Route{api.Plain(r, func(w http.ResponseWriter, c *api.Call) error {
		req := c.Request
		return s.Events(w, req, actor(c), func(ctx context.Context) (account.Actor, error) {
			return s.Door.Authenticate(req.WithContext(ctx))
		})
	})}
}

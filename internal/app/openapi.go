package app

import (
	"log/slog"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
)

//go:generate go run switchboard/cmd/openapi -o ../../api/openapi.json

// apiVersion stands in the description's file: one commit gives one text.
const apiVersion = "1"

// OpenAPI describes the API as JSON. Nothing is opened: the parts are put
// together and asked what they offer, never started.
func OpenAPI() ([]byte, error) {
	cfg := Config{Version: apiVersion, PublicURL: "http://localhost", Log: slog.New(slog.DiscardHandler), Clock: clock.System{}}
	n, err := newServer(cfg, &Storage{DB: &db.DB{}, cfg: cfg}, nil)
	if err != nil {
		return nil, err
	}
	return n.api.OpenAPIJSON(), nil
}

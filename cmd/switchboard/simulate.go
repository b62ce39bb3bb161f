package main

import (
	"switchboard/internal/app"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/config"
)

type simulateCmd struct {
	Listen string `name:"listen" default:"127.0.0.1:8090" placeholder:"ADDRESS" help:"Address to listen on."`
	config.File
	config.Log
}

// Run serves the simulators until a signal comes.
func (c *simulateCmd) Run(w *world) error {
	if err := config.CheckListen("listen", c.Listen); err != nil {
		return usageError{err}
	}
	return app.Simulate(w.ctx, app.Config{Version: version, Listen: c.Listen, PublicURL: "http://" + c.Listen,
		ListenGiven: w.sources.Origin(w.parsed, "listen").From != "default", Log: logger(c.Log, w), Clock: clock.System{}}, w.out)
}

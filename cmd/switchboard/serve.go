package main

import "switchboard/internal/app"

type serveCmd struct{ serverFlags }

// Run serves until a signal comes.
func (c *serveCmd) Run(w *world) error {
	cfg, err := c.config(w)
	if err != nil {
		return err
	}
	return app.Serve(w.ctx, cfg, w.out)
}

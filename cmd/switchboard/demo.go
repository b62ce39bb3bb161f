package main

import "switchboard/internal/app"

type demoCmd struct{ serverFlags }

// Run serves the demo until a signal comes.
func (c *demoCmd) Run(w *world) error {
	cfg, err := c.config(w)
	if err != nil {
		return err
	}
	return app.Demo(w.ctx, cfg, w.out)
}

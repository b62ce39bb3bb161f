package main

import (
	"fmt"

	"switchboard/internal/app"
)

type migrateCmd struct{ storageFlags }

// Run migrates; serve does it too, so this is for who wants it done before.
func (c *migrateCmd) Run(w *world) error {
	if err := app.Migrate(w.ctx, c.config(w)); err != nil {
		return err
	}
	fmt.Fprintln(w.out, "The schema is up to date.")
	return nil
}

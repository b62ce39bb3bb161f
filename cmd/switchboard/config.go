package main

import (
	"fmt"
	"os"
	"strings"

	"switchboard/internal/platform/config"
	"switchboard/internal/platform/secret"
)

type configCmd struct{ serverFlags }

// Run prints every setting as a line of a configuration file, with its origin
// behind it and passwords masked.
func (c *configCmd) Run(w *world) error {
	inForce, err := c.serverFlags.config(w)
	if err != nil {
		return err
	}
	for _, f := range w.parsed.Flags() {
		if f.Name == "help" {
			continue
		}
		origin := w.sources.Origin(w.parsed, f.Name)
		values := []string{""}
		switch v := f.Target.Interface().(type) {
		case []string:
			if len(v) > 0 {
				values = v
			}
		case string:
			values[0] = v
		}
		switch f.Name { // defaults that depend on others
		case "data":
			values[0] = inForce.Data
		case "public-url":
			values[0] = inForce.PublicURL
		}
		name := f.Name
		if name == "config" {
			name = "# config" // a file cannot name another
		}
		for _, v := range values {
			fmt.Fprintf(w.out, "%-50s # %s\n", strings.TrimRight(name+": "+config.Mask(v), " "), origin)
		}
	}
	if os.Getenv(secret.MasterKeyEnv) != "" {
		fmt.Fprintf(w.out, "%-50s # environment %s\n", "# master key: ********", secret.MasterKeyEnv)
	}
	return nil
}

package main

import (
	"fmt"
	"time"

	"switchboard/internal/app"
	"switchboard/internal/domain/account"
	"switchboard/internal/platform/id"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make an API token and print it once."`
}

type tokenCreateCmd struct {
	Organization string        `name:"organization" required:"" placeholder:"ID" help:"Id of the organization (admin create prints it)."`
	Name         string        `name:"name" required:"" placeholder:"NAME" help:"What it is for."`
	Permission   []string      `name:"permission" placeholder:"PERMISSION" help:"What it may do (repeatable; default: all that an administrator may)."`
	Expires      time.Duration `name:"expires" placeholder:"720h" help:"How long it works (default: until revoked)."`
	storageFlags
}

// Run prints the token, and nothing else, on standard output.
func (c *tokenCreateCmd) Run(w *world) error {
	organization, err := id.Parse(c.Organization)
	if err != nil {
		return usagef("--organization %q is %w; switchboard admin create prints it", c.Organization, err)
	}
	cfg := c.config(w)
	n := account.NewToken{Name: c.Name, Permissions: c.Permission}
	if c.Expires < 0 {
		return usagef("--expires %s is over already; give a time to come such as 720h", c.Expires)
	}
	if c.Expires > 0 {
		n.ExpiresAt = cfg.Clock.Now().Add(c.Expires)
	}
	text, err := app.CreateToken(w.ctx, cfg, organization, n)
	if err != nil {
		return err
	}
	fmt.Fprintln(w.out, text)
	return nil
}

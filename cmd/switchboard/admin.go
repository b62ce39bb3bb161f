package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"switchboard/internal/app"
	"switchboard/internal/domain/account"
	"switchboard/internal/platform/config"
)

type adminCmd struct {
	Create        adminCreateCmd `cmd:"" help:"Make an administrator, and the organization if there is none of that name; prints the organization's id."`
	ResetPassword adminResetCmd  `cmd:"" name:"reset-password" help:"Print a link by which a user chooses a new password, once, within 30 minutes."`
}

type adminResetCmd struct {
	Email     string `name:"email" required:"" placeholder:"ADDRESS" help:"E-mail address the user signs in with."`
	PublicURL string `name:"public-url" placeholder:"URL" help:"Address users reach the server at, as given to serve."`
	Listen    string `name:"listen" default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"Address the server listens on, for the link when there is no --public-url."`
	storageFlags
}

// Run prints the link, and nothing else, on standard output.
func (c *adminResetCmd) Run(w *world) error {
	cfg := c.config(w)
	var err error
	if cfg.PublicURL, err = (config.Server{PublicURL: c.PublicURL, Listen: c.Listen}).PublicBase(); err != nil {
		return usageError{err}
	}
	link, err := app.ResetLink(w.ctx, cfg, c.Email)
	if err != nil {
		return err
	}
	fmt.Fprintln(w.out, link)
	return nil
}

type adminCreateCmd struct {
	Email         string `name:"email" required:"" placeholder:"ADDRESS" help:"E-mail address to sign in with."`
	PasswordStdin bool   `name:"password-stdin" help:"Read the password from standard input, one line."`
	Organization  string `name:"organization" required:"" placeholder:"NAME" help:"Name of the organization."`
	Name          string `name:"name" placeholder:"NAME" help:"Name of the person (default: from the address)."`
	Language      string `name:"language" default:"en" placeholder:"CODE" help:"Language of a new organization."`
	TimeZone      string `name:"time-zone" default:"UTC" placeholder:"ZONE" help:"Time zone of a new organization, such as Europe/Berlin."`
	storageFlags
}

// Run prints the organization's id, and nothing else, on standard output.
func (c *adminCreateCmd) Run(w *world) error {
	if !c.PasswordStdin {
		return usagef("the password is read from standard input only: add --password-stdin and pipe it in")
	}
	password, err := firstLine(w.in)
	if err != nil {
		return err
	}
	made, err := app.CreateAdministrator(w.ctx, c.config(w),
		account.NewOrganization{Name: c.Organization, Language: c.Language, TimeZone: c.TimeZone},
		account.NewMember{Email: c.Email, Password: password, Name: c.Name})
	if err != nil {
		return err
	}
	fmt.Fprintln(w.out, made.Organization.ID)
	return nil
}

// firstLine reads one line; a last line needs no end.
func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 4096)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("the password cannot be read from standard input: %w; pipe it in", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", usagef("standard input holds no password; pipe it in as one line")
	}
	return line, nil
}

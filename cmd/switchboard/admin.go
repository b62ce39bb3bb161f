package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"switchboard/internal/app"
	"switchboard/internal/domain/account"
)

type adminCmd struct {
	Create adminCreateCmd `cmd:"" help:"Make an administrator, and the organization if there is none of that name; prints the organization's id."`
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

package app

import (
	"context"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/id"
)

// CreateAdministrator makes an administrator, and his organization when there
// is none of that name. It may run beside a server.
func CreateAdministrator(ctx context.Context, cfg Config, o account.NewOrganization, m account.NewMember) (account.Created, error) {
	var c account.Created
	err := withStorage(ctx, cfg, func(s *Storage) (err error) {
		c, err = s.Accounts(nil).CreateAdministrator(ctx, o, m)
		return err
	})
	return c, err
}

// ResetLink makes a link by which a user chooses a new password, once. It may
// run beside a server.
func ResetLink(ctx context.Context, cfg Config, email string) (link string, err error) {
	err = withStorage(ctx, cfg, func(s *Storage) (err error) {
		accounts := s.Accounts(nil)
		accounts.Reach(cfg.PublicURL, nil)
		link, err = accounts.MachineResetLink(ctx, email)
		return err
	})
	return link, err
}

// CreateToken makes an API token and gives its text. It may run beside a server.
func CreateToken(ctx context.Context, cfg Config, organization id.ID, n account.NewToken) (text string, err error) {
	err = withStorage(ctx, cfg, func(s *Storage) (err error) {
		_, text, err = s.Accounts(nil).CreateMachineToken(ctx, organization, n)
		return err
	})
	return text, err
}

// Migrate brings the schema up to date and checks that the keys fit.
func Migrate(ctx context.Context, cfg Config) error {
	return withStorage(ctx, cfg, func(*Storage) error { return nil })
}

func withStorage(ctx context.Context, cfg Config, do func(*Storage) error) error {
	s, err := Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	return do(s)
}

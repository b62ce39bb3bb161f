package account

import (
	"context"

	"switchboard/internal/platform/secret"
)

// fits compares a password with what is stored of it; stored is "" for a user
// that does not exist, which takes as long. A hash made with yesterday's
// parameters comes back made anew, so that it can be stored.
func (s *Service) fits(ctx context.Context, stored, password string) (right bool, renewed string, err error) {
	if stored == "" {
		return false, "", secret.VerifyNobody(ctx, password)
	}
	right, stale, err := secret.VerifyPassword(ctx, stored, password)
	if err != nil || !stale {
		return right, "", err
	}
	renewed, err = secret.HashPassword(ctx, password)
	return right, renewed, err
}

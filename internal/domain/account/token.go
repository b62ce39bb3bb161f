package account

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/secret"
)

// TokenPrefix begins every API token, so that leaked ones can be recognized.
const TokenPrefix = "sb_"

// Token is an API token as it can be looked at: without its text.
type Token struct {
	ID          id.ID
	Name        string
	Permissions []string
	Member      id.ID // whose permissions bound it; zero = made on the machine
	CreatedAt   time.Time
	ExpiresAt   time.Time // zero = never
	UsedAt      time.Time
}

// NewToken is what to make. Without permissions it gets all that its maker has.
type NewToken struct {
	Name        string
	Permissions []string
	ExpiresAt   time.Time
}

// CreateToken makes a token for a member, bounded by his permissions now and
// ever after, and gives its text, which cannot be read again.
func (s *Service) CreateToken(ctx context.Context, actor Actor, n NewToken) (Token, string, error) {
	if err := actor.Require(APITokensEdit); err != nil {
		return Token{}, "", err
	}
	if actor.Member.IsZero() {
		return Token{}, "", fault.New(fault.Forbidden, "not_a_member", "An API token that belongs to no member cannot make others.").
			WithHint("Make it on the machine: switchboard token create.")
	}
	for _, p := range n.Permissions {
		if known[p] && !actor.May(p) {
			return Token{}, "", fault.New(fault.Forbidden, "forbidden", "You cannot give what you do not have.").
				WithDetails("the permission %s is missing", p)
		}
	}
	if len(n.Permissions) == 0 {
		n.Permissions = actor.Permissions()
	}
	return s.createToken(ctx, actor.Organization, actor.Member, n)
}

// CreateMachineToken makes a token for who holds the machine: without
// permissions named it may everything an administrator may.
func (s *Service) CreateMachineToken(ctx context.Context, organization id.ID, n NewToken) (Token, string, error) {
	if len(n.Permissions) == 0 {
		n.Permissions = []string{allPermissions}
	}
	return s.createToken(ctx, organization, id.Zero, n)
}

func (s *Service) createToken(ctx context.Context, organization, member id.ID, n NewToken) (Token, string, error) {
	now := s.now()
	t := Token{ID: id.At(now), Name: strings.TrimSpace(n.Name), Member: member, CreatedAt: now, ExpiresAt: n.ExpiresAt}
	if t.Name == "" || len(t.Name) > 100 {
		return Token{}, "", fault.InvalidField("/name", "name_invalid", "A token needs a name of at most 100 bytes.")
	}
	if !t.ExpiresAt.IsZero() && !t.ExpiresAt.After(now) {
		return Token{}, "", fault.InvalidField("/expires_at", "expired", "The token would be over before it is made.")
	}
	for _, p := range n.Permissions {
		if p != allPermissions && !known[p] {
			return Token{}, "", fault.InvalidField("/permissions", "unknown_permission", "There is no permission %q; there are %s.", p, strings.Join(known.names(), ", "))
		}
		if !slices.Contains(t.Permissions, p) {
			t.Permissions = append(t.Permissions, p)
		}
	}
	list, err := json.Marshal(t.Permissions)
	if err != nil {
		return Token{}, "", err
	}
	text, hash := secret.NewToken(TokenPrefix)
	err = s.db.Tenant(organization).Write(ctx, func(tx *db.Tx) error {
		if _, err := organizationByID(tx, organization); err != nil {
			return err
		}
		_, err := tx.Exec(insertToken, organization, t.ID, t.Name, hash, json.RawMessage(list), member, now, t.ExpiresAt)
		return err
	})
	if err != nil {
		return Token{}, "", err
	}
	return t, text.Reveal(), nil
}

// RevokeToken ends a token at once.
func (s *Service) RevokeToken(ctx context.Context, actor Actor, token id.ID) error {
	if err := actor.Require(APITokensEdit); err != nil {
		return err
	}
	err := s.db.Tenant(actor.Organization).Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(deleteToken, actor.Organization, token)
		if err == nil && n == 0 {
			return fault.Absent("API token")
		}
		return err
	})
	if err == nil {
		s.accessChanged(token)
	}
	return err
}

// FromToken tells who an API token is.
func (s *Service) FromToken(ctx context.Context, text string) (Actor, error) {
	if !strings.HasPrefix(text, TokenPrefix) {
		return Actor{}, errToken
	}
	hash := secret.TokenHash(text)
	key := "t" + string(hash)
	now := s.now()
	actor, turn, ok := s.cache.get(key, now)
	if ok {
		return actor, nil
	}
	var t storedToken
	err := s.db.System().Read(ctx, func(tx *db.Tx) (err error) {
		t, err = tokenByHash(tx, hash)
		return err
	})
	switch {
	case errors.Is(err, db.ErrNoRows):
		return Actor{}, errToken
	case err != nil:
		return Actor{}, err
	case !t.expires.IsZero() && !now.Before(t.expires):
		return Actor{}, errToken
	}
	actor = Actor{Organization: t.organization, Token: t.id, Name: t.name}
	bound := known
	if !t.member.IsZero() {
		if t.user.IsZero() { // its maker is gone, and his rights with him
			return Actor{}, errToken
		}
		actor.Member, actor.User, actor.Role = t.member, t.user, t.role
		bound = roleSets[t.role]
	}
	actor.permissions = expand(t.permissions, bound)
	if now.Sub(t.used) >= seenEvery {
		s.note(ctx, "API token", touchToken, t.organization, t.id, now)
	}
	s.cache.put(key, actor, turn, now, t.expires)
	return actor, nil
}

var errToken = fault.New(fault.Unauthenticated, "unauthenticated", "The API token is unknown, revoked or over.").
	WithHint("Make a new one with: switchboard token create --organization ID --name NAME")

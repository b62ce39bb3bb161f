package account

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
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
	return s.createToken(ctx, actor.Audit(), actor.Member, n)
}

// CreateMachineToken makes a token for who holds the machine: without
// permissions named it may everything an administrator may.
func (s *Service) CreateMachineToken(ctx context.Context, organization id.ID, n NewToken) (Token, string, error) {
	if len(n.Permissions) == 0 {
		n.Permissions = []string{allPermissions}
	}
	return s.createToken(ctx, atMachine(organization), id.Zero, n)
}

func (s *Service) createToken(ctx context.Context, by audit.Actor, member id.ID, n NewToken) (Token, string, error) {
	organization := by.Organization
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
		if _, err := tx.Exec(insertToken, organization, t.ID, t.Name, hash, json.RawMessage(list), member, now, t.ExpiresAt); err != nil {
			return err
		}
		return audit.Record(tx, now, by, audit.Act{Action: "api_token.create", ObjectType: "api_token", ObjectID: t.ID, After: map[string]any{
			"name": t.Name, "permissions": t.Permissions, "expires_at": clock.Stamp{Time: t.ExpiresAt}}})
	})
	if err != nil {
		return Token{}, "", err
	}
	return t, text.Reveal(), nil
}

// RevokeToken ends a token at once.
func (s *Service) RevokeToken(ctx context.Context, actor Actor, token id.ID, check func(TokenView) error) error {
	if err := actor.Require(APITokensEdit); err != nil {
		return err
	}
	err := s.db.Tenant(actor.Organization).Write(ctx, func(tx *db.Tx) error {
		if check != nil {
			was, err := s.tokenIn(tx, actor.Organization, token)
			if err == nil {
				err = check(was)
			}
			if err != nil {
				return err
			}
		}
		var name string
		var permissions json.RawMessage
		err := tx.Row(deleteToken, []any{actor.Organization, token}, &name, db.JSON(&permissions))
		if errors.Is(err, db.ErrNoRows) {
			return fault.Absent("API token")
		} else if err != nil {
			return err
		}
		return audit.Record(tx, s.now(), actor.Audit(), audit.Act{Action: "api_token.revoke", ObjectType: "api_token", ObjectID: token,
			Before: map[string]any{"name": name, "permissions": permissions}})
	})
	if err == nil {
		s.accessChanged(token)
	}
	return err
}

// TokenView is an API token as the API shows it.
type TokenView struct {
	ID             id.ID       `json:"id"`
	OrganizationID id.ID       `json:"organization_id"`
	Name           string      `json:"name"`
	Permissions    []string    `json:"permissions" doc:"What was given; it may do at most what its maker may now"`
	MemberID       id.ID       `json:"member_id" doc:"Who made it; null when it was made on the machine"`
	MemberName     string      `json:"member_name"`
	CreatedAt      clock.Stamp `json:"created_at"`
	ExpiresAt      clock.Stamp `json:"expires_at"`
	LastUsedAt     clock.Stamp `json:"last_used_at"`
}

// TokenSpec is what lists of tokens may be asked.
var TokenSpec = query.Spec{Resource: "api_tokens", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
	{Name: "name", Column: "t.name", Type: query.Text, Filterable: true, Sortable: true},
	{Name: "member_id", Column: "t.member_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "created_at", Column: "t.created_at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "expires_at", Column: "t.expires_at", Type: query.Time, Filterable: true, Sortable: true, Nullable: true},
	{Name: "last_used_at", Column: "t.used_at", Type: query.Time, Filterable: true, Sortable: true, Nullable: true},
}}

const (
	tokenColumns = `t.organization_id, t.id, t.name, t.permissions, t.member_id, m.name, t.created_at, t.expires_at, t.used_at`
	tokenFrom    = `api_token t LEFT JOIN member m ON m.organization_id = t.organization_id AND m.id = t.member_id`
)

var selectTokenView = db.SQL(`SELECT ` + tokenColumns + ` FROM ` + tokenFrom + ` WHERE t.organization_id = $1 AND t.id = $2`)

func scanTokenView(scan func(...any) error) (v TokenView, err error) {
	var list json.RawMessage
	if err = scan(&v.OrganizationID, &v.ID, &v.Name, db.JSON(&list), &v.MemberID, db.Null(&v.MemberName), db.Time(&v.CreatedAt.Time),
		db.Time(&v.ExpiresAt.Time), db.Time(&v.LastUsedAt.Time)); err != nil {
		return v, err
	}
	if err = json.Unmarshal(list, &v.Permissions); err == nil && slices.Contains(v.Permissions, allPermissions) {
		v.Permissions = known.names()
	}
	return v, err
}

func (s *Service) tokenIn(tx *db.Tx, organization, token id.ID) (v TokenView, err error) {
	found := false
	err = tx.Query(selectTokenView, []any{organization, token}, func(scan func(...any) error) (err error) {
		v, err = scanTokenView(scan)
		found = true
		return err
	})
	if err == nil && !found {
		err = fault.Absent("API token")
	}
	return v, err
}

// Tokens lists the API tokens of the organization, never their text.
func (s *Service) Tokens(ctx context.Context, actor Actor, l *query.List) (out []TokenView, total int64, err error) {
	if err := actor.Require(APITokensView); err != nil {
		return nil, 0, err
	}
	err = s.db.Tenant(actor.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out = nil
		total, err = db.List(tx, l, tokenColumns, tokenFrom, func(scan func(...any) error) error {
			v, err := scanTokenView(scan)
			out = append(out, v)
			return err
		})
		return err
	})
	return out, total, err
}

// TokenOf reads one.
func (s *Service) TokenOf(ctx context.Context, actor Actor, token id.ID) (v TokenView, err error) {
	if err := actor.Require(APITokensView); err != nil {
		return v, err
	}
	err = s.db.Tenant(actor.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		v, err = s.tokenIn(tx, actor.Organization, token)
		return err
	})
	return v, err
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
		if t, err = tokenByHash(tx, hash); err != nil {
			return err
		}
		actor = Actor{Organization: t.organization, Token: t.id, Name: t.name, Member: t.member, User: t.user, Role: t.role, Scope: ScopeAll}
		if !t.member.IsZero() {
			actor.Scope = scopeOf(t.role)
		}
		return actor.see(tx)
	})
	switch {
	case errors.Is(err, db.ErrNoRows):
		return Actor{}, errToken
	case err != nil:
		return Actor{}, err
	case !t.expires.IsZero() && !now.Before(t.expires):
		return Actor{}, errToken
	}
	bound := known
	if !t.member.IsZero() {
		if t.user.IsZero() { // its maker is gone, and his rights with him
			return Actor{}, errToken
		}
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

package rest

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/idempotency"
	"switchboard/internal/server/api"
)

// Keys lets the core keep answers in the store.
type Keys struct{ Store *idempotency.Store }

// Begin claims a key for one actor.
func (k Keys) Begin(ctx context.Context, who api.Actor, key, target string, body [32]byte) (*api.StoredAnswer, func(context.Context, api.StoredAnswer) error, error) {
	a, _ := who.(account.Actor)
	name := "token:" + a.Token.String()
	if a.Token.IsZero() {
		name = "member:" + a.Member.String()
	}
	hash := sha256.Sum256(append([]byte(target+"\n"), body[:]...))
	raw, kept, err := k.Store.Begin(ctx, a.Organization, name, key, hash[:])
	if err != nil {
		return nil, nil, err
	}
	if kept {
		var answer api.StoredAnswer
		err := json.Unmarshal(raw, &answer)
		return &answer, nil, err
	}
	return nil, func(ctx context.Context, answer api.StoredAnswer) error {
		var raw []byte
		if answer.Status != 0 {
			if raw, err = json.Marshal(answer); err != nil {
				return err
			}
		}
		return k.Store.Finish(ctx, a.Organization, name, key, raw)
	}, nil
}

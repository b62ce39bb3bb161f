// Package audit writes down administrative acts: who, what, on which object,
// before and after. The row is part of the transaction of the act, so neither
// exists without the other, and each row's hash covers the one before it. It
// knows nothing of what the objects are, and never stores a secret: whoever
// records hands in what may be read.
package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// Kinds of actors.
const (
	Member  = "member"
	Token   = "api_token"
	Machine = "machine" // the command line
)

// Actor is who did it, as he is written down: a name stays when he is gone.
type Actor struct {
	Organization id.ID
	Type         string
	ID           id.ID
	Name         string
	Address      string // of the client
}

// Act is one thing that was done. Before and After are maps or structs that
// print as JSON objects; of an act with both only what differs is kept.
type Act struct {
	Action     string // object.verb
	ObjectType string
	ObjectID   id.ID
	Before     any
	After      any
}

// Row is an act as it is stored.
type Row struct {
	ID         id.ID
	Seq        int64
	At         time.Time
	Actor      Actor
	Action     string
	ObjectType string
	ObjectID   id.ID
	Before     json.RawMessage
	After      json.RawMessage
	Hash       []byte
}

var (
	// takeHead locks the chain of the organization until the commit.
	takeHead = db.SQL(`INSERT INTO audit_head (organization_id, seq, hash) VALUES ($1, $2, $3)
		ON CONFLICT (organization_id) DO UPDATE SET seq = audit_head.seq + $2 RETURNING seq, hash`)
	moveHead = db.SQL(`UPDATE audit_head SET hash = $2 WHERE organization_id = $1`)
	insert   = db.NewInsert("audit_log", nil, db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "id", Type: db.ID},
		db.Col{Name: "seq", Type: db.Int}, db.Col{Name: "at", Type: db.Int}, db.Col{Name: "actor_type", Type: db.Text},
		db.Col{Name: "actor_id", Type: db.ID}, db.Col{Name: "actor_name", Type: db.Text}, db.Col{Name: "address", Type: db.Text},
		db.Col{Name: "action", Type: db.Text}, db.Col{Name: "object_type", Type: db.Text}, db.Col{Name: "object_id", Type: db.ID},
		db.Col{Name: "before", Type: db.Text}, db.Col{Name: "after", Type: db.Text}, db.Col{Name: "hash", Type: db.Bytes})
)

// Record writes acts down. It is called once in a transaction, as its last
// step: what it locks is held by every act of the organization.
func Record(tx *db.Tx, now time.Time, by Actor, acts ...Act) error {
	if len(acts) == 0 {
		return nil
	}
	var last int64
	var hash []byte
	if err := tx.Row(takeHead, []any{by.Organization, len(acts), []byte{}}, &last, &hash); err != nil {
		return err
	}
	rows := make([][]any, len(acts))
	for i, a := range acts {
		before, after, err := differ(a.Before, a.After)
		if err != nil {
			return fmt.Errorf("audit: %s: %w", a.Action, err)
		}
		r := Row{ID: id.At(now), Seq: last - int64(len(acts)-1-i), At: now, Actor: by, Action: a.Action, ObjectType: a.ObjectType, ObjectID: a.ObjectID, Before: before, After: after}
		hash = r.Sum(hash)
		rows[i] = []any{by.Organization, r.ID, r.Seq, now, by.Type, by.ID, by.Name, by.Address, a.Action, a.ObjectType, a.ObjectID, before, after, hash}
	}
	if err := tx.InsertMany(insert, rows); err != nil {
		return err
	}
	_, err := tx.Exec(moveHead, by.Organization, hash)
	return err
}

// Sum is the hash of a row that follows one with the hash before. Each part is
// written with its length, so that no two rows print the same.
func (r *Row) Sum(before []byte) []byte {
	h := sha256.New()
	part := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	num := func(v int64) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(v))
		part(n[:])
	}
	part(before)
	part(r.Actor.Organization[:])
	part(r.ID[:])
	num(r.Seq)
	num(r.At.UnixMicro())
	part([]byte(r.Actor.Type))
	part(r.Actor.ID[:])
	part([]byte(r.Actor.Name))
	part([]byte(r.Actor.Address))
	part([]byte(r.Action))
	part([]byte(r.ObjectType))
	part(r.ObjectID[:])
	part(r.Before)
	part(r.After)
	return h.Sum(nil)
}

// differ prints both sides; of a change only the members that differ.
func differ(before, after any) (b, a json.RawMessage, err error) {
	if b, err = object(before); err != nil {
		return nil, nil, err
	}
	if a, err = object(after); err != nil || b == nil || a == nil {
		return b, a, err
	}
	var was, is map[string]json.RawMessage
	if err := json.Unmarshal(b, &was); err != nil {
		return nil, nil, err
	}
	if err := json.Unmarshal(a, &is); err != nil {
		return nil, nil, err
	}
	for k, v := range is {
		if old, ok := was[k]; ok && bytes.Equal(old, v) {
			delete(is, k)
			delete(was, k)
		}
	}
	if b, err = json.Marshal(was); err != nil {
		return nil, nil, err
	}
	a, err = json.Marshal(is)
	return b, a, err
}

func object(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}

type key struct{}

// With lets what is done under ctx be recorded as done by an actor, where the
// act passes through parts that know no actors.
func With(ctx context.Context, by Actor) context.Context { return context.WithValue(ctx, key{}, by) }

// From is who With named.
func From(ctx context.Context) (Actor, bool) {
	by, ok := ctx.Value(key{}).(Actor)
	return by, ok
}

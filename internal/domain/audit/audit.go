// Package audit reads the record of administrative acts and proves that nobody
// tampered with it. It writes nothing: acts are recorded by those who do them,
// with platform/audit; the one exception is that taking the record out is one.
package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// Service reads the record.
type Service struct {
	db    *db.DB
	clock clock.Clock
}

// New makes the service.
func New(d *db.DB, clk clock.Clock) *Service { return &Service{d, clk} }

// View is one act as the API shows it.
type View struct {
	ID             id.ID           `json:"id"`
	OrganizationID id.ID           `json:"organization_id"`
	Seq            int64           `json:"seq" doc:"Counts up by one; a missing number is a missing entry"`
	At             clock.Stamp     `json:"at"`
	ActorType      string          `json:"actor_type" enum:"member,api_token,machine"`
	ActorID        id.ID           `json:"actor_id"`
	ActorName      string          `json:"actor_name"`
	Address        string          `json:"address"`
	Action         string          `json:"action"`
	ObjectType     string          `json:"object_type"`
	ObjectID       id.ID           `json:"object_id"`
	Before         json.RawMessage `json:"before" doc:"What it was; of a change only what differs"`
	After          json.RawMessage `json:"after" doc:"What it became; of a change only what differs"`
}

// Spec is what lists of acts may be asked.
var Spec = query.Spec{Resource: "audit_log", Key: "seq", Fields: []query.Field{
	{Name: "seq", Column: "t.seq", Type: query.Int, Filterable: true, Sortable: true},
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
	{Name: "at", Column: "t.at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "actor_type", Column: "t.actor_type", Type: query.Enum, Values: []string{audit.Member, audit.Token, audit.Machine}, Filterable: true},
	{Name: "actor_id", Column: "t.actor_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "actor_name", Column: "t.actor_name", Type: query.Text, Filterable: true},
	{Name: "action", Column: "t.action", Type: query.Text, Filterable: true},
	{Name: "object_type", Column: "t.object_type", Type: query.Text, Filterable: true},
	{Name: "object_id", Column: "t.object_id", Type: query.UUID, Filterable: true, Nullable: true},
}}

const columns = `t.organization_id, t.id, t.seq, t.at, t.actor_type, t.actor_id, t.actor_name, t.address, t.action, t.object_type, t.object_id, t.before, t.after, t.hash`

var (
	selectOne = db.SQL(`SELECT ` + columns + ` FROM audit_log t WHERE t.organization_id = $1 AND t.id = $2`)
	selectAll = db.SQL(`SELECT ` + columns + ` FROM audit_log t WHERE t.organization_id = $1 ORDER BY t.seq`)
	headOf    = db.SQL(`SELECT seq, hash FROM audit_head WHERE organization_id = $1`)
)

func scanRow(scan func(...any) error) (r audit.Row, err error) {
	err = scan(&r.Actor.Organization, &r.ID, &r.Seq, db.Time(&r.At), &r.Actor.Type, &r.Actor.ID, &r.Actor.Name, &r.Actor.Address,
		&r.Action, &r.ObjectType, &r.ObjectID, db.JSON(&r.Before), db.JSON(&r.After), &r.Hash)
	return r, err
}

func view(r audit.Row) View {
	return View{ID: r.ID, OrganizationID: r.Actor.Organization, Seq: r.Seq, At: clock.Stamp{Time: r.At}, ActorType: r.Actor.Type, ActorID: r.Actor.ID,
		ActorName: r.Actor.Name, Address: r.Actor.Address, Action: r.Action, ObjectType: r.ObjectType, ObjectID: r.ObjectID,
		Before: r.Before, After: r.After}
}

// List reads acts, the newest first unless asked otherwise.
func (s *Service) List(ctx context.Context, a account.Actor, l *query.List) (out []View, total int64, err error) {
	if err := a.Require(account.AuditView); err != nil {
		return nil, 0, err
	}
	err = s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out = nil
		total, err = db.List(tx, l, columns, "audit_log t", func(scan func(...any) error) error {
			r, err := scanRow(scan)
			out = append(out, view(r))
			return err
		})
		return err
	})
	return out, total, err
}

// Get reads one act.
func (s *Service) Get(ctx context.Context, a account.Actor, act id.ID) (v View, err error) {
	if err := a.Require(account.AuditView); err != nil {
		return v, err
	}
	found := false
	err = s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) error {
		return tx.Query(selectOne, []any{a.Organization, act}, func(scan func(...any) error) error {
			r, err := scanRow(scan)
			v, found = view(r), true
			return err
		})
	})
	if err == nil && !found {
		err = fault.Absent("audit log entry")
	}
	return v, err
}

// Verify walks the whole record of an organization and tells the first row that
// was changed, removed or put in between.
func (s *Service) Verify(ctx context.Context, organization id.ID) error {
	return s.db.Tenant(organization).Read(ctx, func(tx *db.Tx) error {
		var hash, head []byte
		var seq, want int64
		if err := tx.Query(selectAll, []any{organization}, func(scan func(...any) error) error {
			r, err := scanRow(scan)
			if err != nil {
				return err
			}
			seq++
			if r.Seq != seq {
				return &tampered{fmt.Errorf("the audit log lacks entry %d", seq)}
			}
			if hash = r.Sum(hash); !bytes.Equal(hash, r.Hash) {
				return &tampered{fmt.Errorf("the audit log was changed at entry %d (%s)", r.Seq, r.ID)}
			}
			return nil
		}); err != nil {
			return err
		}
		err := tx.Query(headOf, []any{organization}, func(scan func(...any) error) error { return scan(&want, &head) })
		if err == nil && (want != seq || !bytes.Equal(head, hash)) {
			err = &tampered{fmt.Errorf("the audit log ends at entry %d, it was written up to %d", seq, want)}
		}
		return err
	})
}

package account

import (
	"context"

	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// OrganizationPatch is what may be changed. Nil stays as it is.
type OrganizationPatch struct {
	Name     *string `json:"name,omitempty" maxLength:"200"`
	Language *string `json:"language,omitempty" maxLength:"35" doc:"BCP 47 tag, such as en or ar"`
	TimeZone *string `json:"time_zone,omitempty" maxLength:"64" doc:"IANA name, such as Europe/Berlin"`
}

// OrganizationSpec is what the list of organizations may be asked; it has the
// caller's one.
var OrganizationSpec = query.Spec{Resource: "organizations", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "name", Column: "t.name", Type: query.Text, Filterable: true, Sortable: true},
	{Name: "language", Column: "t.language", Type: query.Text, Filterable: true},
	{Name: "time_zone", Column: "t.time_zone", Type: query.Text, Filterable: true},
}}

// Organizations lists the caller's organization.
func (s *Service) Organizations(ctx context.Context, a Actor, l *query.List) (out []Organization, total int64, err error) {
	if err := a.Require(SettingsView); err != nil {
		return nil, 0, err
	}
	err = s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out = nil
		total, err = db.List(tx, l, `t.id, t.name, t.language, t.time_zone`, `(SELECT id AS organization_id, id, name, language, time_zone FROM organization) t`,
			func(scan func(...any) error) error {
				var o Organization
				err := scan(&o.ID, &o.Name, &o.Language, &o.TimeZone)
				out = append(out, o)
				return err
			})
		return err
	})
	return out, total, err
}

// OrganizationOf reads the caller's organization; any other is absent.
func (s *Service) OrganizationOf(ctx context.Context, a Actor, organization id.ID) (o Organization, err error) {
	if err := a.Require(SettingsView); err != nil {
		return o, err
	}
	if organization != a.Organization {
		return o, fault.Absent("organization")
	}
	err = s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		o, err = organizationByID(tx, organization)
		return err
	})
	return o, err
}

// ChangeOrganization changes the caller's organization. check is asked with it
// as it was.
func (s *Service) ChangeOrganization(ctx context.Context, a Actor, organization id.ID, p OrganizationPatch, check func(Organization) error) (o Organization, err error) {
	if err := a.Require(SettingsEdit); err != nil {
		return o, err
	}
	if organization != a.Organization {
		return o, fault.Absent("organization")
	}
	err = s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		var locked id.ID
		if err := tx.Row(lockOrganization, []any{organization}, &locked); err != nil {
			return err
		}
		was, err := organizationByID(tx, organization)
		if err != nil {
			return err
		}
		if check != nil {
			if err := check(was); err != nil {
				return err
			}
		}
		n := NewOrganization{Name: was.Name, Language: was.Language, TimeZone: was.TimeZone}
		for from, to := range map[*string]*string{p.Name: &n.Name, p.Language: &n.Language, p.TimeZone: &n.TimeZone} {
			if from != nil {
				*to = *from
			}
		}
		if n, err = n.checked(); err != nil {
			return err
		}
		o = Organization{ID: was.ID, Name: n.Name, Language: n.Language, TimeZone: n.TimeZone}
		if _, err := tx.Exec(updateOrganization, o.ID, o.Name, o.Language, o.TimeZone); err != nil {
			return err
		}
		return audit.Record(tx, s.now(), a.Audit(), audit.Act{Action: "organization.update", ObjectType: "organization", ObjectID: o.ID, Before: was, After: o})
	})
	return o, err
}

package account

import (
	"context"
	"errors"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/secret"
)

// NewMember is a person to add to an organization.
type NewMember struct {
	Email    string
	Password string
	Name     string // taken from the address when empty
	Role     string
}

// NewOrganization is an organization to make.
type NewOrganization struct {
	Name     string
	Language string // en when empty
	TimeZone string // UTC when empty
}

// Created is what came of it.
type Created struct {
	Organization Organization
	User         User
	Member       Member
}

// CreateAdministrator adds an administrator to the organization of this name,
// which is made when there is none. Somebody who has a user already keeps it and
// must give its password: the name of an organization is no reason to take an
// account over.
func (s *Service) CreateAdministrator(ctx context.Context, o NewOrganization, m NewMember) (Created, error) {
	m.Role = Administrator
	o, err := o.checked()
	if err != nil {
		return Created{}, err
	}
	return s.create(ctx, m, func(tx *db.Tx, now time.Time) (Organization, error) {
		have, err := scanOrganization(tx, selectOrganizationByName, o.Name)
		if !errors.Is(err, db.ErrNoRows) {
			return have, err
		}
		fresh := Organization{ID: id.At(now), Name: o.Name, Language: o.Language, TimeZone: o.TimeZone}
		_, err = tx.Exec(insertOrganization, fresh.ID, fresh.Name, fresh.Language, fresh.TimeZone, now)
		return fresh, err
	})
}

// CreateMember adds a person to an organization. It asks for no permission: it
// is for who holds the machine.
func (s *Service) CreateMember(ctx context.Context, organization id.ID, m NewMember) (Created, error) {
	return s.create(ctx, m, func(tx *db.Tx, _ time.Time) (Organization, error) {
		return organizationByID(tx, organization)
	})
}

func (s *Service) create(ctx context.Context, m NewMember, find func(*db.Tx, time.Time) (Organization, error)) (Created, error) {
	m, err := m.checked()
	if err != nil {
		return Created{}, err
	}
	var have User
	var stored string
	if err := s.db.System().Read(ctx, func(tx *db.Tx) (err error) {
		have, stored, err = userByEmail(tx, m.Email)
		if errors.Is(err, db.ErrNoRows) {
			have, stored = User{}, ""
			return nil
		}
		return err
	}); err != nil {
		return Created{}, err
	}
	now := s.now()
	if have.ID.IsZero() {
		if err := secret.CheckPassword(m.Password, m.Email); err != nil {
			return Created{}, err
		}
		if stored, err = secret.HashPassword(ctx, m.Password); err != nil {
			return Created{}, err
		}
		have = User{ID: id.At(now), Email: m.Email, Name: m.Name}
		have.FirstName, have.LastName, _ = strings.Cut(m.Name, " ")
	} else {
		right, _, err := s.fits(ctx, stored, m.Password)
		if err != nil {
			return Created{}, err
		}
		if !right {
			return Created{}, errUserExists
		}
		stored = ""
	}
	var c Created
	err = s.db.System().Write(ctx, func(tx *db.Tx) error {
		c = Created{User: have}
		if stored != "" {
			n, err := tx.Exec(insertUser, have.ID, have.Email, have.Name, have.FirstName, have.LastName, have.DisplayName, have.Language, stored, now)
			if err != nil {
				return err
			}
			if n == 0 { // somebody made it a moment ago
				return errUserExists
			}
		}
		var err error
		if c.Organization, err = find(tx, now); err != nil {
			return err
		}
		c.Member = Member{Organization: c.Organization.ID, User: have.ID}
		if err := tx.Row(upsertMember, []any{c.Organization.ID, id.At(now), have.ID, m.Role, have.Name, now},
			&c.Member.ID, &c.Member.Role, &c.Member.Name, &c.Member.Presence); err != nil {
			return err
		}
		return audit.Record(tx, now, atMachine(c.Organization.ID), audit.Act{Action: "member.create", ObjectType: "member", ObjectID: c.Member.ID,
			After: map[string]any{"email": have.Email, "name": c.Member.Name, "role": c.Member.Role}})
	})
	if err != nil {
		return Created{}, err
	}
	s.accessChanged(c.Member.ID)
	return c, nil
}

var errUserExists = fault.New(fault.Conflict, "user_exists", "There is a user with this address already, and the password is another.").
	WithHint("Give the password the user has, or another address.")

func (o NewOrganization) checked() (NewOrganization, error) {
	o.Name = strings.Join(strings.Fields(o.Name), " ")
	if o.Name == "" || len(o.Name) > 200 {
		return o, fault.InvalidField("/name", "name_invalid", "The organization needs a name of at most 200 bytes.")
	}
	if o.Language == "" {
		o.Language = "en"
	}
	if !languageTag.MatchString(o.Language) {
		return o, fault.InvalidField("/language", "language_invalid", "%q is not a language; expected a tag such as en or ar.", o.Language)
	}
	if o.TimeZone == "" {
		o.TimeZone = "UTC"
	}
	if _, err := time.LoadLocation(o.TimeZone); err != nil || o.TimeZone == "Local" {
		return o, fault.InvalidField("/time_zone", "time_zone_unknown", "There is no time zone %q; expected a name such as Europe/Berlin.", o.TimeZone)
	}
	return o, nil
}

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

func (m NewMember) checked() (NewMember, error) {
	m.Email = foldEmail(m.Email)
	a, err := mail.ParseAddress(m.Email)
	if err != nil || a.Address != m.Email || len(m.Email) > 254 {
		return m, fault.InvalidField("/email", "email_invalid", "%q is not an e-mail address.", m.Email)
	}
	if roleSets[m.Role] == nil {
		return m, fault.InvalidField("/role", "unknown_role", "There is no role %q; there are %s, %s and %s.", m.Role, Administrator, Supervisor, Agent)
	}
	if m.Name = strings.Join(strings.Fields(m.Name), " "); m.Name == "" {
		local, _, _ := strings.Cut(m.Email, "@")
		m.Name = local
	}
	m.Name = clip(m.Name, 200)
	return m, nil
}

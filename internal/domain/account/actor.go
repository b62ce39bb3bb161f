package account

import (
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// Actor is who does something, in which organization, and what he may do. All
// access is decided by it; it is made by Service from a session or a token.
// The zero Actor may nothing.
type Actor struct {
	Organization id.ID
	Member       id.ID // zero for a token made on the machine
	User         id.ID // zero for a token made on the machine
	Token        id.ID // zero for a browser session
	Name         string
	Role         string // "" for a token made on the machine
	Session      id.ID  // of a browser; zero for a token
	Address      string // of the client; "" for what acts by itself

	Scope Scope   // how far he sees; nothing but his own when empty
	Teams []id.ID // he is a member of, unless he sees all
	Mates []id.ID // the members of those teams, when he sees his teams

	permissions set
}

// NewActor gives an Actor exactly these permissions, over all conversations
// unless it says otherwise. Service makes those of real requests; this is for
// jobs that act for somebody and for tests.
func NewActor(a Actor, permissions ...string) Actor {
	if a.Scope == "" {
		a.Scope = ScopeAll
	}
	a.permissions = expand(permissions, known)
	return a
}

// NewMemberActor is a member with what the role allows, without his teams.
func NewMemberActor(m Member) Actor {
	return Actor{Organization: m.Organization, Member: m.ID, User: m.User, Name: m.Name, Role: m.Role,
		Scope: scopeOf(m.Role), permissions: roleSets[m.Role]}
}

// Audit is the actor as his acts are written down.
func (a Actor) Audit() audit.Actor {
	by := audit.Actor{Organization: a.Organization, Type: audit.Member, ID: a.Member, Name: a.Name, Address: a.Address}
	if !a.Token.IsZero() {
		by.Type, by.ID = audit.Token, a.Token
	} else if a.Member.IsZero() {
		by.Type = audit.Machine
	}
	return by
}

// atMachine is who holds the machine.
func atMachine(organization id.ID) audit.Actor {
	return audit.Actor{Organization: organization, Type: audit.Machine, Name: "command line"}
}

// OrganizationID is the organization the actor acts in.
func (a Actor) OrganizationID() id.ID { return a.Organization }

// May tells whether the actor holds a permission.
func (a Actor) May(permission string) bool { return a.permissions[permission] }

// Permissions lists what the actor may, in a fixed order.
func (a Actor) Permissions() []string { return a.permissions.names() }

// Require refuses who lacks a permission. It gives an error, not a *fault.Error,
// so that its nil survives being returned.
func (a Actor) Require(permission string) error {
	if a.May(permission) {
		return nil
	}
	f := fault.New(fault.Forbidden, "forbidden", "You are not allowed to do this.").
		WithDetails("the permission %s is missing", permission)
	if !a.Token.IsZero() {
		return f.WithHint("Use an API token that has %s; a token has at most what the member who made it may (roles with it: %s).", permission, holders(permission))
	}
	return f.WithHint("An administrator of your organization can give you a role that has %s: %s.", permission, holders(permission))
}

package account

import (
	"slices"
	"strings"
)

// Permissions, as feature.verb. A name is stable: tokens store it.
const (
	InboxView       = "inbox.view"
	InboxSend       = "inbox.send"
	InboxDelete     = "inbox.delete"
	EnquiriesView   = "enquiries.view"
	EnquiriesEdit   = "enquiries.edit"
	EnquiriesDelete = "enquiries.delete"
	ContactsView    = "contacts.view"
	ContactsEdit    = "contacts.edit"
	ContactsDelete  = "contacts.delete"
	MediaView       = "media.view"
	MediaEdit       = "media.edit"
	ChannelsView    = "channels.view"
	ChannelsEdit    = "channels.edit"
	SourcesView     = "sources.view"
	SourcesEdit     = "sources.edit"
	WebhooksView    = "webhooks.view"
	WebhooksEdit    = "webhooks.edit"
	StaffView       = "staff.view"
	StaffEdit       = "staff.edit"
	APITokensView   = "api_tokens.view"
	APITokensEdit   = "api_tokens.edit"
	SettingsView    = "settings.view"
	SettingsEdit    = "settings.edit"
	AuditView       = "audit.view"
	AuditExport     = "audit.export"
)

// Permission is one row of the table of what can be allowed.
type Permission struct {
	Name string
	Doc  string   // completes "may …"
	In   []string // the built-in roles that hold it
}

// Built-in roles.
const (
	Administrator = "administrator"
	Supervisor    = "supervisor"
	Agent         = "agent"
)

// Role is a named set of permissions, and over which conversations they reach.
type Role struct {
	Name  string
	Doc   string
	Scope Scope
}

// Scope says which conversations somebody sees; package inbox holds the rule.
type Scope string

// Scopes, each wider than the next.
const (
	ScopeAll  Scope = "all"
	ScopeTeam Scope = "team" // what his teams, their members or nobody's team have
	ScopeOwn  Scope = "own"  // his own, and what nobody serves in his teams or in nobody's
)

var scopes = []Scope{ScopeOwn, ScopeTeam, ScopeAll}

// covers tells whether who sees s sees at least what the other does.
func (s Scope) covers(other Scope) bool {
	return slices.Index(scopes, s) >= slices.Index(scopes, other)
}

// scopeOf is how far a role sees; an unknown role sees the least.
func scopeOf(role string) Scope {
	for _, r := range roles {
		if r.Name == role {
			return r.Scope
		}
	}
	return ScopeOwn
}

// Permissions lists what a role allows.
func (r Role) Permissions() []string { return roleSets[r.Name].names() }

var roles = []Role{
	{Administrator, "sets the organization up: channels, people, tokens; may do everything", ScopeAll},
	{Supervisor, "sees what his teams do, steps in, finds out why something did not arrive", ScopeTeam},
	{Agent, "answers contacts", ScopeOwn},
}

var (
	everybody   = []string{Administrator, Supervisor, Agent}
	supervising = []string{Administrator, Supervisor}
	governing   = []string{Administrator}
)

// permissions is the one table of what exists and who holds it.
var permissions = []Permission{
	{InboxView, "read conversations and messages, live too", everybody},
	{InboxSend, "write to contacts, retry, cancel and mark as read", everybody},
	{InboxDelete, "erase conversations and messages from this server; nothing is taken back at the contact's", governing},
	{EnquiriesView, "see enquiries and their timeline", everybody},
	{EnquiriesEdit, "open and close enquiries", everybody},
	{EnquiriesDelete, "erase enquiries with their timeline", governing},
	{ContactsView, "see contacts and how they can be reached", everybody},
	{ContactsEdit, "add and change contacts", everybody},
	{ContactsDelete, "delete contacts", supervising},
	{MediaView, "see the files of conversations", everybody},
	{MediaEdit, "upload files, and have a failed download tried again", everybody},
	{ChannelsView, "see channels, their state and limits", everybody},
	{ChannelsEdit, "connect, change, switch and delete channels", governing},
	{SourcesView, "see connected provider accounts without their secrets", supervising},
	{SourcesEdit, "change provider accounts and read what we issued for them (verify token, callback)", governing},
	{WebhooksView, "see what providers delivered and what we deliver to others, raw", supervising},
	{WebhooksEdit, "have a delivery worked or sent again, or canceled", supervising},
	{StaffView, "see who belongs to the organization", everybody},
	{StaffEdit, "add members and change their roles", governing},
	{APITokensView, "see API tokens, never their text", governing},
	{APITokensEdit, "make and revoke API tokens", governing},
	{SettingsView, "see the organization's name, language and time zone", everybody},
	{SettingsEdit, "change the organization's name, language and time zone", governing},
	{AuditView, "see who changed what in the organization", governing},
	{AuditExport, "take the record of changes out", governing},
}

// allPermissions in a stored list stands for everything an administrator may,
// also what later versions add.
const allPermissions = "*"

// Roles lists the built-in roles, the mightiest first.
func Roles() []Role { return slices.Clone(roles) }

// Permissions lists what can be allowed, in the order people read it.
func Permissions() []Permission { return slices.Clone(permissions) }

// set holds permissions; it is never changed once made, so Actors share it.
type set map[string]bool

var (
	known    = setOf(Administrator)
	roleSets = map[string]set{Administrator: setOf(Administrator), Supervisor: setOf(Supervisor), Agent: setOf(Agent)}
)

// setOf is what a role may; an unknown role may nothing.
func setOf(role string) set {
	s := set{}
	for _, p := range permissions {
		if slices.Contains(p.In, role) {
			s[p.Name] = true
		}
	}
	return s
}

// covers tells whether s holds all of the other.
func (s set) covers(other set) bool {
	for p := range other {
		if !s[p] {
			return false
		}
	}
	return true
}

// expand turns a stored list into a set, bounded by what its maker may.
// Names that no longer exist allow nothing.
func expand(list []string, bound set) set {
	s := set{}
	for _, name := range list {
		if name == allPermissions {
			return bound
		}
		if bound[name] {
			s[name] = true
		}
	}
	return s
}

func (s set) names() []string {
	out := make([]string, 0, len(s))
	for _, p := range permissions {
		if s[p.Name] {
			out = append(out, p.Name)
		}
	}
	return out
}

// holders tells which built-in roles have a permission, for refusals.
func holders(permission string) string {
	for _, p := range permissions {
		if p.Name == permission {
			return strings.Join(p.In, ", ")
		}
	}
	return Administrator
}

package rest

import (
	"context"
	"net/http"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
)

// Invite asks a person to join.
type Invite struct {
	Email string `json:"email" maxLength:"254"`
	Role  string `json:"role" enum:"administrator,supervisor,agent"`
}

// RoleList is what roles there are and what can be allowed.
type RoleList struct {
	Roles       []RoleView       `json:"roles"`
	Permissions []PermissionView `json:"permissions"`
}

// RoleView is a role.
type RoleView struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Scope       string            `json:"scope" enum:"all,team,own" doc:"Whose conversations its holders see"`
	Permissions []string          `json:"permissions"`
	Users       []account.NameRef `json:"users" doc:"The members who hold it, at most 1,000"`
}

// PermissionView is something that can be allowed.
type PermissionView struct {
	Name        string `json:"name"`
	Description string `json:"description" doc:"Completes: may …"`
}

func roleList(holders map[string][]account.NameRef) RoleList {
	var l RoleList
	for _, r := range account.Roles() {
		l.Roles = append(l.Roles, RoleView{r.Name, r.Doc, string(r.Scope), r.Permissions(), append([]account.NameRef{}, holders[r.Name]...)})
	}
	for _, p := range account.Permissions() {
		l.Permissions = append(l.Permissions, PermissionView{p.Name, p.Doc})
	}
	return l
}

func (s *Services) users() []api.Route {
	base := api.Route{Path: "/users", Operation: "listUsers", Summary: "List the members of the organization", Tag: "Organization",
		Permission: account.StaffView, Resource: "users", Rate: rateRead, Query: &account.MemberSpec}
	one := base
	one.Path, one.Operation, one.Summary = "/users/{id}", "getUser", "Read one member"
	logins := base
	logins.Path, logins.Operation, logins.Summary = "/users/{id}/logins", "listMemberLogins", "When and from where a member signed in, in the last 90 days"
	logins.Permission, logins.Query = account.StaffEdit, &account.LoginSpec
	roles := base
	roles.Method, roles.Path, roles.Operation, roles.Summary, roles.Query = http.MethodGet, "/roles", "listRoles", "Roles, and the permissions they hold", nil
	write := one
	write.Permission, write.Rate, write.Audit = account.StaffEdit, rateWrite, "members"
	change := write
	change.Operation, change.Summary = "changeUser", "Change a member's name or role, deactivate or activate him"
	change.Description = "Who loses rights is signed out, and the invitations he sent stop working. Nobody gives what he does not have, and the last administrator stays."
	remove := write
	remove.Operation, remove.Summary = "removeUser", "Remove a member; what he wrote keeps his name"
	invite := write
	invite.Path, invite.Operation, invite.Summary = "/users/invite", "inviteUser", "Invite a person by a link"
	invite.Description = "The link is shown once and works for 7 days. With a mail server it is sent to the address as well."
	invite.Idempotent, invite.Status, invite.Query = api.ByKey, http.StatusCreated, nil
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[account.MemberView], error) {
			rows, total, err := s.Accounts.Members(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(one, func(ctx context.Context, c *api.Call, v id.ID) (account.MemberView, error) {
			return s.Accounts.MemberOf(ctx, actor(c), v)
		}),
		api.List(logins, func(ctx context.Context, c *api.Call, l query.List) (api.Page[account.MemberLogin], error) {
			rows, total, err := s.Accounts.LoginsOf(ctx, actor(c), c.ID("id"), &l)
			return page(rows, total), err
		}),
		api.Patch(change, func(ctx context.Context, c *api.Call, v id.ID, p account.MemberPatch) (account.MemberView, error) {
			return s.Accounts.ChangeMember(ctx, actor(c), v, p, func(was account.MemberView) error { return c.Match(was) })
		}),
		api.Delete(remove, func(ctx context.Context, c *api.Call, v id.ID) error {
			return s.Accounts.RemoveMember(ctx, actor(c), v, func(was account.MemberView) error { return c.Match(was) })
		}),
		api.Action(invite, func(ctx context.Context, c *api.Call, b Invite) (account.Invited, error) {
			return s.Accounts.Invite(ctx, actor(c), b.Email, b.Role)
		}),
		api.Action(roles, func(ctx context.Context, c *api.Call, _ api.None) (RoleList, error) {
			holders, err := s.Accounts.Holders(ctx, actor(c))
			return roleList(holders), err
		}),
	}
}

func (s *Services) invitations() []api.Route {
	base := api.Route{Path: "/invitations", Operation: "listInvitations", Summary: "List invitations that were not accepted", Tag: "Organization",
		Permission: account.StaffEdit, Resource: "invitations", Rate: rateRead, Query: &account.InvitationSpec}
	end := base
	end.Path, end.Operation, end.Summary = "/invitations/{id}", "revokeInvitation", "Revoke an invitation; its link stops working"
	end.Rate, end.Audit = rateWrite, "members"
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[account.InvitationView], error) {
			rows, total, err := s.Accounts.Invitations(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.Delete(end, func(ctx context.Context, c *api.Call, v id.ID) error {
			if err := noMatch(c); err != nil {
				return err
			}
			return s.Accounts.Withdraw(ctx, actor(c), v)
		}),
	}
}

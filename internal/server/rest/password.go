package rest

import (
	"context"
	"net/http"

	"switchboard/internal/domain/account"
	"switchboard/internal/server/api"
)

// ChangePassword sets another password for who is signed in.
type ChangePassword struct {
	CurrentPassword string `json:"current_password" maxLength:"1024"`
	Password        string `json:"password" maxLength:"1024" doc:"At least 12 characters"`
}

// ForgotPassword asks for a link to choose a new password.
type ForgotPassword struct {
	Email string `json:"email" maxLength:"320"`
}

// Forgotten is the same for every address.
type Forgotten struct {
	Mailed         bool    `json:"mailed" doc:"Whether this server sends mail: then a link is on its way if the address has an account"`
	SupportContact *string `json:"support_contact" doc:"Whom to ask otherwise"`
}

// ResetPassword sets a new password by a link.
type ResetPassword struct {
	Token    string `json:"token" maxLength:"200" doc:"What stands behind # in the link"`
	Password string `json:"password" maxLength:"1024" doc:"At least 12 characters"`
}

// InvitationToken is what stands behind # in the link of an invitation.
type InvitationToken struct {
	Token string `json:"token" maxLength:"200"`
}

// AcceptInvitation joins an organization.
type AcceptInvitation struct {
	Token    string `json:"token" maxLength:"200" doc:"What stands behind # in the link"`
	Name     string `json:"name,omitempty" maxLength:"200" doc:"Needed from who has no account on this server yet"`
	Password string `json:"password" maxLength:"1024" doc:"Chosen, or the one of the account there is"`
}

func (s *Services) password() []api.Route {
	at := func(path, op, summary string) api.Route {
		return api.Route{Path: path, Operation: op, Summary: summary, Tag: "Sign in", Resource: "session", Rate: rateLogin, Audit: "auth",
			Permission: api.Public, Idempotent: api.Naturally, BodyLimit: 8 << 10}
	}
	change := at("/auth/change_password", "changePassword", "Set another password; other sessions end")
	change.Permission, change.Status = api.SignedIn, http.StatusNoContent
	forgot := at("/auth/forgot_password", "forgotPassword", "Ask for a link to choose a new password")
	forgot.Description, forgot.Status = "The answer is the same whether the address has an account. The link works once, for 30 minutes.", http.StatusAccepted
	look := at("/auth/invitation", "readInvitation", "What an invitation is for")
	look.Status = http.StatusOK
	accept := at("/auth/accept_invitation", "acceptInvitation", "Accept an invitation and sign in")
	accept.Status = http.StatusOK
	return []api.Route{
		api.Action(change, func(ctx context.Context, c *api.Call, b ChangePassword) (api.None, error) {
			return api.None{}, s.Accounts.ChangePassword(ctx, actor(c), b.CurrentPassword, b.Password)
		}),
		api.Action(forgot, func(ctx context.Context, c *api.Call, b ForgotPassword) (Forgotten, error) {
			mailed, err := s.Accounts.Forgot(ctx, b.Email, s.Door.ClientAddress(c.Request))
			return Forgotten{mailed, s.Server.SupportContact}, err
		}),
		api.Action(at("/auth/reset_password", "resetPassword", "Set a new password by a link; every session ends"),
			func(ctx context.Context, c *api.Call, b ResetPassword) (api.None, error) {
				if err := s.Door.CheckLogin(c.Request); err != nil {
					return api.None{}, err
				}
				return api.None{}, s.Accounts.Reset(ctx, b.Token, b.Password, s.Door.ClientAddress(c.Request), c.Request.UserAgent())
			}),
		api.Action(look, func(ctx context.Context, c *api.Call, b InvitationToken) (account.InvitationInfo, error) {
			return s.Accounts.LookAtInvitation(ctx, b.Token, s.Door.ClientAddress(c.Request))
		}),
		api.Action(accept, func(ctx context.Context, c *api.Call, b AcceptInvitation) (Me, error) {
			if err := s.Door.CheckLogin(c.Request); err != nil {
				return Me{}, err
			}
			ses, who, err := s.Accounts.Accept(ctx, b.Token, b.Name, account.Credentials{Password: b.Password,
				Address: s.Door.ClientAddress(c.Request), Device: c.Request.UserAgent()})
			if err != nil {
				return Me{}, err
			}
			c.Header().Add("Set-Cookie", s.Door.Cookie(ses).String())
			return Me{who, s.Server}, nil
		}),
	}
}

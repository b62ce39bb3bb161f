package whatsappcloud

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// Check asks Meta step by step whether the settings work and stops where the
// next step could only repeat the finding.
func (c *conn) Check(ctx context.Context) (adapter.Report, error) {
	r := &report{}
	steps := []func(context.Context, *report) bool{c.checkSettings, c.checkToken, c.checkNumber, c.checkPair, c.checkSubscription}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return r.Report, err
		}
		if !step(ctx, r) {
			break
		}
	}
	return r.Report, nil
}

// report adds to a Report in few words.
type report struct{ adapter.Report }

func (r *report) good(name, title, detail string) bool {
	r.Checks = append(r.Checks, adapter.CheckResult{Name: name, Title: title, OK: true, Detail: detail})
	return true
}

func (r *report) bad(name, title, field, detail, hint string, reason adapter.Reason) bool {
	r.Checks = append(r.Checks, adapter.CheckResult{Name: name, Title: title, Field: field, Detail: detail, Hint: hint, Reason: reason})
	return false
}

// refused reports a failed call. field is the setting to mend when Meta says
// the object does not exist; other reasons name their own.
func (r *report) refused(name, title, field string, err error) bool {
	e := adapter.AsSendError(err)
	detail, hint := e.Title, e.Hint
	if e.Detail != "" {
		detail += ": " + e.Detail
	}
	switch {
	case strings.Contains(strings.ToLower(e.Detail), "appsecret_proof"):
		field, hint = "app_secret", "The app secret does not belong to the app of this token. Copy it again (step 14 of the guide)."
	case e.Reason == adapter.AuthExpired:
		field = "access_token"
	case e.Reason == adapter.Throttled, e.Reason == adapter.Unreachable, e.Reason == adapter.Uncertain:
		field, hint = "", "Nothing is known to be wrong with the settings. Try again in a few minutes."
	}
	return r.bad(name, title, field, detail, hint, e.Reason)
}

// Titles of the steps.
const (
	titleSettings = "Settings are complete"
	titleToken    = "Access token works"
	titleScopes   = "Access token has both permissions"
	titleNumber   = "Phone number is visible"
	titleStatus   = "Phone number may send"
	titlePair     = "Phone number belongs to the account"
	titleSub      = "Webhooks are subscribed"
)

func (c *conn) checkSettings(_ context.Context, r *report) bool {
	have := map[string]string{"phone_number_id": c.phoneNumberID, "waba_id": c.wabaID,
		"app_secret": c.appSecret, "access_token": c.token}
	ok := true
	for _, f := range fields {
		if (f.Required || f.Wanted && f.Key != "app_id") && have[f.Key] == "" {
			ok = r.bad("settings", titleSettings, f.Key, f.Label+" is missing.", f.Help, adapter.BadSettings)
		}
	}
	return ok && r.good("settings", titleSettings, "")
}

// checkToken inspects the token as the app (Meta: debug_token). Without the app
// id the calls that follow must show whether the token works.
func (c *conn) checkToken(ctx context.Context, r *report) bool {
	const name = "access_token"
	if c.appID == "" {
		return r.good(name, titleToken, "Not inspected, because App ID is empty.")
	}
	var answer struct {
		Data struct {
			AppID   kit.ID        `json:"app_id"`
			Valid   bool          `json:"is_valid"`
			Expires kit.Timestamp `json:"expires_at"`
			Scopes  []string      `json:"scopes"`
			Error   wireError     `json:"error"`
		} `json:"data"`
	}
	err := c.callAs(ctx, c.appID+"|"+c.appSecret, http.MethodGet, "/debug_token", url.Values{"input_token": {c.token}}, nil, &answer)
	if err != nil {
		if e := adapter.AsSendError(err); e.Reason == adapter.AuthExpired || e.Reason == adapter.Rejected {
			return r.bad("app", "App ID and app secret belong together", "app_secret", e.Title+": "+e.Detail,
				"Copy App ID and App secret again from App settings › Basic (step 14 of the guide).", adapter.BadSettings)
		}
		return r.refused(name, titleToken, "access_token", err)
	}
	d := answer.Data
	if !d.Valid {
		return r.bad(name, titleToken, "access_token", "Meta says the token is not valid. "+c.redact(d.Error.Message), hintToken, adapter.AuthExpired)
	}
	if d.AppID != kit.ID(c.appID) {
		return r.bad(name, titleToken, "app_id", "The token was made for another app, so webhooks would never arrive here.",
			"Enter the App ID and App secret of the app the token was made for, or make a token for this app.", adapter.BadSettings)
	}
	detail := "It does not expire."
	if !d.Expires.IsZero() {
		r.ExpiresAt = d.Expires.Time
		detail = "It expires on " + d.Expires.Format("2 January 2006, 15:04") + " UTC."
		if left := d.Expires.Sub(c.now()); left <= 0 {
			return r.bad(name, titleToken, "access_token", "The token has expired.", hintToken, adapter.AuthExpired)
		} else if left < 48*time.Hour {
			detail += " This looks like a temporary token; make a permanent one (step 12 of the guide)."
		}
	}
	r.good(name, titleToken, detail)
	for _, scope := range []string{"whatsapp_business_messaging", "whatsapp_business_management"} {
		if len(d.Scopes) > 0 && !slices.Contains(d.Scopes, scope) {
			return r.bad("permissions", titleScopes, "access_token", "The permission "+scope+" is missing.", hintRights, adapter.AuthExpired)
		}
	}
	return r.good("permissions", titleScopes, "")
}

// checkNumber looks the number up and reads its state (Meta: Phone numbers).
func (c *conn) checkNumber(ctx context.Context, r *report) bool {
	var n struct {
		ID      kit.ID `json:"id"`
		Display string `json:"display_phone_number"`
		Name    string `json:"verified_name"`
		Status  string `json:"status"`
		Quality string `json:"quality_rating"`
		Mode    string `json:"account_mode"`
	}
	q := url.Values{"fields": {"display_phone_number,verified_name,status,quality_rating,platform_type,account_mode"}}
	if err := c.call(ctx, http.MethodGet, "/"+c.numberPath, q, nil, &n); err != nil {
		return r.refused("phone_number", titleNumber, "phone_number_id", err)
	}
	if n.Display == "" {
		return r.bad("phone_number", titleNumber, "phone_number_id", "This id is not a phone number.",
			"Use the Phone number ID, not the number itself and not the account's id (step 13 of the guide).", adapter.BadSettings)
	}
	facts := []string{n.Display}
	for _, s := range []string{n.Name, quality(n.Quality), mode(n.Mode)} {
		if s != "" {
			facts = append(facts, s)
		}
	}
	r.good("phone_number", titleNumber, message.Truncate(message.Clean(strings.Join(facts, ", ")), 300))
	switch n.Status {
	case "", "CONNECTED":
		return r.good("number_status", titleStatus, "")
	case "FLAGGED", "RESTRICTED", "RATE_LIMITED":
		return r.good("number_status", titleStatus, "Meta limits this number at the moment ("+n.Status+"): its quality is low or it sends too much.")
	case "BANNED", "DELETED", "MIGRATED":
		r.bad("number_status", titleStatus, "phone_number_id", "Meta reports the number as "+n.Status+".", hintAccount, adapter.BadSettings)
	default:
		r.bad("number_status", titleStatus, "phone_number_id", "Meta reports the number as "+message.Truncate(message.Clean(n.Status), 50)+".", hintRegister, adapter.BadSettings)
	}
	return true // the remaining steps still say something new
}

func quality(s string) string {
	switch s {
	case "GREEN", "YELLOW", "RED":
		return "quality " + strings.ToLower(s)
	}
	return ""
}

func mode(s string) string {
	if s == "SANDBOX" {
		return "test number"
	}
	return ""
}

// checkPair makes sure that number and account belong together. Accounts rarely
// have more than one page of numbers; ten pages are the bound.
func (c *conn) checkPair(ctx context.Context, r *report) bool {
	after := ""
	for range 10 {
		var list struct {
			Data []struct {
				ID kit.ID `json:"id"`
			} `json:"data"`
			Paging struct {
				Next    string `json:"next"`
				Cursors struct {
					After string `json:"after"`
				} `json:"cursors"`
			} `json:"paging"`
		}
		q := url.Values{"limit": {"100"}, "fields": {"id"}}
		if after != "" {
			q.Set("after", after)
		}
		if err := c.call(ctx, http.MethodGet, "/"+c.wabaPath+"/phone_numbers", q, nil, &list); err != nil {
			return r.refused("account", titlePair, "waba_id", err)
		}
		for _, n := range list.Data {
			if n.ID == kit.ID(c.phoneNumberID) {
				return r.good("account", titlePair, "")
			}
		}
		if after = list.Paging.Cursors.After; list.Paging.Next == "" || after == "" {
			break
		}
	}
	return r.bad("account", titlePair, "waba_id", "The number is not one of this WhatsApp Business Account.",
		"Copy both ids from the same page: App dashboard › WhatsApp › API setup (step 13 of the guide).", adapter.BadSettings)
}

// checkSubscription reports whether our app gets the account's webhooks. Not
// being subscribed is no fault: the next button does it.
func (c *conn) checkSubscription(ctx context.Context, r *report) bool {
	var list struct {
		Data []struct {
			App struct {
				ID kit.ID `json:"id"`
			} `json:"whatsapp_business_api_data"`
		} `json:"data"`
	}
	if err := c.call(ctx, http.MethodGet, "/"+c.wabaPath+"/subscribed_apps", nil, nil, &list); err != nil {
		return r.refused("subscription", titleSub, "waba_id", err)
	}
	if c.appID == "" && len(list.Data) > 0 {
		return r.good("subscription", titleSub, "An app is subscribed; without App ID it is unknown whether it is yours.")
	}
	subscribed := slices.ContainsFunc(list.Data, func(d struct {
		App struct {
			ID kit.ID `json:"id"`
		} `json:"whatsapp_business_api_data"`
	}) bool {
		return d.App.ID == kit.ID(c.appID)
	})
	r.Subscribed = &subscribed
	if !subscribed {
		return r.good("subscription", titleSub, "Not yet: press Subscribe.")
	}
	return r.good("subscription", titleSub, "")
}

// Subscribe sends the account's webhooks to our callback (Meta: Subscribed apps,
// Overriding the callback URL). Meta verifies the callback during the call.
func (c *conn) Subscribe(ctx context.Context, callbackURL, verifyToken string) error {
	if err := c.registrable(); err != nil {
		return err
	}
	if len(callbackURL) > 200 {
		return &adapter.SendError{Reason: adapter.BadSettings, Code: "callback_too_long", Title: "The callback URL is longer than the 200 characters Meta allows",
			Hint: "Use a shorter public URL."}
	}
	body := struct {
		URI   string `json:"override_callback_uri"`
		Token string `json:"verify_token"`
	}{callbackURL, verifyToken}
	return c.confirm(ctx, http.MethodPost, "/"+c.wabaPath+"/subscribed_apps", body)
}

// Unsubscribe ends all webhooks of the account for our app, so also those of
// its other numbers.
func (c *conn) Unsubscribe(ctx context.Context) error {
	if err := c.registrable(); err != nil {
		return err
	}
	return c.confirm(ctx, http.MethodDelete, "/"+c.wabaPath+"/subscribed_apps", nil)
}

func (c *conn) registrable() error {
	switch {
	case c.wabaID == "":
		return missing("waba_id")
	case c.token == "":
		return missing("access_token")
	}
	return nil
}

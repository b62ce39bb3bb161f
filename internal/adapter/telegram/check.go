package telegram

import (
	"context"
	"net/url"
	"strings"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// updates is what we ask for. Reactions come only when named.
var updates = []string{"message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "poll", "poll_answer",
	"my_chat_member", "message_reaction"}

// Titles of the steps.
const (
	titleToken = "Bot token works"
	titleGroup = "Groups"
	titleHook  = "Webhook is set"
)

// Check asks Telegram who the bot is and where its updates go.
func (c *conn) Check(ctx context.Context) (adapter.Report, error) {
	var r adapter.Report
	if c.token == "" {
		e := missingToken()
		r.Checks = append(r.Checks, adapter.CheckResult{Name: "bot_token", Title: titleToken, Field: "bot_token", Detail: e.Detail + " is missing.", Hint: hintToken, Reason: e.Reason})
		return r, nil
	}
	var me struct {
		wireUser
		Groups bool `json:"can_join_groups"`
		All    bool `json:"can_read_all_group_messages"`
	}
	if err := c.call(ctx, "getMe", struct{}{}, &me); err != nil {
		r.Checks = append(r.Checks, failed("bot_token", titleToken, "bot_token", err))
		return r, ctx.Err()
	}
	who := fullName(me.FirstName, me.LastName)
	if me.Username != "" {
		who += " (@" + message.Clean(me.Username) + ")"
	}
	r.Checks = append(r.Checks, adapter.CheckResult{Name: "bot_token", Title: titleToken, OK: true, Detail: message.Truncate(who, 300)})
	groups := adapter.CheckResult{Name: "groups", Title: titleGroup, OK: true, Detail: "The bot reads everything said in its groups."}
	switch {
	case !me.Groups:
		groups.Detail = "The bot may not be added to groups; BotFather's /setjoingroups changes that."
	case !me.All:
		groups.Detail = "In groups the bot sees commands and replies to itself only, unless it is an administrator; BotFather's /setprivacy changes that."
	}
	r.Checks = append(r.Checks, groups, c.checkHook(ctx, &r))
	return r, ctx.Err()
}

// checkHook reports whether updates come to this channel. Not being subscribed
// is no fault: the next button does it.
func (c *conn) checkHook(ctx context.Context, r *adapter.Report) adapter.CheckResult {
	var info struct {
		URL     string        `json:"url"`
		Pending kit.Number    `json:"pending_update_count"`
		Failed  kit.Timestamp `json:"last_error_date"`
		Error   string        `json:"last_error_message"`
	}
	if err := c.call(ctx, "getWebhookInfo", struct{}{}, &info); err != nil {
		return failed("webhook", titleHook, "bot_token", err)
	}
	ours := info.URL != "" && (c.channel == "" || strings.Contains(info.URL, c.channel))
	r.Subscribed = &ours
	res := adapter.CheckResult{Name: "webhook", Title: titleHook, OK: true}
	switch {
	case info.URL == "":
		res.Detail = "Not yet: press Subscribe."
	case !ours:
		host := "another address"
		if u, err := url.Parse(info.URL); err == nil && u.Host != "" {
			host = u.Host
		}
		res.Detail = "Telegram sends to " + message.Truncate(message.Clean(host), 200) + "; pressing Subscribe brings the updates here."
	case !info.Failed.IsZero() && info.Pending > 0:
		res.Detail = "The last delivery failed on " + info.Failed.Format("2 January 2006, 15:04") + " UTC: " + c.redact(info.Error)
		res.Hint = "Telegram must reach the callback URL by https on port 443, 80, 88 or 8443, with a valid certificate."
	}
	return res
}

func failed(name, title, field string, err error) adapter.CheckResult {
	e := adapter.AsSendError(err)
	res := adapter.CheckResult{Name: name, Title: title, Detail: e.Title, Hint: e.Hint, Reason: e.Reason}
	if e.Detail != "" {
		res.Detail += ": " + e.Detail
	}
	switch e.Reason {
	case adapter.AuthExpired, adapter.BadSettings:
		res.Field = field
	case adapter.Unreachable, adapter.Throttled, adapter.Uncertain:
		res.Hint = "Nothing is known to be wrong with the settings. Try again in a few minutes."
	}
	return res
}

// Subscribe has the updates sent to our callback, with a secret that proves
// them (Bot API › setWebhook).
func (c *conn) Subscribe(ctx context.Context, callbackURL, verifyToken string) error {
	var done bool
	err := c.call(ctx, "setWebhook", map[string]any{"url": callbackURL, "secret_token": verifyToken, "allowed_updates": updates, "max_connections": 40}, &done)
	return settle(err)
}

// Unsubscribe ends them; what waits stays for the next subscription.
func (c *conn) Unsubscribe(ctx context.Context) error {
	var done bool
	return settle(c.call(ctx, "deleteWebhook", struct{}{}, &done))
}

// settle explains a refused address.
func settle(err error) error {
	if err == nil {
		return nil
	}
	e := adapter.AsSendError(err)
	if e.Reason == adapter.Rejected {
		e.Reason, e.Title = adapter.BadSettings, "Telegram does not take the callback URL"
		e.Hint = "It must be https on port 443, 80, 88 or 8443, with a public name and a valid certificate. Check the server's --public-url."
	}
	return e
}

// Acknowledge stops the progress mark on a pressed button.
func (c *conn) Acknowledge(ctx context.Context, token string) error {
	var done bool
	return c.call(ctx, "answerCallbackQuery", map[string]any{"callback_query_id": token}, &done)
}

// Typing shows for five seconds that somebody is writing.
func (c *conn) Typing(ctx context.Context, to message.Party, _ string) error {
	chat := to.Address(message.GroupAddress)
	if chat == "" {
		chat = to.Address(message.ScopedID)
	}
	if chat == "" {
		return notSupported("No Telegram address is known for this person")
	}
	var done bool
	return c.call(ctx, "sendChatAction", map[string]any{"chat_id": chatID(chat), "action": "typing"}, &done)
}

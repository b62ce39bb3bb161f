package telegram

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// envelope is what every answer is wrapped in (Bot API › Making requests).
type envelope struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter kit.Number `json:"retry_after"`
		MigrateTo  kit.ID     `json:"migrate_to_chat_id"`
	} `json:"parameters"`
}

// call makes one request and decodes its result into out.
func (c *conn) call(ctx context.Context, method string, body, out any) error {
	if c.token == "" {
		return missingToken()
	}
	answer, err := kit.Do(ctx, c.http, kit.Call{Method: http.MethodPost, URL: c.base + method, Body: body})
	if err != nil {
		return err
	}
	return c.understand(answer, out)
}

// upload is call with files.
func (c *conn) upload(ctx context.Context, method string, parts []kit.Part, out any) error {
	if c.token == "" {
		return missingToken()
	}
	answer, err := kit.Upload(ctx, c.http, http.MethodPost, c.base+method, nil, parts)
	if err != nil {
		return err
	}
	return c.understand(answer, out)
}

func (c *conn) understand(a kit.Answer, out any) error {
	var env envelope
	err := json.Unmarshal(a.Body, &env)
	switch {
	case !a.OK() || err == nil && !env.OK && env.Code != 0:
		return c.refusal(a, env, err == nil && env.Code != 0)
	case err != nil:
		return kit.Uncertain("The provider's answer makes no sense", kit.JSONError(err))
	case !env.OK:
		return kit.Uncertain("The provider's answer makes no sense", nil)
	}
	if err := json.Unmarshal(env.Result, out); err != nil {
		return kit.Uncertain("The provider's answer makes no sense", kit.JSONError(err))
	}
	return nil
}

// Hints for people.
const (
	hintToken   = "Copy the token from BotFather again (step 3 of the guide) and validate the channel."
	hintRights  = "Ask an administrator of the group or channel to let the bot in and to allow it to write."
	hintBlocked = "The person must start or unblock the bot in Telegram first."
)

// refusal turns an answer that is not ok into a reason. Descriptions change
// between releases, so they decide only where the code says too little.
func (c *conn) refusal(a kit.Answer, env envelope, told bool) *adapter.SendError {
	e := &adapter.SendError{Code: strconv.Itoa(a.Status), RetryAfter: kit.RetryAfter(a.Header, c.now()), Title: "Telegram refuses the message", Reason: adapter.Rejected}
	status := a.Status
	if told {
		e.Detail, status = c.redact(env.Description), env.Code
		e.Code = strconv.Itoa(status)
	}
	if s := float64(env.Parameters.RetryAfter); s > 0 {
		e.RetryAfter = kit.ClampWait(s)
	}
	says := strings.ToLower(e.Detail)
	is := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(says, p) {
				return true
			}
		}
		return false
	}
	switch {
	case status == http.StatusTooManyRequests:
		// Telegram does not say whether the chat or the bot is too fast.
		e.Reason, e.Scope, e.Title = adapter.Throttled, adapter.ThisRecipient, "Too many messages"
		e.RetryAfter = max(e.RetryAfter, time.Second)
	case env.Parameters.MigrateTo != "":
		e.Reason, e.Title = adapter.Unreachable, "The group has a new id"
		e.Moved.Addresses = []message.Address{{Kind: message.GroupAddress, Value: env.Parameters.MigrateTo.String()}}
	case status == http.StatusUnauthorized:
		e.Reason, e.Title, e.Hint = adapter.AuthExpired, "The bot token is refused", hintToken
	case status == http.StatusForbidden && is("group", "channel"):
		e.Reason, e.Title, e.Hint = adapter.Blocked, "The bot may not write there", hintRights
	case status == http.StatusForbidden:
		e.Reason, e.Title, e.Hint = adapter.Blocked, "The person cannot be reached", hintBlocked
	case status == http.StatusNotFound, status == http.StatusConflict, status >= 300 && status < 400:
		e.Reason, e.Title, e.Hint = adapter.BadSettings, "This is not a bot Telegram knows", hintToken
	case status == http.StatusServiceUnavailable:
		e.Reason, e.Title = adapter.Unreachable, "Telegram is down"
	case status >= 500: // there is no idempotency key: it may have been sent
		u := kit.Uncertain("No clear answer", nil)
		u.Code, u.Detail = e.Code, e.Detail
		return u
	case status == http.StatusRequestEntityTooLarge, is("file is too big", "too large"):
		e.Title = "The file is too large for Telegram"
	case is("chat not found", "user not found", "peer_id_invalid", "user_is_blocked", "input_user_deactivated"):
		e.Reason, e.Title, e.Hint = adapter.Blocked, "Telegram does not know this chat", hintBlocked
	case is("not enough rights", "have no rights", "administrator rights", "chat_write_forbidden", "chat_send_", "topic_closed"):
		e.Reason, e.Title, e.Hint = adapter.Blocked, "The bot may not write there", hintRights
	}
	if e.Reason != adapter.Throttled && e.Reason != adapter.Unreachable {
		e.RetryAfter = 0
	}
	return e
}

func missingToken() *adapter.SendError {
	return &adapter.SendError{Reason: adapter.BadSettings, Code: "missing_setting", Title: "A setting is missing",
		Detail: "Bot token", Hint: "Enter Bot token in the channel's settings."}
}

func notSupported(title string) *adapter.SendError {
	return &adapter.SendError{Reason: adapter.NotSupported, Title: title}
}

func rejected(title, hint string) *adapter.SendError {
	return &adapter.SendError{Reason: adapter.Rejected, Title: title, Hint: hint}
}

// redact removes our credentials from the provider's words.
func (c *conn) redact(s string) string {
	s = message.Truncate(message.Clean(s), 500)
	for _, secret := range []string{c.token, c.secret} {
		if len(secret) >= 4 {
			s = strings.ReplaceAll(s, secret, "********")
		}
	}
	return s
}

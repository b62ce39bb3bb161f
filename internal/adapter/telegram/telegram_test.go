package telegram

import (
	"net/http"
	"testing"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/adaptertest"
)

var settings = adapter.Settings{"bot_token": "7002000901:AAF-sampleInventedTokenValue_0000001", "verify_token": "hs_3f9c-Kp_20"}

func secretOf(s adapter.Settings, _ []byte) http.Header {
	return http.Header{secretHeader: {s["verify_token"]}}
}

func no(code, description, parameters string) string {
	if parameters != "" {
		parameters = `,"parameters":` + parameters
	}
	return `{"ok":false,"error_code":` + code + `,"description":"` + description + `"` + parameters + `}`
}

func TestSuite(t *testing.T) { adaptertest.Run(t, suite()) }

func FuzzParse(f *testing.F) { adaptertest.Fuzz(f, suite()) }

func suite() adaptertest.Suite {
	return adaptertest.Suite{
		Type: &Type, Settings: settings, Sign: secretOf, BodyUnsigned: true, Secrets: []string{"verify_token"},
		MessageID: "US.9120000000000001:4711", MessageWire: `"reply_parameters":{"allow_sending_without_reply":true,"message_id":4711}`,
		Accepted: `{"ok":true,"result":{"message_id":5012,"date":1790000001,"chat":{"id":9100200301,"type":"private","first_name":"Mona"},"text":"hi"}}`,
		Answers: []adaptertest.Answer{
			{Name: "flood", Status: 429, Body: no("429", "Too Many Requests: retry after 7", `{"retry_after":7}`), Reason: adapter.Throttled, Scope: adapter.ThisRecipient, RetryAfter: 7 * time.Second},
			{Name: "flood by header", Status: 429, Header: http.Header{"Retry-After": {"9"}}, Body: "<html>", Reason: adapter.Throttled, Scope: adapter.ThisRecipient, RetryAfter: 9 * time.Second},
			{Name: "flood without a time", Status: 429, Body: no("429", "Too Many Requests", ""), Reason: adapter.Throttled, Scope: adapter.ThisRecipient, RetryAfter: time.Second},
			{Name: "flood for years", Status: 429, Body: no("429", "Too Many Requests", `{"retry_after":999999999}`), Reason: adapter.Throttled, Scope: adapter.ThisRecipient, RetryAfter: 24 * time.Hour},
			{Name: "migrated", Status: 400, Body: no("400", "Bad Request: group chat was upgraded to a supergroup chat", `{"migrate_to_chat_id":-1005200300777}`), Reason: adapter.Unreachable},
			{Name: "blocked", Status: 403, Body: no("403", "Forbidden: bot was blocked by the user", ""), Reason: adapter.Blocked},
			{Name: "deactivated", Status: 403, Body: no("403", "Forbidden: user is deactivated", ""), Reason: adapter.Blocked},
			{Name: "kicked", Status: 403, Body: no("403", "Forbidden: bot was kicked from the supergroup chat", ""), Reason: adapter.Blocked},
			{Name: "unknown chat", Status: 400, Body: no("400", "Bad Request: chat not found", ""), Reason: adapter.Blocked},
			{Name: "no rights", Status: 400, Body: no("400", "Bad Request: not enough rights to send text messages to the chat", ""), Reason: adapter.Blocked},
			{Name: "upper snake", Status: 400, Body: no("400", "Bad Request: CHAT_WRITE_FORBIDDEN", ""), Reason: adapter.Blocked},
			{Name: "too long", Status: 400, Body: no("400", "Bad Request: message is too long", ""), Reason: adapter.Rejected},
			{Name: "unknown 400", Status: 400, Body: no("400", "Bad Request: SOMETHING_NEW", ""), Reason: adapter.Rejected},
			{Name: "too large", Status: 413, Body: no("413", "Request Entity Too Large", ""), Reason: adapter.Rejected},
			{Name: "revoked", Status: 401, Body: no("401", "Unauthorized", ""), Reason: adapter.AuthExpired},
			{Name: "the token in the words", Status: 401, Body: no("401", "Unauthorized: "+settings["bot_token"], ""), Reason: adapter.AuthExpired},
			{Name: "not a token", Status: 404, Body: no("404", "Not Found", ""), Reason: adapter.BadSettings},
			{Name: "conflict", Status: 409, Body: no("409", "Conflict: terminated by other getUpdates request", ""), Reason: adapter.BadSettings},
			{Name: "internal", Status: 500, Body: no("500", "Internal Server Error", ""), Reason: adapter.Uncertain},
			{Name: "edge 503", Status: 503, Body: "<html>", Reason: adapter.Unreachable},
			{Name: "error with 200", Status: 200, Body: no("400", "Bad Request: message text is empty", ""), Reason: adapter.Rejected},
			{Name: "redirect", Status: 302, Header: http.Header{"Location": {"/"}}, Body: "", Reason: adapter.BadSettings},
		},
	}
}

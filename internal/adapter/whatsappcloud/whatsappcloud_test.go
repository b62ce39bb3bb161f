package whatsappcloud

import (
	"net/http"
	"testing"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/adaptertest"
	"switchboard/internal/adapter/kit"
)

var settings = adapter.Settings{"phone_number_id": "520000000000031", "waba_id": "411000000000021",
	"app_id": "730000000000011", "app_secret": "meta-demo-secret", "access_token": "EAAInvented", "verify_token": "our-chosen-token"}

func sign(s adapter.Settings, body []byte) http.Header {
	return http.Header{"X-Hub-Signature-256": {"sha256=" + kit.HMACSHA256Hex(s["app_secret"], body)}}
}

func graphError(code string) string {
	return `{"error":{"message":"(#` + code + `) x","type":"OAuthException","code":` + code + `,"fbtrace_id":"AxInvented"}}`
}

func TestSuite(t *testing.T) {
	adaptertest.Run(t, adaptertest.Suite{
		Type: &Type, Settings: settings, Sign: sign, Secrets: []string{"app_secret"},
		Accepted: `{"messaging_product":"whatsapp","contacts":[{"input":"+12025550177","wa_id":"12025550177","user_id":"US.9120000000000001"}],"messages":[{"id":"wamid.HBgLMTIwMjU1NTAxNzcVAgARGBI0MkJCMzQyQjAwQjgxOUNCOTQA"}]}`,
		Uploaded: `{"id":"1203000000000001"}`,
		Answers: []adaptertest.Answer{
			{Name: "throughput", Status: 400, Body: graphError("130429"), Reason: adapter.Throttled, Scope: adapter.WholeAccount},
			{Name: "throughput with wait", Status: 400, Header: http.Header{"Retry-After": {"7"}}, Body: graphError("130429"),
				Reason: adapter.Throttled, Scope: adapter.WholeAccount, RetryAfter: 7 * time.Second},
			{Name: "pair", Status: 400, Body: graphError("131056"), Reason: adapter.Throttled, Scope: adapter.ThisRecipient},
			{Name: "app calls", Status: 400, Body: graphError("4"), Reason: adapter.Throttled, Scope: adapter.WholeAccount, RetryAfter: time.Minute},
			{Name: "management calls", Status: 400, Body: graphError("80007"), Reason: adapter.Throttled, Scope: adapter.WholeAccount, RetryAfter: time.Minute},
			{Name: "usage header", Status: 400, Body: graphError("80008"), Reason: adapter.Throttled, Scope: adapter.WholeAccount, RetryAfter: 12 * time.Minute,
				Header: http.Header{"X-Business-Use-Case-Usage": {`{"411000000000021":[{"type":"whatsapp","call_count":101,"estimated_time_to_regain_access":12}]}`}}},
			{Name: "spam", Status: 400, Body: graphError("131048"), Reason: adapter.Throttled, Scope: adapter.WholeAccount, RetryAfter: time.Hour},
			{Name: "bare 429", Status: 429, Header: http.Header{"Retry-After": {"-5"}}, Body: "slow down",
				Reason: adapter.Throttled, Scope: adapter.WholeAccount, RetryAfter: time.Second},
			{Name: "window", Status: 400, Body: graphError("131047"), Reason: adapter.WindowClosed},
			{Name: "token", Status: 401, Body: graphError("190"), Reason: adapter.AuthExpired},
			{Name: "code as text", Status: 401, Body: `{"error":{"code":"190","error_data":"old style"}}`, Reason: adapter.AuthExpired},
			{Name: "permission", Status: 403, Body: graphError("200"), Reason: adapter.AuthExpired},
			{Name: "bare 401", Status: 401, Body: "<html>", Reason: adapter.AuthExpired},
			{Name: "object missing", Status: 400, Body: `{"error":{"code":100,"error_subcode":33,"message":"Unsupported post request."}}`, Reason: adapter.BadSettings},
			{Name: "parameter", Status: 400, Body: graphError("100"), Reason: adapter.Rejected},
			{Name: "undeliverable", Status: 400, Body: graphError("131026"), Reason: adapter.Blocked},
			{Name: "not registered", Status: 400, Body: graphError("133010"), Reason: adapter.BadSettings},
			{Name: "temporary", Status: 503, Body: graphError("2"), Reason: adapter.Unreachable},
			{Name: "unknown 4xx", Status: 400, Body: graphError("999999"), Reason: adapter.Rejected},
			{Name: "unknown 5xx", Status: 500, Body: graphError("999999"), Reason: adapter.Unreachable},
			{Name: "edge 503", Status: 503, Body: "<html>", Reason: adapter.Unreachable},
			{Name: "edge 500", Status: 500, Body: "<html>", Reason: adapter.Uncertain},
			{Name: "redirect", Status: 302, Header: http.Header{"Location": {"/login"}}, Reason: adapter.BadSettings},
		},
	})
}

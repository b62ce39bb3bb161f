package thirdparty

import (
	"net/http"
	"testing"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/adaptertest"
)

const (
	sampleToken  = "tp_at_sample_00000000000000000000000000017"
	sampleSecret = "whsec_c2FtcGxlLS1zdGFuZGFyZC13ZWJob29rLXNlY3JldCE="
)

var issued = map[string]adapter.Credential{accessToken: {Value: sampleToken}, signingSecret: {Value: sampleSecret}}

func suite() adaptertest.Suite {
	status := func(name string, code int, r adapter.Reason) adaptertest.Answer {
		return adaptertest.Answer{Name: name, Status: code, Body: `{"code":1,"message":"no"}`, Reason: r}
	}
	after := status("429 with wait", 429, adapter.Throttled)
	after.Scope, after.Header, after.RetryAfter = adapter.WholeAccount, http.Header{"Retry-After": {"7"}}, 7*time.Second
	long := status("503 with a long wait", 503, adapter.Unreachable)
	long.Header, long.RetryAfter = http.Header{"Retry-After": {"999999"}}, 24*time.Hour
	slow := status("429", 429, adapter.Throttled)
	slow.Scope = adapter.WholeAccount
	moved := status("redirect", 302, adapter.Rejected)
	moved.Header = http.Header{"Location": {"https://elsewhere.example/"}}
	return adaptertest.Suite{
		Type: &Type, Settings: adapter.Settings{sourceName: "Shop", webhookURL: "https://shop.example/hook"},
		Issued: issued, Address: webhookURL, Bare: true, Accepted: `{"messageId":"ext-1"}`,
		Answers: []adaptertest.Answer{
			status("400", 400, adapter.Rejected), status("401", 401, adapter.Rejected), status("403", 403, adapter.Rejected), status("404", 404, adapter.Rejected),
			status("410 disables the address", 410, adapter.BadSettings), status("413", 413, adapter.Rejected), status("415", 415, adapter.Rejected),
			status("422", 422, adapter.Rejected), status("418", 418, adapter.Rejected), moved, status("304", 304, adapter.Rejected),
			status("408", 408, adapter.Unreachable), status("425", 425, adapter.Unreachable), slow, after, status("500", 500, adapter.Uncertain),
			status("503", 503, adapter.Unreachable), long, status("599", 599, adapter.Uncertain),
			{Name: "2xx that says no", Status: 200, Body: `{"code":7,"message":"unknown visitor"}`, Reason: adapter.Rejected},
		},
	}
}

func TestSuite(t *testing.T) { adaptertest.Run(t, suite()) }

func FuzzParse(f *testing.F) { adaptertest.Fuzz(f, suite()) }

package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bounds of a challenge.
const (
	challengeTime = 5 * time.Second
	challengeRead = 4 << 10
	shownBytes    = 1 << 10
)

// Outcomes of a challenge besides those of a Failure.
const (
	Passed     = ""
	Redirected = "redirect"
	BadStatus  = "status"
	WrongValue = "wrong_value"
)

// Handshake is what came of a challenge.
type Handshake struct {
	Code     string // Passed, or why not
	Detail   string // one sentence
	Status   int    // 0 = no answer
	Sent     string // the body
	Received string // the first 1 KB
}

// Challenge proves that an address belongs to somebody who wants our calls: it
// must answer with the value we made up for this call, in one of three forms:
// {"challenge":…}, {"code":0,"result":{"challenge":…}} with the result an object
// or a string that holds one, or the bare value. sign may add headers.
func Challenge(ctx context.Context, client *http.Client, to string, sign func(body []byte) http.Header) Handshake {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	value := base64.RawURLEncoding.EncodeToString(raw)
	body := []byte(`{"type":"challenge","challenge":"` + value + `"}`)
	h := Handshake{Sent: string(body)}
	var header http.Header
	if sign != nil {
		header = sign(body)
	}
	ctx, cancel := context.WithTimeout(ctx, challengeTime)
	defer cancel()
	answer, err := Post(ctx, client, to, header, body, challengeRead+1)
	h.Status = answer.Status
	h.Received = strings.ToValidUTF8(string(answer.Body[:min(len(answer.Body), shownBytes)]), "\uFFFD")
	var f *Failure
	switch {
	case errors.As(err, &f):
		h.Code, h.Detail = f.Code, reason(f)
	case answer.Status >= 300 && answer.Status < 400:
		h.Code, h.Detail = Redirected, "The address answered with a redirect (status "+strconv.Itoa(answer.Status)+"). Enter the address it leads to."
	case answer.Status != http.StatusOK:
		h.Code, h.Detail = BadStatus, "The address answered with status "+strconv.Itoa(answer.Status)+" instead of 200."
	case len(answer.Body) > challengeRead:
		h.Code, h.Detail = WrongValue, "The answer is longer than 4 KB."
	default:
		if got, why := echoed(answer.Body); why != "" {
			h.Code, h.Detail = WrongValue, why
		} else if got != value {
			h.Code, h.Detail = WrongValue, "The answer holds another value than the one we sent."
		}
	}
	return h
}

func reason(f *Failure) string {
	switch f.Code {
	case AddressRefused:
		return "The address may not be called from this server: " + f.Err.Error() + "."
	case DNS:
		return "The name of the address cannot be resolved."
	case TLS:
		return "The encrypted connection failed: " + f.Err.Error() + "."
	case TimedOut:
		return "The address did not answer within 5 seconds."
	case Unreachable:
		return "The address cannot be reached."
	}
	return "The connection broke before there was a whole answer."
}

// echoed finds the value in an answer, or says what is wrong with it.
func echoed(body []byte) (value, wrong string) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return "", "The answer is empty."
	}
	if body[0] != '{' {
		var s string
		if body[0] == '"' && json.Unmarshal(body, &s) == nil {
			return s, ""
		}
		return string(body), ""
	}
	var a struct {
		Challenge *string         `json:"challenge"`
		Code      *json.Number    `json:"code"`
		Result    json.RawMessage `json:"result"`
	}
	if json.Unmarshal(body, &a) != nil {
		return "", "The answer begins like JSON but is not valid JSON of the expected form."
	}
	if a.Code != nil && a.Code.String() != "0" {
		return "", "The answer says code " + a.Code.String() + " instead of 0."
	}
	if a.Challenge != nil {
		return *a.Challenge, ""
	}
	if len(a.Result) == 0 {
		return "", "The answer holds no challenge."
	}
	inner := []byte(a.Result)
	var text string
	if json.Unmarshal(inner, &text) == nil {
		inner = []byte(text)
	}
	var r struct {
		Challenge *string `json:"challenge"`
	}
	if json.Unmarshal(inner, &r) != nil || r.Challenge == nil {
		return "", "The result of the answer holds no challenge."
	}
	return *r.Challenge, ""
}

// Package webhook signs and posts what we send to addresses that somebody
// typed in: channels of outside systems and event subscriptions share it. It
// makes one request at a time with the client it is given, follows no redirect,
// never repeats a request and keeps nothing.
package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers of a signed call. Those of Standard Webhooks are written in lower case
// as its text does; HTTP does not care.
const (
	DeliveryID = "X-Delivery-Id"
	Signature  = "X-Signature"
	Attempt    = "X-Delivery-Attempt"

	StandardID        = "Webhook-Id"
	StandardTime      = "Webhook-Timestamp"
	StandardSignature = "Webhook-Signature"
)

const secretPrefix = "whsec_"

// NewSecret makes a signing secret of Standard Webhooks: 32 random bytes.
func NewSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(b)
}

// Keys are what a call is signed with; while one replaces another, both, the new
// one first.
type Keys struct {
	Tokens  []string // of X-Signature, used as text
	Secrets []string // whsec_…, of Standard Webhooks
}

// Sign makes the headers of one attempt of a delivery. The body stays the same
// over all attempts, the time does not.
func Sign(k Keys, id string, attempt int, at time.Time, body []byte) (http.Header, error) {
	t := strconv.FormatInt(at.Unix(), 10)
	h := http.Header{DeliveryID: {id}}
	if attempt > 0 {
		h.Set(Attempt, strconv.Itoa(attempt))
	}
	parts := []string{"t=" + t}
	for _, token := range k.Tokens {
		mac := hmac.New(sha256.New, []byte(token))
		mac.Write([]byte(t + "."))
		mac.Write(body)
		parts = append(parts, "v1="+hex.EncodeToString(mac.Sum(nil)))
	}
	if len(k.Tokens) > 0 {
		h.Set(Signature, strings.Join(parts, ","))
	}
	var standard []string
	for _, s := range k.Secrets {
		key, err := secretKey(s)
		if err != nil {
			return nil, err
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + t + "."))
		mac.Write(body)
		standard = append(standard, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	if len(standard) > 0 {
		h.Set(StandardID, id)
		h.Set(StandardTime, t)
		h.Set(StandardSignature, strings.Join(standard, " "))
	}
	return h, nil
}

func secretKey(s string) ([]byte, error) {
	text, ok := strings.CutPrefix(s, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("webhook: not a signing secret")
	}
	return key, nil
}

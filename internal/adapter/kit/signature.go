package kit

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
)

// Reasons why a signature is refused. None of them holds a value.
var (
	ErrNoSecret     = errors.New("no secret is configured, so nothing can be verified")
	ErrNoSignature  = errors.New("the signature header is missing")
	ErrBadSignature = errors.New("the signature does not match the body")
	ErrBadSecret    = errors.New("the secret is not ours")
)

// HMACSHA256Hex is the lower-case hexadecimal HMAC-SHA256 of data.
func HMACSHA256Hex(secret string, data []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(data)
	var sum [sha256.Size]byte
	return hex.EncodeToString(mac.Sum(sum[:0]))
}

// VerifyHMACSHA256 checks a header of the form prefix + lower-case hex over
// the raw body. Several secrets may be valid at once while one replaces
// another; empty ones are skipped, and without any the answer is no: an empty
// key would let everybody sign. A header given twice is refused because two
// readers could pick different ones.
func VerifyHMACSHA256(h http.Header, name, prefix string, body []byte, secrets ...string) error {
	configured := false
	for _, s := range secrets {
		configured = configured || s != ""
	}
	if !configured {
		return ErrNoSecret
	}
	values := h.Values(name)
	if len(values) == 0 {
		return ErrNoSignature
	}
	got, ok := strings.CutPrefix(values[0], prefix)
	if !ok || len(values) != 1 || len(got) != 2*sha256.Size {
		return ErrBadSignature
	}
	match := 0
	for _, s := range secrets {
		if s != "" {
			match |= subtle.ConstantTimeCompare([]byte(got), []byte(HMACSHA256Hex(s, body)))
		}
	}
	if match != 1 {
		return ErrBadSignature
	}
	return nil
}

// VerifySecret checks a header that repeats a secret of ours instead of signing
// the body. A header given twice is refused.
func VerifySecret(h http.Header, name, own string) error {
	if own == "" {
		return ErrNoSecret
	}
	values := h.Values(name)
	switch {
	case len(values) == 0:
		return ErrNoSignature
	case len(values) != 1 || !SameSecret(own, values[0]):
		return ErrBadSecret
	}
	return nil
}

// SameSecret compares a token somebody sent with ours in constant time. An
// empty own token never matches.
func SameSecret(own, got string) bool {
	if own == "" {
		return false
	}
	a, b := sha256.Sum256([]byte(own)), sha256.Sum256([]byte(got))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
)

// NewToken makes a reference token of 256 random bits: the text is shown once,
// the hash is stored. Such a token needs no slow hash.
func NewToken(prefix string) (text String, hash []byte) {
	var b [32]byte
	_, _ = rand.Read(b[:])
	t := prefix + base64.RawURLEncoding.EncodeToString(b[:])
	return NewString(t), TokenHash(t)
}

// TokenHash is what is stored and looked up: SHA-256 of the whole text.
func TokenHash(text string) []byte {
	h := sha256.Sum256([]byte(text))
	return h[:]
}

// Equal compares two secrets in constant time, whatever their lengths.
func Equal(a, b string) bool {
	return subtle.ConstantTimeCompare(TokenHash(a), TokenHash(b)) == 1
}

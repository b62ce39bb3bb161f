package secret

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
)

// Parameters of Argon2id for new hashes (OWASP: m = 46 MiB, t = 1, p = 1). They
// stand in each hash, so that old ones verify after a change.
const (
	argonMemory  = 46 * 1024 // KiB
	argonTime    = 1
	argonThreads = 1
	argonKey     = 32
	argonSalt    = 16

	// Bounds of what a stored hash may ask for: a row must not be able to
	// exhaust the memory.
	maxArgonMemory = 256 * 1024
	maxArgonTime   = 16

	maxPassword = 1024 // bytes
)

// slots bounds how many hashes are computed at once: each takes 46 MiB and a
// core, and a flood of logins must not starve the rest.
var slots = make(chan struct{}, 2)

func acquire(ctx context.Context) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func release() { <-slots }

// ErrPasswordTooLong bounds the work per attempt.
var ErrPasswordTooLong = fmt.Errorf("a password has at most %d bytes", maxPassword)

// HashPassword gives the PHC string of a password. It waits for its turn.
func HashPassword(ctx context.Context, password string) (string, error) {
	if len(password) > maxPassword {
		return "", ErrPasswordTooLong
	}
	if err := acquire(ctx); err != nil {
		return "", err
	}
	defer release()
	return hash(password), nil
}

func hash(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// VerifyPassword tells whether a password belongs to a hash, and whether the
// hash should be made anew with today's parameters. An error is about the hash
// or the context, never about the password.
func VerifyPassword(ctx context.Context, phc, password string) (ok, stale bool, err error) {
	p, err := parsePHC(phc)
	if err != nil {
		return false, false, err
	}
	if len(password) > maxPassword {
		return false, false, nil
	}
	if err := acquire(ctx); err != nil {
		return false, false, err
	}
	defer release()
	key := argon2.IDKey([]byte(password), p.salt, p.time, p.memory, p.threads, uint32(len(p.key)))
	ok = subtle.ConstantTimeCompare(key, p.key) == 1
	return ok, ok && (p.memory != argonMemory || p.time != argonTime || p.threads != argonThreads || len(p.key) != argonKey), nil
}

var dummy = sync.OnceValue(func() string { return hash("a password that nobody has") })

// VerifyNobody costs what VerifyPassword costs, for users that do not exist:
// the time of an answer must not tell whether an account does.
func VerifyNobody(ctx context.Context, password string) error {
	_, _, err := VerifyPassword(ctx, dummy(), password)
	return err
}

type phcParams struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

var errPHC = errors.New("not a password hash of ours")

func parsePHC(s string) (p phcParams, err error) {
	f := strings.Split(s, "$")
	if len(f) != 6 || f[0] != "" || f[1] != "argon2id" || f[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, errPHC
	}
	var rest string
	if n, _ := fmt.Sscanf(f[3]+" .", "m=%d,t=%d,p=%d %s", &p.memory, &p.time, &p.threads, &rest); n != 4 || rest != "." {
		return p, errPHC
	}
	if p.memory < 8 || p.memory > maxArgonMemory || p.time < 1 || p.time > maxArgonTime || p.threads < 1 {
		return p, errPHC
	}
	var err1, err2 error
	p.salt, err1 = base64.RawStdEncoding.DecodeString(f[4])
	p.key, err2 = base64.RawStdEncoding.DecodeString(f[5])
	if err1 != nil || err2 != nil || len(p.salt) < 8 || len(p.key) < 16 || len(p.key) > 64 {
		return p, errPHC
	}
	return p, nil
}

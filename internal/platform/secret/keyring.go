package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

// WrappedKey is a data key as it is stored: sealed by the master key.
type WrappedKey struct {
	ID      uint32 // rising; the highest seals, all open
	Wrapped []byte
}

// Errors of the keyring.
var (
	// ErrWrongMasterKey says that the canary or a data key does not open.
	ErrWrongMasterKey = errors.New("the master key does not fit this database: start with the key it was made with (" + MasterKeyEnv + ", --master-key-file or <data>/master.key)")
	// ErrUnknownKey says that a value was sealed by a data key that is not loaded.
	ErrUnknownKey = errors.New("sealed by a data key that is not in the keyring")
	// ErrSealed says that a value was changed, cut, or belongs to another place.
	ErrSealed = errors.New("sealed value does not open: it was changed or belongs to another row")
)

// The sealed form: version ‖ key id (4 bytes) ‖ nonce (12) ‖ ciphertext and tag.
const (
	version  = 1
	header   = 1 + 4
	nonceLen = 12
	overhead = header + nonceLen + 16
)

// Keyring seals and opens values. It is safe for concurrent use.
type Keyring struct {
	master cipher.AEAD
	mu     sync.RWMutex
	keys   map[uint32]cipher.AEAD
	newest uint32
}

// NewKeyring unwraps the data keys. No keys is fine for a new database: Rotate
// makes the first.
func NewKeyring(master MasterKey, keys []WrappedKey) (*Keyring, error) {
	m, err := newAEAD(master.key[:])
	if err != nil {
		return nil, err
	}
	k := &Keyring{master: m, keys: map[uint32]cipher.AEAD{}}
	for _, w := range keys {
		if err := k.Add(w); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// Add takes a data key that another process made.
func (k *Keyring) Add(w WrappedKey) error {
	raw, err := open(k.master, keyAAD(w.ID), w.Wrapped, 0)
	if err != nil {
		return fmt.Errorf("data key %d: %w", w.ID, ErrWrongMasterKey)
	}
	a, err := newAEAD(raw)
	clear(raw)
	if err != nil {
		return fmt.Errorf("data key %d: %w", w.ID, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys[w.ID] = a
	k.newest = max(k.newest, w.ID)
	return nil
}

// NewKey makes the next data key. The caller stores it first (the id is a
// primary key, so of two processes one wins) and then hands it to Add: a value
// must never be sealed by a key that is not stored.
func (k *Keyring) NewKey() WrappedKey {
	k.mu.RLock()
	next := k.newest + 1
	k.mu.RUnlock()
	var raw [32]byte
	_, _ = rand.Read(raw[:])
	w := WrappedKey{ID: next, Wrapped: seal(k.master, 0, keyAAD(next), raw[:])}
	clear(raw[:])
	return w
}

// Rewrap gives the data keys wrapped by another master key.
func (k *Keyring) Rewrap(keys []WrappedKey, to MasterKey) ([]WrappedKey, error) {
	m, err := newAEAD(to.key[:])
	if err != nil {
		return nil, err
	}
	out := make([]WrappedKey, 0, len(keys))
	for _, w := range keys {
		raw, err := open(k.master, keyAAD(w.ID), w.Wrapped, 0)
		if err != nil {
			return nil, fmt.Errorf("data key %d: %w", w.ID, ErrWrongMasterKey)
		}
		out = append(out, WrappedKey{w.ID, seal(m, 0, keyAAD(w.ID), raw)})
		clear(raw)
	}
	return out, nil
}

// Newest is the id of the key that seals; 0 = there is none.
func (k *Keyring) Newest() uint32 {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.newest
}

// AAD names the place of a value. What was sealed for one place opens in no
// other. Parts are told apart by their lengths.
func AAD(organization, table, column, row string) []byte {
	var b []byte
	for _, part := range []string{organization, table, column, row} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return b
}

// Seal encrypts a value for the place that aad names, with the newest key. It
// panics without a data key: that is a defect of the start, not of the value.
func (k *Keyring) Seal(aad, plaintext []byte) []byte {
	k.mu.RLock()
	id, a := k.newest, k.keys[k.newest]
	k.mu.RUnlock()
	if a == nil {
		panic("secret: Seal before the first data key was added")
	}
	return seal(a, id, aad, plaintext)
}

// Open decrypts what Seal made for the same place.
func (k *Keyring) Open(aad, sealed []byte) ([]byte, error) {
	id, ok := KeyOf(sealed)
	if !ok {
		return nil, ErrSealed
	}
	k.mu.RLock()
	a := k.keys[id]
	k.mu.RUnlock()
	if a == nil {
		return nil, fmt.Errorf("%w (key %d)", ErrUnknownKey, id)
	}
	return open(a, aad, sealed, id)
}

// KeyOf tells which data key sealed a value, so that rotation finds what is
// left to seal anew.
func KeyOf(sealed []byte) (id uint32, ok bool) {
	if len(sealed) < overhead || sealed[0] != version {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:]), true
}

var (
	canaryAAD  = []byte("switchboard canary")
	canaryText = []byte("the master key fits")
)

// Canary is a value to store beside the keys at the first start.
func (k *Keyring) Canary() []byte { return seal(k.master, 0, canaryAAD, canaryText) }

// CheckCanary refuses a master key that did not make the canary.
func (k *Keyring) CheckCanary(canary []byte) error {
	text, err := open(k.master, canaryAAD, canary, 0)
	if err != nil || subtle.ConstantTimeCompare(text, canaryText) != 1 {
		return ErrWrongMasterKey
	}
	return nil
}

func keyAAD(id uint32) []byte { return fmt.Appendf(nil, "switchboard data key %d", id) }

func newAEAD(key []byte) (cipher.AEAD, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(b)
}

func seal(a cipher.AEAD, id uint32, aad, plaintext []byte) []byte {
	out := make([]byte, header+nonceLen, overhead+len(plaintext))
	out[0] = version
	binary.BigEndian.PutUint32(out[1:], id)
	_, _ = rand.Read(out[header:]) // never fails; 96 random bits, keys are rotated long before 2³² values
	return a.Seal(out, out[header:], plaintext, withHeader(out[:header], aad))
}

func open(a cipher.AEAD, aad, sealed []byte, id uint32) ([]byte, error) {
	if got, ok := KeyOf(sealed); !ok || got != id {
		return nil, ErrSealed
	}
	out, err := a.Open(nil, sealed[header:header+nonceLen], sealed[header+nonceLen:], withHeader(sealed[:header], aad))
	if err != nil {
		return nil, ErrSealed
	}
	return out, nil
}

// withHeader binds version and key id, too.
func withHeader(head, aad []byte) []byte {
	return append(append(make([]byte, 0, len(head)+len(aad)), head...), aad...)
}

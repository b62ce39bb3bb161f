// Package id makes and reads the ids of every row: UUIDv7, so that ids sort by
// the time they were made. An id is never the protection of a row.
package id

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ID is a UUID. The zero ID means "none": it is stored as NULL and written as
// JSON null.
type ID [16]byte

// Zero is no id.
var Zero ID

var gen struct {
	sync.Mutex
	last int64 // 60 bits: milliseconds << 12 | sequence
}

// New makes an id from the wall clock, strictly rising within the process.
func New() ID { return At(time.Now()) }

// At makes an id that sorts at the given time; ids of one process still rise
// strictly as long as the times do not go back.
func At(t time.Time) ID {
	now := t.UnixMilli() << 12
	gen.Lock()
	if now <= gen.last && gen.last-now < 1<<12*60_000 { // same moment or a small step back
		now = gen.last + 1
	}
	gen.last = now
	gen.Unlock()
	var v ID
	if _, err := rand.Read(v[8:]); err != nil {
		panic(err) // crypto/rand never fails on supported systems
	}
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now>>12))
	copy(v[:6], ms[2:])
	binary.BigEndian.PutUint16(v[6:8], 0x7000|uint16(now&0xfff))
	v[8] = v[8]&0x3f | 0x80
	return v
}

// Derive makes the n-th id that belongs to another, of the same time: whoever
// derives it again gets the same one.
func Derive(from ID, n int) ID {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(from[:], uint64(n)))
	v := from
	copy(v[8:], sum[:8])
	v[8] = v[8]&0x3f | 0x80
	return v
}

// ErrMalformed says that a text is not an id.
var ErrMalformed = errors.New("not an id: expected a UUID such as 0199b0c2-7d5e-7c3a-8f00-3b5d2f9a1c44")

// Parse reads the 36-character form, in either case.
func Parse(s string) (ID, error) {
	var v ID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return Zero, ErrMalformed
	}
	var h [32]byte
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] != '-' {
			if n == 32 {
				return Zero, ErrMalformed
			}
			h[n] = s[i]
			n++
		}
	}
	if n != 32 {
		return Zero, ErrMalformed
	}
	if _, err := hex.Decode(v[:], h[:]); err != nil {
		return Zero, ErrMalformed
	}
	return v, nil
}

// MustParse is Parse for constants in tests.
func MustParse(s string) ID {
	v, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

// IsZero tells whether there is no id.
func (v ID) IsZero() bool { return v == Zero }

// Time is when the id was made, to the millisecond.
func (v ID) Time() time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(append([]byte{0, 0}, v[:6]...)))).UTC()
}

// String is the canonical form; "" for Zero.
func (v ID) String() string {
	if v == Zero {
		return ""
	}
	return string(v.append(make([]byte, 0, 36)))
}

func (v ID) append(b []byte) []byte {
	b = hex.AppendEncode(b, v[0:4])
	b = append(b, '-')
	b = hex.AppendEncode(b, v[4:6])
	b = append(b, '-')
	b = hex.AppendEncode(b, v[6:8])
	b = append(b, '-')
	b = hex.AppendEncode(b, v[8:10])
	b = append(b, '-')
	return hex.AppendEncode(b, v[10:16])
}

// MarshalJSON writes the text form, null for Zero.
func (v ID) MarshalJSON() ([]byte, error) {
	if v == Zero {
		return []byte("null"), nil
	}
	b := make([]byte, 0, 38)
	return append(v.append(append(b, '"')), '"'), nil
}

// UnmarshalJSON reads the text form or null.
func (v *ID) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*v = Zero
		return nil
	}
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return ErrMalformed
	}
	p, err := Parse(string(b[1 : len(b)-1]))
	if err == nil {
		*v = p
	}
	return err
}

// Scan reads what either engine returns: 16 bytes, the text form, or NULL.
func (v *ID) Scan(src any) error {
	switch s := src.(type) {
	case nil:
		*v = Zero
		return nil
	case []byte:
		if len(s) == 16 {
			copy(v[:], s)
			return nil
		}
		p, err := Parse(string(s))
		*v = p
		return err
	case string:
		p, err := Parse(s)
		*v = p
		return err
	case [16]byte:
		*v = s
		return nil
	}
	return fmt.Errorf("id: cannot read %T", src)
}

var _ driver.Valuer = Text{}

// Text is an ID that goes to a database as its text form (PostgreSQL's uuid).
type Text struct{ ID }

// Value gives the text form or NULL.
func (t Text) Value() (driver.Value, error) {
	if t.ID == Zero {
		return nil, nil
	}
	return t.ID.String(), nil
}

// Floor is the smallest id made at or after a time, for ranges by age.
func Floor(t time.Time) ID {
	var v ID
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(t.UnixMilli()))
	copy(v[:6], ms[2:])
	return v
}

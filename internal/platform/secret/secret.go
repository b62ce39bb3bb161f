// Package secret keeps what must not be read: the keyring that seals
// credentials at rest, hashes of passwords and tokens, and a text type that
// does not show itself. It never stores anything: rows of keys and hashes are
// values that the caller keeps.
package secret

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"unique"
)

const redacted = "[redacted]"

// String is a text that logs, JSON and fmt show as [redacted]. Reveal gives it
// away on purpose, where a reader of the code can see it. Equal texts are ==;
// compare with Equal where an attacker could measure the time.
//
// The text is behind a handle because fmt looks into the fields of a struct it
// meets under a pointer without asking their methods.
type String struct{ text unique.Handle[string] }

// NewString hides a text.
func NewString(s string) String {
	if s == "" {
		return String{}
	}
	return String{unique.Make(s)}
}

// Reveal is the text itself.
func (s String) Reveal() string {
	if s.IsZero() {
		return ""
	}
	return s.text.Value()
}

// IsZero tells whether there is no text.
func (s String) IsZero() bool { return s == String{} }

// String is [redacted], or nothing for no text.
func (s String) String() string {
	if s.IsZero() {
		return ""
	}
	return redacted
}

// GoString is what %#v shows.
func (s String) GoString() string { return `secret.String{` + s.String() + `}` }

// Format covers every other verb of fmt.
func (s String) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		_, _ = fmt.Fprint(f, s.GoString())
		return
	}
	_, _ = fmt.Fprint(f, s.String())
}

// LogValue is what slog shows.
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON writes [redacted].
func (s String) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// MarshalText writes [redacted]: map keys, XML, flags.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalJSON reads a secret that somebody hands in.
func (s *String) UnmarshalJSON(b []byte) error {
	var text string
	err := json.Unmarshal(b, &text)
	*s = NewString(text)
	return err
}

// UnmarshalText reads a secret from a flag or the environment.
func (s *String) UnmarshalText(b []byte) error {
	*s = NewString(string(b))
	return nil
}

package kit

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"switchboard/internal/message"
)

// ID is an identifier that providers send as a string or as an integer. It
// never passes through a float, which would round ids over 2^53. null and ""
// are "".
type ID string

// UnmarshalJSON reads a string, an integer or null.
func (id *ID) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	if err != nil {
		return fmt.Errorf("id: %w", err)
	}
	if b[0] != '"' && strings.ContainsAny(s, ".eE") {
		return errors.New("id: want a string or an integer, got a fraction")
	}
	*id = ID(message.Clean(s))
	return nil
}

// String gives the id as text.
func (id ID) String() string { return string(id) }

// Timestamp is a Unix time that providers send as a number or as a string of
// digits. Figures that can only be milliseconds are read as such. null, "" and
// 0 are the zero time.
type Timestamp struct{ time.Time }

// Bounds of a Timestamp: what is larger than lastSecond (end of the year 9999)
// is taken for milliseconds.
const (
	lastSecond = 253402300799
	lastMilli  = lastSecond*1000 + 999
)

// UnmarshalJSON reads a string, a number or null.
func (t *Timestamp) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	if err != nil {
		return fmt.Errorf("timestamp: %w", err)
	}
	if whole, zeros, ok := strings.Cut(s, "."); ok && strings.Trim(zeros, "0123456789") == "" {
		s = whole
	}
	if s == "" || s == "0" {
		t.Time = time.Time{}
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || n < 0 || n > lastMilli:
		return errors.New("timestamp: not a Unix time")
	case n > lastSecond:
		t.Time = time.UnixMilli(n).UTC()
	default:
		t.Time = time.Unix(n, 0).UTC()
	}
	return nil
}

// Number is a quantity that providers send as a number or as a string. It is
// for coordinates and prices only, never for ids.
type Number float64

// UnmarshalJSON reads a string, a number or null.
func (n *Number) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	if err != nil {
		return fmt.Errorf("number: %w", err)
	}
	if s == "" {
		*n = 0
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != f || f-f != 0 { // neither NaN nor infinite
		return errors.New("number: not a number")
	}
	*n = Number(f)
	return nil
}

// scalar gives the text of a JSON string or number, "" for null.
func scalar(b []byte) (string, error) {
	if len(b) == 0 {
		return "", errors.New("empty value")
	}
	switch c := b[0]; {
	case c == '"':
		if len(b) >= 2 && !hasEscape(b) {
			return string(b[1 : len(b)-1]), nil
		}
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return "", errors.New("not a string")
		}
		return s, nil
	case c == 'n':
		return "", nil
	case c == '-' || c >= '0' && c <= '9':
		return string(b), nil
	case c == '{':
		return "", errors.New("want a string or a number, got an object")
	case c == '[':
		return "", errors.New("want a string or a number, got an array")
	}
	return "", errors.New("want a string or a number, got a boolean")
}

func hasEscape(b []byte) bool {
	for _, c := range b {
		if c == '\\' {
			return true
		}
	}
	return false
}

// JSONError rewords an error of encoding/json without the offending value,
// which may be an address or part of a message.
func JSONError(err error) error {
	var te *json.UnmarshalTypeError
	if errors.As(err, &te) {
		got, _, _ := strings.Cut(te.Value, " ")
		if te.Field == "" {
			return fmt.Errorf("want %s, got %s", kindWord(te), got)
		}
		return fmt.Errorf("%s: want %s, got %s", te.Field, kindWord(te), got)
	}
	var se *json.SyntaxError
	if errors.As(err, &se) {
		return fmt.Errorf("not valid JSON at byte %d", se.Offset)
	}
	return err
}

func kindWord(te *json.UnmarshalTypeError) string {
	switch k := te.Type.Kind().String(); k {
	case "struct", "map", "ptr":
		return "object"
	case "slice":
		return "array"
	case "bool":
		return "boolean"
	case "string":
		return "string"
	default:
		return "number"
	}
}

// List splits a JSON array into its elements without looking into them, so
// that one bad element cannot hide its siblings. Absent and null are empty.
func List(raw json.RawMessage) ([]json.RawMessage, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, JSONError(err)
	}
	return items, nil
}

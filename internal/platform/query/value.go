package query

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/text"
)

const maxText = 1000 // bytes of one text value; longer ones are no search

// value reads one value of a field: id.ID, string, int64 or bool.
func (f *Field) value(where, s string) (any, *fault.Error) {
	switch f.Type {
	case UUID:
		v, err := id.Parse(s)
		if err != nil || v.IsZero() {
			return nil, badValue(where, "a UUID is expected", "Write it as 0199b0c2-7d5e-7c3a-8f00-3b5d2f9a1c44.")
		}
		return v, nil
	case Int:
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, badValue(where, "a whole number is expected", "Write digits only, with - in front if negative.")
		}
		return v, nil
	case Bool:
		switch s {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, badValue(where, "true or false is expected", allowed([]string{"true", "false"}))
	case Time:
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || v.Year() < 1 || v.Year() > 9999 {
			return nil, badValue(where, "an RFC 3339 time is expected", "Write it as 2026-11-22T16:03:46Z; a + in an offset is sent as %2B.")
		}
		return v.UnixMicro(), nil
	case Enum:
		if to, ok := f.Aliases[s]; ok {
			s = to
		}
		if !slices.Contains(f.Values, s) {
			return nil, badValue(where, "this is no value of "+f.Name, allowed(f.Values))
		}
		return s, nil
	case Text, FoldedText:
	}
	if len(s) > maxText || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return nil, badValue(where, "the text is too long or not UTF-8", fmt.Sprintf("Send at most %d bytes of UTF-8 without NUL.", maxText))
	}
	return s, nil
}

// printed reads the value of a field from a printed row, as it stands in the
// column the list is ordered by.
func (f *Field) printed(raw json.RawMessage) (any, error) {
	if len(raw) == 0 || string(raw) == "null" {
		if !f.Nullable {
			return nil, fmt.Errorf("query: the row prints no %s", f.Name)
		}
		return nil, nil
	}
	s := string(raw)
	if raw[0] == '"' {
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, err
		}
	}
	if f.Type == FoldedText {
		return text.Fold(s), nil
	}
	if f.Type == Text {
		return s, nil // stored text may be longer than what may be searched for
	}
	v, bad := f.value(f.Name, s)
	if bad != nil {
		return nil, bad
	}
	return v, nil
}

// stored reads a value as a cursor keeps it.
func (f *Field) stored(v any) (any, bool) {
	switch v := v.(type) {
	case nil:
		return nil, f.Nullable
	case bool:
		return v, f.Type == Bool
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		return n, err == nil && (f.Type == Int || f.Type == Time)
	case string:
		switch f.Type {
		case UUID:
			u, err := id.Parse(v)
			return u, err == nil
		case Text, FoldedText, Enum:
			return v, !strings.ContainsRune(v, 0)
		case Int, Bool, Time:
		}
	}
	return nil, false
}

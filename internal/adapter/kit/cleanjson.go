package kit

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"unicode/utf8"

	"switchboard/internal/message"
)

// Bounds of raw JSON that is kept beside a message. The webhook itself is kept
// whole elsewhere, so nothing is lost by cutting here.
const (
	maxRaw   = 64 << 10
	maxDepth = 64
	maxDigit = 64
)

// CleanJSON makes valid provider JSON storable on every engine and returns a
// copy. PostgreSQL refuses \u0000, half a surrogate pair, absurd numbers and
// deep nesting inside jsonb; SQLite refuses the latter too. Such input is
// rewritten, or kept as a JSON string where its shape is the problem.
func CleanJSON(raw []byte) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	if len(raw) > maxRaw {
		return quoted(raw[:1024])
	}
	odd, depth := inspect(raw)
	switch {
	case depth > maxDepth:
		return quoted(raw)
	case !odd:
		return bytes.Clone(raw)
	}
	v, err := decodeAny(raw)
	if err != nil {
		return quoted(raw)
	}
	return marshal(cleanAny(v))
}

// CleanValue is CleanJSON decoded, with numbers kept as written. It gives nil
// for absent and null.
func CleanValue(raw []byte) any {
	c := CleanJSON(raw)
	if len(c) == 0 {
		return nil
	}
	v, err := decodeAny(c)
	if err != nil {
		return nil
	}
	return v
}

// inspect walks JSON once and tells whether it holds anything that needs
// rewriting, and how deep it nests.
func inspect(raw []byte) (odd bool, deepest int) {
	odd = !utf8.Valid(raw)
	depth, digits, in := 0, 0, false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if in {
			switch c {
			case '\\':
				i++
				if i+4 < len(raw) && raw[i] == 'u' && suspicious(raw[i+1:i+5]) {
					odd = true
				}
			case '"':
				in = false
			}
			continue
		}
		switch {
		case c == '"':
			in, digits = true, 0
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
			digits = 0
		case c >= '0' && c <= '9':
			if digits++; digits > maxDigit {
				odd = true
			}
		case (c == 'e' || c == 'E') && digits > 0:
			odd = true
		default:
			digits = 0
		}
	}
	return odd, deepest
}

// suspicious tells whether the four hex digits of an escape name NUL or half a
// surrogate pair. Whole pairs are rewritten too, which does no harm.
func suspicious(hex []byte) bool {
	return (hex[0] == 'd' || hex[0] == 'D') && hex[1] >= '8' || string(hex) == "0000"
}

func decodeAny(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return v, err
}

func cleanAny(v any) any {
	switch v := v.(type) {
	case string:
		return message.Clean(v)
	case json.Number:
		if s := v.String(); len(s) > maxDigit || bytes.ContainsAny([]byte(s), "eE") {
			return message.Truncate(s, 1024)
		}
	case []any:
		for i := range v {
			v[i] = cleanAny(v[i])
		}
	case map[string]any:
		// In order, so that keys which become equal give one result always.
		clean := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			clean[message.Clean(k)] = cleanAny(v[k])
		}
		return clean
	}
	return v
}

func quoted(raw []byte) json.RawMessage {
	return marshal(message.Clean(string(raw)))
}

// marshal cannot fail: it is given strings, numbers read from JSON, maps and
// slices of them.
func marshal(v any) json.RawMessage {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil
	}
	return bytes.TrimRight(buf.Bytes(), "\n")
}

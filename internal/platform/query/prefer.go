package query

import (
	"strconv"
	"strings"

	"switchboard/internal/platform/fault"
)

// Prefer is what the Prefer header asks for.
type Prefer struct {
	CountExact     bool
	Representation bool // return=representation
	Minimal        bool // return=minimal or headers-only
	MaxAffected    int  // 0 for none
}

// ParsePrefer reads the values of Prefer headers. Preferences that would change
// what is written are obeyed or refused, never ignored; others are ignored, as
// RFC 7240 has it.
func ParsePrefer(headers []string) (Prefer, *fault.Error) {
	var p Prefer
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		value, _, _ = strings.Cut(value, ";")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		no := func(what, hint string) *fault.Error { return refuse("bad_prefer", "Prefer", what).WithHint("%s", hint) }
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "return":
			switch value {
			case "representation":
				p.Representation = true
			case "minimal", "headers-only":
				p.Minimal = true
			default:
				return p, no("this return is not offered", allowed([]string{"return=representation", "return=minimal"}))
			}
		case "count":
			if value != "exact" {
				return p, no("only exact counts are offered", allowed([]string{"count=exact"}))
			}
			p.CountExact = true
		case "resolution":
			return p, no("upsert is not offered", "Send POST for a new row and PATCH for an existing one.")
		case "tx":
			if value != "commit" {
				return p, no("a trial run is not offered", allowed([]string{"tx=commit"}))
			}
		case "max-affected":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				return p, no("max-affected is a positive number", "Write it as max-affected=10.")
			}
			p.MaxAffected = n
		}
	}
	return p, nil
}

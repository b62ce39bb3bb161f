package query

import (
	"strings"

	"switchboard/internal/platform/fault"
)

// Refusals name the parameter and the allowed alternatives; they never repeat a
// value, which may be somebody's name or address.

func refuse(code, where, what string) *fault.Error {
	return fault.New(fault.BadRequest, code, "The query was not understood: %s.", what).WithDetails("%s: %s", clip(where), what)
}

func allowed(names []string) string { return "Allowed: " + strings.Join(names, ", ") + "." }

func unknownField(s *Spec, where, name string, names []string) *fault.Error {
	return refuse("unknown_field", where, s.Resource+" has no field "+clip(name)+" to use here").WithHint("%s", allowed(names))
}

func unknownOperator(f *Field, where string) *fault.Error {
	return refuse("unknown_operator", where, "this operator is not known for "+f.Name).
		WithHint("%s Each may be preceded by not.", allowed(f.Operators().Names()))
}

func badValue(where, what, hint string) *fault.Error {
	return refuse("bad_value", where, what).WithHint("%s", hint)
}

// clip keeps what a caller sent short and printable.
func clip(s string) string {
	n := 0
	return strings.Map(func(r rune) rune {
		if n++; n > 64 || r < 0x20 || r == 0x7f || r == 0xfffd {
			return -1
		}
		return r
	}, s)
}

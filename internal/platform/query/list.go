package query

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"switchboard/internal/platform/fault"
)

// Bounds of a list.
const (
	DefaultLimit = 50
	MaxLimit     = 500
	MaxOffset    = 100_000
	MaxBulk      = 1000 // rows one bulk change may touch
	maxOrder     = 8
)

// List is one understood request for rows.
type List struct {
	Spec  *Spec
	Where []Cond // joined by and
	// Within confines the list to what its reader may see. A list whose Spec is
	// Scoped is refused without it.
	Within *Scope
	Order  []Order
	Limit  int
	// Offset is 0 when After is set.
	Offset int
	// Position is how many rows come before this page, for Content-Range: the
	// offset, or what the cursor counted.
	Position int
	// After are the order values of the row this page begins after.
	After []any
	// Select are the members wanted; nil means all.
	Select     []string
	CountExact bool
}

// Order is one term of an order.
type Order struct {
	Field *Field
	Desc  bool
}

// Filtered tells whether anything narrows the list.
func (l *List) Filtered() bool { return len(l.Where) > 0 }

// ParseList reads the query of a list. What it does not know it refuses.
func ParseList(spec *Spec, values url.Values, prefer Prefer) (List, *fault.Error) {
	l, bad := parse(spec, values, true)
	if bad != nil {
		return List{}, bad
	}
	l.CountExact = prefer.CountExact
	return l, nil
}

// ParseBulk reads the query of a change by filter: filters and select only, and
// at least one filter, so that a forgotten one never touches everything.
func ParseBulk(spec *Spec, values url.Values) (List, *fault.Error) {
	l, bad := parse(spec, values, false)
	if bad != nil {
		return List{}, bad
	}
	if !l.Filtered() {
		return List{}, refuse("filter_required", "query", "a change by filter needs a filter").
			WithHint("Add a filter such as id=eq.<id>; filters exist for %s.", strings.Join(spec.Filterable(), ", "))
	}
	l.Limit = MaxBulk
	return l, nil
}

// ParseSelect reads select alone, for answers of one row.
func ParseSelect(spec *Spec, values url.Values) ([]string, *fault.Error) {
	v, bad := once(values, "select")
	if bad != nil {
		return nil, bad
	}
	return parseSelect(spec, v)
}

func parse(spec *Spec, values url.Values, paged bool) (List, *fault.Error) {
	l := List{Spec: spec, Limit: DefaultLimit}
	p := parser{spec: spec}
	keys := make([]string, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	slices.Sort(keys) // equal requests give equal statements
	var cursor string
	for _, k := range keys {
		var bad *fault.Error
		switch k {
		case "select", "order", "limit", "offset", "cursor":
			var v string
			if v, bad = once(values, k); bad != nil {
				break
			}
			if k != "select" && !paged {
				bad = refuse("unknown_field", k, k+" has no meaning in a change by filter").WithHint("Leave %s out.", k)
				break
			}
			switch k {
			case "select":
				l.Select, bad = parseSelect(spec, v)
			case "order":
				l.Order, bad = parseOrder(spec, v)
			case "limit":
				l.Limit, bad = parseInt(k, v, MaxLimit)
			case "offset":
				l.Offset, bad = parseInt(k, v, MaxOffset)
			case "cursor":
				cursor = v
			}
		case "on_conflict":
			bad = refuse("unknown_field", k, "upsert is not offered").WithHint("Send POST for a new row and PATCH for an existing one.")
		default:
			bad = p.param(&l, k, values[k])
		}
		if bad != nil {
			return List{}, bad
		}
	}
	l.Order, l.Position = spec.complete(l.Order), l.Offset
	if _, given := values["cursor"]; given {
		if l.Offset > 0 {
			return List{}, refuse("bad_value", "offset", "offset and cursor exclude each other").WithHint("Send one of them.")
		}
		var bad *fault.Error
		if l.After, l.Position, bad = l.readCursor(cursor); bad != nil {
			return List{}, bad
		}
	}
	return l, nil
}

// complete ends an order with the key, in the direction of the last term, so
// that the order is total and an index can serve it.
func (s *Spec) complete(order []Order) []Order {
	desc := true
	for i, o := range order {
		if o.Field.Name == s.key() {
			return order[:i+1] // nothing after a unique field matters
		}
		desc = o.Desc
	}
	return append(slices.Clip(order), Order{Field: s.field(s.key()), Desc: desc})
}

func once(values url.Values, k string) (string, *fault.Error) {
	v := values[k]
	if len(v) > 1 {
		return "", refuse("bad_value", k, k+" is given more than once").WithHint("Send it once.")
	}
	return values.Get(k), nil
}

func parseInt(k, v string, most int) (int, *fault.Error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > most || strings.HasPrefix(v, "+") {
		return 0, badValue(k, fmt.Sprintf("a whole number from 0 to %d is expected", most),
			fmt.Sprintf("The most allowed is %d; use the cursor of the Link header to read on.", most))
	}
	return n, nil
}

func parseSelect(spec *Spec, v string) ([]string, *fault.Error) {
	var out []string
	if v == "" {
		return nil, nil
	}
	for name := range strings.SplitSeq(v, ",") {
		name = strings.TrimSpace(name)
		hint := allowed(append([]string{"*"}, spec.Selectable()...))
		switch {
		case name == "*":
			return nil, all(spec, v)
		case strings.Contains(name, "::"):
			return nil, refuse("bad_select", "select", "casts are not offered").WithHint("%s", hint)
		case strings.ContainsAny(name, "()!"):
			return nil, refuse("bad_select", "select", "embedded resources and functions are not offered").WithHint("%s", hint)
		case strings.Contains(name, ":"):
			return nil, refuse("bad_select", "select", "other names for members are not offered").WithHint("%s", hint)
		case strings.Contains(name, "->"):
			return nil, refuse("bad_select", "select", "paths into a member are not offered").WithHint("%s", hint)
		case !slices.Contains(spec.Selectable(), name):
			return nil, unknownField(spec, "select", name, append([]string{"*"}, spec.Selectable()...))
		case !slices.Contains(out, name):
			out = append(out, name)
		}
	}
	return out, nil
}

// all checks the names beside a *, which change nothing.
func all(spec *Spec, v string) *fault.Error {
	var rest []string
	for name := range strings.SplitSeq(v, ",") {
		if strings.TrimSpace(name) != "*" {
			rest = append(rest, name)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	_, bad := parseSelect(spec, strings.Join(rest, ","))
	return bad
}

func parseOrder(spec *Spec, v string) ([]Order, *fault.Error) {
	var out []Order
	if v == "" {
		return nil, nil
	}
	for term := range strings.SplitSeq(v, ",") {
		parts := strings.Split(term, ".")
		f := spec.field(parts[0])
		if f == nil || !f.Sortable && f.Name != spec.key() {
			return nil, unknownField(spec, "order", parts[0], spec.Sortable())
		}
		o := Order{Field: f}
		for i, part := range parts[1:] {
			switch {
			case i == 0 && part == "asc":
			case i == 0 && part == "desc":
				o.Desc = true
			case part == "nullslast" && i == len(parts)-2 && !o.Desc, part == "nullsfirst" && i == len(parts)-2 && o.Desc:
				// what happens anyway
			case part == "nullslast" || part == "nullsfirst":
				return nil, refuse("bad_value", "order", "the place of empty values is fixed: last when ascending, first when descending").
					WithHint("Leave .%s out.", part)
			default:
				return nil, refuse("unknown_operator", "order", "the direction is asc or desc").WithHint("%s", allowed([]string{"asc", "desc"}))
			}
		}
		if slices.ContainsFunc(out, func(p Order) bool { return p.Field == f }) || len(out) == maxOrder {
			return nil, refuse("bad_value", "order", fmt.Sprintf("each field once, at most %d", maxOrder)).WithHint("%s", allowed(spec.Sortable()))
		}
		out = append(out, o)
	}
	return out, nil
}

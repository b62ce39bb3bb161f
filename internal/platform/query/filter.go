package query

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"switchboard/internal/platform/fault"
)

// Bounds of a filter: enough for any screen, too little to keep a database busy.
const (
	maxConds     = 50
	maxDepth     = 5
	maxIn        = 500
	maxWildcards = 8
)

// Cond is one condition, or a group of them when Field is nil.
type Cond struct {
	Not   bool
	Op    Ops
	Field *Field
	Args  []any // Eq…Lte: one value; Like, ILike: one pattern; In: all; Is: nil, true or false
	Group []Cond
	Any   bool // the group is joined by or
}

// foreign are operators of PostgREST that are not offered: refused rather than
// taken for text.
var foreign = regexp.MustCompile(`^(?:cs|cd|ov|sl|sr|nxr|nxl|adj|fts|plfts|phfts|wfts|match|imatch|isdistinct|all|any|(?:eq|neq|gte?|lte?|i?like|in|is|i?match)\((?:any|all)\)|(?:pl|ph|w)?fts\(\w*\))$`)

// looksLikeOperator is any word before a dot, for fields whose values hold none.
var looksLikeOperator = regexp.MustCompile(`^[a-z]+(?:\(\w*\))?$`)

type parser struct {
	spec  *Spec
	conds int
}

// param reads one parameter with all its values into the list.
func (p *parser) param(l *List, key string, values []string) *fault.Error {
	for _, v := range values {
		var c Cond
		var bad *fault.Error
		switch key {
		case "or", "and", "not.or", "not.and":
			c, bad = p.group(strings.TrimPrefix(key, "not."), v, 1)
			c.Not = strings.HasPrefix(key, "not.")
		default:
			var f *Field
			if f, bad = p.filterable(key, key); bad == nil {
				c, bad = p.plain(f, v)
			}
		}
		if bad != nil {
			return bad
		}
		l.Where = append(l.Where, c)
	}
	return nil
}

func (p *parser) filterable(where, name string) (*Field, *fault.Error) {
	f := p.spec.field(name)
	if f == nil || !f.Filterable {
		return nil, unknownField(p.spec, where, name, append(p.spec.Filterable(), "or", "and", "select", "order", "limit", "offset", "cursor"))
	}
	return f, nil
}

// plain reads the value of ?field=value: an operator if it begins with one,
// otherwise equality with the whole.
func (p *parser) plain(f *Field, v string) (Cond, *fault.Error) {
	rest, negated := strings.CutPrefix(v, "not.")
	if name, arg, ok := strings.Cut(rest, "."); ok {
		if op, known := opNamed(name); known {
			return p.cond(f, f.Name, op, negated, arg, false)
		}
		textual := f.Type == Text || f.Type == FoldedText
		if foreign.MatchString(name) || !textual && looksLikeOperator.MatchString(name) {
			return Cond{}, unknownOperator(f, f.Name)
		}
	}
	return p.cond(f, f.Name, Eq, false, v, false)
}

// group reads (a.eq.1,b.in.(x,y),not.and(…)).
func (p *parser) group(kind, v string, depth int) (Cond, *fault.Error) {
	if depth > maxDepth {
		return Cond{}, badValue(kind, "the groups are nested too deep", fmt.Sprintf("Nest at most %d.", maxDepth))
	}
	inner, ok := strings.CutPrefix(v, "(")
	if ok {
		inner, ok = strings.CutSuffix(inner, ")")
	}
	parts, closed := split(inner)
	if !ok || !closed || inner == "" {
		return Cond{}, badValue(kind, "a list of conditions in brackets is expected", "Write it as (a.eq.1,b.in.(x,y)).")
	}
	c := Cond{Any: kind == "or"}
	for _, part := range parts {
		sub, bad := p.term(kind, part, depth)
		if bad != nil {
			return Cond{}, bad
		}
		c.Group = append(c.Group, sub)
	}
	return c, nil
}

// term reads one member of a group.
func (p *parser) term(where, s string, depth int) (Cond, *fault.Error) {
	rest, negated := strings.CutPrefix(s, "not.")
	for _, kind := range []string{"or", "and"} {
		if list, ok := strings.CutPrefix(rest, kind); ok && strings.HasPrefix(list, "(") {
			c, bad := p.group(kind, list, depth+1)
			c.Not = negated
			return c, bad
		}
	}
	name, rest, _ := strings.Cut(s, ".")
	f, bad := p.filterable(where, name)
	if bad != nil {
		return Cond{}, bad
	}
	rest, negated = strings.CutPrefix(rest, "not.")
	opName, arg, ok := strings.Cut(rest, ".")
	op, known := opNamed(opName)
	if !ok || !known {
		return Cond{}, unknownOperator(f, where+"."+f.Name)
	}
	return p.cond(f, where+"."+f.Name, op, negated, arg, true)
}

// cond reads the argument of an operator. In a group a value may be quoted.
func (p *parser) cond(f *Field, where string, op Ops, not bool, arg string, grouped bool) (Cond, *fault.Error) {
	if p.conds++; p.conds > maxConds {
		return Cond{}, badValue(where, "there are too many conditions", fmt.Sprintf("Send at most %d, or use in.", maxConds))
	}
	if f.Operators()&op == 0 {
		return Cond{}, unknownOperator(f, where)
	}
	c := Cond{Not: not, Op: op, Field: f}
	switch op {
	case Is:
		v, bad := isValue(f, where, arg)
		c.Args = []any{v}
		return c, bad
	case In:
		inner, ok := strings.CutPrefix(arg, "(")
		if ok {
			inner, ok = strings.CutSuffix(inner, ")")
		}
		parts, closed := split(inner)
		if !ok || !closed || len(parts) > maxIn {
			return Cond{}, badValue(where, fmt.Sprintf("a list of at most %d values in brackets is expected", maxIn), `Write it as in.(a,"b,c").`)
		}
		for _, part := range parts {
			v, bad := f.value(where, unquote(part))
			if bad != nil {
				return Cond{}, bad
			}
			if !slices.Contains(c.Args, v) {
				c.Args = append(c.Args, v)
			}
		}
		return c, nil
	}
	if grouped {
		arg = unquote(arg)
	}
	v, bad := f.value(where, arg)
	if bad != nil {
		return Cond{}, bad
	}
	if s, ok := v.(string); ok && (op == Like || op == ILike) {
		pat := readPattern(s)
		if pat.wildcards() > maxWildcards {
			return Cond{}, badValue(where, "there are too many wildcards", fmt.Sprintf("Use at most %d.", maxWildcards))
		}
		v = pat
	}
	c.Args = []any{v}
	return c, nil
}

func isValue(f *Field, where, arg string) (any, *fault.Error) {
	can := []string{"null"}
	if f.Type == Bool {
		can = append(can, "true", "false")
	}
	if !slices.Contains(can, strings.ToLower(arg)) {
		return nil, badValue(where, "is takes a fixed word", allowed(can))
	}
	switch strings.ToLower(arg) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return nil, nil
}

// split cuts at the commas that are outside quotes and brackets; closed tells
// whether every quote and bracket ends. "" has no parts.
func split(s string) (parts []string, closed bool) {
	if s == "" {
		return nil, true
	}
	depth, start, quoted := 0, 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && (quoted || atStart(s, i)):
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return nil, false
			}
		case c == ',' && depth == 0:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:]), depth == 0 && !quoted
}

// atStart tells whether a quote opens a value: quotes inside an unquoted value
// are ordinary characters.
func atStart(s string, i int) bool {
	return i == 0 || strings.IndexByte(",(.", s[i-1]) >= 0
}

// unquote reads "a\"b" as a"b; anything else stays.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	s = s[1 : len(s)-1]
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

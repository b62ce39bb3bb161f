package query

import (
	"slices"
	"strings"
)

// Scope is what a reader may see of a list: the rows of any of its branches.
// It is made by whose rows they are, never by a caller.
type Scope struct {
	Branches []Branch
	// Split reads each branch by itself, in order and no further than the page
	// reaches, and joins what was found: for branches that an index serves each,
	// while none serves all of them together.
	Split bool
	// From is the table that the branches are read from: the one alias t that
	// all fields of the list are columns of.
	From string
}

// Branch is one way a row comes to be seen.
type Branch struct {
	Text string // condition, with ? for each argument
	Args []any
	// Field and Values say that the branch has no row but those whose field is
	// one of the values, so that a list which asks for others leaves it out.
	Field  string
	Values []any
}

// Everything is the scope of who sees all rows.
var Everything = &Scope{Branches: []Branch{{Text: "TRUE"}}}

// Any is the scope as one condition, with ? for each argument.
func (s *Scope) Any() (text string, args []any) {
	for i, b := range s.Branches {
		if i > 0 {
			text += " OR "
		}
		text, args = text+"("+b.Text+")", append(args, b.Args...)
	}
	return text, args
}

// of gives the branches a list may find something in.
func (s *Scope) of(l *List) []Branch {
	if s == nil || s == Everything {
		return nil
	}
	out := slices.DeleteFunc(slices.Clone(s.Branches), func(b Branch) bool { return b.excluded(l.Where) })
	if len(out) == 0 {
		out = []Branch{{Text: "FALSE"}}
	}
	return out
}

// excluded tells whether a filter leaves none of the branch's values.
func (b *Branch) excluded(where []Cond) bool {
	for _, c := range where {
		if c.Field == nil || c.Not || c.Field.Name != b.Field || c.Op != Eq && c.Op != In {
			continue
		}
		if !slices.ContainsFunc(c.Args, func(v any) bool { return slices.Contains(b.Values, v) }) {
			return true
		}
	}
	return false
}

// Split tells whether the list is read branch by branch.
func (l *List) Split() bool { return l.Within != nil && l.Within.Split && len(l.Within.of(l)) > 1 }

// SplitSQL is SQL for a list that is read branch by branch: keys selects the
// keys that may be on the page as k, and where joins them as v. home is the
// condition that confines a table to its organization.
func (l *List) SplitSQL(e Engine, firstArg int, home string) (keys, where, order, limit string, args []any) {
	w := writer{e: e, next: firstArg}
	key := l.Spec.field(l.Spec.key()).Column
	order = l.order()
	most := w.arg(int64(l.rows() + l.Offset))
	for i, b := range l.Within.of(l) {
		if i > 0 {
			w.put(" UNION ")
		}
		w.put("SELECT k FROM (SELECT ", key, " AS k FROM ", l.Within.From, " WHERE ", home, " AND ")
		w.within([]Branch{b})
		w.rest(l)
		w.put(" ", order, " LIMIT ", most, ") b")
	}
	limit = "LIMIT " + w.arg(int64(l.rows()))
	if l.Offset > 0 {
		limit += " OFFSET " + w.arg(int64(l.Offset))
	}
	return w.b.String(), key + " = v.k", order, limit, w.args
}

// within writes that a row is in one of the branches, and AND; nothing for
// none, which is no limit.
func (w *writer) within(branches []Branch) {
	if len(branches) == 0 {
		return
	}
	w.put("(")
	for i, b := range branches {
		if i > 0 {
			w.put(" OR ")
		}
		parts := strings.Split(b.Text, "?")
		w.put("(", parts[0])
		for n, part := range parts[1:] {
			w.put(w.arg(b.Args[n]), part)
		}
		w.put(")")
	}
	w.put(") AND ")
}

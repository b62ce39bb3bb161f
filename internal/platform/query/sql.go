package query

import (
	"strconv"
	"strings"

	"switchboard/internal/platform/text"
)

// Engine is the database the text is for.
type Engine int

// Engines.
const (
	SQLite Engine = iota
	Postgres
)

// SQL writes the list for an engine: a condition for WHERE (never empty, TRUE
// when there is none, so that it can follow AND), an ORDER BY clause, a LIMIT
// clause, and the arguments, numbered from firstArg in this order. Ids are
// id.ID, times int64 microseconds; a number may occur more than once in the
// text. The limit is one above the page, so that the reader sees whether there
// is more.
//
// Where the engines differ the text differs, so that the rows do not:
//   - like is case-sensitive: LIKE on PostgreSQL, GLOB on SQLite, whose LIKE
//     ignores the case of ASCII.
//   - ilike compares text.Fold of both sides on FoldedText; on plain text it
//     ignores the case of A to Z only, which is what both engines can do.
//   - NULL is the largest value, as PostgreSQL has it; SQLite is told so.
func (l *List) SQL(e Engine, firstArg int) (where, order, limit string, args []any) {
	w := writer{e: e, next: firstArg}
	w.within(l.Within.of(l))
	w.rest(l)
	where = w.b.String()
	limit = "LIMIT " + w.arg(int64(l.rows()))
	if l.Offset > 0 {
		limit += " OFFSET " + w.arg(int64(l.Offset))
	}
	return where, l.order(), limit, w.args
}

// rows is how many rows are read.
func (l *List) rows() int {
	if l.Limit == 0 {
		return 0
	}
	return l.Limit + 1
}

func (l *List) order() string {
	var b strings.Builder
	b.WriteString("ORDER BY ")
	for i, o := range l.Order {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(o.Field.orderColumn())
		switch {
		case o.Desc && o.Field.Nullable:
			b.WriteString(" DESC NULLS FIRST")
		case o.Desc:
			b.WriteString(" DESC")
		case o.Field.Nullable:
			b.WriteString(" NULLS LAST")
		}
	}
	return b.String()
}

// CountSQL writes the condition of the whole list, without its page.
func (l *List) CountSQL(e Engine, firstArg int) (where string, args []any) {
	w := writer{e: e, next: firstArg}
	w.within(l.Within.of(l))
	w.all(l.Where, " AND ")
	if len(l.Where) == 0 {
		w.put("TRUE")
	}
	return w.b.String(), w.args
}

type writer struct {
	e    Engine
	next int
	b    strings.Builder
	args []any
}

// arg binds a value and gives its placeholder.
func (w *writer) arg(v any) string {
	w.args = append(w.args, v)
	w.next++
	return "$" + strconv.Itoa(w.next-1)
}

func (w *writer) put(parts ...string) {
	for _, p := range parts {
		w.b.WriteString(p)
	}
}

// rest writes the filters and the place of the page; TRUE without any.
func (w *writer) rest(l *List) {
	w.all(l.Where, " AND ")
	switch {
	case l.After != nil && len(l.Where) > 0:
		w.put(" AND ")
		w.after(l.Order, l.After)
	case l.After != nil:
		w.after(l.Order, l.After)
	case len(l.Where) == 0:
		w.put("TRUE")
	}
}

func (w *writer) all(conds []Cond, join string) {
	for i := range conds {
		if i > 0 {
			w.put(join)
		}
		w.cond(&conds[i])
	}
}

func (w *writer) cond(c *Cond) {
	if c.Not {
		w.put("NOT ")
	}
	w.put("(")
	if c.Field == nil {
		join := " AND "
		if c.Any {
			join = " OR "
		}
		w.all(c.Group, join)
	} else {
		w.compare(c)
	}
	w.put(")")
}

func (w *writer) compare(c *Cond) {
	col := c.Field.Column
	switch c.Op {
	case Eq:
		w.put(col, " = ", w.arg(c.Args[0]))
	case Neq:
		w.put(col, " <> ", w.arg(c.Args[0]))
	case Gt:
		w.put(col, " > ", w.arg(c.Args[0]))
	case Gte:
		w.put(col, " >= ", w.arg(c.Args[0]))
	case Lt:
		w.put(col, " < ", w.arg(c.Args[0]))
	case Lte:
		w.put(col, " <= ", w.arg(c.Args[0]))
	case Is:
		word := map[any]string{nil: "NULL", true: "TRUE", false: "FALSE"}[c.Args[0]]
		w.put(col, " IS ", word)
	case In:
		if len(c.Args) == 0 {
			w.put("FALSE") // nothing is in an empty list
			return
		}
		w.put(col, " IN (")
		for i, v := range c.Args {
			if i > 0 {
				w.put(",")
			}
			w.put(w.arg(v))
		}
		w.put(")")
	case Like:
		p := c.Args[0].(Pattern)
		if w.e == SQLite {
			w.put(col, " GLOB ", w.arg(p.glob()))
		} else {
			w.put(col, " LIKE ", w.arg(p.like()), ` ESCAPE '\'`)
		}
	case ILike:
		p := c.Args[0].(Pattern)
		switch {
		case c.Field.Type == FoldedText && w.e == SQLite:
			w.put(c.Field.Folded, " GLOB ", w.arg(p.each(text.Fold).glob()))
		case c.Field.Type == FoldedText:
			w.put(c.Field.Folded, " LIKE ", w.arg(p.each(text.Fold).like()), ` ESCAPE '\'`)
		case w.e == SQLite:
			w.put("lower(", col, ") GLOB ", w.arg(p.each(lowerASCII).glob()))
		default:
			w.put("lower(", col, ` COLLATE "C") LIKE `, w.arg(p.each(lowerASCII).like()), ` ESCAPE '\'`)
		}
	}
}

// after writes "the rows behind these order values". One comparison of row
// values where that is right, because an index serves it; otherwise the steps
// written out.
func (w *writer) after(order []Order, values []any) {
	refs := make([]string, len(values))
	for i, v := range values {
		if v != nil {
			refs[i] = w.arg(v)
		}
	}
	if rowComparable(order, values) {
		cols := make([]string, len(order))
		for i, o := range order {
			cols[i] = o.Field.orderColumn()
		}
		op := " > "
		if order[0].Desc {
			op = " < "
		}
		w.put("(", strings.Join(cols, ", "), ")", op, "(", strings.Join(refs, ", "), ")")
		return
	}
	w.put("(")
	var same []string
	first := true
	for i, o := range order {
		col := o.Field.orderColumn()
		var step string
		switch {
		case values[i] == nil && o.Desc: // NULL came first; all others follow
			step = col + " IS NOT NULL"
		case values[i] == nil: // NULL is last; nothing follows
		case o.Desc:
			step = col + " < " + refs[i]
		case o.Field.Nullable:
			step = "(" + col + " > " + refs[i] + " OR " + col + " IS NULL)"
		default:
			step = col + " > " + refs[i]
		}
		if step != "" {
			if !first {
				w.put(" OR ")
			}
			first = false
			w.put("(", strings.Join(append(same[:len(same):len(same)], step), " AND "), ")")
		}
		if values[i] == nil {
			same = append(same, col+" IS NULL")
		} else {
			same = append(same, col+" = "+refs[i])
		}
	}
	w.put(")")
}

// rowComparable tells whether (a, b) < ($1, $2) selects exactly what follows:
// one direction, and no NULL that sorts behind.
func rowComparable(order []Order, values []any) bool {
	for i, o := range order {
		if o.Desc != order[0].Desc || values[i] == nil || o.Field.Nullable && !o.Desc {
			return false
		}
	}
	return true
}

// Package query is the grammar of lists: it reads the filters, order, paging
// and selection of a request into a List and writes a List as SQL text with
// bound arguments. A resource declares which fields take part; everything else
// is refused by name. It knows nothing of HTTP and never touches a database,
// and no text of a caller ever becomes part of a statement.
package query

import (
	"fmt"
	"slices"
	"strings"
)

// Type is what the values of a field are.
type Type int

// Types of field.
const (
	UUID       Type = iota // argument id.ID
	Text                   // argument string
	FoldedText             // text with a second, folded column for ilike and order
	Enum                   // text, one of Field.Values
	Int                    // argument int64
	Bool                   // argument bool
	Time                   // RFC 3339 outside, argument int64 microseconds
)

// String names the type for people.
func (t Type) String() string {
	return [...]string{"UUID", "text", "text", "one of a list", "integer", "boolean", "RFC 3339 time"}[t]
}

// Ops is a set of operators.
type Ops uint16

// The operators of the grammar.
const (
	Eq Ops = 1 << iota
	Neq
	Gt
	Gte
	Lt
	Lte
	Like
	ILike
	In
	Is
)

var opNames = []struct {
	op   Ops
	name string
}{{Eq, "eq"}, {Neq, "neq"}, {Gt, "gt"}, {Gte, "gte"}, {Lt, "lt"}, {Lte, "lte"}, {Like, "like"}, {ILike, "ilike"}, {In, "in"}, {Is, "is"}}

// Common sets.
const (
	Same    = Eq | Neq | In | Is         // equality only
	Ordered = Same | Gt | Gte | Lt | Lte // and ranges
	Words   = Ordered | Like | ILike     // and patterns
)

// Names lists the operators of the set in a fixed order.
func (o Ops) Names() []string {
	var out []string
	for _, n := range opNames {
		if o&n.op != 0 {
			out = append(out, n.name)
		}
	}
	return out
}

func opNamed(name string) (Ops, bool) {
	for _, n := range opNames {
		if n.name == name {
			return n.op, true
		}
	}
	return 0, false
}

// Field is one member of a row that may be filtered or ordered by.
type Field struct {
	Name   string // in the API
	Column string // SQL expression with its table alias, ours alone
	Folded string // FoldedText: the column that holds text.Fold of Column
	Type   Type
	Values []string // Enum: the allowed values
	// Aliases are other names a value of an Enum is accepted by.
	Aliases map[string]string
	// Ops are the operators allowed; zero means those that fit the type.
	Ops        Ops
	Filterable bool
	// Sortable promises that the row's member of this name prints the value of
	// Column: the cursor of the next page is made from the printed row.
	Sortable bool
	// Nullable says that Column may be NULL; NULL sorts as the largest value on
	// both engines.
	Nullable bool
}

// Operators are the operators this field takes.
func (f *Field) Operators() Ops {
	fits := Same
	switch f.Type {
	case UUID, Int, Time:
		fits = Ordered
	case Text, FoldedText:
		fits = Words
	case Enum, Bool:
	}
	if f.Ops != 0 {
		fits &= f.Ops
	}
	return fits
}

// orderColumn is what the field is ordered by.
func (f *Field) orderColumn() string {
	if f.Type == FoldedText {
		return f.Folded
	}
	return f.Column
}

// Spec is what a list of one resource can do.
type Spec struct {
	Resource string
	Fields   []Field
	// Key is the unique field that ends every order; "id" when empty.
	Key string
	// Members are all members of a row, for select; the fields are always among
	// them.
	Members []string
	// Scoped says that not everybody of an organization sees all rows, so that
	// each list must say within what.
	Scoped bool
}

// reserved are the parameters that are no fields.
var reserved = []string{"select", "order", "limit", "offset", "cursor", "or", "and", "not", "not.or", "not.and", "columns", "on_conflict"}

// Check tells what is wrong with a declaration; it runs when the server starts.
func (s *Spec) Check() error {
	seen := map[string]bool{}
	for i := range s.Fields {
		f := &s.Fields[i]
		switch {
		case f.Name == "" || f.Column == "":
			return fmt.Errorf("query: %s: field %d needs a name and a column", s.Resource, i)
		case seen[f.Name]:
			return fmt.Errorf("query: %s: field %s is declared twice", s.Resource, f.Name)
		case slices.Contains(reserved, f.Name) || strings.ContainsAny(f.Name, ".,()"):
			return fmt.Errorf("query: %s: field name %q is taken by the grammar", s.Resource, f.Name)
		case f.Type == Enum && len(f.Values) == 0:
			return fmt.Errorf("query: %s: field %s lists no values", s.Resource, f.Name)
		case f.Type == FoldedText && f.Folded == "":
			return fmt.Errorf("query: %s: field %s names no folded column", s.Resource, f.Name)
		case f.Filterable && f.Operators() == 0:
			return fmt.Errorf("query: %s: field %s allows no operator of its type", s.Resource, f.Name)
		}
		seen[f.Name] = true
	}
	if k := s.field(s.key()); k == nil || k.Nullable {
		return fmt.Errorf("query: %s: the key %q must be a declared field that is never NULL", s.Resource, s.key())
	}
	return nil
}

func (s *Spec) key() string {
	if s.Key == "" {
		return "id"
	}
	return s.Key
}

func (s *Spec) field(name string) *Field {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return &s.Fields[i]
		}
	}
	return nil
}

// Filterable lists the names that may be filtered by, in declared order.
func (s *Spec) Filterable() []string {
	return s.names(func(f *Field) bool { return f.Filterable })
}

// Sortable lists the names that may be ordered by, in declared order.
func (s *Spec) Sortable() []string {
	return s.names(func(f *Field) bool { return f.Sortable || f.Name == s.key() })
}

// Selectable lists the names select takes.
func (s *Spec) Selectable() []string {
	out := s.names(func(*Field) bool { return true })
	for _, m := range s.Members {
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

func (s *Spec) names(keep func(*Field) bool) []string {
	var out []string
	for i := range s.Fields {
		if keep(&s.Fields[i]) {
			out = append(out, s.Fields[i].Name)
		}
	}
	return out
}

package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// docMember is one line of a table of members.
type docMember struct {
	Name, Type, About string
	Required          bool
}

func (d *docDocument) deref(s *docSchema) *docSchema {
	for s != nil && s.Ref != "" {
		s = d.Components.Schemas[last(s.Ref)]
	}
	return s
}

func (d *docDocument) members(s *docSchema) []docMember {
	if s = d.deref(s); s == nil {
		return nil
	}
	var out []docMember
	for _, name := range sortedKeys(s.Properties) {
		p := s.Properties[name]
		about := p.Description
		if t := d.deref(p); t != nil {
			if about == "" {
				about = t.Description
			}
			about = strings.TrimSpace(about + " " + bounds(t))
		}
		out = append(out, docMember{Name: name, Type: d.kind(p), About: about, Required: slices.Contains(s.Required, name)})
	}
	slices.SortStableFunc(out, func(a, b docMember) int { // the id leads, what is required before what is not
		return rank(a) - rank(b)
	})
	return out
}

func rank(m docMember) int {
	switch {
	case m.Name == "id":
		return 0
	case m.Required:
		return 1
	}
	return 2
}

func bounds(s *docSchema) string {
	var out []string
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprint(v))
		}
		out = append(out, "One of "+strings.Join(values, ", ")+".")
	}
	if s.MaxLength != nil {
		out = append(out, "At most "+strconv.Itoa(*s.MaxLength)+" characters.")
	}
	if s.Minimum != nil && s.Maximum != nil {
		out = append(out, fmt.Sprintf("From %v to %v.", *s.Minimum, *s.Maximum))
	}
	return strings.Join(out, " ")
}

// kind names a type for people.
func (d *docDocument) kind(s *docSchema) string {
	if s == nil {
		return ""
	}
	name := ""
	switch {
	case s.Ref != "":
		name = last(s.Ref)
	case len(s.AnyOf) > 0:
		return d.kind(s.AnyOf[0]) + " or null"
	}
	t, null := typeOf(s)
	switch {
	case name != "":
	case t == "array":
		name = d.kind(s.Items) + "[]"
	case s.Format == "uuid":
		name = "UUID"
	case s.Format == "date-time":
		name = "time"
	case s.Format == "email" || s.Format == "uri" || s.Format == "date":
		name = s.Format
	case t == "":
		name = "any"
	default:
		name = map[string]string{"string": "text", "integer": "integer", "number": "number", "boolean": "true or false", "object": "object"}[t]
	}
	if null {
		name += " or null"
	}
	return name
}

func typeOf(s *docSchema) (name string, null bool) {
	switch t := s.Type.(type) {
	case string:
		return t, false
	case []any:
		for _, v := range t {
			if v == "null" {
				null = true
			} else {
				name = fmt.Sprint(v)
			}
		}
	}
	return name, null
}

// curl writes a call that can be copied.
func (d *docDocument) curl(method, path string, signedIn bool, body *docSchema) string {
	var b strings.Builder
	path = strings.NewReplacer("{id}", "$ID").Replace(path)
	b.WriteString("curl ")
	if method != "GET" {
		b.WriteString("-X " + method + " ")
	}
	b.WriteString(`"$SWITCHBOARD` + path + `"`)
	if signedIn {
		b.WriteString(" \\\n  -H \"Authorization: Bearer $TOKEN\"")
	}
	if body == nil {
		return b.String()
	}
	example, err := json.MarshalIndent(d.example(body, 0), "  ", "  ")
	if err != nil {
		return b.String()
	}
	b.WriteString(" \\\n  -H \"Content-Type: application/json\" \\\n  -d '" + strings.ReplaceAll(string(example), "'", `'\''`) + "'")
	return b.String()
}

// example makes a small value of a schema: the required members, or the first
// few when none is.
func (d *docDocument) example(s *docSchema, depth int) any {
	if s = d.deref(s); s == nil || depth > 4 {
		return nil
	}
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AnyOf) > 0:
		return d.example(s.AnyOf[0], depth+1)
	}
	switch t, _ := typeOf(s); t {
	case "string":
		if s.Format == "email" {
			return "anna@example.org"
		}
		return "text"
	case "integer", "number":
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 1
	case "boolean":
		return true
	case "array":
		return []any{d.example(s.Items, depth+1)}
	case "object":
		out := map[string]any{}
		for i, name := range sortedKeys(s.Properties) {
			if slices.Contains(s.Required, name) || len(s.Required) == 0 && i < 3 {
				out[name] = d.example(s.Properties[name], depth+1)
			}
		}
		return out
	}
	return nil
}

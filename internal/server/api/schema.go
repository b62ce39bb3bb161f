package api

import (
	"encoding/json"
	"reflect"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/id"
)

// This file and openapi.go are where huma is known: it describes our types as
// JSON Schema, checks decoded bodies against that, and prints the document.

// Opt is a member of a merge patch: sent or not. Opt[*T] may also be sent as
// null. Its field is tagged omitzero.
type Opt[T any] struct {
	Set   bool
	Value T
}

// UnmarshalJSON notes that the member was sent.
func (o *Opt[T]) UnmarshalJSON(b []byte) error {
	o.Set = true
	return json.Unmarshal(b, &o.Value)
}

// MarshalJSON prints the value.
func (o Opt[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.Value) }

// Schema describes the value.
func (o Opt[T]) Schema(r huma.Registry) *huma.Schema {
	t := reflect.TypeFor[T]()
	s := *r.Schema(t, true, "")
	if t.Kind() == reflect.Pointer {
		s.Nullable = true
	}
	return &s
}

// uuid describes id.ID.
type uuid string

// Schema describes an id.
func (uuid) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "uuid", Examples: []any{"0199b0c2-7d5e-7c3a-8f00-3b5d2f9a1c44"},
		Pattern:            "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
		PatternDescription: "a UUID such as 0199b0c2-7d5e-7c3a-8f00-3b5d2f9a1c44"}
}

// The two switches are huma's own globals, so they are set once, before anything
// reads them: lists are never null, and "Name" is not "name".
func init() {
	huma.DefaultArrayNullable = false
	huma.ValidateStrictCasing = true
}

const schemaPrefix = "#/components/schemas/"

// newRegistry makes a registry that knows ids and stamps. Types of one name from
// two packages get the package in front.
func newRegistry() huma.Registry {
	names, taken := map[reflect.Type]string{}, map[string]bool{}
	reg := huma.NewMapRegistry(schemaPrefix, func(t reflect.Type, hint string) string {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if n, ok := names[t]; ok {
			return n
		}
		n := huma.DefaultSchemaNamer(t, hint)
		if taken[n] && t.Kind() == reflect.Struct {
			pkg := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
			n = string(unicode.ToUpper(rune(pkg[0]))) + pkg[1:] + n
		}
		if t.Kind() == reflect.Struct {
			names[t], taken[n] = n, true
		}
		return n
	})
	reg.RegisterTypeAlias(reflect.TypeFor[id.ID](), reflect.TypeFor[uuid]())
	reg.RegisterTypeAlias(reflect.TypeFor[clock.Stamp](), reflect.TypeFor[clockTime]())
	return reg
}

// clockTime describes clock.Stamp.
type clockTime string

// Schema describes a time.
func (clockTime) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "date-time", Examples: []any{"2026-11-22T16:03:46.123456Z"}}
}

// settle adds what the registry does not see: pointers to aliased types may be
// null, and in the document pointers to objects too.
func settle(reg huma.Registry, document bool) {
	for name, s := range reg.Map() {
		t := reg.TypeFromRef(schemaPrefix + name)
		if t == nil || t.Kind() != reflect.Struct {
			continue
		}
		for _, f := range reflect.VisibleFields(t) {
			tag, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
			p := s.Properties[tag]
			if p != nil && f.Type.Kind() == reflect.Map && reflect.PointerTo(f.Type).Implements(reflect.TypeFor[json.Unmarshaler]()) {
				// A map that reads itself takes null for "remove this member".
				if of, ok := p.AdditionalProperties.(*huma.Schema); ok {
					of.Nullable = true
				}
			}
			if p == nil || f.Type.Kind() != reflect.Pointer && !(p.Nullable && p.Ref != "") {
				continue
			}
			if strings.Contains(opts, "omitempty") || strings.Contains(opts, "omitzero") && !p.Nullable {
				continue
			}
			switch {
			case p.Ref == "":
				p.Nullable = true
			case document:
				s.Properties[tag] = &huma.Schema{Description: p.Description, AnyOf: []*huma.Schema{{Ref: p.Ref}, {Type: "null"}}}
			}
		}
	}
}

// schema describes one request body.
type schema struct {
	reg huma.Registry
	s   *huma.Schema
}

func newSchema(reg huma.Registry, v any) *schema {
	if v == nil {
		v = None{}
	}
	t := reflect.TypeOf(v)
	return &schema{reg: reg, s: reg.Schema(t, true, t.Name())}
}

func (x *schema) deref(s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		s = x.reg.SchemaFromRef(s.Ref)
	}
	return s
}

// needsNothing tells whether an empty body says as much as {}.
func (x *schema) needsNothing() bool {
	s := x.deref(x.s)
	return s.Type == "object" && len(s.Required) == 0
}

// members are the names of the JSON members of a row type.
func members(reg huma.Registry, v any) []string {
	if v == nil {
		return nil
	}
	s := reg.Schema(reflect.TypeOf(v), false, "")
	return sortedKeys(s.Properties)
}

package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"switchboard/internal/platform/fault"
)

// say turns what the validator found into a stable code and our own words. The
// validator's text is used for its declared figures only: parts of it may repeat
// what was sent.
var say = []struct {
	format, code, text string // text: %s is the declared figure
}{
	{validation.MsgUnexpectedProperty, "unknown_field", "There is no such member here."},
	{validation.MsgExpectedMinLength, "too_short", "At least %s characters are needed."},
	{validation.MsgExpectedMaxLength, "too_long", "At most %s characters are allowed."},
	{validation.MsgExpectedMinItems, "too_short", "At least %s items are needed."},
	{validation.MsgExpectedMaxItems, "too_long", "At most %s items are allowed."},
	{validation.MsgExpectedMinimumNumber, "out_of_range", "It must be %s or more."},
	{validation.MsgExpectedMaximumNumber, "out_of_range", "It must be %s or less."},
	{validation.MsgExpectedExclusiveMinimumNumber, "out_of_range", "It must be more than %s."},
	{validation.MsgExpectedExclusiveMaximumNumber, "out_of_range", "It must be less than %s."},
	{validation.MsgExpectedNumberBeMultipleOf, "out_of_range", "It must be a multiple of %s."},
	{validation.MsgExpectedOneOf, "not_one_of", "Allowed: %s."},
	{validation.MsgExpectedMatchPattern, "bad_format", "It must match %s."},
	{validation.MsgExpectedBase64String, "bad_format", "Base64 is expected."},
	{validation.MsgExpectedBoolean, "wrong_type", "true or false is expected."},
	{validation.MsgExpectedNumber, "wrong_type", "A number is expected."},
	{validation.MsgExpectedInteger, "wrong_type", "A whole number is expected."},
	{validation.MsgExpectedArray, "wrong_type", "An array is expected."},
	{validation.MsgExpectedObject, "wrong_type", "An object is expected."},
	{validation.MsgExpectedArrayItemsUnique, "duplicate", "Each item may occur once."},
	{validation.MsgExpectedRFC3339DateTime, "bad_format", "An RFC 3339 time is expected, such as 2026-11-22T16:03:46Z."},
	{validation.MsgExpectedRFC3339Date, "bad_format", "A date is expected, such as 2026-11-22."},
	{validation.MsgExpectedRFC3339Time, "bad_format", "A time of day is expected, such as 16:03:46."},
	{validation.MsgExpectedRFC5322Email, "bad_format", "An e-mail address is expected."},
	{validation.MsgExpectedRFC3986URI, "bad_format", "A URL is expected."},
	{validation.MsgExpectedRFC4122UUID, "bad_format", "A UUID is expected."},
	{validation.MsgExpectedBePattern, "bad_format", "It must be %s."},
	{validation.MsgExpectedString, "wrong_type", "A text is expected."},
	{validation.MsgExpectedMatchAtLeastOneSchema, "wrong_type", "It has none of the described forms."},
	{validation.MsgExpectedMatchExactlyOneSchema, "wrong_type", "It has none of the described forms."},
	{validation.MsgExpectedMinProperties, "too_short", "It has too few members."},
	{validation.MsgExpectedMaxProperties, "too_long", "It has too many members."},
}

const maxFields = 50 // wrong members named in one answer

// check tells every wrong member of a decoded body. In a merge patch null means
// "remove", so there it is refused where nothing can be removed.
func (x *schema) check(v any, patch bool, at string) []fault.Field {
	res := &huma.ValidateResult{}
	huma.Validate(x.reg, x.s, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, v, res)
	var out []fault.Field
	for _, err := range res.Errors {
		d, ok := err.(*huma.ErrorDetail)
		if !ok {
			continue
		}
		out = append(out, x.tell(d, at))
	}
	if patch {
		out = append(out, x.nulls(x.s, v, at)...)
	}
	slices.SortStableFunc(out, func(a, b fault.Field) int { return strings.Compare(a.Pointer, b.Pointer) })
	out = slices.CompactFunc(out, func(a, b fault.Field) bool { return a.Pointer == b.Pointer && a.Code == b.Code })
	return out[:min(len(out), maxFields)]
}

func (x *schema) tell(d *huma.ErrorDetail, at string) fault.Field {
	tokens := tokens(d.Location)
	if name, ok := between(d.Message, validation.MsgExpectedRequiredProperty); ok {
		return fault.Field{Pointer: at + pointer(append(tokens, name)), Code: "required", Detail: "This member is required."}
	}
	if name, _, ok := strings.Cut(strings.TrimPrefix(d.Message, "expected property "), " to be present when "); ok {
		return fault.Field{Pointer: at + pointer(append(tokens, name)), Code: "required", Detail: "This member is required beside another one that was sent."}
	}
	f := fault.Field{Pointer: at + pointer(tokens), Code: "bad_format", Detail: "It does not have the described form."}
	for _, s := range say {
		prefix, _, _ := strings.Cut(s.format, "%")
		figure, ok := strings.CutPrefix(d.Message, prefix)
		if !ok || !strings.Contains(s.format, "%") && figure != "" {
			continue
		}
		f.Code, f.Detail = s.code, s.text
		if strings.Contains(s.text, "%s") {
			f.Detail = fmt.Sprintf(s.text, strings.TrimSuffix(figure, `"`))
		}
		break
	}
	if f.Code == "unknown_field" {
		if parent := x.at(tokens[:len(tokens)-1]); parent != nil && len(parent.Properties) > 0 {
			f.Detail += " Allowed: " + strings.Join(sortedKeys(parent.Properties), ", ") + "."
		}
	}
	return f
}

// between reads the figure of a message with text on both sides of it.
func between(message, format string) (string, bool) {
	before, after, _ := strings.Cut(format, "%s")
	s, ok := strings.CutPrefix(message, before)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(s, after)
}

// at is the schema of a place in the body.
func (x *schema) at(tokens []string) *huma.Schema {
	s := x.deref(x.s)
	for _, t := range tokens {
		switch {
		case s == nil:
			return nil
		case s.Type == "array":
			s = x.deref(s.Items)
		case s.Properties[t] != nil:
			s = x.deref(s.Properties[t])
		default:
			s, _ = s.AdditionalProperties.(*huma.Schema)
			s = x.deref(s)
		}
	}
	return s
}

// nulls finds the members sent as null that cannot be null.
func (x *schema) nulls(s *huma.Schema, v any, at string) []fault.Field {
	m, ok := v.(map[string]any)
	s = x.deref(s)
	if !ok || s == nil {
		return nil
	}
	var out []fault.Field
	for k, v := range m {
		p := s.Properties[k]
		where := at + pointer([]string{k})
		switch {
		case p == nil:
		case v == nil && !p.Nullable && (p.Type != "" || p.Ref != "") && !slices.Contains(s.Required, k):
			out = append(out, fault.Field{Pointer: where, Code: "wrong_type", Detail: "It cannot be null; leave it out to keep it as it is."})
		default:
			out = append(out, x.nulls(p, v, where)...)
		}
	}
	return out
}

// Keys may hold the characters with which the validator joins a path, so the
// decoder replaces those by private ones and they are put back here.
var (
	hideKey = strings.NewReplacer(".", "\uE000", "[", "\uE001", "]", "\uE002")
	showKey = strings.NewReplacer("\uE000", ".", "\uE001", "[", "\uE002", "]", "\uE003", "", "~", "~0", "/", "~1")
)

func hidden(key string) string {
	if key == "" {
		return "\uE003"
	}
	return hideKey.Replace(key)
}

func tokens(location string) []string {
	return strings.FieldsFunc(location, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
}

// pointer writes an RFC 6901 pointer.
func pointer(tokens []string) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteByte('/')
		b.WriteString(showKey.Replace(t))
	}
	return b.String()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

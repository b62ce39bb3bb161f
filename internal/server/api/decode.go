package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"switchboard/internal/platform/fault"
)

const (
	maxDepth   = 64 // of nested arrays and objects
	maxObjects = 1000
)

// readBody reads, limits and checks the body of a call. What it lets through is
// one valid JSON text with known members of the right kind.
func (c *Call) readBody(w http.ResponseWriter) error {
	limit := c.Route.bodyLimit()
	if c.Request.ContentLength > limit {
		return tooLarge(limit)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, c.Request.Body, limit))
	if err != nil {
		var over *http.MaxBytesError
		if errors.As(err, &over) {
			return tooLarge(limit)
		}
		return fault.New(fault.BadRequest, "incomplete_body", "The body ended early or came too slowly.").WithHint("Send it again.").Because(err)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		if c.Route.kind != kindAction || !c.Route.body.needsNothing() {
			return fault.New(fault.BadRequest, "empty_body", "A JSON body is needed.").WithHint("Send an object, see /docs#%s.", c.Route.Operation)
		}
		return nil
	}
	if err := c.checkType(); err != nil {
		return err
	}
	tree, err := parseJSON(body)
	if err != nil {
		return err
	}
	c.body = body
	var wrong []fault.Field
	list, isList := tree.([]any)
	if c.array = isList && c.Route.kind == kindCreate; c.array {
		if len(list) > maxObjects {
			return c.Rows(len(list))
		}
		for i, v := range list {
			wrong = append(wrong, c.Route.body.check(v, false, "/"+strconv.Itoa(i))...)
			if len(wrong) >= maxFields {
				break
			}
		}
	} else {
		wrong = c.Route.body.check(tree, c.Route.Method == http.MethodPatch, "")
	}
	return wrongFields(wrong)
}

func wrongFields(wrong []fault.Field) error {
	if len(wrong) == 0 {
		return nil
	}
	f := fault.New(fault.Invalid, wrong[0].Code, "The body has a wrong member.")
	if len(wrong) > 1 {
		f = fault.New(fault.Invalid, "invalid", "The body has %d wrong members.", len(wrong))
		for _, w := range wrong {
			if w.Code == "unknown_field" { // the one code the contract names for the whole answer
				f.Code = w.Code
			}
		}
	}
	f.Fields = wrong
	return f.WithHint("Mend what errors names and send it again.")
}

func tooLarge(limit int64) *fault.Error {
	return fault.New(fault.TooLarge, "too_large", "The body is larger than %d bytes.", limit).
		WithDetails("body: at most %d bytes", limit).WithHint("Send less at a time.")
}

func (c *Call) checkType() error {
	if e := c.Request.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return fault.New(fault.UnsupportedMedia, "unsupported_encoding", "Compressed bodies are not read.").WithHint("Leave Content-Encoding out.")
	}
	kind, params, err := mime.ParseMediaType(c.Request.Header.Get("Content-Type"))
	ok := err == nil && (kind == "application/json" || kind == "application/merge-patch+json" && c.Request.Method == http.MethodPatch)
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		ok = false
	}
	if !ok {
		return fault.New(fault.UnsupportedMedia, "unsupported_media_type", "The body is not declared as JSON.").
			WithDetails("Content-Type: application/json in UTF-8 is expected").WithHint("Send Content-Type: application/json.")
	}
	return nil
}

// parseJSON reads one JSON text into maps, slices, strings, float64, bool and
// nil, for checking. It is stricter than the language asks: no duplicate names,
// no NUL, bounded depth.
func parseJSON(body []byte) (any, error) {
	if !utf8.Valid(body) {
		return nil, fault.New(fault.BadRequest, "bad_utf8", "The body is not UTF-8.").WithHint("Encode it as UTF-8.")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil {
		f := fault.New(fault.BadRequest, "bad_json", "The body is not one valid JSON text.").WithHint("Check brackets, commas and quotes; nothing may follow the text.")
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			f = f.WithDetails("body: byte %d is not expected there", syntax.Offset)
		}
		return nil, f
	}
	p := jsonParser{dec: json.NewDecoder(bytes.NewReader(body))}
	p.dec.UseNumber()
	return p.value(nil)
}

type jsonParser struct{ dec *json.Decoder }

func (p *jsonParser) value(path []string) (any, error) {
	if len(path) > maxDepth {
		return nil, fault.New(fault.BadRequest, "too_deep", "The body is nested too deep.").
			WithDetails("body: more than %d levels", maxDepth).WithHint("Nest at most %d levels.", maxDepth)
	}
	tok, err := p.dec.Token()
	if err != nil {
		return nil, fault.New(fault.BadRequest, "bad_json", "The body is not one valid JSON text.").Because(err)
	}
	switch t := tok.(type) {
	case json.Delim:
		if t == '{' {
			return p.object(path)
		}
		return p.array(path)
	case json.Number:
		n, err := t.Float64()
		if err != nil || math.IsInf(n, 0) {
			return nil, fault.InvalidField(pointer(path), "out_of_range", "The number is too large.")
		}
		return n, nil
	case string:
		if strings.ContainsRune(t, 0) {
			return nil, fault.InvalidField(pointer(path), "bad_format", "The text holds a NUL character.")
		}
		return t, nil
	default:
		return tok, nil
	}
}

func (p *jsonParser) object(path []string) (any, error) {
	m := map[string]any{}
	for p.dec.More() {
		tok, err := p.dec.Token()
		if err != nil {
			return nil, err
		}
		key := hidden(tok.(string)) // a name of an object is always a string
		at := append(path[:len(path):len(path)], key)
		if _, twice := m[key]; twice {
			return nil, fault.New(fault.BadRequest, "duplicate_key", "One object names a member twice.").
				WithDetails("%s: named twice", clip(pointer(at))).WithHint("Send each member once.")
		}
		if strings.ContainsRune(key, 0) {
			return nil, fault.InvalidField(pointer(path), "bad_format", "A name holds a NUL character.")
		}
		if m[key], err = p.value(at); err != nil {
			return nil, err
		}
	}
	_, err := p.dec.Token()
	return m, err
}

func (p *jsonParser) array(path []string) (any, error) {
	list := []any{}
	for p.dec.More() {
		v, err := p.value(append(path[:len(path):len(path)], strconv.Itoa(len(list))))
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := p.dec.Token()
	return list, err
}

// bind gives the checked body as its type.
func bind[B any](c *Call) (B, error) {
	var v B
	if len(c.body) == 0 {
		return v, nil
	}
	return v, bound(json.Unmarshal(c.body, &v))
}

// bindMany gives the checked body of a Create: one object or an array of them.
func bindMany[B any](c *Call) ([]B, error) {
	if c.array {
		var list []B
		return list, bound(json.Unmarshal(c.body, &list))
	}
	v, err := bind[B](c)
	return []B{v}, err
}

// bound explains what the checks could not see, such as a whole number written
// as 1.0 or too large for its field.
func bound(err error) error {
	if err == nil {
		return nil
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		at := ""
		if kind.Field != "" {
			at = pointer(strings.Split(kind.Field, "."))
		}
		return fault.InvalidField(at, "wrong_type", "The value does not fit this member.").Because(errors.New("type " + kind.Type.String()))
	}
	return fault.InvalidField("", "bad_format", "A member of the body is not in the described form.").WithHint("See the description of the operation.")
}

// clip keeps what a caller sent short and printable.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return s
}

package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"switchboard/internal/platform/query"
)

const (
	typeJSON    = "application/json; charset=utf-8"
	typeSingle  = "application/vnd.pgrst.object+json; charset=utf-8"
	typeProblem = "application/problem+json; charset=utf-8"
)

// Response is an answer ready to be written.
type Response struct {
	Status int
	Header http.Header
	Type   string // of Body; JSON when empty
	Body   []byte
}

func (r *Response) set(name, value string) {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set(name, value)
}

// JSON makes an answer of any value.
func JSON(status int, v any) (Response, error) {
	b, err := encode(v)
	return Response{Status: status, Body: b}, err
}

// Write answers with a value, for routes that answer by themselves.
func Write(w http.ResponseWriter, status int, v any) error {
	r, err := JSON(status, v)
	if err == nil {
		write(w, r)
	}
	return err
}

// encode prints a value without turning < and & of messages into escapes: the
// answers are never read as HTML (nosniff, and the type says JSON).
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func encodeRows[R any](rows []R) ([]json.RawMessage, error) {
	out := make([]json.RawMessage, len(rows))
	for i := range rows {
		b, err := encode(rows[i])
		if err != nil {
			return nil, err
		}
		out[i] = b
	}
	return out, nil
}

// etag is strong: equal tags mean equal bytes. It is taken from the whole row,
// before select.
func etag(row []byte) string {
	sum := sha256.Sum256(row)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
}

// row answers with one row or value.
func (c *Call) row(status int, v any) (Response, error) {
	b, err := encode(v)
	if err != nil {
		return Response{}, err
	}
	r := Response{Status: status, Body: b}
	c.finish(&r)
	if c.Route.kind == kindAction {
		return r, nil
	}
	return c.oneRow(r, b)
}

// oneRow adds the entity tag and applies select.
func (c *Call) oneRow(r Response, row []byte) (Response, error) {
	tag := etag(row)
	r.set("ETag", tag)
	if seen := c.Request.Header.Values("If-None-Match"); len(seen) > 0 && !c.Route.writes() && matches(seen, tag, true) {
		return Response{Status: http.StatusNotModified, Header: r.Header}, nil
	}
	if c.Prefer.Minimal && c.Route.writes() {
		r.set("Preference-Applied", "return=minimal")
		if r.Status == http.StatusOK {
			r.Status = http.StatusNoContent
		}
		r.Body = nil
		return r, nil
	}
	var err error
	r.Body, err = project(row, c.selected)
	if c.single {
		r.Type = typeSingle
	}
	return r, err
}

func (c *Call) finish(r *Response) {
	for k, v := range c.header {
		if r.Header == nil {
			r.Header = http.Header{}
		}
		r.Header[k] = append(r.Header[k], v...)
	}
}

type rawPage struct {
	rows  []json.RawMessage
	more  bool
	last  []any
	total *int64
}

// page answers with a list, or with its only row when the client wants one.
func (c *Call) page(p rawPage) (Response, error) {
	r := Response{Status: http.StatusOK}
	c.finish(&r)
	n := len(p.rows)
	if c.List.CountExact {
		r.set("Content-Range", contentRange(c.List.Position, n, p.total))
		r.set("Preference-Applied", "count=exact")
	}
	if c.single {
		if n != 1 { // limit=1 makes one of many, as it does with PostgREST
			return Response{}, notSingle(n)
		}
		return c.oneRow(r, p.rows[0])
	}
	if p.more && n > 0 {
		next, err := c.nextLink(p)
		if err != nil {
			return Response{}, err
		}
		r.set("Link", next)
	}
	var err error
	r.Body, err = projectAll(p.rows, c.selected)
	return r, err
}

func (c *Call) nextLink(p rawPage) (string, error) {
	var cursor string
	var err error
	if p.last != nil {
		cursor, err = query.NextCursor(&c.List, p.last)
	} else {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(p.rows[len(p.rows)-1], &members); err != nil {
			return "", err
		}
		cursor, err = query.CursorAfter(&c.List, members)
	}
	if err != nil {
		return "", err
	}
	q := c.Request.URL.Query()
	q.Del("offset")
	q.Set("cursor", cursor)
	return "<" + c.Request.URL.EscapedPath() + "?" + q.Encode() + `>; rel="next"`, nil
}

// contentRange is what PostgREST says: first-last/total, * where unknown or none.
func contentRange(offset, n int, total *int64) string {
	of := "*"
	if total != nil {
		of = strconv.FormatInt(*total, 10)
	}
	if n == 0 {
		return "*/" + of
	}
	return fmt.Sprintf("%d-%d/%s", offset, offset+n-1, of)
}

// created answers a Create.
func (c *Call) created(rows []json.RawMessage) (Response, error) {
	r := Response{Status: c.status(c.Route.status())}
	c.finish(&r)
	if len(rows) == 1 && !c.array {
		if location := c.location(rows[0]); location != "" {
			r.set("Location", location)
		}
	}
	switch {
	case c.Prefer.Minimal:
		r.set("Preference-Applied", "return=minimal")
		return r, nil
	case len(rows) == 1 && (c.single || !c.array && !c.Prefer.Representation):
		return c.oneRow(r, rows[0])
	}
	if c.Prefer.Representation {
		r.set("Preference-Applied", "return=representation")
	}
	var err error
	r.Body, err = projectAll(rows, c.selected)
	return r, err
}

func (c *Call) location(row json.RawMessage) string {
	var key struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(row, &key) != nil || key.ID == "" {
		return ""
	}
	return Base + c.Route.Path + "/" + key.ID
}

// changed answers a change by filter.
func (c *Call) changed(rows []json.RawMessage) (Response, error) {
	r := Response{Status: http.StatusNoContent}
	c.finish(&r)
	if c.Prefer.CountExact {
		n := int64(len(rows))
		r.set("Content-Range", contentRange(0, len(rows), &n))
		if c.Route.Method == http.MethodDelete {
			r.set("Content-Range", "*/"+strconv.Itoa(len(rows)))
		}
	}
	if c.single && !c.Prefer.Minimal {
		if len(rows) != 1 {
			return Response{}, fmt.Errorf("api: %s committed %d rows without asking Call.Rows", c.Route.name(), len(rows))
		}
		r.Status = http.StatusOK
		return c.oneRow(r, rows[0])
	}
	if !c.Prefer.Representation {
		return r, nil
	}
	r.Status = http.StatusOK
	r.set("Preference-Applied", "return=representation")
	var err error
	r.Body, err = projectAll(rows, c.selected)
	return r, err
}

func projectAll(rows []json.RawMessage, members []string) ([]byte, error) {
	out := []byte{'['}
	for i, row := range rows {
		if i > 0 {
			out = append(out, ',')
		}
		b, err := project(row, members)
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
	}
	return append(out, ']'), nil
}

// project keeps the members asked for, in the order asked for.
func project(row []byte, members []string) ([]byte, error) {
	if members == nil {
		return row, nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(row, &all); err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteByte('{')
	for _, m := range members {
		v, ok := all[m]
		if !ok {
			continue // left out of this row because it is empty
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", m, v)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"switchboard/internal/platform/query"
)

// openapi writes the OpenAPI 3.1 document of the routes, as JSON and as YAML.
// Equal declarations give equal bytes.
func openapi(title, version string, routes []*Route) (asJSON, asYAML []byte, err error) {
	reg := newRegistry()
	reg.Schema(reflect.TypeFor[problem](), true, "")
	d := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{Title: title, Version: version, Description: "JSON in UTF-8. Ids are UUIDv7, times RFC 3339 UTC with six decimals. " +
			"Errors are application/problem+json; every code is explained at /docs/errors. Clients made for PostgREST work against the lists."},
		Servers:    []*huma.Server{{URL: "/"}},
		Components: &huma.Components{Schemas: reg, Responses: problems(), Parameters: sharedParams(), SecuritySchemes: securitySchemes()},
		Security:   signedIn(),
		Paths:      map[string]*huma.PathItem{},
	}
	for _, r := range routes {
		if !slices.ContainsFunc(d.Tags, func(t *huma.Tag) bool { return t.Name == r.Tag }) {
			d.Tags = append(d.Tags, &huma.Tag{Name: r.Tag})
		}
		d.AddOperation(operation(reg, r, r.Method, r.Operation))
		if r.kind == kindList {
			d.AddOperation(operation(reg, r, http.MethodHead, r.Operation+"Head"))
		}
	}
	slices.SortFunc(d.Tags, func(a, b *huma.Tag) int { return strings.Compare(a.Name, b.Name) })
	settle(reg, true)
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, nil, fmt.Errorf("api: document: %w", err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return nil, nil, err
	}
	b.WriteByte('\n')
	asYAML, err = d.YAML()
	return b.Bytes(), asYAML, err
}

func operation(reg huma.Registry, r *Route, method, name string) *huma.Operation {
	op := &huma.Operation{
		Method: method, Path: Base + r.Path, OperationID: name, Summary: r.Summary, Description: r.Description, Tags: []string{r.Tag},
		Parameters: parameters(r), Responses: map[string]*huma.Response{}, Security: signedIn(),
		Extensions: map[string]any{"x-permission": r.Permission, "x-resource": r.Resource, "x-rate-class": r.Rate},
	}
	if r.Permission == Public {
		op.Security = []map[string][]string{}
	}
	if r.writes() {
		op.Extensions["x-audit-class"] = r.Audit
	}
	if r.Body != nil || r.takesBody() {
		op.Extensions["x-body-limit"] = r.bodyLimit()
	}
	if s := bodySchema(reg, r); s != nil {
		content := map[string]*huma.MediaType{"application/json": {Schema: s}}
		if r.Method == http.MethodPatch {
			content["application/merge-patch+json"] = &huma.MediaType{Schema: s}
		}
		op.RequestBody = &huma.RequestBody{Content: content, Required: r.kind != kindAction || !newSchema(reg, r.Body).needsNothing()}
	}
	success(reg, r, method, op)
	for _, status := range failures(r) {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Ref: "#/components/responses/" + responseName(status)}
	}
	return op
}

func bodySchema(reg huma.Registry, r *Route) *huma.Schema {
	if _, none := r.Body.(None); none || r.Body == nil {
		return nil
	}
	s := newSchema(reg, r.Body).s
	if r.kind != kindCreate {
		return s
	}
	most := maxObjects
	return &huma.Schema{OneOf: []*huma.Schema{s, {Type: "array", Items: s, MaxItems: &most}}}
}

// success describes the answer of a call that worked.
func success(reg huma.Registry, r *Route, method string, op *huma.Operation) {
	ok := &huma.Response{Description: "Done.", Headers: map[string]*huma.Param{"X-Request-Id": header("The id of this request in the server's log.")}}
	op.Responses[strconv.Itoa(r.status())] = ok
	if r.Result == nil {
		return
	}
	t := reflect.TypeOf(r.Result)
	one := reg.Schema(t, true, t.Name())
	many := &huma.Schema{Type: "array", Items: one}
	ok.Content = map[string]*huma.MediaType{"application/json": {Schema: one}}
	single := &huma.MediaType{Schema: one}
	switch r.kind {
	case kindList:
		ok.Description = "The rows of one page."
		ok.Content = map[string]*huma.MediaType{"application/json": {Schema: many}, "application/vnd.pgrst.object+json": single}
		ok.Headers["Link"] = header(`<…>; rel="next" when there are more rows.`)
		ok.Headers["Content-Range"] = header("0-49/573 with Prefer: count=exact; * for a number that took too long to count.")
	case kindOne:
		ok.Description = "The row."
		ok.Headers["ETag"] = header("For If-Match and If-None-Match.")
		op.Responses["304"] = &huma.Response{Description: "Not changed since the ETag of If-None-Match."}
	case kindCreate:
		ok.Description = "The new row; an array for an array or with Prefer: return=representation."
		ok.Content["application/json"].Schema = &huma.Schema{OneOf: []*huma.Schema{one, many}}
		ok.Content["application/vnd.pgrst.object+json"] = single
		ok.Headers["Location"] = header("Where the new row is.")
		ok.Headers["ETag"] = header("Of the one new row.")
	case kindPatch:
		ok.Description = "The row as it is now."
		ok.Headers["ETag"] = header("Of the row as it is now.")
		op.Responses["204"] = &huma.Response{Description: "Done, with Prefer: return=minimal."}
	case kindPatchWhere, kindDeleteWhere:
		ok.Content = nil
		op.Responses["200"] = &huma.Response{Description: "The rows concerned, with Prefer: return=representation.",
			Content: map[string]*huma.MediaType{"application/json": {Schema: many}, "application/vnd.pgrst.object+json": single}}
	case kindAction, kindDelete, kindPlain:
	}
	if method == http.MethodHead {
		ok.Content = nil
	}
}

func header(text string) *huma.Param {
	return &huma.Param{Description: text, Schema: &huma.Schema{Type: "string"}}
}

// failures are the statuses of problems an operation may answer with.
func failures(r *Route) []int {
	out := []int{400, 429, 500, 503}
	if r.Permission != Public {
		out = append(out, 401)
		if r.Permission != SignedIn {
			out = append(out, 403)
		}
	}
	if strings.Contains(r.Path, "{") {
		out = append(out, 404)
	}
	if r.kind != kindPlain {
		out = append(out, 406)
	}
	if r.writes() {
		out = append(out, 409)
		if r.takesBody() {
			out = append(out, 413, 415, 422)
		}
		if r.kind == kindPatch || r.kind == kindDelete {
			out = append(out, 412)
		}
	}
	return out
}

func responseName(status int) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(http.StatusText(status))
}

func problems() map[string]*huma.Response {
	out := map[string]*huma.Response{}
	add := func(status int, title string) {
		r := &huma.Response{Description: title + ".", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: schemaPrefix + "Problem"}}},
			Headers: map[string]*huma.Param{"X-Request-Id": header("The id of this request in the server's log.")}}
		switch status {
		case http.StatusUnauthorized:
			r.Headers["WWW-Authenticate"] = header("Bearer")
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			r.Headers["Retry-After"] = &huma.Param{Description: "Seconds to wait.", Schema: &huma.Schema{Type: "integer"}}
		}
		out[responseName(status)] = r
	}
	for _, k := range kinds {
		add(k.status, k.title)
	}
	return out
}

func signedIn() []map[string][]string {
	return []map[string][]string{{"bearer": {}}, {"apikey": {}}, {"xApiKey": {}}, {"session": {}}}
}

func securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		"bearer":  {Type: "http", Scheme: "bearer", Description: "An API token (sb_…)."},
		"apikey":  {Type: "apiKey", In: "header", Name: "apikey", Description: "The same token, as clients of PostgREST send it."},
		"xApiKey": {Type: "apiKey", In: "header", Name: "X-API-Key", Description: "The same token."},
		"session": {Type: "apiKey", In: "cookie", Name: "__Host-sb_session", Description: "The session of a browser; sb_session when the server is on plain http."},
	}
}

func sharedParams() map[string]*huma.Param {
	text := &huma.Schema{Type: "string"}
	p := map[string]*huma.Param{
		"Organization":   {Name: "X-Organization-Id", In: "header", Schema: &huma.Schema{Type: "string", Format: "uuid"}, Description: "The organization meant, for a browser session that has several. A token has one."},
		"IdempotencyKey": {Name: "Idempotency-Key", In: "header", Schema: text, Description: "The same key and body give the first answer again for 24 hours."},
		"IfMatch":        {Name: "If-Match", In: "header", Schema: text, Description: "The ETag of the row as you saw it; 412 when it has changed."},
		"IfNoneMatch":    {Name: "If-None-Match", In: "header", Schema: text, Description: "An ETag; 304 when the row still has it."},
		"PreferList":     {Name: "Prefer", In: "header", Schema: text, Description: "count=exact for the number of all rows in Content-Range.", Example: "count=exact"},
		"PreferWrite":    {Name: "Prefer", In: "header", Schema: text, Description: "return=representation for an array of the rows concerned, return=minimal for no body; max-affected=N.", Example: "return=representation"},
		"Columns":        {Name: "columns", In: "query", Schema: text, Description: "Accepted from clients of PostgREST; the body decides."},
		"Or":             {Name: "or", In: "query", Schema: text, Description: "Conditions of which one must hold; may be nested with and(…), or(…) and not.", Example: "(a.eq.1,b.in.(x,y))"},
		"And":            {Name: "and", In: "query", Schema: text, Description: "Conditions of which all must hold.", Example: "(a.gt.1,or(b.eq.2,c.is.null))"},
		"Cursor":         {Name: "cursor", In: "query", Schema: text, Description: "From the Link header of the page before; with the same order and filters."},
	}
	return p
}

// parameters describes path, query and headers of an operation.
func parameters(r *Route) []*huma.Param {
	shared := func(name string) *huma.Param { return &huma.Param{Ref: "#/components/parameters/" + name} }
	var out []*huma.Param
	for _, name := range r.pathParams() {
		s := &huma.Schema{Type: "string"}
		if isID(name) {
			s.Format = "uuid"
		}
		out = append(out, &huma.Param{Name: name, In: "path", Required: true, Schema: s})
	}
	for _, p := range r.Params {
		s := &huma.Schema{Type: "string"}
		for _, v := range p.Values {
			s.Enum = append(s.Enum, v)
		}
		out = append(out, &huma.Param{Name: p.Name, In: "query", Description: p.Description, Required: p.Required, Schema: s})
	}
	if r.usesQuery() {
		out = append(out, filters(r.Query)...)
		out = append(out, shared("Or"), shared("And"))
	}
	if r.Query != nil && r.rows() && r.kind != kindDelete {
		out = append(out, &huma.Param{Name: "select", In: "query", Schema: &huma.Schema{Type: "string"},
			Description: "The members wanted, separated by commas: *, " + strings.Join(r.Query.Selectable(), ", ") + "."})
	}
	switch r.kind {
	case kindList:
		most, least, none := float64(query.MaxLimit), 0.0, float64(query.MaxOffset)
		out = append(out,
			&huma.Param{Name: "order", In: "query", Schema: &huma.Schema{Type: "string", Default: "id.desc"}, Example: r.Query.Sortable()[0] + ".desc",
				Description: "Fields separated by commas, each with .asc or .desc: " + strings.Join(r.Query.Sortable(), ", ") + "."},
			&huma.Param{Name: "limit", In: "query", Schema: &huma.Schema{Type: "integer", Minimum: &least, Maximum: &most, Default: query.DefaultLimit}},
			&huma.Param{Name: "offset", In: "query", Schema: &huma.Schema{Type: "integer", Minimum: &least, Maximum: &none}},
			shared("Cursor"), shared("PreferList"))
	case kindCreate:
		out = append(out, shared("Columns"), shared("PreferWrite"))
	case kindPatchWhere, kindDeleteWhere:
		out = append(out, shared("PreferWrite"))
	case kindPatch:
		out = append(out, shared("IfMatch"), shared("PreferWrite"))
	case kindDelete:
		out = append(out, shared("IfMatch"))
	case kindOne:
		out = append(out, shared("IfNoneMatch"))
	case kindAction, kindPlain:
	}
	if r.Idempotent == ByKey || r.Idempotent == ByClientID {
		out = append(out, shared("IdempotencyKey"))
	}
	if r.Permission != Public {
		out = append(out, shared("Organization"))
	}
	return out
}

func filters(spec *query.Spec) []*huma.Param {
	var out []*huma.Param
	for i := range spec.Fields {
		f := &spec.Fields[i]
		if !f.Filterable {
			continue
		}
		text := fmt.Sprintf("Filter (%s): a value, or operator.value with %s; not. before an operator turns it round.", f.Type, strings.Join(f.Operators().Names(), ", "))
		if f.Type == query.Enum {
			text += " Values: " + strings.Join(f.Values, ", ") + "."
		}
		if f.Operators()&query.Like != 0 {
			text += " * is any run of characters in like and ilike."
		}
		out = append(out, &huma.Param{Name: f.Name, In: "query", Description: text, Schema: &huma.Schema{Type: "string"}})
	}
	return out
}

package api

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

//go:embed docs
var docFiles embed.FS

var docPages = template.Must(template.New("").ParseFS(docFiles, "docs/*.tmpl"))

const docPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// documents are the published descriptions, made once at start.
type documents struct {
	files map[string]docFile
	json  []byte
}

type docFile struct {
	kind string
	body []byte
}

// document makes everything that describes the routes.
func (s *Server) document() error {
	asJSON, asYAML, err := openapi(s.cfg.Title, s.cfg.Version, s.routes)
	if err != nil {
		return err
	}
	view, err := readDocument(asJSON)
	if err != nil {
		return err
	}
	codes := append(slices.Clone(coreCodes), s.cfg.Codes...)
	slices.SortFunc(codes, byCode)
	codes = slices.CompactFunc(codes, func(a, b Code) bool { return a.Code == b.Code && a.Status == b.Status })
	view.Codes = codes
	s.docs = documents{json: asJSON, files: map[string]docFile{
		Base + "/openapi.json": {"application/vnd.oai.openapi+json;version=3.1", asJSON},
		Base + "/openapi.yaml": {"application/vnd.oai.openapi+yaml;version=3.1", asYAML},
	}}
	for at, name := range map[string]string{"/docs": "index.html.tmpl", "/docs/errors": "errors.html.tmpl"} {
		var b bytes.Buffer
		if err := docPages.ExecuteTemplate(&b, name, view); err != nil {
			return fmt.Errorf("api: %s: %w", at, err)
		}
		s.docs.files[at] = docFile{"text/html; charset=utf-8", b.Bytes()}
	}
	css, err := docFiles.ReadFile("docs/style.css")
	s.docs.files["/docs/style.css"] = docFile{"text/css; charset=utf-8", css}
	return err
}

// OpenAPIJSON is the document that `make generate` writes to api/openapi.json.
func (s *Server) OpenAPIJSON() []byte { return s.docs.json }

func (d *documents) serve(w http.ResponseWriter, req *http.Request) bool {
	f, ok := d.files[req.URL.Path]
	if !ok || req.Method != http.MethodGet && req.Method != http.MethodHead {
		return false
	}
	h := w.Header()
	h.Set("Content-Security-Policy", docPolicy)
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", f.kind)
	tag := etag(f.body)
	h.Set("ETag", tag)
	if matches(req.Header.Values("If-None-Match"), tag, true) {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	h.Set("Content-Length", strconv.Itoa(len(f.body)))
	_, _ = w.Write(f.body)
	return true
}

// The page is drawn from the document, not from the routes, so that it cannot
// say anything the document does not.

type docView struct {
	Title, Version, About string
	Tags                  []docTag
	Codes                 []Code
}

type docTag struct {
	Name string
	Ops  []docOp
}

type docOp struct {
	ID, Method, Path, Summary, Permission, Audit, Curl string
	About                                              []string
	Params                                             []docParam
	Body                                               []docMember
	Result                                             []docMember
	ResultStatus, ResultAbout                          string
	Problems                                           []docStatus
}

type docParam struct {
	Name, In, Type, About string
	Required              bool
}

type docStatus struct{ Status, About string }

// docSchema is the part of JSON Schema that our types use.
type docSchema struct {
	Ref         string                `json:"$ref"`
	Type        any                   `json:"type"`
	Format      string                `json:"format"`
	Description string                `json:"description"`
	Enum        []any                 `json:"enum"`
	Examples    []any                 `json:"examples"`
	MaxLength   *int                  `json:"maxLength"`
	Minimum     *float64              `json:"minimum"`
	Maximum     *float64              `json:"maximum"`
	Items       *docSchema            `json:"items"`
	Properties  map[string]*docSchema `json:"properties"`
	Required    []string              `json:"required"`
	OneOf       []*docSchema          `json:"oneOf"`
	AnyOf       []*docSchema          `json:"anyOf"`
}

type docContent map[string]struct {
	Schema *docSchema `json:"schema"`
}

type docParamJSON struct {
	Ref, Name, In, Description string
	Required                   bool
	Schema                     *docSchema
}

func (p *docParamJSON) UnmarshalJSON(b []byte) error {
	var v struct {
		Ref         string     `json:"$ref"`
		Name        string     `json:"name"`
		In          string     `json:"in"`
		Description string     `json:"description"`
		Required    bool       `json:"required"`
		Schema      *docSchema `json:"schema"`
	}
	err := json.Unmarshal(b, &v)
	*p = docParamJSON(v)
	return err
}

type docResponse struct {
	Ref         string     `json:"$ref"`
	Description string     `json:"description"`
	Content     docContent `json:"content"`
}

type docOperation struct {
	ID          string         `json:"operationId"`
	Summary     string         `json:"summary"`
	Description string         `json:"description"`
	Tags        []string       `json:"tags"`
	Permission  string         `json:"x-permission"`
	Audit       string         `json:"x-audit-class"`
	Parameters  []docParamJSON `json:"parameters"`
	RequestBody *struct {
		Content docContent `json:"content"`
	} `json:"requestBody"`
	Responses map[string]docResponse `json:"responses"`
}

type docDocument struct {
	Info struct {
		Title       string `json:"title"`
		Version     string `json:"version"`
		Description string `json:"description"`
	} `json:"info"`
	Tags []struct {
		Name string `json:"name"`
	} `json:"tags"`
	Paths      map[string]map[string]docOperation `json:"paths"`
	Components struct {
		Schemas    map[string]*docSchema   `json:"schemas"`
		Parameters map[string]docParamJSON `json:"parameters"`
		Responses  map[string]docResponse  `json:"responses"`
	} `json:"components"`
}

func readDocument(raw []byte) (*docView, error) {
	var d docDocument
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("api: reading the document: %w", err)
	}
	v := &docView{Title: d.Info.Title, Version: d.Info.Version, About: d.Info.Description}
	for _, t := range d.Tags {
		tag := docTag{Name: t.Name}
		for _, path := range sortedKeys(d.Paths) {
			for _, method := range []string{"get", "post", "patch", "put", "delete"} {
				op, ok := d.Paths[path][method]
				if ok && slices.Contains(op.Tags, t.Name) {
					tag.Ops = append(tag.Ops, d.view(strings.ToUpper(method), path, op))
				}
			}
		}
		v.Tags = append(v.Tags, tag)
	}
	return v, nil
}

func last(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

func (d *docDocument) view(method, path string, op docOperation) docOp {
	out := docOp{ID: op.ID, Method: method, Path: path, Summary: op.Summary, Permission: op.Permission, Audit: op.Audit}
	for p := range strings.SplitSeq(op.Description, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out.About = append(out.About, p)
		}
	}
	for _, p := range op.Parameters {
		if p.Ref != "" {
			p = d.Components.Parameters[last(p.Ref)]
		}
		out.Params = append(out.Params, docParam{p.Name, p.In, d.kind(p.Schema), p.Description, p.Required})
	}
	var body *docSchema
	if op.RequestBody != nil {
		body = op.RequestBody.Content["application/json"].Schema
		if body != nil && len(body.OneOf) > 0 {
			body = body.OneOf[0]
		}
		out.Body = d.members(body)
	}
	for _, status := range sortedKeys(op.Responses) {
		r := op.Responses[status]
		if r.Ref != "" {
			out.Problems = append(out.Problems, docStatus{status, d.Components.Responses[last(r.Ref)].Description})
			continue
		}
		s := r.Content["application/json"].Schema
		if out.ResultStatus == "" || len(out.Result) == 0 && s != nil {
			out.ResultStatus, out.ResultAbout = status, r.Description
			if s != nil && len(s.OneOf) > 0 {
				s = s.OneOf[0]
			}
			if s = d.deref(s); s != nil && s.Items != nil {
				s = s.Items
			}
			out.Result = d.members(s)
		}
	}
	out.Curl = d.curl(method, path, op.Permission != Public, body)
	return out
}

package archtest

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// notTypes are the folders of internal/adapter that are no channel type.
var notTypes = []string{"all", "kit", "adaptertest"}

// mayName are the places outside its folder that may name a channel type.
var mayName = []string{
	"internal/simulator/...", // speaks a provider's wire format on purpose
	"internal/app/demo/...",  // sample data has channels of particular types
	"bench/...",              // measures a particular type
	"internal/archtest/...",
}

const askDescriptor = "the product treats all channel types alike: what differs is in the type's descriptor, so that a new one is one folder"

// adapterFolders are the folders of channel types.
func adapterFolders(t *Tree) []string {
	seen := map[string]bool{}
	var dirs []string
	for _, f := range t.Files {
		rest, ok := strings.CutPrefix(f.Dir, "internal/adapter/")
		if !ok || f.Test {
			continue
		}
		name, _, _ := strings.Cut(rest, "/")
		if !seen[name] && !matchAny(notTypes, name) {
			seen[name] = true
			dirs = append(dirs, "internal/adapter/"+name)
		}
	}
	sort.Strings(dirs)
	return dirs
}

var typeID = regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`)

// channelTypes finds the ids: the ID field of composite literals of a type
// called Type, in the folders of adapters. id → folder.
func channelTypes(t *Tree) map[string]string {
	ids := map[string]string{}
	for _, dir := range adapterFolders(t) {
		consts := map[string]string{}
		for _, f := range t.Files {
			if f.Test || f.Dir != dir {
				continue
			}
			for _, d := range f.AST.Decls {
				if gen, ok := d.(*ast.GenDecl); ok && gen.Tok == token.CONST {
					for _, s := range gen.Specs {
						vs := s.(*ast.ValueSpec)
						for i, v := range vs.Values {
							if text, ok := stringLit(v); ok {
								consts[vs.Names[i].Name] = text
							}
						}
					}
				}
			}
		}
		for _, f := range t.Files {
			if f.Test || f.Dir != dir {
				continue
			}
			ast.Inspect(f.AST, func(n ast.Node) bool {
				lit, ok := n.(*ast.CompositeLit)
				if !ok || !isType(lit.Type) {
					return true
				}
				for _, e := range lit.Elts {
					kv, ok := e.(*ast.KeyValueExpr)
					if !ok {
						continue
					}
					if key, ok := kv.Key.(*ast.Ident); !ok || key.Name != "ID" {
						continue
					}
					id, _ := stringLit(kv.Value)
					if name, ok := kv.Value.(*ast.Ident); ok {
						id = consts[name.Name]
					}
					if typeID.MatchString(id) {
						ids[id] = dir
					}
				}
				return true
			})
		}
	}
	return ids
}

func isType(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.SelectorExpr:
		return x.Sel.Name == "Type"
	case *ast.Ident:
		return x.Name == "Type"
	}
	return false
}

// naming is how an id stands in a text: alone, in quotes, or as a word when it
// has an underscore, which no ordinary word has.
func naming(id string) *regexp.Regexp {
	q := regexp.QuoteMeta(id)
	if strings.Contains(id, "_") {
		return regexp.MustCompile(`\b` + q + `\b`)
	}
	return regexp.MustCompile("^" + q + "$|['\"`]" + q + "['\"`]")
}

// ChannelTypes holds: no channel type is named outside its folder.
func ChannelTypes(t *Tree) (out []Problem) {
	ids := channelTypes(t)
	names := map[string]*regexp.Regexp{}
	for id := range ids {
		names[id] = naming(id)
	}
	for _, f := range t.Files {
		if f.Test || matchAny(mayName, f.Dir) || inside(f.Dir, "internal/adapter/adaptertest") || strings.HasPrefix(f.Path, "internal/app/demo") ||
			f.Path == "internal/adapter/names.go" { // the contract's own list
			continue
		}
		texts(f.AST, func(n ast.Node, s string) {
			for id, re := range names {
				if !inside(f.Dir, ids[id]) && re.MatchString(s) {
					out = append(out, Problem{t.at(f, n), "names the channel type " + id, askDescriptor,
						"ask the type's descriptor (Caps, Limits, Window, Fields); add a field to adapter.Type if it does not say it yet"})
				}
			}
		})
	}
	t.walk("web/src", func(p string) {
		if !isSource(p) || isWebTest(p) || p == "web/src/api/schema.d.ts" || path.Dir(p) == "web/src/features/channels/connect" && strings.HasSuffix(p, ".tsx") {
			return
		}
		for i, line := range strings.Split(t.read(p), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "//") || strings.HasPrefix(strings.TrimSpace(line), "*") {
				continue
			}
			for id, re := range names {
				if re.MatchString(line) {
					out = append(out, Problem{p + ":" + strconv.Itoa(i+1), "names the channel type " + id, askDescriptor,
						"read it from GET /rest/v1/channel_types; only a special connect screen may, as web/src/features/channels/connect/<type>.tsx"})
				}
			}
		}
	})
	sort.Slice(out, func(i, j int) bool { return out[i].Where < out[j].Where })
	return out
}

// AdaptersListed holds: every adapter folder is in adapter/all.
func AdaptersListed(t *Tree) (out []Problem) {
	listed := map[string]bool{}
	for _, f := range t.Files {
		if f.Dir == "internal/adapter/all" {
			for _, im := range f.AST.Imports {
				p, _ := strconv.Unquote(im.Path.Value)
				listed[strings.TrimPrefix(p, module+"/")] = true
			}
		}
	}
	for _, dir := range adapterFolders(t) {
		if !listed[dir] {
			out = append(out, Problem{dir, "is not listed in internal/adapter/all",
				"a channel type that is not in the list is not in the program", "run make generate and commit what it makes"})
		}
	}
	return out
}

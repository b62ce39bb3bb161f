// Package archtest holds the rules of ARCHITECTURE.md as tests over the source,
// in plain Go: no build, no network, under a second. Each rule is data with its
// reason; each failure says what broke it, why that matters and how to mend it.
// It never looks at what the program does, only at how it is cut.
package archtest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// Problem is one broken rule.
type Problem struct {
	Where string // file:line or folder, relative to the root
	What  string
	Why   string
	Mend  string
}

// String is how a failing test shows it.
func (p Problem) String() string {
	return fmt.Sprintf("%s: %s\n    why:  %s\n    mend: %s", p.Where, p.What, p.Why, p.Mend)
}

// Check is one rule over a tree.
type Check struct {
	Name string
	Run  func(*Tree) []Problem
}

// Checks are all the rules.
var Checks = []Check{
	{"imports", Imports},
	{"one owner per table", Tables},
	{"channel types named outside", ChannelTypes},
	{"every adapter listed", AdaptersListed},
	{"ARCHITECTURE.md tells the truth", Document},
	{"web app layers", WebLayers},
	{"one clock, one client", Banned},
	{"system handle", SystemHandle},
}

// module is the path of this module.
const module = "switchboard"

// File is one parsed Go file.
type File struct {
	Path string // relative to the root, with slashes
	Dir  string // its package's folder, relative to the root
	Test bool
	AST  *ast.File
}

// Tree is the source under a root.
type Tree struct {
	Root  string
	Files []*File
	fset  *token.FileSet
}

// goRoots are the folders that hold Go packages of the main module.
var goRoots = []string{"cmd", "internal", "bench", "scripts"}

// Load parses every Go file under root.
func Load(root string) (*Tree, error) {
	t := &Tree{Root: root, fset: token.NewFileSet()}
	var paths []string
	for _, top := range goRoots {
		err := filepath.WalkDir(filepath.Join(root, top), func(p string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules"):
				return filepath.SkipDir
			case !d.IsDir() && strings.HasSuffix(p, ".go"):
				paths = append(paths, p)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	t.Files = make([]*File, len(paths))
	errs := make([]error, len(paths))
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, p := range paths {
		wg.Add(1)
		go func() {
			defer wg.Done()
			slots <- struct{}{}
			defer func() { <-slots }()
			parsed, err := parser.ParseFile(t.fset, p, nil, parser.SkipObjectResolution)
			if err != nil {
				errs[i] = err
				return
			}
			rel, err := filepath.Rel(root, p)
			rel = filepath.ToSlash(rel)
			errs[i] = err
			t.Files[i] = &File{Path: rel, Dir: slashDir(rel), Test: strings.HasSuffix(rel, "_test.go"), AST: parsed}
		}()
	}
	wg.Wait()
	return t, errors.Join(errs...)
}

// slashDir is the folder part of a relative path with slashes.
func slashDir(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i]
	}
	return "."
}

// at says where a node is.
func (t *Tree) at(f *File, n ast.Node) string {
	return f.Path + ":" + strconv.Itoa(t.fset.Position(n.Pos()).Line)
}

// read gives a file's text, "" when it is not there.
func (t *Tree) read(path string) string {
	b, err := os.ReadFile(filepath.Join(t.Root, filepath.FromSlash(path)))
	if err != nil {
		return ""
	}
	return string(b)
}

// packages are the folders that hold Go code beyond tests.
func (t *Tree) packages() []string {
	seen := map[string]bool{}
	var dirs []string
	for _, f := range t.Files {
		if !f.Test && !seen[f.Dir] {
			seen[f.Dir] = true
			dirs = append(dirs, f.Dir)
		}
	}
	sort.Strings(dirs)
	return dirs
}

// match tells whether a folder fits a pattern: "a/..." is a and everything
// below, "a/*" everything directly below, anything else itself.
func match(pattern, dir string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return dir == base || strings.HasPrefix(dir, base+"/")
	}
	if base, ok := strings.CutSuffix(pattern, "/*"); ok {
		rest, ok := strings.CutPrefix(dir, base+"/")
		return ok && !strings.Contains(rest, "/")
	}
	return pattern == dir
}

func matchAny(patterns []string, dir string) bool {
	for _, p := range patterns {
		if match(p, dir) {
			return true
		}
	}
	return false
}

// inside tells whether dir is owner or below it.
func inside(dir, owner string) bool { return match(owner+"/...", dir) }

// stringLit gives a string literal's value.
func stringLit(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// unseen stands in joined texts for a part that is not a literal.
const unseen = "\x00"

// texts calls fn for every string literal; literals joined by + are one text.
func texts(root ast.Node, fn func(n ast.Node, s string)) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch e := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BinaryExpr:
			if e.Op != token.ADD {
				return true
			}
			var b strings.Builder
			found := false
			join(e, &b, &found, fn)
			if found {
				fn(e, b.String())
			}
			return false
		case *ast.BasicLit:
			if s, ok := stringLit(e); ok {
				fn(e, s)
			}
		}
		return true
	})
}

func join(e ast.Expr, b *strings.Builder, found *bool, fn func(ast.Node, string)) {
	if bin, ok := e.(*ast.BinaryExpr); ok && bin.Op == token.ADD {
		join(bin.X, b, found, fn)
		join(bin.Y, b, found, fn)
		return
	}
	if s, ok := stringLit(e); ok {
		*found = true
		b.WriteString(s)
		return
	}
	b.WriteString(unseen)
	texts(e, fn) // a call among the parts has literals of its own
}

// imported gives the local name under which a file knows an import path, "" if
// it does not import it.
func imported(f *ast.File, path string) string {
	for _, im := range f.Imports {
		if p, _ := strconv.Unquote(im.Path.Value); p == path {
			if im.Name != nil {
				return im.Name.Name
			}
			parts := strings.Split(path, "/")
			name := parts[len(parts)-1]
			if len(parts) > 1 && len(name) > 1 && name[0] == 'v' && name[1] >= '0' && name[1] <= '9' {
				name = parts[len(parts)-2] // math/rand/v2
			}
			return name
		}
	}
	return ""
}

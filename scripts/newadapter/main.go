// Newadapter makes the folder of a new channel type: a small text channel that
// compiles and passes adaptertest but for one thing, the facts it had to
// invent, which the suite lists until somebody has looked them up. It is run by
// `make adapter name=…`.
package main

import (
	"bytes"
	"embed"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"switchboard/internal/adapter"
)

//go:embed all:skeleton
var skeleton embed.FS

const folder = "internal/adapter"

func main() {
	log.SetFlags(0)
	name := flag.String("name", "", "folder of the type: lower-case letters and digits")
	title := flag.String("title", "", "its name as people write it, by default made from the folder's")
	flag.Parse()
	dir, err := create(".", *name, *title)
	if err != nil {
		log.Fatal("make adapter name=… title='…': ", err)
	}
	if err := mention(".", *name, *title); err != nil {
		log.Fatal(err)
	}
	if err := finish(".", *name); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s is made and listed. What is invented in it fails with its place and what to look up:\n  go test ./%s\nThen go on with step 2 of \"Recipe: a channel type\" in CONTRIBUTING.md.\n", dir, dir)
	if !slices.Contains(adapter.Names, idOf(*name)) {
		fmt.Printf("The API contract does not know %s yet: add it to Names in internal/adapter/names.go.\n", idOf(*name))
	}
}

var usable = regexp.MustCompile(`^[a-z][a-z0-9]{1,29}$`)

// create writes the folder under root and tells where it is.
func create(root, name, title string) (string, error) {
	switch {
	case name == "":
		return "", errors.New("say which: make adapter name=line")
	case !usable.MatchString(name):
		return "", fmt.Errorf("%q cannot name a package: 2 to 30 lower-case letters and digits, a letter first", name)
	}
	dir := filepath.Join(root, filepath.FromSlash(folder), name)
	if _, err := os.Stat(dir); err == nil {
		return "", fmt.Errorf("%s/%s is there already; nothing was changed", folder, name)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	title = titleOf(name, title)
	if strings.ContainsAny(title, "\"\\`\n<>&") {
		return "", fmt.Errorf("the title %q has characters that neither Go nor HTML take as they are", title)
	}
	values := struct{ Package, ID, Name string }{name, idOf(name), title}
	return path.Join(folder, name), fs.WalkDir(skeleton, "skeleton", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return write(p, filepath.Join(dir, target(p, name)), values)
	})
}

func titleOf(name, title string) string {
	if title == "" {
		return strings.ToUpper(name[:1]) + name[1:]
	}
	return title
}

// mention adds the folder to the tree of ARCHITECTURE.md, behind the other types.
func mention(root, name, title string) error {
	file := filepath.Join(root, "ARCHITECTURE.md")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lines := strings.Split(string(text), "\n")
	last := -1
	for i, l := range lines {
		if strings.HasPrefix(l, "| `"+folder+"/") {
			last = i
		}
	}
	if last < 0 {
		return errors.New("ARCHITECTURE.md has no row of a channel type to put this one behind: add it by hand")
	}
	lines = slices.Insert(lines, last+1, fmt.Sprintf("| `%s/%s` | %s |", folder, name, titleOf(name, title)))
	return os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644)
}

// idOf is the id of the type in the API: the contract's where it has one.
func idOf(name string) string {
	for _, id := range adapter.Names {
		if strings.ReplaceAll(strings.ToLower(id), "_", "") == name {
			return id
		}
	}
	return strings.ToUpper(name)
}

// target is where a file of the skeleton goes: the type's own files carry its
// name.
func target(p, name string) string {
	p = strings.TrimSuffix(strings.TrimPrefix(p, "skeleton/"), ".tmpl")
	switch p {
	case "type.go":
		return name + ".go"
	case "test.go":
		return name + "_test.go"
	}
	return filepath.FromSlash(p)
}

func write(from, to string, values any) error {
	text, err := skeleton.ReadFile(from)
	if err != nil {
		return err
	}
	t, err := template.New(from).Delims("«", "»").Parse(string(text))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, values); err != nil {
		return err
	}
	out := b.Bytes()
	if strings.HasSuffix(to, ".go") {
		if out, err = format.Source(out); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, out, 0o644)
}

// finish lists the type, writes its documentation and its golden files.
func finish(root, name string) error {
	pkg := "./" + path.Join(folder, name)
	for _, args := range [][]string{
		{"generate", "./" + folder + "/all"},
		{"vet", pkg},
		{"test", "-run", "^TestSuite$", "-skip", "^TestSuite$/^facts$", pkg, "-update"},
	} {
		cmd := exec.Command("go", args...)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return nil
}

package archtest

import (
	"path"
	"regexp"
	"strconv"
	"strings"
)

const document = "ARCHITECTURE.md"

var (
	quoted   = regexp.MustCompile("`([A-Za-z0-9_./-]+)`")
	treeLine = regexp.MustCompile(`^([│ ]*)[├└]─+ ?(.*)$`)
)

// Document holds: every internal package is mentioned in ARCHITECTURE.md, and
// nothing is mentioned that is gone. Skipped while the file is missing.
func Document(t *Tree) (out []Problem) {
	text := t.read(document)
	if text == "" {
		return nil
	}
	why := "the map is read by people who do not know the place yet"
	for _, dir := range t.packages() {
		if !inside(dir, "internal") {
			continue
		}
		name := regexp.MustCompile(`(^|[^A-Za-z0-9_])` + regexp.QuoteMeta(path.Base(dir)) + `($|[^A-Za-z0-9_])`)
		if !name.MatchString(text) {
			out = append(out, Problem{dir, "is not mentioned in " + document, why, "add it to the tree with one line on what it is for"})
		}
	}
	var above []string // the folders of the tree on the way down
	for i, line := range strings.Split(text, "\n") {
		where := document + ":" + strconv.Itoa(i+1)
		gone := func(p string) {
			out = append(out, Problem{where, "mentions " + p + ", which is not there", why, "correct the line"})
		}
		for _, m := range quoted.FindAllStringSubmatch(line, -1) {
			if p := strings.TrimSuffix(m[1], "/..."); strings.HasPrefix(p, "internal/") && !strings.Contains(p, "...") && !t.exists(p) {
				gone(p)
			}
		}
		m := treeLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		depth := len([]rune(m[1])) / 3
		if depth > len(above) {
			depth = len(above)
		}
		above = above[:depth]
		names := treeNames(m[2])
		for _, n := range names {
			if p := path.Join(path.Join(above...), n); inside(p, "internal") && !t.isDir(p) {
				gone(p)
			}
		}
		if len(names) > 0 {
			above = append(above, names[0])
		}
	}
	return out
}

// treeNames are the folders at the beginning of a line of the tree: words that
// end in a slash.
func treeNames(s string) (names []string) {
	for _, w := range strings.Fields(s) {
		n, ok := strings.CutSuffix(w, "/")
		if !ok {
			break
		}
		names = append(names, n)
	}
	return names
}

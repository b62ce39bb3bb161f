package archtest

import (
	"path"
	"regexp"
	"strconv"
	"strings"
)

var webImport = regexp.MustCompile(`(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]`)

// webLayers: what a folder of web/src must not import.
var webLayers = []struct {
	of, never []string
	why       string
}{
	{[]string{"web/src/shared"}, []string{"web/src/features", "web/src/app"},
		"shared is what every feature stands on: it knows none of them"},
	{[]string{"web/src/features"}, []string{"web/src/app"},
		"imports flow shared → features → app: a feature works in any app that has its routes"},
	{[]string{"web/src/api"}, []string{"web/src/features", "web/src/app"},
		"the client of the server's API knows no screen"},
}

// WebLayers holds: in the web app imports flow shared → features → app.
func WebLayers(t *Tree) (out []Problem) {
	t.walk("web/src", func(p string) {
		if !isSource(p) || isWebTest(p) {
			return
		}
		text := t.read(p)
		for _, m := range webImport.FindAllStringSubmatchIndex(text, -1) {
			spec := text[m[2]:m[3]]
			target := ""
			switch {
			case strings.HasPrefix(spec, "@/"):
				target = "web/src/" + spec[2:]
			case strings.HasPrefix(spec, "."):
				target = path.Join(path.Dir(p), spec)
			default:
				continue
			}
			for _, l := range webLayers {
				for _, of := range l.of {
					for _, never := range l.never {
						if inside(path.Dir(p), of) && inside(target, never) {
							line := 1 + strings.Count(text[:m[2]], "\n")
							out = append(out, Problem{p + ":" + strconv.Itoa(line), "imports " + target, l.why,
								"move what is shared down into web/src/shared, or hand it in as a property"})
						}
					}
				}
			}
		}
	})
	return out
}

func isSource(p string) bool {
	switch path.Ext(p) {
	case ".ts", ".tsx", ".js", ".jsx", ".mjs":
		return true
	}
	return false
}

func isWebTest(p string) bool {
	return strings.Contains(p, ".test.") || strings.Contains(p, ".spec.") || strings.HasPrefix(p, "web/src/test/") || strings.Contains(p, "/testdata/")
}

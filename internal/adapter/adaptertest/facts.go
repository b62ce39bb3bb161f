package adaptertest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// marker stands before what `make adapter` had to invent. A folder that holds
// it is not finished: an invented figure would be believed by everybody who
// reads the descriptor.
const marker = "FACT:"

// facts fails for every invention that is left, with its place and what to look
// up there.
func facts(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*.go", "*.md", "*.svg"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if _, what, found := strings.Cut(line, marker); found {
				what, _, _ = strings.Cut(what, "-->")
				t.Errorf("%s:%d is invented. Look up %s, then delete the mark", path, i+1, strings.TrimSpace(what))
			}
		}
	}
}

package simulator

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// What the phone's code says in English stands in words.js in Arabic; a word
// that is missing there would be the only English one on the screen.
func TestPhoneArabic(t *testing.T) {
	words, err := fs.ReadFile(phoneFiles, "phone/words.js")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)(?:^|[{,]\s*|\s)'([^']+)': '[^']+'`).FindAllSubmatch(words, -1) {
		known[string(m[1])] = true
	}
	if len(known) < 100 {
		t.Fatalf("words.js has only %d words", len(known))
	}
	// t('one'), t(x ? 'one' : 'other'), t(x ? 'one' : y ? 'two' : 'three')
	call := regexp.MustCompile(`\bt\((?:[^()?]*\?\s*)?'([^']*)'(?:\s*:\s*[^()']*'([^']*)')?(?:\s*:\s*'([^']*)')?`)
	static := regexp.MustCompile(`>([^<>]*\p{L}[^<>]*)<|aria-label="([^"]+)"`)
	files, err := fs.Glob(phoneFiles, "phone/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := fs.ReadFile(phoneFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		var said [][]string
		switch {
		case name == "phone/words.js":
		case strings.HasSuffix(name, ".js"):
			for _, m := range call.FindAllStringSubmatch(string(text), -1) {
				said = append(said, m[1:])
			}
		case strings.HasSuffix(name, ".html"):
			for _, m := range static.FindAllStringSubmatch(string(text), -1) {
				said = append(said, m[1:])
			}
		}
		for _, group := range said {
			for _, s := range group {
				if s = strings.TrimSpace(s); s != "" && !known[s] {
					t.Errorf("%s says %q, and words.js has no Arabic for it", name, s)
				}
			}
		}
	}
}

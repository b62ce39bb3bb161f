// Package text prepares words so that people find them whatever case and
// accents they type. It knows no language and never changes what is stored for
// display.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold gives the form in which names are compared: compatibility forms
// resolved, diacritics dropped, case folded. Both the stored copy of a name and
// what is searched for pass through here, so the database compares bytes and
// both engines agree. Fold(Fold(s)) == Fold(s).
func Fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	// Folding case can make new marks (İ) and dropping marks can make new
	// capitals reachable, so it is repeated until nothing changes; twice is
	// enough for nearly all input and the bound keeps the cost linear.
	for range 4 {
		next := foldOnce(s)
		if next == s {
			break
		}
		s = next
	}
	return s
}

func foldOnce(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(cases.Fold().String(b.String()))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

package query

import "strings"

// Pattern is a text with wildcards, kept apart from any engine's syntax: the
// literal pieces between the wildcards.
type Pattern struct {
	pieces []string // one more than there are wildcards
}

// readPattern reads * (and %, which clients of PostgREST send) as any run of
// characters; \ makes the next character ordinary. Nothing else is special, so
// an underscore in a name is an underscore.
func readPattern(s string) Pattern {
	var p Pattern
	var b strings.Builder
	any := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '*' || c == '%':
			if !any { // a run of wildcards is one
				p.pieces = append(p.pieces, b.String())
				b.Reset()
			}
			any = true
			continue
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
		any = false
	}
	p.pieces = append(p.pieces, b.String())
	return p
}

func (p Pattern) wildcards() int { return len(p.pieces) - 1 }

// each gives the pattern with every piece passed through f.
func (p Pattern) each(f func(string) string) Pattern {
	out := make([]string, len(p.pieces))
	for i, s := range p.pieces {
		out[i] = f(s)
	}
	return Pattern{out}
}

var (
	likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	globEscapes = strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`)
)

// like writes the pattern for LIKE … ESCAPE '\'.
func (p Pattern) like() string { return strings.Join(p.each(likeEscapes.Replace).pieces, "%") }

// glob writes the pattern for SQLite's GLOB.
func (p Pattern) glob() string { return strings.Join(p.each(globEscapes.Replace).pieces, "*") }

// lowerASCII folds the letters A to Z alone, as lower() of both engines does on
// bytes.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

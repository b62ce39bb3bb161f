package media

import (
	"mime"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/text/unicode/norm"
)

const nameMost = 120 // code points

// SafeName makes a sender's name for a file one that can be shown and saved: no
// path, nothing invisible, nothing that a file system treats in its own way, and
// an ending that fits what the bytes are. It is applied to its end: what it gives
// it gives again.
func SafeName(s, mimeType string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, ""))
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == unicode.ReplacementChar, unicode.Is(unicode.Cf, r), unicode.IsControl(r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r):
		case strings.ContainsRune(`<>:"|?*`, r):
			b.WriteByte('_')
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	s = trim(b.String())
	if s == "" {
		return ""
	}
	ext := path.Ext(s)
	if utf8.RuneCountInString(ext) > 12 || strings.Contains(ext, " ") || ext == s {
		ext = ""
	}
	stem := s[:len(s)-len(ext)]
	if !fits(ext, mimeType) {
		stem, ext = s, mimetype.Lookup(mimeType).Extension()
	}
	stem = trim(cut(stem, nameMost-utf8.RuneCountInString(ext)))
	switch name, _, _ := strings.Cut(strings.ToUpper(stem), "."); strings.TrimRight(name, " ") {
	case "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
		"LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "": // names of devices
		stem = "_" + stem
	}
	return stem + ext
}

// trim takes away what hides a file or its ending.
func trim(s string) string { return strings.Trim(s, ". ~") }

func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// fits tells whether an ending may stand behind bytes of a type. Where the type
// has no ending of its own, or bytes say little (text, archives), any may.
func fits(ext, mimeType string) bool {
	m := mimetype.Lookup(mimeType)
	if m == nil || m.Extension() == "" || ext != "" && loose(mimeType) {
		return true
	}
	if strings.EqualFold(ext, m.Extension()) {
		return true
	}
	all, _ := mime.ExtensionsByType(mimeType)
	for _, e := range append(all, alsoKnown[mimeType]...) {
		if strings.EqualFold(e, ext) {
			return true
		}
	}
	return false
}

var alsoKnown = map[string][]string{
	"image/jpeg": {".jpg", ".jpeg", ".jfif"}, "video/mp4": {".mp4", ".m4v"}, "audio/ogg": {".ogg", ".oga", ".opus"}, "audio/mp4": {".m4a", ".mp4"},
	"audio/mpeg": {".mp3"}, "video/3gpp": {".3gp"}, "video/quicktime": {".mov"},
}

func loose(mimeType string) bool {
	return strings.HasPrefix(mimeType, "text/") && mimeType != "text/html" || mimeType == "application/zip" || mimeType == "application/x-ole-storage" ||
		mimeType == "application/octet-stream" || mimeType == "application/json"
}

// Disposition is the Content-Disposition of a file, for old and new browsers.
func Disposition(kind, name string) string {
	if name == "" {
		return kind
	}
	plain := strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || strings.ContainsRune(`"\%;`, r) {
			return '_'
		}
		return r
	}, name)
	var b strings.Builder
	const hex = "0123456789ABCDEF"
	for _, c := range []byte(name) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return kind + `; filename="` + plain + `"; filename*=UTF-8''` + b.String()
}

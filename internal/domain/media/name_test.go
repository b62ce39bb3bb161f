package media

import (
	"mime"
	"path"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSafeName(t *testing.T) {
	for _, c := range []struct{ name, mime, want string }{
		{"photo.jpg", "image/jpeg", "photo.jpg"},
		{"PHOTO.JPEG", "image/jpeg", "PHOTO.JPEG"},
		{"../../etc/passwd", "text/plain", "passwd.txt"},
		{`C:\Users\ana\offer.pdf`, "application/pdf", "offer.pdf"},
		{"\u200b.htaccess", "text/plain", "htaccess.txt"}, // hidden only after the check elsewhere
		{".\u2060htaccess", "text/plain", "htaccess.txt"},
		{"invoice\u202efdp.exe", "application/pdf", "invoicefdp.exe.pdf"},
		{"photo.jpg", "text/html", "photo.jpg.html"},
		{"photo.jpg.", "image/jpeg", "photo.jpg"},
		{"a\x00b\r\nc.png", "image/png", "abc.png"},
		{"con.png", "image/png", "_con.png"},
		{"a<b>\"c\".png", "image/png", "a_b__c_.png"},
		{"Réf 12 – 山田.pdf", "application/pdf", "Réf 12 – 山田.pdf"},
		{"", "image/png", ""},
		{"...", "image/png", ""},
		{"report.v2.final version", "application/pdf", "report.v2.final version.pdf"},
		{"data.csv", "text/plain", "data.csv"},
		{"data.bin", "application/octet-stream", "data.bin"},
		{strings.Repeat("n", 500) + ".png", "image/png", strings.Repeat("n", 116) + ".png"},
	} {
		if got := SafeName(c.name, c.mime); got != c.want {
			t.Errorf("%q as %s: %q, want %q", c.name, c.mime, got, c.want)
		}
	}
}

func FuzzSafeName(f *testing.F) {
	for _, s := range []string{"photo.jpg", "../a", "\u200b.htaccess", "a\u202eb.exe", "con", "x\xff", strings.Repeat("é.", 200), " . . ", "a/b\\c", "~", "e\u0301.png"} {
		f.Add(s, "image/png")
		f.Add(s, "text/html")
		f.Add(s, "application/octet-stream")
	}
	f.Fuzz(func(t *testing.T, name, mimeType string) {
		got := SafeName(name, mimeType)
		if again := SafeName(got, mimeType); again != got {
			t.Errorf("%q becomes %q, which becomes %q", name, got, again)
		}
		if strings.ContainsAny(got, "/\\<>:\"|?*") || strings.HasPrefix(got, ".") || !utf8.ValidString(got) || utf8.RuneCountInString(got) > nameMost+16 {
			t.Errorf("%q becomes %q", name, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Errorf("%q becomes %q", name, got)
			}
		}
		if got != "" && mimeType == "image/png" && !strings.EqualFold(path.Ext(got), ".png") {
			t.Errorf("a PNG is called %q", got)
		}
		for _, how := range []string{"inline", "attachment"} {
			d := Disposition(how, got)
			kind, params, err := mime.ParseMediaType(d)
			if err != nil || kind != how || got != "" && params["filename"] != got {
				t.Errorf("%s: %v %v %v", d, kind, params, err)
			}
		}
	})
}

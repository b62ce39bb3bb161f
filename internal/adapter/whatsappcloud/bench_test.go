package whatsappcloud

import (
	"net/http"
	"os"
	"testing"

	"switchboard/internal/adapter"
)

func load(b *testing.B, name string) []byte {
	b.Helper()
	body, err := os.ReadFile("testdata/receive/" + name + ".json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	b.ResetTimer()
	return body
}

func benchParse(b *testing.B, name string) {
	c := testConn(b)
	body := load(b, name)
	for b.Loop() {
		if p := c.Parse(body); len(p.Events) == 0 {
			b.Fatal("nothing parsed")
		}
	}
}

func BenchmarkParseText(b *testing.B)    { benchParse(b, "text") }
func BenchmarkParseImage(b *testing.B)   { benchParse(b, "image") }
func BenchmarkParseStatus(b *testing.B)  { benchParse(b, "status_sent") }
func BenchmarkParseUnknown(b *testing.B) { benchParse(b, "unknown_type") }

func BenchmarkSplit(b *testing.B) {
	c := testConn(b)
	body := load(b, "text")
	for b.Loop() {
		if _, err := c.Split(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	c := testConn(b)
	body := load(b, "text")
	r := adapter.Request{Method: http.MethodPost, Header: sign(settings, body), Body: body}
	for b.Loop() {
		if err := c.Verify(r); err != nil {
			b.Fatal(err)
		}
	}
}

package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"testing"

	"switchboard/internal/message"
	"switchboard/internal/platform/blob"
)

// paint makes a picture, its left half red and its right half blue.
func paint(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{R: 255, A: 255}
			if x >= w/2 {
				c = color.RGBA{B: 255, A: 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func encoded(t testing.TB, format string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "jpeg":
		err = jpeg.Encode(&b, m, nil)
	case "png":
		err = png.Encode(&b, m)
	case "gif":
		err = gif.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// turned is a JPEG whose Exif says how the camera was held.
func turned(t testing.TB, o byte) []byte {
	t.Helper()
	plain := encoded(t, "jpeg", paint(400, 200))
	tiff := []byte{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, o, 0, 0, 0, 0, 0, 0}
	app1 := append([]byte("Exif\x00\x00"), tiff...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(app1)+2))
	return append(append(head, app1...), plain[2:]...)
}

// flood is a PNG of a few bytes that announces w × h pixels.
func flood(w, h uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	ihdr = append(ihdr, 8, 6, 0, 0, 0)
	return binary.BigEndian.AppendUint32(append(b, ihdr...), crc32.ChecksumIEEE(ihdr))
}

func looked(t testing.TB, data []byte, claimed message.Kind) *gathered {
	t.Helper()
	g := lookAt(t, looker(t), data, claimed)
	t.Cleanup(g.Discard)
	return g
}

func looker(t testing.TB) *Service {
	t.Helper()
	store, err := blob.Open(t.TempDir(), "", blob.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	return &Service{store: store}
}

func lookAt(t testing.TB, s *Service, data []byte, claimed message.Kind) *gathered {
	t.Helper()
	g, err := s.gather(t.Context(), bytes.NewReader(data), claimed, func(string, bool) (int64, error) { return MaxBytes, nil })
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func sample(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../../simulator/samples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What a file is, is found by looking, whatever anybody called it.
func TestLook(t *testing.T) {
	page := []byte("<!DOCTYPE html><html><script>alert(1)</script></html>")
	svg := []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
	for _, c := range []struct {
		name    string
		data    []byte
		claimed message.Kind
		kind    message.Kind
		mime    string
		w, h    int
		thumb   bool
	}{
		{"jpeg", encoded(t, "jpeg", paint(900, 300)), message.Image, message.Image, "image/jpeg", 900, 300, true},
		{"png", encoded(t, "png", paint(30, 900)), "", message.Image, "image/png", 30, 900, true},
		{"gif", encoded(t, "gif", paint(20, 20)), "", message.Image, "image/gif", 20, 20, true},
		{"webp", sample(t, "sticker.webp"), message.Sticker, message.Sticker, "image/webp", 512, 512, true},
		{"on its side", turned(t, 6), "", message.Image, "image/jpeg", 200, 400, true},
		{"html as image", page, message.Image, message.Document, "text/html", 0, 0, false},
		{"svg as image", svg, message.Image, message.Document, "image/svg+xml", 0, 0, false},
		{"html as sticker", page, message.Sticker, message.Document, "text/html", 0, 0, false},
		{"picture as document", encoded(t, "png", paint(9, 9)), message.Document, message.Document, "image/png", 9, 9, true},
		{"a header and nothing behind", encoded(t, "png", paint(9, 9))[:40], message.Image, message.Image, "image/png", 9, 9, false},
		{"not even a header", []byte("\xff\xd8\xff\xe0 and then lies"), message.Image, message.Document, "application/octet-stream", 0, 0, false},
		{"flood", flood(60_000, 60_000), message.Image, message.Document, "image/png", 0, 0, false},
		{"huge but possible", flood(7000, 7000), message.Image, message.Image, "image/png", 7000, 7000, false},
		{"voice", sample(t, "voice.ogg"), message.Audio, message.Audio, "audio/ogg", 0, 0, false},
		{"film", sample(t, "clip.mp4"), message.Video, message.Video, "video/mp4", 0, 0, false},
		{"sound in a film's box", sample(t, "clip.mp4"), message.Audio, message.Audio, "audio/mp4", 0, 0, false},
		{"text", []byte("hello"), "", message.Document, "text/plain", 0, 0, false},
		{"nothing", nil, "", message.Document, "text/plain", 0, 0, false},
	} {
		g := looked(t, c.data, c.claimed)
		if g.kind != c.kind || g.MIMEType != c.mime || g.Width != c.w || g.Height != c.h || (g.thumb != nil) != c.thumb || g.Size != int64(len(c.data)) {
			t.Errorf("%s: %s %s %d×%d, %d bytes small, %d in all", c.name, g.kind, g.MIMEType, g.Width, g.Height, len(g.thumb), g.Size)
		}
		if (c.name == "voice" || c.name == "film") && (g.DurationMS < 200 || g.DurationMS > 20_000) {
			t.Errorf("%s lasts %d ms", c.name, g.DurationMS)
		}
	}
}

// A picture that says it is more than anybody decodes is found out by its
// header: nothing of its size is ever allocated.
func TestFloodIsNotDecoded(t *testing.T) {
	for _, size := range [][2]uint32{{60_000, 60_000}, {1 << 30, 1}, {7100, 7100}, {1, 50_000_001}} {
		if _, err := dimensions(bytes.NewReader(flood(size[0], size[1])), "image/png"); !errors.Is(err, errFlood) && !errors.Is(err, errDamaged) {
			t.Errorf("%v: %v", size, err)
		}
	}
	grew := testing.AllocsPerRun(1, func() { looked(t, flood(60_000, 60_000), message.Image) })
	if grew > 2000 {
		t.Errorf("%.0f allocations", grew)
	}
}

// The small picture stands upright and is at most as large as it may be.
func TestThumbnailIsUpright(t *testing.T) {
	for o, want := range map[byte][2]string{1: {"red", "blue"}, 3: {"blue", "red"}, 6: {"red over", "blue under"}, 8: {"blue over", "red under"}} {
		g := looked(t, turned(t, o), "")
		m, err := jpeg.Decode(bytes.NewReader(g.thumb))
		if err != nil {
			t.Fatal(err)
		}
		b := m.Bounds()
		at := func(x, y int) string {
			r, _, bl, _ := m.At(x, y).RGBA()
			if r > bl {
				return "red"
			}
			return "blue"
		}
		got := [2]string{at(b.Dx()/4, b.Dy()/2), at(b.Dx()*3/4, b.Dy()/2)}
		if o >= 5 {
			got = [2]string{at(b.Dx()/2, b.Dy()/4) + " over", at(b.Dx()/2, b.Dy()*3/4) + " under"}
		}
		if got != want || max(b.Dx(), b.Dy()) > thumbSide {
			t.Errorf("orientation %d: %v, want %v, %v", o, got, want, b)
		}
	}
	if g := looked(t, encoded(t, "png", paint(2000, 1000)), ""); g.thumb == nil {
		t.Error("no small picture")
	} else if c, err := jpeg.DecodeConfig(bytes.NewReader(g.thumb)); err != nil || c.Width != 480 || c.Height != 240 {
		t.Errorf("%+v %v", c, err)
	}
}

// Whatever bytes come, looking at them ends, and nothing that is not a picture
// is taken for one.
func FuzzLook(f *testing.F) {
	for _, b := range [][]byte{encoded(f, "jpeg", paint(20, 20)), encoded(f, "png", paint(20, 20)), encoded(f, "gif", paint(20, 20)), turned(f, 6), flood(9, 9),
		[]byte("<html>"), []byte("OggS"), []byte("\x00\x00\x00\x18ftypmp42"), []byte("RIFF\x10\x00\x00\x00WEBPVP8X")} {
		f.Add(b)
	}
	s := looker(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, claimed := range []message.Kind{"", message.Image, message.Sticker, message.Audio, message.Video, message.Document} {
			g := lookAt(t, s, data, claimed)
			g.Discard()
			if g.Size != int64(len(data)) || len(g.SHA256) != 64 {
				t.Errorf("%d bytes of %d", g.Size, len(data))
			}
			if (g.kind == message.Image || g.kind == message.Sticker) && !shown[g.MIMEType] && kindOf(g.MIMEType) != message.Video {
				t.Errorf("%s is a %s", g.MIMEType, g.kind)
			}
			if Inline(g.MIMEType) && bytes.HasPrefix(bytes.TrimSpace(data), []byte("<")) {
				t.Errorf("markup is shown in place as %s", g.MIMEType)
			}
			if int64(g.Width)*int64(g.Height) > pixelsMost || g.DurationMS < 0 || g.DurationMS > dayMS {
				t.Errorf("%+v", g.Facts)
			}
		}
	})
}

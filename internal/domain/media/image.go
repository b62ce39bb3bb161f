package media

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	_ "image/gif" // decoders of what thumbnails are made from
	"image/jpeg"
	_ "image/png"
	"io"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
	"golang.org/x/sync/semaphore"
)

// Bounds of pictures. A header of a few bytes can announce gigabytes of pixels.
const (
	pixelsMost  = 50_000_000
	decodeBytes = 256 << 20 // of pixels in memory at once, all thumbnails under way together
	thumbSide   = 480
	thumbMost   = 1 << 20
)

var decoding = semaphore.NewWeighted(decodeBytes)

var (
	errFlood   = errors.New("media: more pixels than are decoded")
	errDamaged = errors.New("media: the picture's header makes no sense")
)

// dimensions reads the header of a picture, never its pixels.
func dimensions(r io.ReadSeeker, mimeType string) (image.Config, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return image.Config{}, err
	}
	c, format, err := image.DecodeConfig(r)
	switch {
	case err != nil || c.Width <= 0 || c.Height <= 0 || "image/"+format != mimeType:
		return image.Config{}, errDamaged
	case int64(c.Width)*int64(c.Height) > pixelsMost:
		return c, errFlood
	}
	return c, nil
}

// perPixel is how many bytes a decoded pixel takes.
func perPixel(m color.Model) int64 {
	switch m {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	case color.GrayModel:
		return 1
	case color.YCbCrModel:
		return 3
	}
	return 4
}

// thumbnail draws a small JPEG of a picture whose header was looked at; nil when
// it cannot be decoded after all.
func thumbnail(ctx context.Context, r io.ReadSeeker, c image.Config, orientation int) ([]byte, error) {
	need := int64(c.Width)*int64(c.Height)*perPixel(c.ColorModel) + 1
	if need > decodeBytes {
		return nil, nil
	}
	if err := decoding.Acquire(ctx, need); err != nil {
		return nil, err
	}
	defer decoding.Release(need)
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	src := decode(r)
	if src == nil {
		return nil, nil
	}
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	if most := max(w, h); most > thumbSide {
		w, h = max(w*thumbSide/most, 1), max(h*thumbSide/most, 1)
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src) // JPEG knows no transparency
	draw.ApproxBiLinear.Scale(small, small.Bounds(), src, b, draw.Over, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, turn(small, orientation), &jpeg.Options{Quality: 80}); err != nil || out.Len() > thumbMost {
		return nil, nil
	}
	return out.Bytes(), nil
}

// decode survives a decoder that panics on what a stranger sent.
func decode(r io.Reader) (img image.Image) {
	defer func() {
		if recover() != nil {
			img = nil
		}
	}()
	img, _, err := image.Decode(r)
	if err != nil {
		return nil
	}
	return img
}

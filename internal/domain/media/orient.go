package media

import (
	"bufio"
	"encoding/binary"
	"image"
	"io"
)

// orientation reads how a camera was held (Exif tag 274) from the beginning of a
// JPEG; 1 when it does not say.
func orientation(r io.ReadSeeker) int {
	if _, err := r.Seek(2, io.SeekStart); err != nil {
		return 1
	}
	in := bufio.NewReader(r)
	for range 16 { // segments before the picture itself
		var head [4]byte
		if _, err := io.ReadFull(in, head[:]); err != nil || head[0] != 0xff {
			return 1
		}
		size := int(binary.BigEndian.Uint16(head[2:])) - 2
		if size < 0 || head[1] == 0xda {
			return 1
		}
		if head[1] != 0xe1 {
			if _, err := in.Discard(size); err != nil {
				return 1
			}
			continue
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(in, data); err != nil {
			return 1
		}
		if o := exifOrientation(data); o > 0 {
			return o
		}
	}
	return 1
}

func exifOrientation(b []byte) int {
	if len(b) < 14 || string(b[:6]) != "Exif\x00\x00" {
		return 0
	}
	b = b[6:]
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 0
	}
	n := int(order.Uint16(b[at:]))
	for i := range n {
		e := at + 2 + int64(i)*12
		if e+12 > int64(len(b)) {
			return 0
		}
		if order.Uint16(b[e:]) == 274 {
			if v := int(order.Uint16(b[e+8:])); v >= 1 && v <= 8 {
				return v
			}
			return 0
		}
	}
	return 0
}

// sideways tells whether an orientation swaps width and height.
func sideways(o int) bool { return o >= 5 }

// turn draws a picture upright.
func turn(src *image.RGBA, o int) *image.RGBA {
	if o <= 1 || o > 8 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if sideways(o) {
		dst = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			nx, ny := x, y
			switch o {
			case 2:
				nx = w - 1 - x
			case 3:
				nx, ny = w-1-x, h-1-y
			case 4:
				ny = h - 1 - y
			case 5:
				nx, ny = y, x
			case 6:
				nx, ny = h-1-y, x
			case 7:
				nx, ny = h-1-y, w-1-x
			case 8:
				nx, ny = y, w-1-x
			}
			dst.SetRGBA(nx, ny, src.RGBAAt(x, y))
		}
	}
	return dst
}

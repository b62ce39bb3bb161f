package media

import (
	"bytes"
	"encoding/binary"
	"io"
)

// animated tells whether a picture moves.
func animated(r io.ReadSeeker, mimeType string) bool {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return false
	}
	head := make([]byte, 64<<10)
	n, _ := io.ReadFull(r, head)
	head = head[:n]
	switch mimeType {
	case "image/webp": // VP8X with the animation flag
		return n > 20 && string(head[12:16]) == "VP8X" && head[20]&2 != 0
	case "image/gif":
		return bytes.Contains(head, []byte("NETSCAPE2.0"))
	case "image/png":
		return bytes.Contains(head, []byte("acTL"))
	}
	return false
}

// duration reads how long sound or a film lasts, in milliseconds; 0 when its
// container does not say where we look.
func duration(r io.ReadSeeker, size int64, mimeType string) int64 {
	switch mimeType {
	case "audio/ogg", "video/ogg":
		return oggDuration(r, size)
	case "audio/mp4", "video/mp4", "video/3gpp", "video/quicktime":
		return mp4Duration(r, size)
	}
	return 0
}

const dayMS = 24 * 60 * 60 * 1000 // nothing longer is believed

// oggDuration takes the position of the last page. Opus counts in 48 kHz.
func oggDuration(r io.ReadSeeker, size int64) int64 {
	head := make([]byte, 64)
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return 0
	}
	if _, err := io.ReadFull(r, head); err != nil || string(head[28:36]) != "OpusHead" {
		return 0
	}
	skip := int64(binary.LittleEndian.Uint16(head[38:]))
	tail := make([]byte, min(size, 64<<10))
	if _, err := r.Seek(-int64(len(tail)), io.SeekEnd); err != nil {
		return 0
	}
	if _, err := io.ReadFull(r, tail); err != nil {
		return 0
	}
	at := bytes.LastIndex(tail, []byte("OggS"))
	if at < 0 || at+14 > len(tail) {
		return 0
	}
	samples := int64(binary.LittleEndian.Uint64(tail[at+6:])) - skip
	if ms := samples / 48; samples > 0 && ms <= dayMS {
		return ms
	}
	return 0
}

// mp4Duration finds moov/mvhd.
func mp4Duration(r io.ReadSeeker, size int64) int64 {
	for at, depth := int64(0), 0; at+8 <= size && depth < 64; depth++ {
		var head [16]byte
		if _, err := r.Seek(at, io.SeekStart); err != nil {
			return 0
		}
		if _, err := io.ReadFull(r, head[:8]); err != nil {
			return 0
		}
		length, body := int64(binary.BigEndian.Uint32(head[:])), int64(8)
		if length == 1 {
			if _, err := io.ReadFull(r, head[8:]); err != nil {
				return 0
			}
			length, body = int64(binary.BigEndian.Uint64(head[8:])), 16
		}
		if length < body && length != 0 {
			return 0
		}
		switch string(head[4:8]) {
		case "moov":
			at += body // look inside
			continue
		case "mvhd":
			b := make([]byte, 32)
			if n, _ := io.ReadFull(r, b); n < len(b) {
				return 0
			}
			scale, units := int64(binary.BigEndian.Uint32(b[12:])), int64(binary.BigEndian.Uint32(b[16:]))
			if b[0] == 1 {
				scale, units = int64(binary.BigEndian.Uint32(b[20:])), int64(binary.BigEndian.Uint64(b[24:]))
			}
			if scale <= 0 || units <= 0 || units > scale*dayMS/1000 {
				return 0
			}
			return units * 1000 / scale
		}
		if length == 0 || at > size-length {
			return 0
		}
		at += length
	}
	return 0
}

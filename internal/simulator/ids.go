package simulator

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// Ids have the shape of the real ones (Meta documentation: §0.3); all callers
// hold the lock because they draw from the seeded source.

func (s *Simulator) digits(first string, n int) string {
	b := []byte(first)
	for len(b) < n {
		b = append(b, byte('0'+s.rnd.IntN(10)))
	}
	return string(b)
}

func (s *Simulator) randomBytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.rnd.UintN(256))
	}
	return b
}

func (s *Simulator) hex(n int) string { return hex.EncodeToString(s.randomBytes(n)) }

// wamid packs the user's number and a random part as the real ids do, so that
// they contain the characters clients tend to forget: "+", "/", "=".
func (s *Simulator) wamid(user string, outbound bool) string {
	dir := byte(0x12)
	if outbound {
		dir = 0x11
	}
	b := append([]byte{0x1c, 0x18, byte(len(user))}, user...)
	b = append(b, 0x15, 0x02, 0x00, dir, 0x18, 0x14)
	b = append(b, strings.ToUpper(s.hex(10))...)
	b = append(b, 0x00)
	return "wamid." + base64.StdEncoding.EncodeToString(b)
}

// onlyDigits drops the decoration the send endpoint tolerates in "to".
func onlyDigits(v string) (string, bool) {
	var b strings.Builder
	for _, r := range v {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case strings.ContainsRune("+ -()", r):
		default:
			return "", false
		}
	}
	return b.String(), b.Len() >= 5 && b.Len() <= 20
}

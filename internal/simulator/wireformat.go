package simulator

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// object is a JSON object that keeps its order: key, value, key, value. Real
// payloads have a stable order, and golden files should look like them.
type object []any

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := 0; i+1 < len(o); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		k, err := json.Marshal(o[i])
		if err != nil {
			return nil, err
		}
		v, err := plainJSON(o[i+1])
		if err != nil {
			return nil, err
		}
		b.Write(k)
		b.WriteByte(':')
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// opt appends a pair only when the value is not empty.
func (o object) opt(k string, v string) object {
	if v == "" {
		return o
	}
	return append(o, k, v)
}

// plainJSON encodes without Go's HTML escaping, which no provider applies.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// metaJSON encodes as Meta's webhooks are on the wire: non-ASCII as \uXXXX
// with lower-case hex, slashes as \/ (Meta documentation: §1.2).
func metaJSON(v any) ([]byte, error) {
	p, err := plainJSON(v)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(p)+len(p)/8)
	for i := 0; i < len(p); {
		c := p[i]
		switch {
		case c == '\\': // keep an escape as one unit: its second byte may be a slash
			b = append(b, c, p[i+1])
			i += 2
		case c == '/':
			b = append(b, '\\', '/')
			i++
		case c < utf8.RuneSelf:
			b = append(b, c)
			i++
		default:
			r, n := utf8.DecodeRune(p[i:])
			if r > 0xffff {
				hi, lo := utf16.EncodeRune(r)
				b = fmt.Appendf(b, `\u%04x\u%04x`, hi, lo)
			} else {
				b = fmt.Appendf(b, `\u%04x`, r)
			}
			i += n
		}
	}
	return b, nil
}

// Signature is the value of X-Hub-Signature-256 for a body: the HMAC covers
// the bytes as sent (Meta documentation: §1.2).
func Signature(appSecret string, body []byte) string {
	m := hmac.New(sha256.New, []byte(appSecret))
	m.Write(body)
	return "sha256=" + hex.EncodeToString(m.Sum(nil))
}

// AppSecretProof is the appsecret_proof parameter for a token (Meta
// documentation: §0.2).
func AppSecretProof(appSecret, token string) string {
	return Signature(appSecret, []byte(token))[len("sha256="):]
}

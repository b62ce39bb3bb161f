package httpx

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Redacted stands where something secret stood.
const Redacted = "[redacted]"

// minSecret: a shorter "secret" would black out ordinary text.
const minSecret = 4

var secretHeaders = []string{"Authorization", "Proxy-Authorization", "Apikey", "Api-Key", "X-Api-Key", "Cookie", "Set-Cookie",
	"X-Hub-Signature", "X-Hub-Signature-256", "X-Telegram-Bot-Api-Secret-Token", "X-Line-Signature"}

func secretHeader(name string) bool {
	return slices.Contains(secretHeaders, http.CanonicalHeaderKey(name))
}

const secretKeys = `access_token|appsecret_proof|client_secret|app_secret|appsecret|refresh_token|id_token|fb_exchange_token|input_token|verify_token|api_key|apikey|password|secret|token`

var (
	secretKey = regexp.MustCompile(`(?i)^(?:` + secretKeys + `)$`)
	inForm    = regexp.MustCompile(`(?i)((?:^|[&?\s])(?:` + secretKeys + `)=)[^&\s"'<]+`)
	inJSON    = regexp.MustCompile(`(?i)("(?:` + secretKeys + `)"\s*:\s*")(?:[^"\\]|\\.)*\\?`)
)

// forms gives each secret as it may stand in a body or URL: plain, escaped for
// JSON or a query, base64. Longest first, so that none hides inside another.
func forms(secrets []string) []string {
	var out []string
	for _, s := range secrets {
		if len(s) < minSecret || len(s) > maxSecret {
			continue
		}
		quoted, _ := json.Marshal(s)
		for _, f := range []string{s, strings.Trim(string(quoted), `"`), url.QueryEscape(s), url.PathEscape(s), base64.StdEncoding.EncodeToString([]byte(s))} {
			if !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}

// blackOut replaces secrets in the first limit bytes of b; -1 = all of it.
func blackOut(b []byte, secrets []string, limit int) []byte {
	if limit < 0 || limit > len(b) {
		limit = len(b)
	}
	out := make([]byte, 0, limit)
next:
	for i := 0; i < limit; {
		for _, s := range secrets {
			if b[i] == s[0] && len(b)-i >= len(s) && string(b[i:i+len(s)]) == s {
				out = append(out, Redacted...)
				i += len(s)
				continue next
			}
		}
		out = append(out, b[i])
		i++
	}
	return out
}

// redactText blacks out values that are secret by their name, in form and JSON
// bodies, also where the body was cut inside one.
func redactText(b []byte) string {
	s := strings.ToValidUTF8(string(b), "\uFFFD")
	s = inForm.ReplaceAllString(s, "${1}"+Redacted)
	return inJSON.ReplaceAllString(s, "${1}"+Redacted)
}

func redactHeader(h http.Header, secrets []string) http.Header {
	if h == nil {
		return nil
	}
	out := make(http.Header, len(h))
	for name, values := range h {
		for _, v := range values {
			if secretHeader(name) {
				v = Redacted
			}
			out.Add(name, string(blackOut([]byte(v), secrets, 2048)))
		}
	}
	return out
}

// redactURL is the address without password and secret query values; the rest
// of the query keeps its order.
func redactURL(u *url.URL) string {
	c := *u
	if c.User != nil {
		c.User = url.User(Redacted)
	}
	if c.RawQuery != "" {
		parts := strings.Split(c.RawQuery, "&")
		for i, p := range parts {
			k, _, _ := strings.Cut(p, "=")
			if name, err := url.QueryUnescape(k); err != nil || secretKey.MatchString(name) {
				parts[i] = k + "=" + Redacted
			}
		}
		c.RawQuery = strings.Join(parts, "&")
	}
	c.Fragment, c.RawFragment = "", ""
	return c.String()
}

func redactErr(err error, u *url.URL) string {
	return strings.ReplaceAll(err.Error(), u.String(), redactURL(u))
}

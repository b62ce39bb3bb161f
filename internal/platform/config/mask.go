package config

import (
	"net/url"
	"regexp"
	"strings"
)

const masked = "********"

var dsnPassword = regexp.MustCompile(`(?i)\b(password|sslpassword)\s*=\s*('[^']*'|\S+)`)

// Mask hides passwords in a value that may be a URL or a connection string.
func Mask(value string) string {
	if name, rest, ok := strings.Cut(value, "="); ok && strings.Contains(rest, "://") && !strings.Contains(name, ":") {
		return name + "=" + Mask(rest) // TYPE=URL
	}
	if !strings.Contains(value, "://") {
		return dsnPassword.ReplaceAllString(value, "$1="+masked)
	}
	u, err := url.Parse(value)
	if err != nil {
		return masked
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), "MASKED")
	}
	q := u.Query()
	for k := range q {
		l := strings.ToLower(k)
		if strings.Contains(l, "password") || strings.Contains(l, "secret") || strings.Contains(l, "token") || strings.Contains(l, "key") {
			q.Set(k, "MASKED")
		}
	}
	if len(q) > 0 {
		u.RawQuery = q.Encode()
	}
	return strings.ReplaceAll(u.String(), "MASKED", masked)
}

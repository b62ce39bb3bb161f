package webhook

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// MaxURL is the longest address, in bytes.
const MaxURL = 2048

// Clean checks the form of an address that somebody typed in and gives it the
// way it is dialled, names in ASCII. Whether the address may be reached is
// decided by the egress policy when it is.
func Clean(raw string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case len(raw) > MaxURL:
		return "", errors.New("an address has at most 2048 characters")
	case err != nil || u.Host == "" || u.Opaque != "":
		return "", errors.New("this is not a complete address such as https://example.com/hook")
	case u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("the address begins with https://")
	case u.User != nil:
		return "", errors.New("an address with a name and password in it is not used; our calls are signed instead")
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return "", errors.New("an address with a # part is not used; it would never be sent")
	}
	host := u.Hostname()
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Zone() != "" {
			return "", errors.New("an address with a zone is of this machine only")
		}
		return u.String(), nil
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(host, "."))
	if err != nil || name == "" {
		return "", errors.New("the host is not a name that can be looked up")
	}
	if oddNumber(name) {
		return "", errors.New("write a numeric address as four decimal numbers, such as 192.0.2.7")
	}
	if port := u.Port(); port != "" {
		name += ":" + port
	}
	u.Host = name
	return u.String(), nil
}

// oddNumber tells whether a name ends in what browsers and C libraries read as
// a number: 2130706433, 0x7f000001, 0177.1 are addresses to some.
func oddNumber(name string) bool {
	last := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
	digits := "0123456789"
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		last, digits = hex, "0123456789abcdef"
	}
	return strings.Trim(last, digits) == ""
}

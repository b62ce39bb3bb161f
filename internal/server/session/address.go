package session

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddress is who is at the other end: the connection's address, or behind
// trusted proxies the rightmost address of X-Forwarded-For that is not one of
// them. What stands further left is the client's own claim.
func (d *Door) ClientAddress(r *http.Request) string {
	at, ok := parseAddress(r.RemoteAddr)
	if !ok {
		return r.RemoteAddr
	}
	if !d.trusts(at) {
		return at.String()
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := parseAddress(strings.TrimSpace(hops[i]))
		if !ok {
			break // the proxy passed on what it did not write; go no further
		}
		at = hop
		if !d.trusts(at) {
			break
		}
	}
	return at.String()
}

func (d *Door) trusts(a netip.Addr) bool {
	for _, p := range d.trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// parseAddress reads an address with or without port, brackets or zone.
func parseAddress(s string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}, false
	}
	return a.Unmap().WithZone(""), true
}

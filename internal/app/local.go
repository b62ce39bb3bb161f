package app

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"switchboard/internal/platform/fault"
	"switchboard/internal/server/api"
)

// loopback tells whether an address to listen on, or the host of a request, is
// this machine's own.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// local lets a server that listens on this machine only be asked by names of
// this machine only: a page from elsewhere whose name was made to mean
// 127.0.0.1 would otherwise use it through the visitor's browser.
func local(listen string, next http.Handler) http.Handler {
	if !loopback(listen) {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if loopback(r.Host) {
			next.ServeHTTP(w, r)
			return
		}
		api.Problem(w, r, nil, fault.New(fault.Forbidden, "foreign_host", "This server is asked by the name of this machine only.").
			WithDetails("Host: %s is not localhost", strings.Map(printable, r.Host)).WithHint("Open http://%s, or start it with --listen on another address.", listen))
	})
}

func printable(r rune) rune {
	if r < 0x20 || r > 0x7e {
		return -1
	}
	return r
}

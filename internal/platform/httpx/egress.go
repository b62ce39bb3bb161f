package httpx

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
	"golang.org/x/net/idna"
)

// Refused says what the egress policy did not let through, and what would.
type Refused struct {
	Purpose string
	Target  string // host and port, never the path or the query
	Reason  string
	Allow   string // what --egress-allow would need; "" = nothing would help
}

// Error names the flag, so that an operator finds it in the log.
func (r *Refused) Error() string {
	s := fmt.Sprintf("egress refused: %s to %s: %s", r.Purpose, r.Target, r.Reason)
	if r.Allow != "" {
		s += "; the operator can allow it with --egress-allow " + r.Allow
	}
	return s
}

// IsRefused gives the refusal in err, nil when there is none.
func IsRefused(err error) *Refused {
	var r *Refused
	if errors.As(err, &r) {
		return r
	}
	return nil
}

// CheckURL judges an address as far as that goes without resolving it: for
// forms. The verdict that counts falls when it is dialled.
func CheckURL(purpose, raw string, allow []netip.Prefix) error {
	u, err := url.Parse(raw)
	if err != nil {
		return &Refused{Purpose: purpose, Target: "?", Reason: "not a URL"}
	}
	if len(raw) > maxURL {
		return &Refused{Purpose: purpose, Target: u.Host, Reason: fmt.Sprintf("the URL is longer than %d characters", maxURL)}
	}
	if strings.Contains(raw, "#") {
		return &Refused{Purpose: purpose, Target: u.Host, Reason: "the URL has a fragment, which is never sent; leave out what follows #"}
	}
	return Options{Purpose: purpose, Allow: allow}.withDefaults().check(u)
}

// asciiName maps a name as browsers do; underscores are common inside networks.
var asciiName = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false))

// maxURL bounds an address that somebody typed in.
const maxURL = 2048

// internet knows the ranges that are not the public internet, from the
// registries: loopback, private, link-local, CGNAT, ULA, multicast, 0.0.0.0/8,
// NAT64, 6to4, v4-mapped and the rest outside 2000::/3.
var internet = ssrf.New(ssrf.WithAnyPort())

func (o Options) check(u *url.URL) error {
	target := u.Host
	refuse := func(reason, allow string) error {
		return &Refused{Purpose: o.Purpose, Target: target, Reason: reason, Allow: allow}
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		target = u.Scheme + ":"
		return refuse("only https is spoken here", "")
	}
	host := u.Hostname()
	if host == "" {
		return refuse("the URL names no host", "")
	}
	if o.Operator {
		return nil
	}
	if u.User != nil {
		target = host
		return refuse("a name or password stands in the URL; send it another way", "")
	}
	port, err := portOf(u)
	if err != nil {
		return refuse("not a port", "")
	}
	target = net.JoinHostPort(host, strconv.Itoa(int(port)))
	ip, err := netip.ParseAddr(host)
	if err == nil {
		return o.checkAddr(netip.AddrPortFrom(ip, port), u.Scheme == "https")
	}
	name, err := asciiName.ToASCII(strings.TrimSuffix(host, "."))
	if err != nil || name == "" {
		return refuse("not the name of a host", "")
	}
	if number(name) {
		return refuse("an IP address is written in four decimal numbers", "")
	}
	if len(o.Allow) == 0 { // no address could make it right: do not even resolve
		if name == "localhost" || strings.HasSuffix(name, ".localhost") {
			return refuse("the address is not on the public internet", "127.0.0.0/8")
		}
		if u.Scheme == "http" {
			return refuse("http is not encrypted; use https", "its address range (CIDR)")
		}
		if !o.publicPort(port) {
			return refuse("public addresses are reached on ports 443 and 8443 only", "its address range (CIDR)")
		}
	}
	return nil
}

// number tells whether a host is an IP address in a notation that some
// resolvers take: decimal, octal, hexadecimal, mixed or short.
func number(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	_, err := strconv.ParseUint(last, 0, 64)
	_, dec := strconv.ParseUint(last, 10, 64)
	return err == nil || dec == nil
}

func portOf(u *url.URL) (uint16, error) {
	switch p := u.Port(); {
	case p != "":
		n, err := strconv.ParseUint(p, 10, 16)
		if err == nil && n == 0 {
			err = strconv.ErrRange
		}
		return uint16(n), err
	case strings.HasSuffix(u.Host, ":"):
		return 0, strconv.ErrSyntax
	case u.Scheme == "http":
		return 80, nil
	default:
		return 443, nil
	}
}

func (o Options) publicPort(port uint16) bool {
	return port == 443 || port == 8443 || slices.Contains(o.Ports, port)
}

// checkAddr judges the very address that is about to be dialled.
func (o Options) checkAddr(at netip.AddrPort, overTLS bool) error {
	ip := at.Addr().WithZone("")
	if o.Operator {
		return nil
	}
	for _, p := range o.Allow {
		// An allowed IPv4 range does not allow its IPv4-mapped twin: Go dials
		// both the same way, but only one of them is what was written down.
		if p.Contains(ip) {
			return nil
		}
	}
	refuse := func(reason string) error {
		return &Refused{Purpose: o.Purpose, Target: at.String(), Reason: reason, Allow: netip.PrefixFrom(ip, ip.BitLen()).String()}
	}
	if err := internet.SafeAddr(ip); err != nil {
		return refuse("the address is not on the public internet")
	}
	if !overTLS {
		return refuse("http is not encrypted; use https")
	}
	if !o.publicPort(at.Port()) {
		return refuse("public addresses are reached on ports 443 and 8443 only")
	}
	return nil
}

// dial opens connections; the policy sees each address after DNS and before
// the first packet, so a name that changes its mind gains nothing.
func (o Options) dial(overTLS bool) DialFunc {
	d := &net.Dialer{Timeout: o.ConnectTimeout, Resolver: o.resolver,
		ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || (network != "tcp4" && network != "tcp6") {
				return &Refused{Purpose: o.Purpose, Target: address, Reason: "only TCP to an IP address is dialled"}
			}
			return o.checkAddr(at, overTLS)
		}}
	return d.DialContext
}

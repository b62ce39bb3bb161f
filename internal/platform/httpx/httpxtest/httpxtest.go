// Package httpxtest tries every way of writing an address inside on whatever
// takes an address from somebody: a new place that takes one adds a row. It is
// for tests only.
package httpxtest

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"testing"

	"switchboard/internal/platform/httpx"
)

// Sink is a place that takes an address from somebody and may one day call it.
type Sink struct {
	Name string
	// Try gives the refusal of an address, when it is taken or when it is called.
	Try func(t *testing.T, address string) error
}

// inside are IPv4 addresses that are not the public internet's.
var inside = []string{"127.0.0.1", "127.255.255.254", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
	"169.254.169.254", "100.64.0.1", "0.0.0.0", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255"}

// inside6 are those of IPv6, and names that mean them everywhere.
var inside6 = []string{"[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::1%25lo]", "[fe80::1]", "[fe80::1%25eth0]", "[febf::1]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]",
	"[ff02::1]", "[ff0e::1]", "[2001:db8::1]", "[100::1]", "[3fff::1]", "[5f00::1]", "localhost", "LocalHost", "localhost.", "ⓛocalhost", "１２７.0.0.1", "127。0。0。1"}

// Forms are addresses inside, each written in every notation that some parser
// takes, and addresses that no form should ask for at all.
func Forms() []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, s := range inside {
		b := netip.MustParseAddr(s).As4()
		n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		for _, host := range []string{
			s, s + ".", fmt.Sprint(n), fmt.Sprintf("0x%x", n), fmt.Sprintf("0%o", n), // whole: decimal, hex, octal
			fmt.Sprintf("0x%x.0x%x.0x%x.0x%x", b[0], b[1], b[2], b[3]), fmt.Sprintf("%04o.%04o.%04o.%04o", b[0], b[1], b[2], b[3]),
			fmt.Sprintf("0x%x.%d.0%o.%d", b[0], b[1], b[2], b[3]), fmt.Sprintf("%d.%d", b[0], n&0xffffff), fmt.Sprintf("%d.%d.%d", b[0], b[1], n&0xffff), // mixed and short
			fmt.Sprintf("[::ffff:%s]", s), fmt.Sprintf("[::ffff:%x:%x]", n>>16, n&0xffff), fmt.Sprintf("[::%s]", s), // mapped, compatible
			fmt.Sprintf("[64:ff9b::%x:%x]", n>>16, n&0xffff), fmt.Sprintf("[64:ff9b:1::%x:%x]", n>>16, n&0xffff), // NAT64
			fmt.Sprintf("[2002:%x:%x::1]", n>>16, n&0xffff), fmt.Sprintf("[2001:0:%x:%x::1]", n>>16, n&0xffff), // 6to4, Teredo
		} {
			add("https://%s:8443/hook", host)
		}
		add("http://%s/hook", s)
		add("https://example.com@%s/hook", s)
	}
	for _, host := range inside6 {
		add("https://%s/hook", host)
		add("https://user:pass@%s:8443/hook", host)
	}
	return append(out, "https://user:pass@example.com/", "https://user@example.com/", "http://example.com/", "https://example.com:22/", "https://example.com:0/",
		"ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:70/", "unix:///run/x.sock", "javascript:alert(1)", "//example.com/", "https:///x")
}

// Refused holds every form against a sink: each is refused, by the policy and
// not by chance.
func Refused(t *testing.T, sinks ...Sink) {
	forms := Forms()
	if len(forms) < 200 {
		t.Fatalf("%d forms of address", len(forms))
	}
	for _, s := range sinks {
		t.Run(s.Name, func(t *testing.T) {
			for _, address := range forms {
				switch err := s.Try(t, address); {
				case err == nil:
					t.Errorf("%s was taken", address)
				case !policy(err):
					t.Errorf("%s failed, but was not refused: %v", address, err)
				}
			}
		})
	}
}

// policy tells whether an error is a refusal, or says that this is no address.
func policy(err error) bool {
	var parse *url.Error
	return httpx.IsRefused(err) != nil || errors.As(err, &parse) && parse.Op == "parse"
}

package httpx

import (
	"context"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// trap counts connections on loopback, v4 and where there is one v6.
func trap(t *testing.T) (port string, seen *atomic.Int64) {
	t.Helper()
	seen = new(atomic.Int64)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ = net.SplitHostPort(l.Addr().String())
	ls := []net.Listener{l}
	if l6, err := net.Listen("tcp6", "[::1]:"+port); err == nil {
		ls = append(ls, l6)
	}
	for _, l := range ls {
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				seen.Add(1)
				_ = c.Close()
			}
		}()
	}
	return port, seen
}

// names is a DNS server: v4.* and rebind.* are 127.0.0.1, v6.* is ::1, meta.*
// the metadata address, private.* 10.0.0.1, mapped.* ::ffff:127.0.0.1; both.*
// has two addresses. All else does not exist.
func names(t *testing.T) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	v4 := map[string][]string{"v4": {"127.0.0.1"}, "rebind": {"127.0.0.1"}, "meta": {"169.254.169.254"}, "private": {"10.0.0.1"}, "both": {"10.0.0.1", "127.0.0.1"}}
	v6 := map[string][]string{"v6": {"::1"}, "mapped": {"::ffff:127.0.0.1"}, "both": {"fd00::1"}}
	go func() {
		b := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(b)
			if err != nil {
				return
			}
			if n < 17 {
				continue
			}
			label := strings.ToLower(string(b[13 : 13+int(b[12])]))
			end := 12
			for b[end] != 0 {
				end += 1 + int(b[end])
			}
			kind := binary.BigEndian.Uint16(b[end+1:])
			addrs := v4[label]
			if kind == 28 {
				addrs = v6[label]
			} else if kind != 1 {
				addrs = nil
			}
			code := uint16(0x8180)
			if v4[label] == nil && v6[label] == nil {
				code |= 3
			}
			out := append([]byte(nil), b[:end+5]...)
			binary.BigEndian.PutUint16(out[2:], code)
			binary.BigEndian.PutUint16(out[6:], uint16(len(addrs)))
			binary.BigEndian.PutUint32(out[8:], 0)
			for _, a := range addrs {
				ip := netip.MustParseAddr(a).AsSlice()
				out = append(out, 0xc0, 12)
				out = binary.BigEndian.AppendUint16(out, kind)
				out = append(out, 0, 1, 0, 0, 0, 0)
				out = binary.BigEndian.AppendUint16(out, uint16(len(ip)))
				out = append(out, ip...)
			}
			_, _ = pc.WriteTo(out, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp4", pc.LocalAddr().String())
	}}
}

// Every form by which an address inside may be written. None may reach the
// listener, whether the port is its own or not.
func TestEgress_nothing_inside_is_reached(t *testing.T) {
	port, seen := trap(t)
	var p uint16
	_, _ = fmt.Sscan(port, &p)
	hosts := []string{
		// loopback
		"127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
		"127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "[::1]", "[0:0:0:0:0:0:0:1]", "[::0001]",
		// v4-mapped, v4-compatible, NAT64, 6to4, Teredo
		"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]",
		"[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2001:0:7f00:1::]", "[::ffff:169.254.169.254]", "[::ffff:0:127.0.0.1]",
		// unspecified and "this network"
		"0.0.0.0", "0", "0.0.0.1", "0.255.255.255", "[::]",
		// private, CGNAT, link-local, metadata
		"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255", "100.64.0.1", "100.127.255.255",
		"169.254.169.254", "169.254.0.1", "[fe80::1]", "[fe80::1%25lo]", "[febf::1]", "[fec0::1]", "[fc00::1]", "[fd00::1]", "[fd00:ec2::254]",
		// multicast, broadcast, reserved, documentation, benchmarks
		"224.0.0.1", "239.255.255.255", "255.255.255.255", "240.0.0.1", "[ff02::1]", "[ff05::2]", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1",
		"192.0.0.8", "192.88.99.1", "[2001:db8::1]", "[100::1]", "[3fff::1]", "[5f00::1]",
		// names
		"v4.test", "v6.test", "rebind.test", "mapped.test", "meta.test", "private.test", "both.test",
	}
	client := New(Options{Purpose: "outgoing webhook", Ports: []uint16{p}, Redirects: 3, ConnectTimeout: 2 * time.Second, Timeout: 4 * time.Second, resolver: names(t)})
	tried := 0
	for _, h := range hosts {
		for _, u := range []string{"https://" + h + "/", "https://" + h + ":" + port + "/", "http://" + h + ":" + port + "/", "http://" + h + "/",
			"https://user:pass@" + h + ":8443/x?y#z"} {
			tried++
			resp, err := client.Get(u)
			if err == nil {
				_ = resp.Body.Close()
				t.Errorf("%s was let through: %s", u, resp.Status)
				continue
			}
			var dns *net.DNSError
			if IsRefused(err) == nil && !errors.As(err, &dns) && !strings.Contains(err.Error(), "no such host") && !strings.Contains(err.Error(), "invalid") {
				t.Errorf("%s failed, but was not refused: %v", u, err)
			}
		}
	}
	if tried < 60 || seen.Load() != 0 {
		t.Errorf("%d addresses tried, %d connections seen", tried, seen.Load())
	}
	// The negative control: without the policy the listener is reached.
	if _, err := New(Options{Operator: true, Timeout: 2 * time.Second}).Get("http://127.0.0.1:" + port); err == nil || seen.Load() == 0 {
		t.Errorf("the listener cannot be reached at all: this test shows nothing (%v)", err)
	}
}

func TestEgress_verdicts(t *testing.T) {
	allow := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd12::/16")}
	for _, c := range []struct {
		url    string
		allow  bool   // with the ranges above
		reason string // "" = fine
	}{
		{"https://example.com/x", false, ""},
		{"https://example.com:443", false, ""},
		{"https://example.com:8443/", false, ""},
		{"HTTPS://8.8.8.8/", false, ""},
		{"https://[2606:4700::1]/", false, ""},
		{"http://example.com/", false, "http is not encrypted"},
		{"http://8.8.8.8/", true, "http is not encrypted"},
		{"http://8.8.8.8:443/", true, "http is not encrypted"},
		{"https://example.com:8080/", false, "ports 443 and 8443"},
		{"https://8.8.8.8:22/", true, "ports 443 and 8443"},
		{"https://example.com:0/", false, "not a port"},
		{"https://example.com:/", false, "not a port"},
		{"https://example.com:99999/", false, "not a port"},
		{"ftp://example.com/", false, "only https"},
		{"file:///etc/passwd", false, "only https"},
		{"gopher://127.0.0.1:70/_x", false, "only https"},
		{"javascript:alert(1)", false, "only https"},
		{"unix:///run/x.sock", false, "only https"},
		{"//example.com/", false, "only https"},
		{"example.com", false, "only https"},
		{"https:///x", false, "no host"},
		{"https://bücher.example/", false, ""}, // resolved as its ASCII form
		{"https://user:pass@example.com/", true, "name or password"},
		{"https://example.com/#part", true, "fragment"},
		{"https://example.com/" + strings.Repeat("x", 2048-20), true, ""},
		{"https://example.com/" + strings.Repeat("x", 2048-19), true, "longer than 2048"},
		{"https://0x7f.1/", true, "four decimal numbers"},
		{"https://2130706433/", true, "four decimal numbers"},
		{"https://127.0.0.1./", true, "four decimal numbers"},
		{"https://09.example.09/", true, "four decimal numbers"},
		{"https://%zz/", false, "not a URL"},
		{"http://10.1.2.3:8080/hook", true, ""},
		{"http://[fd12::5]:9000/", true, ""},
		{"https://10.2.0.1/", true, "not on the public internet"},
		{"http://10.2.0.1/", true, "not on the public internet"},
		{"https://[::ffff:10.1.2.3]/", true, "not on the public internet"},
		{"http://10.1.2.3/", false, "not on the public internet"},
		{"http://name.inside:8080/", true, ""}, // judged when dialled
	} {
		var ranges []netip.Prefix
		if c.allow {
			ranges = allow
		}
		err := CheckURL("outgoing webhook", c.url, ranges)
		if (c.reason == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s (allow %v): %v, want %q", c.url, c.allow, err, c.reason)
		}
	}
	err := CheckURL("outgoing webhook", "https://10.0.0.5/secret-path?token=x", nil)
	if want := "egress refused: outgoing webhook to 10.0.0.5:443: the address is not on the public internet; the operator can allow it with --egress-allow 10.0.0.5/32"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	dialer := Options{Purpose: "mail", Ports: []uint16{993}}.withDefaults()
	if err := dialer.checkAddr(netip.MustParseAddrPort("8.8.8.8:993"), true); err != nil {
		t.Error(err)
	}
	if err := dialer.checkAddr(netip.MustParseAddrPort("8.8.8.8:25"), true); err == nil {
		t.Error("port 25 was let through")
	}
}

func get(t *testing.T, c *http.Client, u string) (int, string, error) {
	t.Helper()
	resp, err := c.Get(u)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := ReadAll(resp.Body, 1<<20)
	return resp.StatusCode, string(b), err
}

func TestEgress_what_the_operator_allows(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	hi := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hi") })
	plain, overTLS := httptest.NewServer(hi), httptest.NewTLSServer(hi)
	t.Cleanup(plain.Close)
	t.Cleanup(overTLS.Close)
	roots := x509.NewCertPool()
	roots.AddCert(overTLS.Certificate())
	res := names(t)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(plain.URL, "http://"))
	for name, c := range map[string]*http.Client{
		"allowed range": New(Options{Allow: loopback, RootCAs: roots, resolver: res}),
		"operator's":    New(Options{Operator: true, RootCAs: roots, resolver: res}),
	} {
		for _, u := range []string{plain.URL, overTLS.URL, "http://v4.test:" + port} {
			if status, body, err := get(t, c, u); status != 200 || body != "hi" || err != nil {
				t.Errorf("%s %s: %d %q %v", name, u, status, body, err)
			}
		}
	}
	// The negative control: the same listener without the permission.
	if _, _, err := get(t, New(Options{resolver: res}), plain.URL); IsRefused(err) == nil {
		t.Errorf("not refused: %v", err)
	}
	conn, err := NewDialer(Options{Allow: loopback})(context.Background(), "tcp", plain.Listener.Addr().String())
	if err != nil {
		t.Error(err)
	} else {
		_ = conn.Close()
	}
	if _, err := NewDialer(Options{Purpose: "mail"})(context.Background(), "tcp", plain.Listener.Addr().String()); IsRefused(err) == nil {
		t.Errorf("not refused: %v", err)
	}
}

func TestRedirects(t *testing.T) {
	var key atomic.Value
	key.Store("")
	inside := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		key.Store(r.Header.Get("apikey") + "|" + r.Header.Get("X-Plain"))
	}))
	t.Cleanup(inside.Close)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/3", "/2", "/1":
			http.Redirect(w, r, string(rune('0'+r.URL.Path[1]-'1')), http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/meta":
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusTemporaryRedirect)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case "/away":
			http.Redirect(w, r, inside.URL, http.StatusFound)
		}
	}))
	t.Cleanup(srv.Close)
	follow := New(Options{Allow: loopback, Redirects: 99})
	if status, _, err := get(t, follow, srv.URL+"/3"); status != 200 || err != nil {
		t.Errorf("three redirects: %d %v", status, err)
	}
	if _, _, err := get(t, follow, srv.URL+"/loop"); err == nil || !strings.Contains(err.Error(), "more than 3 redirects") {
		t.Errorf("endless redirects: %v", err)
	}
	for _, p := range []string{"/meta", "/file"} {
		if _, _, err := get(t, follow, srv.URL+p); IsRefused(err) == nil {
			t.Errorf("%s: not refused: %v", p, err)
		}
	}
	req, _ := http.NewRequest("GET", srv.URL+"/away", nil)
	req.Header.Set("apikey", "k")
	req.Header.Set("X-Plain", "p")
	if resp, err := follow.Do(req); err != nil {
		t.Error(err)
	} else {
		_ = resp.Body.Close()
	}
	if key.Load() != "|p" {
		t.Errorf("another host was given %q", key.Load())
	}
	for name, c := range map[string]*http.Client{"webhook": New(Options{Allow: loopback}), "operator's": New(Options{Operator: true, Redirects: 3})} {
		if status, _, err := get(t, c, srv.URL+"/away"); status != http.StatusFound || err != nil {
			t.Errorf("%s follows redirects: %d %v", name, status, err)
		}
	}
}

func TestTimeout_covers_the_body(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "begin")
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	}))
	t.Cleanup(srv.Close)
	began := time.Now()
	_, _, err := get(t, New(Options{Allow: loopback, Timeout: 200 * time.Millisecond}), srv.URL)
	if err == nil || time.Since(began) > 3*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

func TestReadAll_counts_after_decompression(t *testing.T) {
	if _, err := ReadAll(strings.NewReader(strings.Repeat("x", 11)), 10); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if b, err := ReadAll(strings.NewReader(strings.Repeat("x", 10)), 10); err != nil || len(b) != 10 {
		t.Error(len(b), err)
	}
}

func TestRecorder(t *testing.T) {
	const secret = "s3cr3t/tök&en"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Set-Cookie", "sid=abc")
		switch r.URL.Path {
		case "/long":
			_, _ = io.WriteString(w, `{"pad":"`+strings.Repeat("x", MaxRecordedBody-12)+secret+`"}`)
		case "/image":
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte{1, 2, 3})
		default:
			_, _ = io.WriteString(w, `{"echo":"`+string(b)+`","access_token":"EAAB\"x","n":1}`)
		}
	}))
	t.Cleanup(srv.Close)
	c := New(Options{Allow: loopback})
	rec := NewRecorder(secret, "x", "")
	call := func(path, body string) string {
		req, err := http.NewRequestWithContext(WithRecorder(context.Background(), rec), "POST", srv.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+secret)
		req.Header.Set("X-Other", "has "+secret+" inside")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		b, _ := io.ReadAll(resp.Body)
		return string(b)
	}
	got := call("/send?access_token=EAAB1&b=2&appsecret_proof=ff00&q="+url.QueryEscape(secret), "text=hello&password=p&x="+secret)
	if !strings.Contains(got, secret) {
		t.Errorf("the caller's own answer was changed: %s", got)
	}
	call("/long", "")
	call("/image", "")
	all := rec.Exchanges()
	if len(all) != 3 {
		t.Fatalf("%d exchanges", len(all))
	}
	dump := fmt.Sprintf("%+v", all)
	for _, leak := range []string{secret, "s3cr3t", "EAAB", "ff00", "sid=abc", url.QueryEscape(secret), "password=p&"} {
		if strings.Contains(dump, leak) {
			t.Errorf("%q leaks in %.2000s", leak, dump)
		}
	}
	e := all[0]
	if e.Method != "POST" || e.Status != 200 || e.Duration <= 0 || e.At.IsZero() || e.Truncated ||
		!strings.HasSuffix(e.URL, "/send?access_token=[redacted]&b=2&appsecret_proof=[redacted]&q=[redacted]") {
		t.Errorf("%+v", e)
	}
	if e.RequestBody != "text=hello&password=[redacted]&x=[redacted]" {
		t.Errorf("request body %q", e.RequestBody)
	}
	if want := `,"access_token":"[redacted]","n":1}`; !strings.HasSuffix(e.ResponseBody, want) {
		t.Errorf("answer %q", e.ResponseBody)
	}
	if !all[1].Truncated || len(all[1].ResponseBody) > MaxRecordedBody+len(Redacted) {
		t.Errorf("long body: truncated %v, %d bytes", all[1].Truncated, len(all[1].ResponseBody))
	}
	if all[2].ResponseBody != "[3 bytes of image/png]" {
		t.Errorf("binary body %q", all[2].ResponseBody)
	}
	// Refusals are part of the story, too.
	req, _ := http.NewRequestWithContext(WithRecorder(context.Background(), rec), "GET", "http://10.0.0.1/?access_token=EAAB9", nil)
	if _, err := c.Do(req); IsRefused(err) == nil {
		t.Error(err)
	}
	if e := rec.Exchanges()[3]; e.Status != 0 || !strings.Contains(e.Err, "egress refused") || strings.Contains(e.URL+e.Err, "EAAB9") {
		t.Errorf("%+v", e)
	}
}

// A secret that is cut off at the end of a value must not leave its beginning.
func TestRedact_cut_values(t *testing.T) {
	if got := redactText([]byte(`{"access_token":"EAAB12`)); got != `{"access_token":"[redacted]` {
		t.Error(got)
	}
	if got := redactText([]byte(`{"access_token":"EAAB\`)); got != `{"access_token":"[redacted]` {
		t.Error(got)
	}
}

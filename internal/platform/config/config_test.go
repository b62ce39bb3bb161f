package config

import (
	"maps"
	"strings"
	"testing"
)

func TestFile(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want map[string]string // nil = refused
	}{
		"lines":       {"\ufeff# x\n\n; y\nListen: 127.0.0.1:80\r\npublic_url = https://x.example.com\n", map[string]string{"listen": "127.0.0.1:80", "public-url": "https://x.example.com"}},
		"comment":     {"a: b # c\nd: \"e # f\" # g\nh: i#j\nk: # l\n", map[string]string{"a": "b", "d": "e # f", "h": "i#j", "k": ""}},
		"repeated":    {"a: b\na: c\n", map[string]string{"a": "b\nc"}},
		"json":        {` {"listen": "x:1", "egress_allow": ["10.0.0.0/8", "::1"], "n": 12, "b": true}`, map[string]string{"listen": "x:1", "egress-allow": "10.0.0.0/8\n::1", "n": "12", "b": "true"}},
		"empty":       {"", map[string]string{}},
		"no value":    {"listen\n", nil},
		"no key":      {": x\n", nil},
		"broken json": {`{"listen": `, nil},
		"nested json": {`{"a": {"b": 1}}`, nil},
		"null":        {`{"a": null}`, nil},
	} {
		got, err := parseFile([]byte(c.text))
		if (err == nil) != (c.want != nil) || err == nil && !maps.Equal(got, c.want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add("a: b\n")
	f.Add(`{"a": ["b"]}`)
	f.Add("a: \"b")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = parseFile([]byte(text)) // must not panic
		_ = Mask(text)
	})
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"postgres://u:pw@h/d?sslmode=off":           "postgres://u:********@h/d?sslmode=off",
		"postgres://u@h/d?password=pw":              "postgres://u@h/d?password=********",
		"host=h password=pw user=u":                 "host=h password=******** user=u",
		"TYPE=https://user:pw@proxy.example.com/v1": "TYPE=https://user:********@proxy.example.com/v1",
		"127.0.0.1:8080":                            "127.0.0.1:8080",
		"https://u:p%zz@h":                          masked,
	} {
		if got := Mask(in); got != want {
			t.Errorf("%s is shown as %s, want %s", in, got, want)
		}
	}
}

func TestPublicBase(t *testing.T) {
	for _, c := range []struct{ listen, public, want string }{
		{"127.0.0.1:8080", "", "http://127.0.0.1:8080"},
		{"0.0.0.0:8080", "", "http://localhost:8080"},
		{":8080", "", "http://localhost:8080"},
		{"[::1]:8080", "", "http://[::1]:8080"},
		{"x:1", "https://Chat.Example.com/", "https://chat.example.com"},
		{"x:1", "https://chat.example.com/sub", ""},
		{"x:1", "https://u:p@chat.example.com", ""},
		{"x:1", "chat.example.com", ""},
		{"nonsense", "", ""},
	} {
		got, err := Server{Listen: c.listen, PublicURL: c.public}.PublicBase()
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%+v gives %q, %v", c, got, err)
		}
	}
}

func TestProviderURLs(t *testing.T) {
	got, err := Operator{ProviderURL: []string{"some-type=http://127.0.0.1:9/base/", " OTHER=https://x.example.com ", ""}}.ProviderURLs()
	if err != nil || len(got) != 2 || got["SOME_TYPE"] != "http://127.0.0.1:9/base" || got["OTHER"] != "https://x.example.com" {
		t.Fatal(got, err)
	}
	for _, bad := range [][]string{{"x"}, {"=http://x"}, {"x=ftp://x"}, {"x=http://"}, {"x=http://a", "X=http://b"}} {
		if _, err := (Operator{ProviderURL: bad}).ProviderURLs(); err == nil || !strings.Contains(err.Error(), "--provider-url") {
			t.Error(bad, err)
		}
	}
}

func TestPrefixes(t *testing.T) {
	got, err := Prefixes("egress-allow", []string{"10.1.2.3/8", "::1", ""})
	if err != nil || len(got) != 2 || got[0].String() != "10.0.0.0/8" || got[1].String() != "::1/128" {
		t.Fatal(got, err)
	}
}

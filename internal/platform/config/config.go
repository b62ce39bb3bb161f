// Package config reads what the operator set: command-line flags, SWITCHBOARD_…
// in the environment, a configuration file, defaults; the first that names a
// setting wins. It remembers where each value came from. It never opens what
// the settings point at and knows nothing of what they are for.
package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// File is the flag every command has that reads settings.
type File struct {
	Config string `name:"config" type:"path" placeholder:"FILE" help:"Configuration file: lines \"key: value\" or \"key = value\", or JSON; the keys are the flags without --."`
}

// Log is how the program speaks of what it does.
type Log struct {
	LogLevel  string `name:"log-level" default:"info" enum:"debug,info,warn,error" help:"Least important lines to log: ${enum}."`
	LogFormat string `name:"log-format" default:"text" enum:"text,json" help:"Form of log lines: ${enum}."`
}

// Storage is where everything is kept.
type Storage struct {
	Data          string `name:"data" type:"path" placeholder:"DIRECTORY" help:"Directory for the SQLite file, media and keys (default ./data)."`
	MasterKeyFile string `name:"master-key-file" type:"path" placeholder:"FILE" help:"File with the key that encrypts stored credentials (default master.key in the data directory; SWITCHBOARD_MASTER_KEY may hold the key itself)."`
	DatabaseURL   string `name:"database-url" placeholder:"URL" help:"postgres://user:password@host:5432/name instead of SQLite."`
	MediaURL      string `name:"media-url" placeholder:"URL" help:"S3 bucket for files instead of the data directory, s3://bucket/prefix?endpoint=https://host&region=name; the keys are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."`
}

// DataDir is the data directory in force.
func (s Storage) DataDir() string {
	if s.Data == "" {
		return "./data"
	}
	return s.Data
}

// Server is how the program meets the network.
type Server struct {
	Listen         string   `name:"listen" default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"Address to listen on."`
	PublicURL      string   `name:"public-url" placeholder:"URL" help:"Address users and providers reach this server at, such as https://chat.example.com."`
	MetricsListen  string   `name:"metrics-listen" placeholder:"ADDRESS" help:"Serve /metrics on an address of its own."`
	TrustedProxies []string `name:"trusted-proxies" placeholder:"CIDR" help:"Proxies whose X-Forwarded-For is believed (repeatable; none by default)."`
}

// Operator are the settings of who runs the server.
type Operator struct {
	ProviderURL    []string `name:"provider-url" placeholder:"TYPE=URL" help:"Base URL of a provider's API (repeatable)."`
	EgressAllow    []string `name:"egress-allow" placeholder:"CIDR" help:"Private range that users' URLs may point into (repeatable)."`
	SMTPURL        string   `name:"smtp-url" placeholder:"URL" help:"Mail server for invitations and forgotten passwords, smtp://user:password@host:587 or smtps://…; without one, links are handed over by hand."`
	MailFrom       string   `name:"mail-from" placeholder:"ADDRESS" help:"Sender of that mail (default: the user in --smtp-url)."`
	SupportContact string   `name:"support-contact" placeholder:"TEXT" help:"Text, URL or address shown where users are told whom to ask."`
}

// PublicBase checks the public URL and gives it without a trailing slash; it is
// http://<listen> when there is none.
func (s Server) PublicBase() (string, error) {
	if s.PublicURL == "" {
		host, port, err := net.SplitHostPort(s.Listen)
		if err != nil {
			return "", fmt.Errorf("--listen %q is not an address; expected host:port such as 127.0.0.1:8080", s.Listen)
		}
		if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
			host = "localhost"
		}
		return "http://" + net.JoinHostPort(host, port), nil
	}
	u, err := url.Parse(s.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("--public-url %q must be http:// or https:// with a host and nothing behind it, such as https://chat.example.com", s.PublicURL)
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

// CheckListen refuses what cannot be listened on.
func CheckListen(flag, address string) error {
	if _, port, err := net.SplitHostPort(address); err != nil || port == "" {
		return fmt.Errorf("--%s %q is not an address; expected host:port such as 127.0.0.1:8080", flag, address)
	}
	return nil
}

// Prefixes reads address ranges; a single address is a range of one.
func Prefixes(flag string, texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, t := range texts {
		if t = strings.TrimSpace(t); t == "" {
			continue
		}
		p, err := netip.ParsePrefix(t)
		if err != nil {
			a, aerr := netip.ParseAddr(t)
			if aerr != nil {
				return nil, fmt.Errorf("--%s %q is not an address range; expected CIDR such as 10.0.0.0/8", flag, t)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// ProviderURLs reads TYPE=URL pairs. Types come out in upper case with
// underscores; which exist is for others to say.
func (o Operator) ProviderURLs() (map[string]string, error) {
	out := map[string]string{}
	for _, pair := range o.ProviderURL {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		name, text, _ := strings.Cut(pair, "=")
		name = strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(name), "-", "_"))
		u, err := url.Parse(strings.TrimSpace(text))
		if name == "" || err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("--provider-url %q must be TYPE=URL, with a channel type and the http:// or https:// address of its API", pair)
		}
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("--provider-url names %s twice; give one URL for it", name)
		}
		out[name] = strings.TrimRight(u.String(), "/")
	}
	return out, nil
}

// Package app puts Switchboard together: it opens the storage, builds every
// part, starts, drains and stops them. It is the only package that knows all the
// others. It decides nothing about messages, people or providers, and reads
// neither flags nor environment.
package app

import (
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"switchboard/internal/platform/blob"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/mail"
	"switchboard/internal/platform/secret"
)

// Config is what the operator decided, checked.
type Config struct {
	Version string

	MediaURL      string // bucket for files; "" = the data directory
	MediaKeys     blob.Credentials
	Data          string        // directory of the SQLite file, media and keys
	DataGiven     bool          // the operator named it
	DatabaseURL   string        // PostgreSQL instead of SQLite
	MasterKey     secret.String // the key itself; none = read MasterKeyFile
	MasterKeyFile string        // "" = master.key in Data

	Listen         string
	ListenGiven    bool   // the operator named it; otherwise a demo may take another port
	PublicURL      string // without a trailing slash, never empty for a server
	MetricsListen  string
	TrustedProxies []netip.Prefix

	ProviderURLs   map[string]string // base URLs by channel type as the operator wrote it, in upper case
	EgressAllow    []netip.Prefix
	SupportContact string
	Mail           mail.Sender   // of the server itself; nil = none
	SendTimeout    time.Duration // of one call of a provider; 0 = 20 s

	Log   *slog.Logger
	Clock clock.Clock
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	return c
}

// Secure tells whether users reach the server over https.
func (c Config) Secure() bool { return strings.HasPrefix(c.PublicURL, "https://") }

package main

import (
	"log/slog"
	"os"

	"switchboard/internal/app"
	"switchboard/internal/platform/blob"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/config"
	"switchboard/internal/platform/mail"
	"switchboard/internal/platform/secret"
)

// storageFlags are taken by every command that touches storage.
type storageFlags struct {
	config.Storage
	config.File
	config.Log
}

// config reads the master key from the environment alone: it is no flag because
// every user of the machine can read the arguments of a process.
func (f storageFlags) config(w *world) app.Config {
	return app.Config{Version: version, Data: f.DataDir(), DataGiven: f.Data != "", DatabaseURL: f.DatabaseURL,
		MasterKey: secret.NewString(os.Getenv(secret.MasterKeyEnv)), MasterKeyFile: f.MasterKeyFile, MediaURL: f.MediaURL, MediaKeys: bucketKeys(), Log: logger(f.Log, w), Clock: clock.System{}}
}

// bucketKeys are read where every tool for S3 looks for them, and nowhere else,
// for the same reason.
func bucketKeys() blob.Credentials {
	return blob.Credentials{KeyID: os.Getenv("AWS_ACCESS_KEY_ID"), Secret: secret.NewString(os.Getenv("AWS_SECRET_ACCESS_KEY")),
		SessionToken: secret.NewString(os.Getenv("AWS_SESSION_TOKEN"))}
}

// serverFlags are those of a whole server.
type serverFlags struct {
	config.Server
	storageFlags
	config.Operator
}

func (f serverFlags) config(w *world) (app.Config, error) {
	c := f.storageFlags.config(w)
	c.Listen, c.MetricsListen, c.SupportContact = f.Listen, f.MetricsListen, f.SupportContact
	c.ListenGiven = w.sources.Origin(w.parsed, "listen").From != "default"
	var err error
	if err = config.CheckListen("listen", f.Listen); err == nil && f.MetricsListen != "" {
		err = config.CheckListen("metrics-listen", f.MetricsListen)
	}
	if err == nil {
		c.PublicURL, err = f.PublicBase()
	}
	if err == nil && f.MediaURL != "" {
		_, err = blob.ParseURL(f.MediaURL)
	}
	if err == nil {
		c.TrustedProxies, err = config.Prefixes("trusted-proxies", f.TrustedProxies)
	}
	if err == nil {
		c.EgressAllow, err = config.Prefixes("egress-allow", f.EgressAllow)
	}
	if err == nil {
		c.ProviderURLs, err = f.ProviderURLs()
	}
	if err == nil && f.SMTPURL != "" {
		c.Mail, err = mail.New(f.SMTPURL, f.MailFrom)
	}
	if err != nil {
		return app.Config{}, usageError{err}
	}
	return c, nil
}

func logger(l config.Log, w *world) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(l.LogLevel)) // one of the four the flag accepts
	o := &slog.HandlerOptions{Level: level}
	if l.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w.err, o))
	}
	return slog.New(slog.NewTextHandler(w.err, o))
}

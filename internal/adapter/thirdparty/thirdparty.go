// Package thirdparty is the open channel type: an outside system posts what its
// visitors write, and what members answer is posted to it, signed. The package
// reads and renders the wire format and makes single calls; it never repeats
// one, keeps nothing and decides nothing that belongs to the gateway.
package thirdparty

import (
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/message"
	"switchboard/internal/platform/webhook"
)

//go:embed icon.svg
var icon string

//go:embed setup.md
var setup string

//go:embed developer.md
var guide string

// Keys of settings and of what we issue.
const (
	sourceName    = "source_name"
	webhookURL    = "outgoing_webhook_url"
	accessToken   = "access_token"
	signingSecret = "signing_secret"
)

// Type describes the channel type.
var Type = adapter.Type{
	ID:     "THIRD_PARTY",
	Name:   "Third-party",
	Accent: "#5B6B8C",
	Icon:   icon,
	Setup:  setup,

	Caps: message.Caps{
		Kinds: map[message.Kind]message.Support{
			message.Text:        message.Supported,
			message.Image:       message.Supported,
			message.Audio:       message.Supported,
			message.Video:       message.Supported,
			message.Document:    message.Supported,
			message.Locations:   message.Supported,
			message.Interactive: message.Supported,
		},
		Inbound: []message.Kind{message.Text, message.Image, message.Audio, message.Video, message.Document, message.Sticker,
			message.Locations, message.Contacts, message.Interactive},
		Reply: true, Typing: true, Delivered: true, Read: true,
	},
	Limits: message.Limits{Text: 5000, Caption: 1024, Body: 1024, ListBody: 1024, Header: 60, Footer: 60,
		Buttons: 10, ButtonTitle: 80, ButtonID: 256, ListButton: 80, ListSections: 10, ListRows: 30,
		SectionTitle: 80, RowTitle: 80, RowDescription: 200, RowID: 256,
		Media: map[message.Kind]message.MediaLimit{
			message.Image: {MaxBytes: maxFile, Types: []string{"image/jpeg", "image/png", "image/gif", "image/webp"}},
			message.Audio: anyFile, message.Video: anyFile, message.Document: anyFile}},

	// 8 attempts in about 33 hours.
	Retry: []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour},

	Deliveries: true,
	Issued: []adapter.Issued{
		{Key: accessToken, Label: "Access token", Help: "Your system sends it with each call; X-Signature is made with it.", Make: newToken},
		{Key: signingSecret, Label: "Signing secret", Help: "Key of the webhook-signature header (Standard Webhooks).", Make: webhook.NewSecret},
	},
	Inlet: &adapter.Inlet{Path: "/v1/omni/third-party", Calls: []string{callMessages, callEvents}, Limit: 256 << 10, Rate: 20, Burst: 60, Guide: guide, Refuse: refuse},

	Fields: []adapter.Field{
		{Key: sourceName, Label: "Source name", Help: "What your team calls the outside system.", Names: true, MaxLength: 80, Step: 2},
		{Key: webhookURL, Label: "Outgoing webhook", Help: "Where we post what members answer, such as https://chat.example.com/switchboard.",
			Required: true, MaxLength: webhook.MaxURL, Clean: webhook.Clean, Step: 3},
	},
	App:        func(adapter.Settings) string { return "" },
	Dictionary: dictionary,
	Open:       open,
}

// anyFile is any type of file.
var anyFile = message.MediaLimit{MaxBytes: maxFile, Types: []string{}}

// newToken makes an access token: 32 random bytes behind a prefix that tells
// secret scanners what it is.
func newToken() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return "tp_" + base64.RawURLEncoding.EncodeToString(b)
}

// conn is a connection to one outside system.
type conn struct {
	organization, source, channel string
	url                           string
	tokens, secrets               adapter.Credential
	http                          *http.Client
	mayCall                       func(string) error
	now                           func() time.Time
}

func open(a adapter.Account, k adapter.Kit) (adapter.Conn, error) {
	c := &conn{organization: a.OrganizationID, source: a.SourceID, channel: a.ChannelID, url: a.Settings[webhookURL],
		tokens: a.Issued[accessToken], secrets: a.Issued[signingSecret], http: k.HTTP, mayCall: k.MayCall, now: k.Now}
	if c.mayCall == nil {
		c.mayCall = func(string) error { return nil }
	}
	return c, nil
}

// keys are what our calls are signed with now.
func (c *conn) keys() webhook.Keys {
	now := c.now()
	return webhook.Keys{Tokens: c.tokens.Valid(now), Secrets: c.secrets.Valid(now)}
}

// party names a visitor. Two systems may call two people by the same id, so the
// address begins with the source.
func (c *conn) party(user, name string) message.Party {
	return message.Party{Addresses: []message.Address{{Kind: message.ExternalUser, Value: c.prefix() + user}}, Name: name, Username: user}
}

func (c *conn) prefix() string {
	if c.source == "" {
		return ""
	}
	return c.source + ":"
}

// user is the visitor's id in the outside system.
func (c *conn) user(address string) string { return strings.TrimPrefix(address, c.prefix()) }

// dictionary primes the compression of stored calls; see adapter.Type.
const dictionary = `"message":"","timestamp":"2026-01-01T00:00:00.000Z","user":{"id":"","name":"","avatarUrl":"https://","phone":"+","email":"","language":"en","attributes":{}},` +
	`"message":{"type":"image","url":"https://","fileName":"","mimeType":"image/jpeg","size":},"latitude":,"longitude":,"title":"","address":"","payload":"","replyTo":"",` +
	`{"type":"typing","user":{"id":""}}{"type":"delivered","messageId":"","timestamp":"2026-"}{"messageId":"","timestamp":"2026-","user":{"id":"","name":""},"message":{"type":"text","text":""}}`

// Package whatsappcloud is the channel type WhatsApp Cloud API of Meta: it
// verifies and reads webhooks, sends messages and checks settings. It never
// repeats a request, keeps nothing between calls and decides nothing that
// belongs to the gateway.
package whatsappcloud

import (
	_ "embed"
	"net/http"
	"net/url"
	"slices"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/message"
)

//go:embed icon.svg
var icon string

//go:embed setup.md
var setup string

const providerURL = "https://graph.facebook.com"

// Type describes the channel type. Figures: Meta, Cloud API › Messages,
// Interactive messages, Throughput, Pair rate limits.
var Type = adapter.Type{
	ID:     "WHATSAPP_CLOUD",
	Name:   "WhatsApp Cloud",
	Accent: "#25D366",
	Icon:   icon,
	Setup:  setup,

	Caps: caps,
	Limits: message.Limits{
		Text: 4096, Caption: 1024, Body: 1024, ListBody: 4096, Header: 60, Footer: 60,
		Buttons: 3, ButtonTitle: 20, ButtonID: 256,
		ListButton: 20, ListSections: 10, ListRows: 10, SectionTitle: 24,
		RowTitle: 24, RowDescription: 72, RowID: 200, Contacts: 257,
		Media: map[message.Kind]message.MediaLimit{
			message.Image: {MaxBytes: 5 << 20, Types: []string{"image/jpeg", "image/png"}},
			message.Video: {MaxBytes: 16 << 20, Types: []string{"video/mp4", "video/3gpp"}},
			message.Audio: {MaxBytes: 16 << 20, NoCaption: true, Types: []string{"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}},
			message.Document: {MaxBytes: 100 << 20, Types: []string{"text/plain", "text/csv", "application/pdf",
				"application/msword", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
				"application/vnd.ms-excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
				"application/vnd.ms-powerpoint", "application/vnd.openxmlformats-officedocument.presentationml.presentation"}},
			message.Sticker: {MaxBytes: 500 << 10, NoCaption: true, Types: []string{"image/webp"}},
		},
	},
	Rate:       message.Rate{PerSecond: 80, PairInterval: 6 * time.Second, PairBurst: 45},
	Window:     24 * time.Hour,
	EchoTime:   15 * time.Second,
	FilesAhead: true,
	FileTime:   7 * 24 * time.Hour, // Meta: Media ids of webhooks

	Fields:  fields,
	Account: func(s adapter.Settings) string { return s["phone_number_id"] },
	App: func(s adapter.Settings) string {
		if s["app_id"] == "" || s["app_secret"] == "" {
			return ""
		}
		return s["app_id"] + "\n" + s["app_secret"]
	},

	ProviderURL: providerURL,
	Dictionary:  dictionary,
	Open:        open,
}

// caps is what the type carries.
var caps = message.Caps{
	Kinds: map[message.Kind]message.Support{
		message.Text:        message.Supported,
		message.Image:       message.Supported,
		message.Audio:       message.Supported,
		message.Video:       message.Supported,
		message.Document:    message.Supported,
		message.Sticker:     message.Supported,
		message.Locations:   message.Supported,
		message.Contacts:    message.Supported,
		message.Interactive: message.Supported,
		message.Template:    message.Supported,
		message.Reaction:    message.Supported,
	},
	Inbound: []message.Kind{message.Text, message.Image, message.Audio, message.Video, message.Document, message.Sticker,
		message.Locations, message.Contacts, message.Interactive, message.Reaction},
	Subscribes: true, Reply: true, Typing: true, MarkRead: true, Delivered: true, Read: true,
	Edits:  true, // numbers shared with the WhatsApp Business app
	Groups: true,
}

// idPattern is loose: Meta's ids are digits today, and the check says which one
// is wrong. It keeps out what is surely none, such as "+1 202 555".
const idPattern = `^[0-9A-Za-z_-]{1,64}$`

// fields are the settings of a number; Step counts in setup.md.
var fields = []adapter.Field{
	{Key: "phone_number_id", Label: "Phone number ID", Required: true, Pattern: idPattern, Step: 13,
		Help: "Names your number towards WhatsApp; it is not the phone number itself. App dashboard › WhatsApp › API setup."},
	{Key: "waba_id", Label: "WhatsApp Business Account ID", Wanted: true, Pattern: idPattern, Step: 13,
		Help: "The account the number belongs to. App dashboard › WhatsApp › API setup."},
	{Key: "app_id", Label: "App ID", Wanted: true, Pattern: idPattern, Step: 14,
		Help: "Your Meta app, shown at the top of the app dashboard. Without it the token and the subscription cannot be checked."},
	{Key: "app_secret", Label: "App secret", Wanted: true, Secret: true, MaxLength: 200, Step: 14,
		Help: "Proves that webhooks really come from WhatsApp. App dashboard › App settings › Basic. Without it nothing is received."},
	{Key: "access_token", Label: "Access token", Required: true, Secret: true, MaxLength: 1000, Step: 12,
		Help: "Permanent token of a system user with whatsapp_business_messaging and whatsapp_business_management."},
	{Key: "verify_token", Label: "Verify token", Generated: true, Secret: false, MaxLength: 200, Step: 9,
		Help: "A word that Meta repeats to prove the callback is yours. Made for you when left empty; copy it into the app's webhook settings."},
	{Key: "company_name", Label: "Company name", MaxLength: 200, Step: 4,
		Help: "Shown to your team only."},
	{Key: "display_phone_number", Label: "Phone number", Pattern: `^[+0-9 ().-]{0,32}$`, Step: 15,
		Help: "The number as people dial it. Shown to your team only."},
}

// dictionary primes the compression of stored webhooks. Never change it.
const dictionary = `{"code":131047,"title":"Re-engagement message","message":"Re-engagement message","error_data":{"details":"","href":"https:\/\/developers.facebook.com\/docs\/whatsapp\/cloud-api\/support\/error-codes\/"}}` +
	`"interactive":{"type":"button_reply","button_reply":{"id":"","title":""}},"context":{"from":"","id":"wamid.` +
	`"image":{"mime_type":"image\/jpeg","sha256":"","id":"","url":"https:\/\/lookaside.fbsbx.com\/whatsapp_business\/attachments\/?mid=` +
	`"audio":{"mime_type":"audio\/ogg; codecs=opus","voice":true,"sha256":"` +
	`"statuses":[{"id":"wamid.HBgL","status":"delivered","status":"read","status":"sent","timestamp":"17","recipient_id":"","recipient_user_id":"","biz_opaque_callback_data":"",` +
	`"conversation":{"id":"","expiration_timestamp":"","origin":{"type":"service"}},"pricing":{"billable":false,"pricing_model":"PMP","category":"service","type":"free_customer_service"}}]},"field":"messages"}]}]}` +
	`{"object":"whatsapp_business_account","entry":[{"id":"","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"","phone_number_id":""},` +
	`"contacts":[{"profile":{"name":"","username":""},"wa_id":"","user_id":""}],"messages":[{"from":"","from_user_id":"","id":"wamid.HBgL","timestamp":"17","text":{"body":""},"type":"text"}]},"field":"messages"}]}]}`

// conn is a connection to one number.
type conn struct {
	phoneNumberID, wabaID, appID  string
	appSecret, token, verifyToken string
	numberPath, wabaPath          string // escaped for URLs
	base                          string // with version
	http                          *http.Client
	now                           func() time.Time
}

// The abilities of conn, checked by the compiler.
var (
	_ adapter.Conn      = (*conn)(nil)
	_ adapter.Webhook   = (*conn)(nil)
	_ adapter.Responder = (*conn)(nil)
	_ adapter.Splitter  = (*conn)(nil)
	_ adapter.Registrar = (*conn)(nil)
	_ adapter.Reader    = (*conn)(nil)
	_ adapter.Typer     = (*conn)(nil)
	_ adapter.Fetcher   = (*conn)(nil)
	_ adapter.Uploader  = (*conn)(nil)
)

// open never fails: a draft may receive before it can send and the other way
// round; each ability says for itself what it lacks.
func open(a adapter.Account, k adapter.Kit) (adapter.Conn, error) {
	s := a.Settings
	c := &conn{
		phoneNumberID: s["phone_number_id"], wabaID: s["waba_id"], appID: s["app_id"],
		appSecret: s["app_secret"], token: s["access_token"], verifyToken: s["verify_token"],
		numberPath: url.PathEscape(s["phone_number_id"]), wabaPath: url.PathEscape(s["waba_id"]),
		http: k.HTTP, now: k.Now,
	}
	base := k.BaseURL
	if base == "" {
		base = providerURL
	}
	c.base = versioned(base)
	return c, nil
}

// ready tells what is missing for a request as this number.
func (c *conn) ready() error {
	switch {
	case c.phoneNumberID == "":
		return missing("phone_number_id")
	case c.token == "":
		return missing("access_token")
	}
	return nil
}

func missing(key string) *adapter.SendError {
	label := fields[slices.IndexFunc(fields, func(f adapter.Field) bool { return f.Key == key })].Label
	return &adapter.SendError{Reason: adapter.BadSettings, Code: "missing_setting", Title: "A setting is missing",
		Detail: label, Hint: "Enter " + label + " in the channel's settings."}
}

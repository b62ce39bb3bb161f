// Package telegram is the channel type Telegram, by the Bot API: it verifies
// and reads updates, sends messages and checks settings. It keeps nothing
// between calls and decides nothing that belongs to the gateway. The token
// stands in the path of every request, so no URL ever leaves this package.
package telegram

import (
	_ "embed"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/message"
)

//go:embed icon.svg
var icon string

//go:embed setup.md
var setup string

const providerURL = "https://api.telegram.org"

// Type describes the channel type. Figures: Bot API › Available methods,
// Sending files; Bots FAQ › My bot is hitting limits.
var Type = adapter.Type{
	ID:     "TELEGRAM",
	Name:   "Telegram",
	Accent: "#229ED9",
	Icon:   icon,
	Setup:  setup,

	Caps: caps,
	Limits: message.Limits{
		Text: 4096, Caption: 1024, Body: 3800, ListBody: 3000, Header: 60, Footer: 60,
		Buttons: 20, ButtonTitle: 64, ButtonID: callbackMost,
		ListButton: 20, ListSections: 10, ListRows: 50, SectionTitle: 60,
		RowTitle: 64, RowDescription: 72, RowID: callbackMost, Contacts: 1,
		PollQuestion: 300, PollOptions: 10, PollOption: 100,
		Media: map[message.Kind]message.MediaLimit{
			message.Image:    {MaxBytes: 10 << 20, Types: []string{"image/jpeg", "image/png", "image/webp", "image/gif"}},
			message.Video:    {MaxBytes: 50 << 20, Types: []string{"video/mp4", "video/quicktime", "video/webm"}},
			message.Audio:    {MaxBytes: 50 << 20, Types: []string{"audio/mpeg", "audio/mp4", "audio/ogg", "audio/aac", "audio/x-m4a"}},
			message.Document: {MaxBytes: 50 << 20, Types: []string{}},
			message.Sticker:  {MaxBytes: 512 << 10, Types: []string{"image/webp", "application/x-tgsticker", "video/webm"}},
		},
	},
	// A group takes 20 messages a minute: ten at once and one more every six
	// seconds never make 21.
	Rate: message.Rate{PerSecond: 30, PairInterval: time.Second, PairBurst: 3, GroupInterval: 6 * time.Second, GroupBurst: 10},

	WebhookLimit: 1 << 20,
	FileTime:     7 * 24 * time.Hour, // no end is stated; addresses end after an hour and are asked for anew
	Fields:       fields,
	Recipient: &adapter.Recipient{Label: "Chat", Parse: recipient,
		Help: "The number of a chat that has written to the bot, or the @name of a public channel it may post to."},
	Account: func(s adapter.Settings) string { return botID(s["bot_token"]) },
	App:     func(adapter.Settings) string { return "" },

	ProviderURL: providerURL,
	Dictionary:  dictionary,
	Open:        open,
}

// callbackMost is how many bytes a button may carry back.
const callbackMost = 64

// caps is what the type carries. Telegram tells bots neither of delivery nor of
// reading, and of no deletion.
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
		message.Reaction:    message.Supported,
		message.Poll:        message.Supported,
	},
	Inbound: []message.Kind{message.Text, message.Image, message.Audio, message.Video, message.Document, message.Sticker,
		message.Locations, message.Contacts, message.Interactive, message.Reaction, message.Poll},
	Subscribes: true, Reply: true, Typing: true, Edits: true, Groups: true, Albums: 10,
}

// fields are the settings of a bot; Step counts in setup.md.
var fields = []adapter.Field{
	{Key: "bot_token", Label: "Bot token", Required: true, Secret: true, MaxLength: 200, Pattern: `^[0-9]{1,20}:[A-Za-z0-9_-]{3,180}$`, Step: 3,
		Help: "The whole token that BotFather gave, such as 7002000901:AAF…, with the number and the colon."},
	{Key: "verify_token", Label: "Webhook secret", Generated: true, MaxLength: 256, Pattern: `^[A-Za-z0-9_-]{1,256}$`, Step: 5,
		Help: "A word that Telegram repeats with every update to prove that it comes from there. Made for you when left empty."},
}

// dictionary primes the compression of stored updates. Never change it.
const dictionary = `"callback_query":{"id":"","from":{"id":,"is_bot":false,"first_name":""},"chat_instance":"","data":"","reply_markup":{"inline_keyboard":[[{"text":"","callback_data":""` +
	`"my_chat_member":{"chat":{"old_chat_member":{"user":{"status":"member"},"new_chat_member":{"user":{"status":"kicked","until_date":0}` +
	`"poll_answer":{"poll_id":"","user":{"option_ids":[0],"option_persistent_ids":["0"]` +
	`"message_reaction":{"old_reaction":[],"new_reaction":[{"type":"emoji","emoji":"` +
	`"sticker":{"width":512,"height":512,"emoji":"","set_name":"","is_animated":false,"is_video":false,"type":"regular","thumbnail":{"file_id":"` +
	`"voice":{"duration":,"mime_type":"audio/ogg","file_id":"AwACAgIAAxkBAA","file_unique_id":"AgAD","file_size":` +
	`"document":{"file_name":"","mime_type":"application/pdf","file_id":"BQACAgIAAxkBAA","file_unique_id":"AgAD","file_size":` +
	`"photo":[{"file_id":"AgACAgIAAxkBAA","file_unique_id":"AQAD","file_size":,"width":90,"height":67},"media_group_id":"","caption":"` +
	`"reply_to_message":{"message_id":,"entities":[{"offset":0,"length":,"type":"bot_command"}]` +
	`{"update_id":88,"message":{"message_id":,"from":{"id":,"is_bot":false,"first_name":"","last_name":"","username":"","language_code":"en"},` +
	`"chat":{"id":-100,"title":"","type":"supergroup"},"chat":{"id":,"first_name":"","last_name":"","username":"","type":"private"},"date":17,"text":""}}`

// conn is a connection to one bot.
type conn struct {
	token, secret, bot, channel string
	base, files                 string // with the token
	http                        *http.Client
	now                         func() time.Time
}

// The abilities of conn, checked by the compiler.
var (
	_ adapter.Conn         = (*conn)(nil)
	_ adapter.Webhook      = (*conn)(nil)
	_ adapter.Registrar    = (*conn)(nil)
	_ adapter.Fetcher      = (*conn)(nil)
	_ adapter.Acknowledger = (*conn)(nil)
	_ adapter.Typer        = (*conn)(nil)
)

// open never fails: each ability says for itself what it lacks.
func open(a adapter.Account, k adapter.Kit) (adapter.Conn, error) {
	token := a.Settings["bot_token"]
	base := strings.TrimRight(k.BaseURL, "/")
	if base == "" {
		base = providerURL
	}
	return &conn{token: token, secret: a.Settings["verify_token"], bot: botID(token), channel: a.ChannelID,
		base: base + "/bot" + url.PathEscape(token) + "/", files: base + "/file/bot" + url.PathEscape(token) + "/",
		http: k.HTTP, now: k.Now}, nil
}

// recipient reads the number of a chat or the name of a channel.
func recipient(typed string) (message.Address, bool) {
	typed = strings.TrimSpace(typed)
	n, err := strconv.ParseInt(typed, 10, 64)
	switch {
	case err == nil && n > 0:
		return message.Address{Kind: message.ScopedID, Value: typed}, true
	case err == nil && n < 0, channelName.MatchString(typed):
		return message.Address{Kind: message.GroupAddress, Value: typed}, true
	}
	return message.Address{}, false
}

var channelName = regexp.MustCompile(`^@[A-Za-z][A-Za-z0-9_]{3,31}$`)

// botID is the number before the colon of a token: the bot's own user id.
func botID(token string) string {
	id, _, ok := strings.Cut(token, ":")
	if !ok {
		return ""
	}
	return id
}

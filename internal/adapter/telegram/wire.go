package telegram

import (
	"encoding/json"

	"switchboard/internal/adapter/kit"
)

// The shapes of an update as Telegram sends it (Bot API › Getting updates,
// Available types). What is not needed is left out, so that a change there
// breaks nothing here. Ids are up to 52 bits and kept as text.

type update struct {
	ID                kit.ID           `json:"update_id"`
	Message           *wireMessage     `json:"message"`
	EditedMessage     *wireMessage     `json:"edited_message"`
	ChannelPost       *wireMessage     `json:"channel_post"`
	EditedChannelPost *wireMessage     `json:"edited_channel_post"`
	CallbackQuery     *wireCallback    `json:"callback_query"`
	Poll              *wirePoll        `json:"poll"`
	PollAnswer        *wirePollAnswer  `json:"poll_answer"`
	MyChatMember      *wireMember      `json:"my_chat_member"`
	MessageReaction   *wireReactionSet `json:"message_reaction"`
}

type wireUser struct {
	ID        kit.ID `json:"id"`
	IsBot     bool   `json:"is_bot"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Username  string `json:"username"`
}

type wireChat struct {
	ID        kit.ID `json:"id"`
	Type      string `json:"type"`
	Title     string `json:"title"`
	Username  string `json:"username"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
}

// wireHead is what is needed to place a message, whatever it says.
type wireHead struct {
	ID         kit.ID        `json:"message_id"`
	Date       kit.Timestamp `json:"date"`
	EditDate   kit.Timestamp `json:"edit_date"`
	Chat       *wireChat     `json:"chat"`
	From       *wireUser     `json:"from"`
	SenderChat *wireChat     `json:"sender_chat"`
}

type wireMessage struct {
	wireHead
	ReplyTo      *wireReference `json:"reply_to_message"`
	Quote        *wireQuote     `json:"quote"`
	Forward      *wireOrigin    `json:"forward_origin"`
	MediaGroup   kit.ID         `json:"media_group_id"`
	Signature    string         `json:"author_signature"`
	MigrateTo    kit.ID         `json:"migrate_to_chat_id"`
	MigrateFrom  kit.ID         `json:"migrate_from_chat_id"`
	NewChatTitle string         `json:"new_chat_title"`

	Text            string       `json:"text"`
	Entities        []wireEntity `json:"entities"`
	Caption         string       `json:"caption"`
	CaptionEntities []wireEntity `json:"caption_entities"`

	Photo     []wireFile    `json:"photo"`
	Video     *wireFile     `json:"video"`
	Animation *wireFile     `json:"animation"`
	Audio     *wireFile     `json:"audio"`
	Voice     *wireFile     `json:"voice"`
	VideoNote *wireFile     `json:"video_note"`
	Document  *wireFile     `json:"document"`
	Sticker   *wireFile     `json:"sticker"`
	Location  *wireLocation `json:"location"`
	Venue     *wireVenue    `json:"venue"`
	Contact   *wireContact  `json:"contact"`
	Poll      *wirePoll     `json:"poll"`
	Dice      *wireDice     `json:"dice"`

	// What is shown as a placeholder although other members are set with it.
	PaidMedia json.RawMessage `json:"paid_media"`
}

type wireReference struct {
	ID kit.ID `json:"message_id"`
}

type wireQuote struct {
	Text string `json:"text"`
}

type wireOrigin struct {
	Type       string    `json:"type"`
	SenderUser *wireUser `json:"sender_user"`
	SenderName string    `json:"sender_user_name"`
	SenderChat *wireChat `json:"sender_chat"`
	Chat       *wireChat `json:"chat"`
}

// wireEntity marks a stretch of a text in UTF-16 code units.
type wireEntity struct {
	Type   string `json:"type"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	URL    string `json:"url"`
}

// wireFile is the union of all kinds of file.
type wireFile struct {
	ID         kit.ID     `json:"file_id"`
	Size       kit.Number `json:"file_size"`
	MIMEType   string     `json:"mime_type"`
	FileName   string     `json:"file_name"`
	Width      kit.Number `json:"width"`
	Height     kit.Number `json:"height"`
	Length     kit.Number `json:"length"` // side of a round video
	Duration   kit.Number `json:"duration"`
	Performer  string     `json:"performer"`
	Title      string     `json:"title"`
	Emoji      string     `json:"emoji"`
	SetName    string     `json:"set_name"`
	IsAnimated bool       `json:"is_animated"`
	IsVideo    bool       `json:"is_video"`
}

type wireLocation struct {
	Latitude   *kit.Number `json:"latitude"`
	Longitude  *kit.Number `json:"longitude"`
	LivePeriod kit.Number  `json:"live_period"`
}

type wireVenue struct {
	Location *wireLocation `json:"location"`
	Title    string        `json:"title"`
	Address  string        `json:"address"`
}

type wireContact struct {
	Phone     string `json:"phone_number"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	VCard     string `json:"vcard"`
}

type wireDice struct {
	Emoji string     `json:"emoji"`
	Value kit.Number `json:"value"`
}

type wirePoll struct {
	ID       kit.ID `json:"id"`
	Question string `json:"question"`
	Options  []struct {
		Text   string     `json:"text"`
		Voters kit.Number `json:"voter_count"`
	} `json:"options"`
	Voters    kit.Number `json:"total_voter_count"`
	Closed    bool       `json:"is_closed"`
	Anonymous bool       `json:"is_anonymous"`
	Multiple  bool       `json:"allows_multiple_answers"`
}

type wirePollAnswer struct {
	PollID    kit.ID    `json:"poll_id"`
	User      *wireUser `json:"user"`
	VoterChat *wireChat `json:"voter_chat"`
	Options   []int     `json:"option_ids"`
}

type wireCallback struct {
	ID      kit.ID    `json:"id"`
	From    *wireUser `json:"from"`
	Data    string    `json:"data"`
	Message *struct {
		wireHead
		Markup struct {
			Rows [][]wireButton `json:"inline_keyboard"`
		} `json:"reply_markup"`
	} `json:"message"`
}

type wireButton struct {
	Text string `json:"text"`
	Data string `json:"callback_data,omitempty"`
}

type wireMember struct {
	Chat *wireChat     `json:"chat"`
	From *wireUser     `json:"from"`
	Date kit.Timestamp `json:"date"`
	New  struct {
		Status   string `json:"status"`
		IsMember bool   `json:"is_member"`
	} `json:"new_chat_member"`
}

type wireReactionSet struct {
	Chat      *wireChat     `json:"chat"`
	ID        kit.ID        `json:"message_id"`
	User      *wireUser     `json:"user"`
	ActorChat *wireChat     `json:"actor_chat"`
	Date      kit.Timestamp `json:"date"`
	New       []struct {
		Type  string `json:"type"`
		Emoji string `json:"emoji"`
	} `json:"new_reaction"`
}

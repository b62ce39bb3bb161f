package whatsappcloud

import (
	"encoding/json"

	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// The shapes of a webhook as Meta sends it (Meta: Webhooks reference of the
// WhatsApp Business Platform). Whatever is not needed stays raw or is left
// out, so that a change there breaks nothing here.

type envelope struct {
	Object string  `json:"object"`
	Entry  []entry `json:"entry"`
}

type entry struct {
	ID      kit.ID   `json:"id"`
	Changes []change `json:"changes"`
}

type change struct {
	Field string `json:"field"`
	Value value  `json:"value"`
}

type value struct {
	Metadata metadata      `json:"metadata"`
	Contacts []wireContact `json:"contacts"`
	Messages []wireMessage `json:"messages"`
	Statuses []wireStatus  `json:"statuses"`
	Errors   []wireError   `json:"errors"`
}

type metadata struct {
	PhoneNumberID kit.ID `json:"phone_number_id"`
}

type wireContact struct {
	Profile struct {
		Name     string `json:"name"`
		Username string `json:"username"`
	} `json:"profile"`
	WaID         kit.ID `json:"wa_id"`
	UserID       kit.ID `json:"user_id"`
	ParentUserID kit.ID `json:"parent_user_id"`
}

type wireMessage struct {
	From             kit.ID        `json:"from"`
	FromUserID       kit.ID        `json:"from_user_id"`
	FromParentUserID kit.ID        `json:"from_parent_user_id"`
	To               kit.ID        `json:"to"`         // echoes
	ToUserID         kit.ID        `json:"to_user_id"` // echoes
	GroupID          kit.ID        `json:"group_id"`
	ID               kit.ID        `json:"id"`
	Timestamp        kit.Timestamp `json:"timestamp"`
	wireContent
}

// wireContent is the part of a message that an edit repeats.
type wireContent struct {
	Type     string          `json:"type"`
	Context  *wireContext    `json:"context"`
	Referral json.RawMessage `json:"referral"`
	Errors   []wireError     `json:"errors"`

	Text        *wireText             `json:"text"`
	Image       *wireMedia            `json:"image"`
	Video       *wireMedia            `json:"video"`
	Audio       *wireMedia            `json:"audio"`
	Voice       *wireMedia            `json:"voice"`
	Document    *wireMedia            `json:"document"`
	Sticker     *wireMedia            `json:"sticker"`
	Location    *wireLocation         `json:"location"`
	Contacts    []message.ContactCard `json:"contacts"`
	Interactive *wireInteractive      `json:"interactive"`
	Button      *wireButton           `json:"button"`
	Reaction    *wireReaction         `json:"reaction"`
	Order       json.RawMessage       `json:"order"`
	System      *wireSystem           `json:"system"`
	Unsupported *wireUnsupported      `json:"unsupported"`
	Edit        *wireEdit             `json:"edit"`
	Revoke      *wireRevoke           `json:"revoke"`
}

type wireText struct {
	Body string `json:"body"`
}

type wireContext struct {
	ID                  kit.ID          `json:"id"`
	Forwarded           bool            `json:"forwarded"`
	FrequentlyForwarded bool            `json:"frequently_forwarded"`
	ReferredProduct     json.RawMessage `json:"referred_product"`
}

type wireMedia struct {
	ID       kit.ID     `json:"id"`
	MIMEType string     `json:"mime_type"`
	SHA256   string     `json:"sha256"`
	Caption  string     `json:"caption"`
	FileName string     `json:"filename"`
	URL      string     `json:"url"`
	FileSize kit.Number `json:"file_size"`
	Voice    bool       `json:"voice"`
	Animated bool       `json:"animated"`
}

type wireLocation struct {
	Latitude  *kit.Number `json:"latitude"`
	Longitude *kit.Number `json:"longitude"`
	Name      string      `json:"name"`
	Address   string      `json:"address"`
	URL       string      `json:"url"`
}

type wireInteractive struct {
	Type        string     `json:"type"`
	ButtonReply *wireReply `json:"button_reply"`
	ListReply   *wireReply `json:"list_reply"`
	NfmReply    *wireFlow  `json:"nfm_reply"`
}

type wireReply struct {
	ID          kit.ID `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

type wireFlow struct {
	Name         string `json:"name"`
	Body         string `json:"body"`
	ResponseJSON string `json:"response_json"`
}

type wireButton struct {
	Payload kit.ID `json:"payload"`
	Text    string `json:"text"`
}

type wireReaction struct {
	MessageID kit.ID `json:"message_id"`
	Emoji     string `json:"emoji"`
}

type wireSystem struct {
	Type         string `json:"type"`
	Body         string `json:"body"`
	WaID         kit.ID `json:"wa_id"`
	NewWaID      kit.ID `json:"new_wa_id"` // before v12
	UserID       kit.ID `json:"user_id"`
	ParentUserID kit.ID `json:"parent_user_id"`
}

type wireUnsupported struct {
	Type string `json:"type"`
}

type wireEdit struct {
	OriginalMessageID kit.ID          `json:"original_message_id"`
	Message           json.RawMessage `json:"message"`
}

type wireRevoke struct {
	OriginalMessageID kit.ID `json:"original_message_id"`
}

type wireOrder struct {
	Text  string `json:"text"`
	Items []struct {
		ID       kit.ID     `json:"product_retailer_id"`
		Quantity kit.Number `json:"quantity"`
	} `json:"product_items"`
}

type wireStatus struct {
	ID                kit.ID          `json:"id"`
	Status            string          `json:"status"`
	Timestamp         kit.Timestamp   `json:"timestamp"`
	RecipientID       kit.ID          `json:"recipient_id"`
	RecipientUserID   kit.ID          `json:"recipient_user_id"`
	RecipientParentID kit.ID          `json:"recipient_parent_user_id"`
	RecipientType     string          `json:"recipient_type"`
	ParticipantID     kit.ID          `json:"recipient_participant_id"`
	ParticipantUserID kit.ID          `json:"recipient_participant_user_id"`
	CallbackData      kit.ID          `json:"biz_opaque_callback_data"`
	Conversation      json.RawMessage `json:"conversation"`
	Pricing           json.RawMessage `json:"pricing"`
	Errors            []wireError     `json:"errors"`
}

// wireError is the error object of webhooks and answers alike.
type wireError struct {
	Code    kit.ID        `json:"code"`
	Subcode kit.ID        `json:"error_subcode"`
	Title   string        `json:"title"`
	Message string        `json:"message"`
	Data    wireErrorData `json:"error_data"`
}

// wireErrorData is an object, or on old endpoints a string.
type wireErrorData struct{ Details string }

func (d *wireErrorData) UnmarshalJSON(b []byte) error {
	var o struct {
		Details string `json:"details"`
	}
	if b[0] == '{' {
		if json.Unmarshal(b, &o) == nil {
			d.Details = o.Details
		}
		return nil
	}
	if b[0] == '"' {
		return json.Unmarshal(b, &d.Details)
	}
	return nil
}

func (e wireError) provider() message.ProviderError {
	title := e.Title
	if title == "" {
		title = e.Message
	}
	detail := e.Data.Details
	if detail == "" && e.Message != title {
		detail = e.Message
	}
	return message.ProviderError{Code: e.Code.String(), Title: message.Clean(title), Detail: message.Clean(detail)}
}

func providerErrors(errs []wireError) []message.ProviderError {
	var out []message.ProviderError
	for _, e := range errs {
		out = append(out, e.provider())
	}
	return out
}

package rest

import (
	"context"
	"net/http"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/message"
	"switchboard/internal/server/api"
)

// ChannelType is a descriptor: the web app draws its forms and the composer's
// limits from it.
type ChannelType struct {
	Type         string        `json:"type"`
	Name         string        `json:"name"`
	Accent       string        `json:"accent" doc:"Colour of the type's mark, #RRGGBB"`
	Icon         string        `json:"icon" doc:"SVG in currentColor"`
	Setup        string        `json:"setup" doc:"Guide in Markdown, numbered steps"`
	Fields       Fields        `json:"fields"`
	Capabilities Capabilities  `json:"capabilities"`
	Limits       Limits        `json:"limits"`
	Window       *Window       `json:"window" doc:"Span of free replies after the contact's last message; null = none"`
	Webhook      bool          `json:"webhook"`
	Issued       []IssuedField `json:"issued" doc:"What we make for the other side once a connection test has passed; reveal shows the values"`
	Deliveries   bool          `json:"deliveries" doc:"Messages are posted to an address of the account; deliveries lists them"`
	Developer    string        `json:"developer" doc:"Guide for who programs the other side, in Markdown; {{call_url}} and {{credential}} stand for values of the source"`
	Recipient    *Recipient    `json:"recipient" doc:"How somebody to send to is written by hand; null = as a phone number"`
}

// IssuedField is one credential that a source of the type is issued.
type IssuedField struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Help  string `json:"help"`
}

// Fields is the form of a type, as JSON Schema.
type Fields struct {
	Type       string           `json:"type" enum:"object"`
	Required   []string         `json:"required"`
	Properties map[string]Field `json:"properties"`
}

// Field is one setting.
type Field struct {
	Type        string   `json:"type"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Secret      bool     `json:"secret" doc:"Write-only; masked when read"`
	Generated   bool     `json:"generated" doc:"Made by us when left out"`
	Wanted      bool     `json:"wanted" doc:"Something does not work without it"`
	Pattern     string   `json:"pattern,omitempty"`
	MaxLength   int      `json:"maxLength"`
	Enum        []string `json:"enum,omitempty"`
	Default     string   `json:"default,omitempty"`
	Order       int      `json:"x-order"`
	Step        int      `json:"x-step" doc:"Step of the guide that tells where to find it"`
}

// Capabilities is what the type carries.
type Capabilities struct {
	Kinds     map[message.Kind]message.Support `json:"kinds"`
	Reply     bool                             `json:"reply"`
	Reactions message.Support                  `json:"reactions"`
	Typing    message.Support                  `json:"typing"`
	Read      message.Support                  `json:"read" doc:"Telling the contact that his message was read"`
	Edits     bool                             `json:"edits"`
	Groups    bool                             `json:"groups"`
	Albums    int                              `json:"albums" doc:"Most files in one message; 1 = no albums"`
}

// Limits are the platform's bounds.
type Limits struct {
	message.Limits
	PerSecond float64 `json:"per_second"`
}

// Recipient is a field to type an address into.
type Recipient struct {
	Title       string `json:"title"`
	Description string `json:"description"`
}

// Window is the span of free replies.
type Window struct {
	Hours float64 `json:"hours"`
}

func (s *Services) channelTypes() []api.Route {
	r := api.Route{Method: http.MethodGet, Path: "/channel_types", Operation: "listChannelTypes", Summary: "List the channel types there are", Tag: "Channels",
		Permission: account.ChannelsView, Resource: "channel types", Rate: rateRead}
	return []api.Route{api.Action(r, func(context.Context, *api.Call, api.None) ([]ChannelType, error) {
		out := []ChannelType{}
		for _, t := range s.Channels.Types() {
			out = append(out, describe(t))
		}
		return out, nil
	})}
}

func describe(t *channel.Type) ChannelType {
	support := func(ok bool) message.Support {
		if ok {
			return message.Supported
		}
		return message.Refused
	}
	out := ChannelType{Type: t.ID, Name: t.Name, Accent: t.Accent, Icon: t.Icon, Setup: t.Setup, Webhook: true,
		Issued: []IssuedField{}, Deliveries: t.Deliveries,
		Fields: Fields{Type: "object", Required: []string{}, Properties: map[string]Field{}},
		Capabilities: Capabilities{Kinds: t.Caps.Kinds, Reply: t.Caps.Reply, Reactions: t.Caps.Kinds[message.Reaction],
			Typing: support(t.Caps.Typing), Read: support(t.Caps.MarkRead), Edits: t.Caps.Edits, Groups: t.Caps.Groups, Albums: max(t.Caps.Albums, 1)},
		Limits: Limits{t.Limits, t.Rate.PerSecond}}
	if out.Capabilities.Reactions == "" {
		out.Capabilities.Reactions = message.Refused
	}
	for _, i := range t.Issued {
		out.Issued = append(out.Issued, IssuedField{i.Key, i.Label, i.Help})
	}
	if t.Inlet != nil {
		out.Developer = t.Inlet.Guide
	}
	if t.Recipient != nil {
		out.Recipient = &Recipient{t.Recipient.Label, t.Recipient.Help}
	}
	if t.Window > 0 {
		out.Window = &Window{t.Window.Hours()}
	}
	for i, f := range t.Fields {
		if f.Required {
			out.Fields.Required = append(out.Fields.Required, f.Key)
		}
		most := f.MaxLength
		if most == 0 {
			most = channel.DefaultFieldLength
		}
		out.Fields.Properties[f.Key] = Field{Type: "string", Title: f.Label, Description: f.Help, Secret: f.Secret, Generated: f.Generated,
			Wanted: f.Wanted, Pattern: f.Pattern, MaxLength: most, Enum: f.Choices, Default: f.Default, Order: i + 1, Step: f.Step}
	}
	return out
}

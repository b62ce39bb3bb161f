// Package media holds the files of conversations: what contacts sent, fetched
// from the platform and kept, and what members upload. It decides what a file is
// by its bytes, bounds it, and knows how far its download has come; the bytes
// themselves lie in a blob store. It never speaks to a provider, and who may see
// a conversation is decided by others.
package media

import (
	"encoding/json"
	"log/slog"
	"time"

	"switchboard/internal/domain/channel"
	"switchboard/internal/message"
	"switchboard/internal/platform/blob"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/job"
	"switchboard/internal/platform/secret"
)

// MaxBytes is the largest file there is, in or out.
const MaxBytes = 100 << 20

// Service keeps files.
type Service struct {
	db        *db.DB
	channels  *channel.Service
	store     blob.Store
	keys      *secret.Keyring
	jobs      *job.Queue
	clock     clock.Clock
	log       *slog.Logger
	publicURL string
}

// New makes the service. publicURL is where providers reach us.
func New(d *db.DB, channels *channel.Service, store blob.Store, keys *secret.Keyring, jobs *job.Queue, clk clock.Clock, log *slog.Logger, publicURL string) *Service {
	return &Service{db: d, channels: channels, store: store, keys: keys, jobs: jobs, clock: clk, log: log, publicURL: publicURL}
}

// State is how far a file has come.
type State string

// States of a file. Uploading is never shown: the answer to the upload is Ready.
const (
	Uploading   State = "uploading"
	Remote      State = "remote"
	Downloading State = "downloading"
	Ready       State = "ready"
	Failed      State = "failed"
)

// Failure says why a file is not here, in words for people.
type Failure struct {
	Code      string `json:"code"`
	Title     string `json:"title"`
	Detail    string `json:"detail"`
	Hint      string `json:"hint"`
	Retryable bool   `json:"retryable"`
}

// File is one file.
type File struct {
	Org, ID, Conversation, Message, Channel id.ID
	Kind                                    message.Kind
	State                                   State
	Facts
	FileName  string
	Voice     bool
	Error     *Failure
	Remote    message.Media // how the provider names it
	CreatedBy id.ID
	ExpiresAt time.Time // until when the provider keeps it
	CreatedAt time.Time
	UpdatedAt time.Time

	blob string
}

// Facts are what a file's own bytes say.
type Facts struct {
	MIMEType      string
	Size          int64
	SHA256        string
	Width, Height int
	DurationMS    int64
	Animated      bool
	Thumbnail     int64 // bytes of the small picture, 0 = none
}

// View is a file as messages show it.
type View struct {
	ID           id.ID        `json:"id" nullable:"true"`
	Kind         message.Kind `json:"kind" enum:"image,audio,video,document,sticker"`
	State        State        `json:"state" enum:"remote,downloading,ready,failed"`
	MIMEType     string       `json:"mime_type"`
	FileName     string       `json:"file_name"`
	Size         int64        `json:"size"`
	Width        *int         `json:"width"`
	Height       *int         `json:"height"`
	DurationMS   *int64       `json:"duration_ms"`
	Voice        bool         `json:"voice"`
	Animated     bool         `json:"animated"`
	URL          *string      `json:"url"`
	ThumbnailURL *string      `json:"thumbnail_url"`
	Error        *Failure     `json:"error"`
}

// MediaFile is a file as its own resource shows it.
type MediaFile struct {
	View
	OrganizationID id.ID       `json:"organization_id"`
	MessageID      id.ID       `json:"message_id" nullable:"true"`
	ConversationID id.ID       `json:"conversation_id" nullable:"true"`
	CreatedAt      clock.Stamp `json:"created_at"`
	UpdatedAt      clock.Stamp `json:"updated_at"`
}

// View renders a file.
func (f *File) View() View {
	v := View{ID: f.ID, Kind: f.Kind, State: f.State, MIMEType: f.MIMEType, FileName: f.FileName, Size: f.Size,
		Voice: f.Voice, Animated: f.Animated, Error: f.Error}
	if f.Width > 0 && f.Height > 0 {
		v.Width, v.Height = &f.Width, &f.Height
	}
	if f.DurationMS > 0 {
		v.DurationMS = &f.DurationMS
	}
	if f.State == Ready {
		at := func(what string) *string {
			u := "/rest/v1/media/" + f.ID.String() + "/" + what + "?organization_id=" + f.Org.String()
			return &u
		}
		v.URL = at("content")
		if f.Thumbnail > 0 {
			v.ThumbnailURL = at("thumbnail")
		}
	}
	return v
}

// Row renders a file on its own.
func (f *File) Row() MediaFile {
	return MediaFile{View: f.View(), OrganizationID: f.Org, MessageID: f.Message, ConversationID: f.Conversation,
		CreatedAt: clock.Stamp{Time: f.CreatedAt}, UpdatedAt: clock.Stamp{Time: f.UpdatedAt}}
}

// Unkept renders a file that is known only as the provider described it.
func Unkept(m message.Media) View {
	v := View{Kind: m.Kind, State: Remote, MIMEType: m.MIMEType, FileName: SafeName(m.FileName, ""), Size: m.Size, Voice: m.Voice, Animated: m.Animated}
	if m.Error != "" {
		v.State, v.Error = Failed, refusedByProvider(m.Error)
	}
	return v
}

func refusedByProvider(words string) *Failure {
	return &Failure{Code: "not_delivered", Title: "The platform did not hand over this file.", Detail: words, Hint: "Ask the contact to send it again."}
}

// Content is the file as an adapter and message.Fit see it.
func (f *File) Content(kind message.Kind) message.Media {
	return message.Media{ID: f.ID.String(), Kind: kind, MIMEType: f.MIMEType, FileName: f.FileName, Size: f.Size, SHA256: f.SHA256,
		Voice: f.Voice, Animated: f.Animated, Width: f.Width, Height: f.Height, Duration: f.DurationMS}
}

func marshal(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return nil // our own plain structs
	}
	return b
}

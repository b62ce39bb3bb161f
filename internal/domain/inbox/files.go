package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/media"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// Whoever may see a conversation may see its files. A file that belongs to none
// yet is its maker's alone.
func mayOpen(tx *db.Tx, a account.Actor, f *media.File) (bool, error) {
	if f.Conversation.IsZero() {
		return f.MadeBy(a), nil
	}
	return MaySee(tx, a, f.Conversation)
}

// file reads a file the actor may see; to everybody else it is not there.
func file(tx *db.Tx, a account.Actor, v id.ID) (*media.File, error) {
	f, err := media.One(tx, a.Organization, v)
	if err != nil {
		return nil, err
	}
	if ok, err := mayOpen(tx, a, f); err != nil || !ok {
		return nil, errors.Join(err, fault.Absent("file"))
	}
	return f, nil
}

// Files lists the files of conversations.
func (s *Service) Files(ctx context.Context, a account.Actor, l *query.List) ([]media.MediaFile, int64, error) {
	if err := a.Require(account.MediaView); err != nil {
		return nil, 0, err
	}
	l.Within = Through(a, "t.conversation_id")
	// An upload that was not sent is its maker's affair.
	l.Where = append(l.Where, media.Sent())
	var out []media.MediaFile
	total := int64(-1)
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out = []media.MediaFile{}
		total, err = db.List(tx, l, media.Columns, "media t", func(scan func(...any) error) error {
			f, err := media.Scan(scan)
			if err == nil {
				out = append(out, f.Row())
			}
			return err
		})
		return err
	})
	return out, total, err
}

// File reads one file.
func (s *Service) File(ctx context.Context, a account.Actor, v id.ID) (*media.File, error) {
	if err := a.Require(account.MediaView); err != nil {
		return nil, err
	}
	var f *media.File
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		f, err = file(tx, a, v)
		return err
	})
	return f, err
}

// Upload is a file somebody hands in, for a conversation or for a channel.
type Upload struct {
	Conversation, Channel id.ID
	FileName              string
	Voice                 bool
	Size                  int64 // as announced, -1 = not
	Body                  io.Reader
}

// Upload takes a file in, within the limits of the channel it is for.
func (s *Service) Upload(ctx context.Context, a account.Actor, u Upload) (*media.File, error) {
	if err := a.Require(account.MediaEdit); err != nil {
		return nil, err
	}
	up := media.Upload{FileName: u.FileName, Voice: u.Voice, Size: u.Size, Conversation: u.Conversation, Body: u.Body}
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		ch := u.Channel
		if !u.Conversation.IsZero() {
			if ok, err := MaySee(tx, a, u.Conversation); err != nil || !ok {
				return errors.Join(err, fault.Absent("conversation"))
			}
			if err := tx.Row(channelOf, []any{a.Organization, u.Conversation}, &ch); err != nil {
				return err
			}
		}
		if ch.IsZero() {
			return nil
		}
		if up.Channel, err = s.channels.In(tx, a.Organization, ch); err == nil && up.Channel == nil && u.Conversation.IsZero() {
			err = fault.Absent("channel")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.media.Upload(ctx, a, up)
}

// RetryFile has a download that failed tried again.
func (s *Service) RetryFile(ctx context.Context, a account.Actor, v id.ID) (*media.File, error) {
	return s.changeFile(ctx, a, v, s.media.Retry)
}

// DeleteFile forgets an upload that was not sent.
func (s *Service) DeleteFile(ctx context.Context, a account.Actor, v id.ID, match func(media.MediaFile) error) error {
	_, err := s.changeFile(ctx, a, v, func(tx *db.Tx, f *media.File) error {
		if err := match(f.Row()); err != nil {
			return err
		}
		return s.media.Delete(tx, f)
	})
	return err
}

func (s *Service) changeFile(ctx context.Context, a account.Actor, v id.ID, change func(tx *db.Tx, f *media.File) error) (*media.File, error) {
	if err := a.Require(account.MediaEdit); err != nil {
		return nil, err
	}
	var f *media.File
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) (err error) {
		if f, err = file(tx, a, v); err != nil {
			return err
		}
		if err := change(tx, f); err != nil {
			return err
		}
		all, err := media.ByIDs(tx, a.Organization, db.IDs{v})
		if all[v] != nil {
			f = all[v]
		}
		return err
	})
	return f, err
}

// announce notes the files of new messages, which a job fetches.
func (b *batch) announce(all []media.Announced) error {
	return b.s.media.Register(b.tx, b.ch, all, b.now)
}

// files are the files of a message as they are announced.
func files(msg, conversation id.ID, c *message.Content) (out []media.Announced) {
	for i := range c.Media {
		m := &c.Media[i]
		if m.Kind == "" {
			m.Kind = c.Kind
		}
		if m.Voice { // what the API calls a voice message
			if c.Extra == nil {
				c.Extra = map[string]any{}
			}
			c.Extra["voice"] = true
		}
		out = append(out, media.Announced{Message: msg, Conversation: conversation, Media: m})
	}
	return out
}

// showMedia looks up the files of messages that have some.
func showMedia(tx *db.Tx, org id.ID, ms []Message) error {
	var ids db.IDs
	for i := range ms {
		for _, m := range ms[i].files {
			if v, err := id.Parse(m.ID); err == nil {
				ids = append(ids, v)
			}
		}
	}
	if ids == nil {
		return nil
	}
	all, err := media.ByIDs(tx, org, ids)
	if err != nil {
		return err
	}
	for i := range ms {
		for k, m := range ms[i].files {
			if v, err := id.Parse(m.ID); err == nil && all[v] != nil {
				ms[i].Media[k] = all[v].View()
			}
		}
	}
	return nil
}

// MediaRef names an upload.
type MediaRef struct {
	ID id.ID `json:"id" doc:"An upload that is ready and that no message holds"`
}

// carries tells whether messages of a kind hold files.
func carries(k message.Kind) bool {
	switch k {
	case message.Image, message.Audio, message.Video, message.Document, message.Sticker:
		return true
	}
	return false
}

// voicePayload reads the payload of a message with files.
func voicePayload(d Draft, c *message.Content) error {
	if len(d.Payload) == 0 || string(d.Payload) == "null" {
		return nil
	}
	var p struct {
		Voice bool `json:"voice"`
	}
	if err := json.Unmarshal(d.Payload, &p); err != nil {
		return errors.New("the payload of a message with files is {\"voice\": true} or left out")
	}
	if p.Voice {
		c.Extra = map[string]any{"voice": true}
	}
	return nil
}

// attachments reads the uploads a draft names, as files of the content.
func (s *Service) attachments(tx *db.Tx, a account.Actor, conversation id.ID, d Draft, c *message.Content) ([]*media.File, error) {
	if len(d.Media) == 0 {
		return nil, nil
	}
	if !carries(c.Kind) {
		return nil, fault.InvalidField("/media", "unexpected_media", "A message of kind %s holds no files.", c.Kind).
			WithHint("Set kind to image, video, audio, document or sticker.")
	}
	var ids db.IDs
	for _, r := range d.Media {
		if slices.Contains(ids, r.ID) {
			return nil, fault.InvalidField("/media", "duplicate", "A file is named twice.")
		}
		ids = append(ids, r.ID)
	}
	all, err := media.ByIDs(tx, a.Organization, ids)
	if err != nil {
		return nil, err
	}
	var out []*media.File
	c.Media = nil
	for i, v := range ids {
		at := "/media/" + strconv.Itoa(i) + "/id"
		f := all[v]
		absent := fault.InvalidField(at, "not_found", "There is no such file.")
		if f == nil || f.State == media.Uploading {
			return nil, absent
		}
		if ok, err := mayOpen(tx, a, f); err != nil || !ok {
			return nil, errors.Join(err, absent)
		}
		switch {
		case !f.Message.IsZero():
			return nil, fault.InvalidField(at, "media_in_use", "Another message holds this file.").WithHint("Upload it again.")
		case !f.Conversation.IsZero() && f.Conversation != conversation:
			return nil, fault.InvalidField(at, "other_conversation", "This file was uploaded for another conversation.").WithHint("Upload it for this one.")
		}
		f.Voice = f.Voice || c.Extra["voice"] == true
		kind := c.Kind
		if len(ids) > 1 && kind != message.Document { // pictures and films mix in an album
			kind = f.Kind
		}
		c.Media = append(c.Media, f.Content(kind))
		out = append(out, f)
	}
	return out, nil
}

// storedContent reads a stored message as it is sent: its files as they are now.
func storedContent(tx *db.Tx, org id.ID, kind message.Kind, text string, payload, files json.RawMessage) (message.Content, error) {
	c, err := message.ParseContent(kind, text, payload)
	if err != nil || len(files) == 0 {
		return c, err
	}
	return withFiles(tx, org, c, files)
}

func withFiles(tx *db.Tx, org id.ID, c message.Content, files json.RawMessage) (message.Content, error) {
	if err := json.Unmarshal(files, &c.Media); err != nil {
		return c, err
	}
	var ids db.IDs
	for _, m := range c.Media {
		if v, err := id.Parse(m.ID); err == nil {
			ids = append(ids, v)
		}
	}
	all, err := media.ByIDs(tx, org, ids)
	if err != nil {
		return c, err
	}
	for i, m := range c.Media {
		if v, err := id.Parse(m.ID); err == nil && all[v] != nil {
			c.Media[i] = all[v].Content(m.Kind)
		}
	}
	return c, nil
}

// sameFiles tells whether a draft names the files of a stored message.
func sameFiles(stored json.RawMessage, d Draft) bool {
	var have []message.Media
	if len(stored) > 0 && json.Unmarshal(stored, &have) != nil || len(have) != len(d.Media) {
		return false
	}
	for i, m := range have {
		if m.ID != d.Media[i].ID.String() {
			return false
		}
	}
	return true
}

func filesJSON(c message.Content) (json.RawMessage, error) {
	if len(c.Media) == 0 {
		return nil, nil
	}
	return json.Marshal(c.Media)
}

package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/job"
)

// Kinds of jobs. Their keys are ids of files, and for removeJob names in the
// store.
const (
	DownloadJob = "media.download"
	expireJob   = "media.expire"
	removeJob   = "media.remove"
)

// LooseFor is how long an upload waits for a message.
const LooseFor = 24 * time.Hour

// Upload is a file a member or a program hands in.
type Upload struct {
	FileName     string
	Voice        bool
	Size         int64            // as announced, -1 = not
	Channel      *channel.Channel // whose limits count; nil = none
	Conversation id.ID
	Body         io.Reader
}

// Upload takes a file in. It is nobody's until a message holds it, and gone a day
// later if none does. The caller has looked whether the actor may see the
// conversation.
func (s *Service) Upload(ctx context.Context, a account.Actor, u Upload) (*File, error) {
	if err := a.Require(account.MediaEdit); err != nil {
		return nil, err
	}
	allowed := s.limits(u.Channel)
	if most := largest(s, u.Channel); u.Size > most {
		return nil, tooLarge(most)
	}
	f := &File{Org: a.Organization, ID: id.New(), Conversation: u.Conversation, State: Uploading, Voice: u.Voice, CreatedBy: maker(a)}
	f.blob = f.Org.String() + "/" + id.New().String()
	if u.Channel != nil {
		f.Channel = u.Channel.ID
	}
	// The name in the store is committed before there is anything behind it, so
	// that nothing lies there which no row knows.
	if err := s.db.Tenant(f.Org).Write(ctx, func(tx *db.Tx) error {
		now := s.clock.Now()
		if err := tx.InsertMany(insert, [][]any{{f.Org, f.ID, f.Conversation, nil, f.Channel, string(message.Document), string(Uploading), "", "", 0, f.Voice, false,
			f.blob, nil, nil, f.CreatedBy, nil, now, now}}); err != nil {
			return err
		}
		return s.jobs.Add(tx, job.Job{Org: f.Org, Kind: expireJob, Key: f.ID.String(), Delay: LooseFor})
	}); err != nil {
		return nil, err
	}
	err := s.fill(ctx, f, u, allowed)
	if err != nil {
		if e := s.db.Tenant(f.Org).Write(context.WithoutCancel(ctx), func(tx *db.Tx) error { return s.drop(tx, f, 0) }); e != nil {
			s.log.Warn("an upload that failed is removed only tomorrow", "media", f.ID, "error", e)
		}
		return nil, err
	}
	var out *File
	err = s.db.Tenant(f.Org).Read(ctx, func(tx *db.Tx) (err error) {
		out, err = One(tx, f.Org, f.ID)
		return err
	})
	return out, err
}

func (s *Service) fill(ctx context.Context, f *File, u Upload, allowed bound) error {
	g, err := s.gather(ctx, u.Body, "", allowed)
	var big errTooLarge
	if errors.As(err, &big) {
		return tooLarge(big.limit)
	}
	if err != nil {
		if fault.As(err).Kind == fault.Internal { // the caller's stream
			return fault.New(fault.BadRequest, "upload_broken_off", "The file did not arrive whole.").WithHint("Send it again.").Because(err)
		}
		return err
	}
	defer g.Discard()
	switch {
	case g.Size == 0:
		return fault.New(fault.Invalid, "file_empty", "The file is empty.")
	case g.flood:
		return fault.New(fault.Invalid, "image_too_large", "The picture has more than %d megapixels.", pixelsMost/1_000_000).WithHint("Make it smaller, then upload it again.")
	}
	if err := s.keep(ctx, g, f.blob); err != nil {
		return err
	}
	return s.db.Tenant(f.Org).Write(ctx, func(tx *db.Tx) error { return s.saveReady(tx, f, g, SafeName(u.FileName, g.MIMEType)) })
}

// errStale says that an attempt's row went on without it.
var errStale = errors.New("media: another attempt has the file")

func (s *Service) saveReady(tx *db.Tx, f *File, g *gathered, name string) error {
	n, err := tx.Exec(ready, f.Org, f.ID, f.blob, string(g.kind), g.MIMEType, name, g.Size, g.SHA256, g.Width, g.Height,
		g.DurationMS, g.Animated, g.Thumbnail, s.clock.Now())
	if err == nil && n == 0 {
		err = errStale
	}
	return err
}

// drop forgets a file that no message holds; its bytes go after the commit.
func (s *Service) drop(tx *db.Tx, f *File, delay time.Duration) error {
	if n, err := tx.Exec(remove, f.Org, f.ID); err != nil || n == 0 {
		return err
	}
	return s.discard(tx, f.Org, f.blob, delay)
}

// discard has bytes removed after the commit.
func (s *Service) discard(tx *db.Tx, org id.ID, name string, delay time.Duration) error {
	if name == "" {
		return nil
	}
	return s.jobs.Add(tx, job.Job{Org: org, Kind: removeJob, Key: name, Delay: delay})
}

func maker(a account.Actor) id.ID {
	if a.Member.IsZero() {
		return a.Token
	}
	return a.Member
}

// MadeBy tells whether an actor uploaded the file.
func (f *File) MadeBy(a account.Actor) bool { return !f.CreatedBy.IsZero() && f.CreatedBy == maker(a) }

// limits are those of a channel's type; a file without a channel is bounded in
// size alone.
func (s *Service) limits(ch *channel.Channel) bound {
	if ch == nil {
		return func(string, bool) (int64, error) { return MaxBytes, nil }
	}
	t := s.channels.Type(ch.Type)
	return func(mimeType string, sure bool) (int64, error) {
		most := int64(0)
		for kind, l := range t.Limits.Media {
			if c := t.Caps.Kinds[kind]; c != message.Supported && c != message.Degraded {
				continue
			}
			if takes(l.Types, kind, mimeType) || !sure && kind == message.Document {
				most = max(most, bytesOf(l))
			}
		}
		if most == 0 {
			return 0, fault.New(fault.Invalid, "file_type_unsupported", "%s does not take files of type %s.", t.Name, mimeType).
				WithHint("It takes: %s.", strings.Join(types(t.Caps, t.Limits), ", "))
		}
		return most, nil
	}
}

// takes tells whether a message of a kind may hold a type; a kind without a list
// takes whatever is of its nature.
func takes(list []string, kind message.Kind, mimeType string) bool {
	if len(list) == 0 {
		return kind == message.Document || kind == kindOf(mimeType)
	}
	for _, t := range list {
		if strings.EqualFold(t, mimeType) {
			return true
		}
	}
	return false
}

func bytesOf(l message.MediaLimit) int64 {
	if l.MaxBytes <= 0 {
		return MaxBytes
	}
	return min(l.MaxBytes, MaxBytes)
}

func largest(s *Service, ch *channel.Channel) int64 {
	if ch == nil {
		return MaxBytes
	}
	most := int64(0)
	for _, l := range s.channels.Type(ch.Type).Limits.Media {
		most = max(most, bytesOf(l))
	}
	return most
}

func types(c message.Caps, l message.Limits) (out []string) {
	for _, k := range message.Kinds {
		if s := c.Kinds[k]; s == message.Supported || s == message.Degraded {
			out = append(out, l.Media[k].Types...)
		}
	}
	if len(out) == 0 {
		return []string{"no files"}
	}
	return out
}

func tooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "file_too_large", "The file is too large: at most %s are allowed.", human(limit)).
		WithDetails("limit: %d bytes", limit).WithHint("Make it smaller, or send a link to it.")
}

func human(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d kB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// Delete forgets an upload that no message holds.
func (s *Service) Delete(tx *db.Tx, f *File) error {
	if !f.Message.IsZero() {
		return fault.New(fault.Conflict, "media_in_use", "A message holds this file.").WithHint("Only an upload that was not sent can be deleted.")
	}
	return s.drop(tx, f, 0)
}

// Erase forgets the files of messages, in the transaction
// that erases the messages; their bytes go after the commit. A download under
// way finds its row gone and lets go.
func (s *Service) Erase(tx *db.Tx, org id.ID, messages db.IDs) error {
	var files db.IDs
	var blobs []string
	for _, m := range messages {
		if err := tx.Query(filesOf, []any{org, m}, func(scan func(...any) error) error {
			var f id.ID
			var blob string
			err := scan(&f, &blob)
			files, blobs = append(files, f), append(blobs, blob)
			return err
		}); err != nil {
			return err
		}
	}
	if len(files) == 0 {
		return nil
	}
	if _, err := tx.Exec(erase, org, files); err != nil {
		return err
	}
	for _, b := range blobs {
		if err := s.discard(tx, org, b, 0); err != nil {
			return err
		}
	}
	return nil
}

// Expire forgets an upload that nobody sent for a day.
func (s *Service) expire(ctx context.Context, j *job.Job) error {
	file, err := id.Parse(j.Key)
	if err != nil {
		return nil // not a key of ours
	}
	return s.db.Tenant(j.Org).Write(ctx, func(tx *db.Tx) error {
		f, err := held(tx, j.Org, file)
		if err != nil {
			return err
		}
		if f != nil && f.Message.IsZero() {
			if err := s.drop(tx, f, 0); err != nil {
				return err
			}
		}
		return j.Finish(tx)
	})
}

// removeBytes deletes what a committed row no longer names.
func (s *Service) removeBytes(ctx context.Context, j *job.Job) error {
	if err := s.store.Delete(ctx, j.Key+thumbEnd); err != nil {
		return err
	}
	return s.store.Delete(ctx, j.Key)
}

// Jobs are the kinds of work the domain does by itself.
func (s *Service) Jobs() []job.Kind {
	return []job.Kind{{Name: expireJob, Most: 2, Run: s.expire}, {Name: removeJob, Most: 4, Run: s.removeBytes}}
}

// Attach makes a ready upload part of a message, in the transaction that makes
// the message. The file must have been read in that transaction.
func (s *Service) Attach(tx *db.Tx, f *File, msg, conversation, ch id.ID, kind message.Kind) error {
	n, err := tx.Exec(attach, f.Org, f.ID, msg, conversation, ch, string(kind), f.Voice, s.clock.Now())
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "media_in_use", "Another message holds this file.").WithHint("Upload it again.")
	}
	return err
}

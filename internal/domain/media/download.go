package media

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"switchboard/internal/domain/channel"
	"switchboard/internal/message"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/job"
)

// keptFor is how long a provider keeps a file when its type does not say.
const keptFor = 24 * time.Hour

// Announced is a file a provider told of, and the message it belongs to.
type Announced struct {
	Message, Conversation id.ID
	Media                 *message.Media // gets the file's id
}

// Register notes files that a provider announced, and has them fetched, in the
// transaction that stores their messages.
func (s *Service) Register(tx *db.Tx, ch *channel.Channel, files []Announced, now time.Time) error {
	if len(files) == 0 {
		return nil
	}
	kept := s.channels.Type(ch.Type).FileTime
	if kept == 0 {
		kept = keptFor
	}
	rows, jobs := make([][]any, 0, len(files)), make([]job.Job, 0, len(files))
	for _, f := range files {
		v, m := id.New(), f.Media
		state, failure := Remote, any(nil)
		if m.Error != "" {
			state, failure = Failed, marshal(refusedByProvider(m.Error))
		} else {
			jobs = append(jobs, job.Job{Org: ch.OrganizationID, Kind: DownloadJob, Key: v.String()})
		}
		rows = append(rows, []any{ch.OrganizationID, v, f.Conversation, f.Message, ch.ID, string(m.Kind), string(state), m.MIMEType, SafeName(m.FileName, ""), m.Size,
			m.Voice, m.Animated, "", marshal(m), failure, nil, now.Add(kept), now, now})
		m.ID = v.String()
	}
	if err := tx.InsertMany(insert, rows); err != nil {
		return err
	}
	return s.jobs.AddNew(tx, jobs)
}

// Begin starts an attempt to fetch the file of a job; nil when there is nothing
// to do. What an earlier attempt left half done is removed.
func (s *Service) Begin(ctx context.Context, j *job.Job) (*File, error) {
	file, err := id.Parse(j.Key)
	if err != nil {
		return nil, nil
	}
	var f *File
	err = s.db.Tenant(j.Org).Write(ctx, func(tx *db.Tx) (err error) {
		if err = j.Held(tx); err != nil {
			return err
		}
		if f, err = held(tx, j.Org, file); err != nil || f == nil {
			return err
		}
		if f.State == Ready || f.State == Failed {
			f = nil
			return nil
		}
		// Whoever made that attempt may still be at it: it is given an hour.
		if err := s.discard(tx, f.Org, f.blob, time.Hour); err != nil {
			return err
		}
		f.blob = f.Org.String() + "/" + id.New().String()
		was := f.State
		f.State = Downloading
		if _, err := tx.Exec(attempt, f.Org, f.ID, f.blob, s.clock.Now()); err != nil {
			return err
		}
		if was != Downloading {
			changed(tx, f)
		}
		return nil
	})
	return f, err
}

// changed tells who looks at the message.
func changed(tx *db.Tx, f *File) {
	if !f.Message.IsZero() {
		tx.Emit(db.Event{Org: f.Org, Kind: "message.updated", Ref: f.Message, Channel: f.Channel})
	}
}

// Claims are what a provider says about a file; -1 and "" are nothing.
type Claims struct {
	Size     int64
	SHA256   string
	FileName string
}

// ErrNotWhole says that the bytes are not those the provider announced.
var ErrNotWhole = errors.New("the file is not what was announced")

// TooLarge tells whether a download failed because the file is larger than any
// may be.
func TooLarge(err error) bool { return errors.As(err, new(errTooLarge)) }

// Receive reads the bytes of an attempt and makes the file ready, together with
// the end of its job. An error leaves the file as it was.
func (s *Service) Receive(ctx context.Context, j *job.Job, f *File, body io.Reader, c Claims) error {
	g, err := s.gather(ctx, body, f.Kind, func(string, bool) (int64, error) { return MaxBytes, nil })
	if err != nil {
		return err
	}
	defer g.Discard()
	for _, sum := range []string{c.SHA256, f.Remote.SHA256} {
		if sum != "" && !strings.EqualFold(sum, g.SHA256) {
			return ErrNotWhole
		}
	}
	if c.Size >= 0 && c.Size != g.Size {
		return ErrNotWhole
	}
	if err := s.keep(ctx, g, f.blob); err != nil {
		return err
	}
	name := f.Remote.FileName
	if name == "" {
		name = c.FileName
	}
	err = s.db.Tenant(f.Org).Write(ctx, func(tx *db.Tx) error {
		if err := s.saveReady(tx, f, g, SafeName(name, g.MIMEType)); err != nil {
			return err
		}
		changed(tx, f)
		return j.Finish(tx)
	})
	if errors.Is(err, errStale) { // erased, or another attempt's by now: nobody knows these bytes
		return s.removeBytes(context.WithoutCancel(ctx), &job.Job{Key: f.blob})
	}
	return err
}

// Trouble records why an attempt failed. A final one ends the job.
func (s *Service) Trouble(ctx context.Context, j *job.Job, f *File, why Failure, final bool) error {
	state := Downloading
	if final {
		state = Failed
	} else {
		why.Retryable = true
	}
	return s.db.Tenant(f.Org).Write(ctx, func(tx *db.Tx) error {
		if n, err := tx.Exec(fail, f.Org, f.ID, f.blob, string(state), marshal(why), s.clock.Now()); err != nil {
			return err
		} else if n > 0 && (final || f.Error == nil || *f.Error != why) {
			changed(tx, f)
		}
		if !final {
			return nil
		}
		if err := s.discard(tx, f.Org, f.blob, 0); err != nil {
			return err
		}
		return j.Finish(tx)
	})
}

// Over tells whether the provider no longer has the file.
func (s *Service) Over(f *File) bool {
	return !f.ExpiresAt.IsZero() && !s.clock.Now().Before(f.ExpiresAt)
}

// Pause is how long to wait after so many attempts.
func Pause(attempts int) time.Duration {
	return clock.Jitter(min(time.Second<<min(attempts-1, 12), 30*time.Minute))
}

// Retry has a file that failed fetched again, by a person's decision.
func (s *Service) Retry(tx *db.Tx, f *File) error {
	switch {
	case f.State == Ready:
		return fault.New(fault.Conflict, "not_retryable", "The file is here already.")
	case f.Remote.Kind == "" || f.Remote.Error != "":
		return fault.New(fault.Conflict, "not_retryable", "The platform did not hand over this file.").WithHint("Ask the contact to send it again.")
	}
	if f.State == Failed {
		if _, err := tx.Exec(again, f.Org, f.ID, s.clock.Now()); err != nil {
			return err
		}
		changed(tx, f)
	}
	return s.jobs.Add(tx, job.Job{Org: f.Org, Kind: DownloadJob, Key: f.ID.String()})
}

package gateway

import (
	"context"
	"errors"
	"io"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/media"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/job"
	"switchboard/internal/platform/lease"
)

// Bounds of fetching files.
const (
	downloadsMost = 8
	fileTime      = 15 * time.Minute // one transfer
	stallTime     = 30 * time.Second // without a byte
)

// Downloads is how a node works the jobs that fetch files.
func (g *Gateway) Downloads() job.Kind {
	return job.Kind{Name: media.DownloadJob, Most: downloadsMost, Run: g.download}
}

// download makes one attempt to fetch a file a contact sent.
func (g *Gateway) download(ctx context.Context, j *job.Job) error {
	f, err := g.Media.Begin(ctx, j)
	if err != nil || f == nil {
		return err
	}
	err = g.fetch(ctx, j, f)
	if err == nil || ctx.Err() != nil || errors.Is(err, lease.ErrLost) {
		return err
	}
	why, wait, final := g.judgeDownload(err, j, f)
	if e := g.Media.Trouble(ctx, j, f, why, final); e != nil {
		return e
	}
	if final {
		return nil
	}
	return &job.Again{After: wait, Err: err}
}

func (g *Gateway) fetch(ctx context.Context, j *job.Job, f *media.File) error {
	l, err := g.live(ctx, f.Channel)
	if err != nil {
		return err
	}
	if l == nil {
		return &adapter.SendError{Reason: adapter.Rejected, Title: "The channel was deleted before the file was fetched."}
	}
	if l.conn == nil || !l.ch.IsActive || l.ch.Connection() != channel.Connected {
		return &adapter.SendError{Reason: adapter.BadSettings, Title: "The channel is switched off or disconnected.", Hint: "Switch it on: the file is fetched as long as the platform keeps it."}
	}
	fetcher, ok := l.conn.(adapter.Fetcher)
	if !ok {
		return &adapter.SendError{Reason: adapter.NotSupported, Title: l.typ.Name + " has no files to fetch."}
	}
	call, cancel := context.WithTimeout(ctx, fileTime)
	defer cancel()
	d, err := fetchSafely(call, fetcher, f)
	if err != nil {
		return err
	}
	defer d.Body.Close() //nolint:errcheck // read only
	return g.Media.Receive(ctx, j, f, moving(d.Body, cancel), media.Claims{Size: d.Size, SHA256: d.SHA256, FileName: d.FileName})
}

func fetchSafely(ctx context.Context, c adapter.Fetcher, f *media.File) (d adapter.Download, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errPanic(p)
		}
	}()
	return c.Fetch(ctx, f.Remote)
}

// moving ends a transfer that has stopped to move.
func moving(body io.Reader, cancel context.CancelFunc) io.Reader {
	return &mover{body, time.AfterFunc(stallTime, cancel)}
}

type mover struct {
	io.Reader
	stalled *time.Timer
}

func (m *mover) Read(p []byte) (int, error) {
	m.stalled.Reset(stallTime)
	n, err := m.Reader.Read(p)
	if err != nil {
		m.stalled.Stop()
	}
	return n, err
}

// judgeDownload decides what follows from an attempt that failed: again, as long
// as the provider keeps the file, or never.
func (g *Gateway) judgeDownload(err error, j *job.Job, f *media.File) (why media.Failure, wait time.Duration, final bool) {
	wait = media.Pause(j.Attempts)
	var se *adapter.SendError
	switch {
	case errors.As(err, &se):
		why = media.Failure{Code: string(se.Reason), Title: se.Title, Detail: clip(se.Detail, 500), Hint: se.Hint}
		switch se.Reason {
		case adapter.Throttled, adapter.Unreachable, adapter.Uncertain:
			wait = max(wait, se.RetryAfter)
		case adapter.AuthExpired, adapter.BadSettings: // a person can mend the account
			wait = max(wait, time.Minute)
		default:
			final = true
		}
	case errors.Is(err, media.ErrNotWhole):
		why = media.Failure{Code: "not_whole", Title: "The file that came is not the one the platform announced.", Hint: "It is fetched again."}
	case media.TooLarge(err):
		why, final = media.Failure{Code: "file_too_large", Title: "The file is larger than files may be here."}, true
	case fault.As(err).Kind != fault.Internal: // our own store or database
		e := fault.As(err)
		why = media.Failure{Code: e.Code, Title: e.Message, Hint: e.Hint}
	default:
		why = media.Failure{Code: string(adapter.Unreachable), Title: "The transfer of the file broke off."}
	}
	if why.Title == "" {
		why.Title = "The file could not be fetched."
	}
	if !final && g.Media.Over(f) {
		final = true
		why.Detail, why.Hint = why.Title, "Ask the contact to send it again."
		why.Code, why.Title = "expired", "The platform no longer has the file."
	}
	if final {
		why.Retryable = why.Code != "file_too_large"
	}
	return why, wait, final
}

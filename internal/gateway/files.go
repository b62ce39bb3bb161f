package gateway

import (
	"context"
	"io"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/id"
)

// ahead hands the files of a message over before it, where the type does so, and
// then commits that the message is being sent. Until then nothing was sent, so
// whatever happens here leaves no doubt: it is tried again, also by whoever
// comes after us.
func (w *gate) ahead(ctx context.Context, l *live, o inbox.Outgoing, out *adapter.Outbound) error {
	if len(out.Files) == 0 || !l.typ.FilesAhead {
		return nil
	}
	u, ok := l.conn.(adapter.Uploader)
	if !ok {
		return &adapter.SendError{Reason: adapter.NotSupported, Title: l.typ.Name + " cannot take files."}
	}
	call, cancel := context.WithTimeout(ctx, w.g.filesTime(o))
	defer cancel()
	ids, err := uploadSafely(call, u, *out)
	if err == nil && len(ids) != len(out.Files) {
		err = &adapter.SendError{Reason: adapter.Rejected, Title: "Our adapter lost a file."}
	}
	if err != nil {
		e := *adapter.AsSendError(err)
		if e.Reason == adapter.Uncertain {
			e.Reason = adapter.Unreachable
		}
		return &e
	}
	for i, v := range ids {
		out.Files[i].ID = v
	}
	going, err := w.g.Inbox.Going(context.WithoutCancel(ctx), l.ch, w.epoch, o)
	if err != nil || !going { // canceled meanwhile, or no longer ours: then nobody asks for this outcome
		return &adapter.SendError{Reason: adapter.Unreachable, Title: "The message was not sent any more.", Err: err}
	}
	return nil
}

func uploadSafely(ctx context.Context, u adapter.Uploader, out adapter.Outbound) (ids []string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &adapter.SendError{Reason: adapter.Rejected, Title: "Our adapter failed while uploading.", Err: errPanic(p)}
		}
	}()
	return u.Upload(ctx, out)
}

// filesTime is how long the files of a message may take, at a slow line's pace.
func (g *Gateway) filesTime(o inbox.Outgoing) time.Duration {
	d := g.SendTimeout
	for _, m := range o.Content.Media {
		d += time.Duration(m.Size>>17) * time.Second // 128 kB a second
	}
	return min(d, fileTime)
}

// timeFor is how long the call of one message may take.
func (g *Gateway) timeFor(l *live, o inbox.Outgoing) time.Duration {
	if l.typ.FilesAhead {
		return g.SendTimeout
	}
	return g.filesTime(o)
}

// files are the files of a message as an adapter takes them.
func (g *Gateway) files(l *live, o inbox.Outgoing) []adapter.File {
	var out []adapter.File
	for _, m := range o.Content.Media {
		file, err := id.Parse(m.ID)
		if err != nil { // written before files were kept
			out = append(out, adapter.File{})
			continue
		}
		out = append(out, adapter.File{Link: g.Media.Link(l.ch.OrganizationID, file),
			Open: func(ctx context.Context) (io.ReadCloser, error) { return g.Media.Read(ctx, l.ch.OrganizationID, file) }})
	}
	return out
}

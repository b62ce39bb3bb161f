package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"switchboard/internal/message"
	"switchboard/internal/platform/blob"
	"switchboard/internal/platform/fault"
)

// gathered is a file in hand: its bytes, what they say, and a small picture.
type gathered struct {
	*blob.Staged
	Facts
	kind  message.Kind
	thumb []byte
	flood bool // more pixels than are ever decoded
}

// bound says how large a file of a type may be, or why it may not be at all.
// sure is false while only the beginning is known and the type may still turn
// out to be another.
type bound func(mimeType string, sure bool) (int64, error)

// errTooLarge says that a stream passed its bound.
type errTooLarge struct{ limit int64 }

func (e errTooLarge) Error() string { return fmt.Sprintf("media: over %d bytes", e.limit) }

// gather reads a stream to its end into the store's staging, no further than the
// bound allows, and looks at what came. The caller discards it in any case.
func (s *Service) gather(ctx context.Context, r io.Reader, claimed message.Kind, allowed bound) (*gathered, error) {
	head := make([]byte, headBytes)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	} else if err == io.ErrUnexpectedEOF && n == headBytes { // cannot be; kept apart from a stream that broke off
		return nil, err
	}
	mimeType := sniff(head)
	limit, refusal := allowed(mimeType, kindOf(mimeType) != message.Document)
	if refusal != nil {
		return nil, refusal
	}
	staged, err := s.store.Stage()
	if err != nil {
		return nil, storeDown(err)
	}
	g := &gathered{Staged: staged}
	ok := false
	defer func() {
		if !ok {
			g.Discard()
		}
	}()
	sum := sha256.New()
	in := io.LimitReader(io.MultiReader(bytes.NewReader(head), r), limit+1)
	g.Size, err = copyTo(ctx, io.MultiWriter(sum, writer{staged}), in)
	if err != nil {
		return nil, err
	}
	if g.Size > limit {
		return nil, errTooLarge{limit}
	}
	g.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if err := g.look(ctx, mimeType, claimed); err != nil {
		return nil, err
	}
	if limit, refusal = allowed(g.MIMEType, true); refusal != nil {
		return nil, refusal
	} else if g.Size > limit {
		return nil, errTooLarge{limit}
	}
	ok = true
	return g, nil
}

// look finds out what the bytes are.
func (g *gathered) look(ctx context.Context, mimeType string, claimed message.Kind) error {
	if claimed == "" {
		claimed = kindOf(mimeType)
	}
	g.kind, g.MIMEType = agree(claimed, mimeType)
	switch {
	case shown[mimeType]:
		return g.lookAtPicture(ctx)
	case strings.HasPrefix(g.MIMEType, "audio/"), strings.HasPrefix(g.MIMEType, "video/"):
		g.DurationMS = duration(g.Staged, g.Size, mimeType)
	}
	return nil
}

func (g *gathered) lookAtPicture(ctx context.Context) error {
	c, err := dimensions(g.Staged, g.MIMEType)
	switch {
	case errors.Is(err, errFlood):
		// It may be a real photograph of a huge sensor: kept, to be saved by who
		// wants it, and never drawn by us or in the thread.
		g.kind, g.flood = message.Document, true
		return nil
	case errors.Is(err, errDamaged):
		g.kind, g.MIMEType = message.Document, "application/octet-stream"
		return nil
	case err != nil:
		return storeDown(err)
	}
	o := 1
	if g.MIMEType == "image/jpeg" {
		o = orientation(g.Staged)
	}
	g.Width, g.Height = c.Width, c.Height
	if sideways(o) {
		g.Width, g.Height = c.Height, c.Width
	}
	g.Animated = animated(g.Staged, g.MIMEType)
	g.thumb, err = thumbnail(ctx, g.Staged, c, o)
	g.Thumbnail = int64(len(g.thumb))
	return err
}

// keep puts the file, and its small picture, into the store.
func (s *Service) keep(ctx context.Context, g *gathered, name string) error {
	if g.thumb != nil {
		t, err := s.store.Stage()
		if err != nil {
			return storeDown(err)
		}
		defer t.Discard()
		if _, err = t.Write(g.thumb); err == nil {
			err = s.store.Put(ctx, name+thumbEnd, t)
		}
		if err != nil {
			return storeDown(err)
		}
	}
	if err := s.store.Put(ctx, name, g.Staged); err != nil {
		return storeDown(err)
	}
	return nil
}

// thumbEnd is what the name of a small picture has behind that of its file.
const thumbEnd = ".thumb"

// writer tells failures of our own disk from those of the stream.
type writer struct{ io.Writer }

func (w writer) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		err = storeDown(err)
	}
	return n, err
}

// copyTo is io.Copy that ends with its context.
func copyTo(ctx context.Context, w io.Writer, r io.Reader) (int64, error) {
	return io.Copy(w, readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	}))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// storeDown is a fault of ours that passes.
func storeDown(err error) error {
	if err == nil {
		return nil
	}
	f := fault.New(fault.Unavailable, "media_store_unavailable", "Files cannot be kept at present.").WithHint("Try again; if it stays so, tell the operator.").Because(err)
	return f
}

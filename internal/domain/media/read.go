package media

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"switchboard/internal/platform/blob"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/secret"
)

// Open reads the bytes of a file that is ready.
func (s *Service) Open(ctx context.Context, f *File) (io.ReadSeekCloser, error) {
	if f.State != Ready {
		return nil, fault.New(fault.Conflict, "media_not_ready", "The file is not here yet.").WithHint("Look at its state; a failed download can be tried again.")
	}
	return opened(s.store.Open(ctx, f.blob, f.Size))
}

// Thumbnail reads the small picture of a file, a JPEG.
func (s *Service) Thumbnail(ctx context.Context, f *File) ([]byte, error) {
	if f.State != Ready || f.Thumbnail == 0 {
		return nil, fault.Absent("thumbnail")
	}
	r, err := opened(s.store.Open(ctx, f.blob+thumbEnd, f.Thumbnail))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, thumbMost))
	return b, storeDown(err)
}

// Read is Open for who knows a file by its id alone.
func (s *Service) Read(ctx context.Context, org, file id.ID) (io.ReadCloser, error) {
	var f *File
	if err := s.db.Tenant(org).Read(ctx, func(tx *db.Tx) (err error) {
		f, err = One(tx, org, file)
		return err
	}); err != nil {
		return nil, err
	}
	return s.Open(ctx, f)
}

func opened(r io.ReadSeekCloser, err error) (io.ReadSeekCloser, error) {
	if errors.Is(err, blob.ErrMissing) {
		return nil, fault.New(fault.NotFound, "media_lost", "The bytes of this file are gone from the store.").WithHint("Tell the operator; a backup may hold them.").Because(err)
	}
	if err != nil {
		return nil, storeDown(err)
	}
	return r, nil
}

// LinkFor is how long a provider may fetch a file by its link.
const LinkFor = 72 * time.Hour

var linkAAD = secret.AAD("", "media", "link", "")

// Link is where a provider can fetch a file without signing in: for a limited
// time, and nothing but this file. The token is sealed by our own key.
func (s *Service) Link(org, file id.ID) string {
	plain := append(append([]byte(nil), org[:]...), file[:]...)
	plain = binary.BigEndian.AppendUint64(plain, uint64(s.clock.Now().Add(LinkFor).Unix()))
	return s.publicURL + "/files/" + base64.RawURLEncoding.EncodeToString(s.keys.Seal(linkAAD, plain))
}

// ByLink finds the file of a link's token. Whatever is wrong with one, the
// answer is the same.
func (s *Service) ByLink(ctx context.Context, token string) (*File, error) {
	absent := fault.Absent("file")
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, absent
	}
	plain, err := s.keys.Open(linkAAD, sealed)
	if err != nil || len(plain) != 40 {
		return nil, absent
	}
	org, file := id.ID(plain[:16]), id.ID(plain[16:32])
	if s.clock.Now().Unix() >= int64(binary.BigEndian.Uint64(plain[32:])) {
		return nil, absent
	}
	var f *File
	err = s.db.Tenant(org).Read(ctx, func(tx *db.Tx) (err error) {
		f, err = One(tx, org, file)
		return err
	})
	return f, err
}

package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"switchboard/internal/platform/httpx"
)

// bucket is an S3 bucket or one that speaks like it. Its address is the
// operator's own, so it may be private.
type bucket struct {
	*stage
	Bucket
	s3   *minio.Client
	http *http.Client
}

// Times of talking to a bucket.
const (
	linkTime  = 15 * time.Minute // a presigned link is used at once, but a slow reader seeks late
	stallTime = 30 * time.Second // until an answer begins
	longest   = time.Hour        // one transfer
	tries     = 3                // of calls without a body of ours; a failed put is a failed attempt
)

func openBucket(s *stage, b Bucket, c Credentials) (Store, error) {
	client := httpx.New(httpx.Options{Purpose: "media store", Operator: true, Timeout: longest, HeaderTimeout: stallTime})
	auth := credentials.NewStaticV4(c.KeyID, c.Secret.Reveal(), c.SessionToken.Reveal())
	if c.KeyID == "" {
		auth = credentials.NewStatic("", "", "", credentials.SignatureAnonymous)
	}
	s3, err := minio.New(b.Endpoint.Host, &minio.Options{Creds: auth, Secure: b.Endpoint.Scheme == "https", Transport: client.Transport,
		Region: b.Region, BucketLookup: minio.BucketLookupPath, MaxRetries: tries})
	if err != nil {
		return nil, fmt.Errorf("--media-url: %w", err)
	}
	return &bucket{stage: s, Bucket: b, s3: s3, http: client}, nil
}

func (b *bucket) key(name string) (string, error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	if b.Prefix != "" {
		name = b.Prefix + "/" + name
	}
	return name, nil
}

func (b *bucket) Put(ctx context.Context, name string, s *Staged) error {
	key, err := b.key(name)
	if err != nil {
		return err
	}
	size, err := s.Length()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	// Whoever gets at the bucket around us finds nothing a browser would run.
	// (io.NewSectionReader: the client closes what it can close.)
	_, err = b.s3.PutObject(ctx, b.Name, key, io.NewSectionReader(s, 0, size), size,
		minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true})
	return err
}

func (b *bucket) Open(ctx context.Context, name string, size int64) (io.ReadSeekCloser, error) {
	key, err := b.key(name)
	if err != nil {
		return nil, err
	}
	link, err := b.s3.PresignedGetObject(ctx, b.Name, key, linkTime, nil)
	if err != nil {
		return nil, err
	}
	r := &ranged{ctx: ctx, http: b.http, link: link.String(), size: size}
	if size > 0 { // a file that is not there is told before the first byte is asked for
		err = r.fetch()
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (b *bucket) Delete(ctx context.Context, name string) error {
	key, err := b.key(name)
	if err != nil {
		return err
	}
	return b.s3.RemoveObject(ctx, b.Name, key, minio.RemoveObjectOptions{})
}

func (b *bucket) Check(ctx context.Context) error {
	ok, err := b.s3.BucketExists(ctx, b.Name)
	if err == nil && !ok {
		err = fmt.Errorf("the bucket %q does not exist", b.Name)
	}
	return err
}

var _ Store = (*bucket)(nil)

// ranged reads an object from wherever it was sought to, with one request for
// each run of reading. A seek there and back, by which a size is looked up, costs
// none.
type ranged struct {
	ctx  context.Context
	http *http.Client
	link string
	size int64
	at   int64
	body io.ReadCloser
	next int64 // where the body stands
}

func (r *ranged) Read(p []byte) (int, error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	if r.body == nil || r.next != r.at {
		if err := r.fetch(); err != nil {
			return 0, err
		}
	}
	n, err := r.body.Read(p)
	r.at += int64(n)
	r.next = r.at
	if err == io.EOF && r.at < r.size {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (r *ranged) fetch() error {
	_ = r.Close()
	req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, r.link, nil)
	if err != nil {
		return err
	}
	want := http.StatusOK
	if r.at > 0 {
		want = http.StatusPartialContent
		req.Header.Set("Range", "bytes="+strconv.FormatInt(r.at, 10)+"-")
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return errors.New("blob: the media store does not answer") // err would quote the signed link
	}
	switch {
	case resp.StatusCode == http.StatusNotFound:
		err = ErrMissing
	case resp.StatusCode != want:
		err = fmt.Errorf("blob: the media store answers %d", resp.StatusCode)
	case resp.ContentLength >= 0 && resp.ContentLength != r.size-r.at:
		err = fmt.Errorf("blob: the media store has %d bytes where there should be %d", resp.ContentLength, r.size-r.at)
	}
	if err != nil {
		_ = resp.Body.Close()
		return err
	}
	r.body, r.next = resp.Body, r.at
	return nil
}

func (r *ranged) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, errors.New("blob: sought before the beginning")
	}
	r.at = offset
	return offset, nil
}

// Close ends the request under way.
func (r *ranged) Close() error {
	if r.body == nil {
		return nil
	}
	err := r.body.Close()
	r.body = nil
	return err
}

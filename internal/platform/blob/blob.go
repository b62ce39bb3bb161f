// Package blob keeps the bytes of files under names that we choose, in a local
// directory or in an S3 bucket. A file appears whole or not at all, and is never
// changed once it is there. The package knows neither what the bytes are nor
// whose; which names exist is for the database to say.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"switchboard/internal/platform/id"
	"switchboard/internal/platform/secret"
)

// Store keeps files.
type Store interface {
	// Stage opens an empty file that nobody else sees, to gather bytes in.
	Stage() (*Staged, error)
	// Put keeps what was gathered under a name; once it returns, the file
	// survives a power cut. The staged file is used up.
	Put(ctx context.Context, name string, s *Staged) error
	// Open reads a file of a size that is known; ErrMissing when there is none.
	Open(ctx context.Context, name string, size int64) (io.ReadSeekCloser, error)
	// Delete removes a file; one that is not there is no error.
	Delete(ctx context.Context, name string) error
	// Check tells whether files can be kept at present.
	Check(ctx context.Context) error
}

// ErrMissing says that there is no such file.
var ErrMissing = errors.New("blob: no such file")

// names are safe as paths and as S3 keys on every system.
var names = regexp.MustCompile(`^[0-9a-z]+(-[0-9a-z]+)*(/[0-9a-z]+([.-][0-9a-z]+)*)*$`)

func checkName(name string) error {
	if len(name) > 200 || !names.MatchString(name) {
		return fmt.Errorf("blob: %q is no usable name", name)
	}
	return nil
}

// Credentials are the keys of an S3 bucket; none asks anonymously.
type Credentials struct {
	KeyID        string
	Secret       secret.String
	SessionToken secret.String
}

// Open opens the store at a URL: "" is the directory itself, s3://bucket/prefix
// a bucket, for which the directory only holds what is being gathered.
func Open(dir, at string, c Credentials) (Store, error) {
	stage, err := openStage(dir)
	if err != nil {
		return nil, err
	}
	if at == "" {
		return &local{stage}, nil
	}
	b, err := ParseURL(at)
	if err != nil {
		return nil, err
	}
	return openBucket(stage, b, c)
}

// Bucket is where an S3 store is.
type Bucket struct {
	Name, Prefix, Region string
	Endpoint             *url.URL
}

const urlForm = "s3://bucket/prefix?endpoint=https://s3.example.com&region=eu-central-1"

// ParseURL reads s3://bucket/prefix?endpoint=…&region=….
func ParseURL(at string) (Bucket, error) {
	bad := func(why string) (Bucket, error) {
		return Bucket{}, fmt.Errorf("--media-url: %s; write it like %s, with the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", why, urlForm)
	}
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "s3" {
		return bad("it does not begin with s3://")
	}
	if u.User != nil {
		return bad("keys do not belong in the URL")
	}
	q := u.Query()
	for k := range q {
		if k != "endpoint" && k != "region" {
			return bad("it knows endpoint and region, not " + k)
		}
	}
	b := Bucket{Name: u.Host, Prefix: strings.Trim(u.Path, "/"), Region: q.Get("region")}
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`).MatchString(b.Name) {
		return bad("the bucket's name is missing or not one")
	}
	if b.Prefix != "" {
		if err := checkName(b.Prefix); err != nil {
			return bad("the prefix may hold lower-case letters, digits, - and / only")
		}
	}
	if b.Region == "" {
		b.Region = "us-east-1"
	}
	end := q.Get("endpoint")
	if end == "" {
		end = "https://s3." + b.Region + ".amazonaws.com"
	}
	b.Endpoint, err = url.Parse(end)
	if err != nil || b.Endpoint.Scheme != "https" && b.Endpoint.Scheme != "http" || b.Endpoint.Host == "" || strings.Trim(b.Endpoint.Path, "/") != "" {
		return bad("endpoint is the http:// or https:// address of the service, without a path")
	}
	return b, nil
}

// Staged is a file on its way into the store.
type Staged struct {
	*os.File
	name string
	root *os.Root
	kept bool
}

// Discard throws away what was not put; it is called in any case.
func (s *Staged) Discard() {
	_ = s.Close()
	if !s.kept {
		_ = s.root.Remove(s.name) // what stays is swept at a later start
	}
}

// Length is how much was gathered.
func (s *Staged) Length() (int64, error) {
	st, err := s.Stat()
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

// stage holds what is being gathered, below <dir>/tmp.
type stage struct{ root *os.Root }

const staging = "tmp"

// staleAfter is longer than any transfer is allowed to take.
const staleAfter = 24 * time.Hour

func openStage(dir string) (*stage, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the directory for files cannot be made: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("the directory for files cannot be opened: %w", err)
	}
	if err := root.MkdirAll(staging, 0o700); err != nil {
		return nil, fmt.Errorf("the directory for files cannot be written: %w", err)
	}
	s := &stage{root}
	s.sweep()
	return s, nil
}

// sweep removes what a process that died left behind.
func (s *stage) sweep() {
	now := id.New().Time()
	entries, err := fs.ReadDir(s.root.FS(), staging)
	if err != nil {
		return // nothing depends on it
	}
	for _, e := range entries {
		if i, err := e.Info(); err == nil && now.Sub(i.ModTime()) > staleAfter {
			_ = s.root.Remove(staging + "/" + e.Name())
		}
	}
}

func (s *stage) Stage() (*Staged, error) {
	name := staging + "/" + id.New().String()
	f, err := s.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &Staged{File: f, name: name, root: s.root}, nil
}

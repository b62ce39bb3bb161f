package media_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/media"
	"switchboard/internal/message"
	"switchboard/internal/platform/blob"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/job"
	"switchboard/internal/platform/secret"
)

type fixture struct {
	*testing.T
	db    *db.DB
	clk   *clock.Fixed
	dir   string
	store *failing
	jobs  *job.Queue
	files *media.Service
	admin account.Actor
	ch    *channel.Channel
}

// failing is a store whose puts can be made to fail.
type failing struct {
	blob.Store
	broken error
}

func (f *failing) Put(ctx context.Context, name string, s *blob.Staged) error {
	if f.broken != nil {
		return f.broken
	}
	return f.Store.Put(ctx, name, s)
}

func onEach(t *testing.T, run func(f *fixture)) {
	clk := clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	dbtest.Each(t, clk, func(t *testing.T, d *db.DB) {
		f := &fixture{T: t, db: d, clk: clk, dir: t.TempDir()}
		log, bus := slog.New(slog.DiscardHandler), event.NewBus(slog.Default())
		master, err := secret.ParseMasterKey(strings.Repeat("A", 43))
		f.must(err)
		ring, err := secret.NewKeyring(master, nil)
		f.must(err)
		f.must(ring.Add(ring.NewKey()))
		typ := &channel.Type{ID: "LINE_OF_TEST", Name: "Line", FileTime: time.Hour, Account: func(s channel.Settings) string { return s["number"] }, App: func(channel.Settings) string { return "" },
			Fields: []channel.Field{{Key: "number", Label: "Number"}},
			Caps:   message.Caps{Kinds: map[message.Kind]message.Support{message.Image: message.Supported, message.Document: message.Supported}},
			Limits: message.Limits{Media: map[message.Kind]message.MediaLimit{message.Image: {MaxBytes: 50_000, Types: []string{"image/png"}},
				message.Document: {MaxBytes: 200_000, Types: []string{"text/plain", "application/pdf"}}, message.Video: {MaxBytes: 1 << 20, Types: []string{"video/mp4"}}}}}
		accounts := account.New(d, clk, log, bus)
		channels := channel.New(d, ring, []*channel.Type{typ}, clk, bus, log, "https://sb.example")
		inner, err := blob.Open(f.dir, "", blob.Credentials{})
		f.must(err)
		f.store, f.jobs = &failing{Store: inner}, job.New(d, bus, log)
		f.files = media.New(d, channels, f.store, ring, f.jobs, clk, log, "https://sb.example")
		for _, k := range f.files.Jobs() {
			f.jobs.Handle(k)
		}
		made, err := accounts.CreateAdministrator(t.Context(), account.NewOrganization{Name: "Acme"}, account.NewMember{Email: "a@example.com", Password: "violet teapot orbit"})
		f.must(err)
		f.admin = account.NewMemberActor(made.Member)
		name, on := "Main", true
		rows, err := channels.CreateMany(t.Context(), f.admin, []channel.Draft{{Name: &name, Type: &typ.ID, IsActive: &on, Settings: map[string]string{"number": "1"}}}, func(_ int, err error) error { return err })
		f.must(err)
		f.ch = rows[0]
		run(f)
	})
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) count(q string) (n int) {
	f.Helper()
	f.must(f.db.System().Read(f.Context(), func(tx *db.Tx) error { return tx.Row(db.Dynamic(q), nil, &n) }))
	return n
}

// stored counts the files in the store, and what is being gathered.
func (f *fixture) stored() (n int) {
	f.Helper()
	f.must(fs.WalkDir(os.DirFS(f.dir), ".", func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	}))
	return n
}

// work does the jobs that are due until none is.
func (f *fixture) work() {
	f.Helper()
	f.jobs.Start()
	defer f.jobs.Stop()
	deadline := time.Now().Add(20 * time.Second)
	for f.count(`SELECT count(*) FROM job WHERE kind = 'media.remove' OR lease_until < created_at + 3600000000`) > 0 {
		if time.Now().After(deadline) {
			f.Fatal("jobs are not done within 20 s")
		}
		<-time.After(5 * time.Millisecond)
	}
}

// endless is a stream that never ends and counts what was read of it.
type endless struct {
	head []byte
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.head)
	e.head = e.head[n:]
	for i := n; i < len(p); i++ {
		p[i] = 'x'
	}
	e.read += len(p)
	return len(p), nil
}

const pngHead = "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x05\x00\x00\x00\x05\x08\x06\x00\x00\x00\x8d\x6f\x26\xe5"

// The channel's limits end an upload, not its end; what was refused leaves
// nothing behind.
func TestUploadLimits(t *testing.T) {
	onEach(t, func(f *fixture) {
		for _, c := range []struct {
			name, code string
			body       io.Reader
			size       int64
			most       int // bytes read before the refusal
		}{
			{"an image over its bound", "file_too_large", &endless{head: []byte(pngHead)}, -1, 150_000},
			{"a document over its bound", "file_too_large", &endless{head: []byte("%PDF-1.7\n")}, -1, 400_000},
			{"a type the channel does not take", "file_type_unsupported", &endless{head: []byte("GIF89a\x05\x00\x05\x00")}, -1, 10_000},
			{"a kind the channel does not send", "file_type_unsupported", &endless{head: []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")}, -1, 10_000},
			{"announced too large", "file_too_large", &endless{}, 5 << 20, 0},
			{"an archive", "file_type_unsupported", strings.NewReader("PK\x03\x04 and so on"), -1, 0},
			{"nothing", "file_empty", strings.NewReader(""), -1, 0},
			{"broken off", "upload_broken_off", io.MultiReader(strings.NewReader("%PDF-1.7\n"), broken{}), -1, 0},
			{"broken off later", "upload_broken_off", io.MultiReader(strings.NewReader("%PDF-1.7\n"+strings.Repeat("x", 9000)), broken{}), -1, 0},
		} {
			_, err := f.files.Upload(f.Context(), f.admin, media.Upload{FileName: "a", Channel: f.ch, Size: c.size, Body: c.body})
			if !fault.Is(err, c.code) {
				f.Errorf("%s: %v, want %s", c.name, err, c.code)
			}
			if e, ok := c.body.(*endless); ok && e.read > c.most {
				f.Errorf("%s: %d bytes were read", c.name, e.read)
			}
		}
		f.work()
		if rows, left := f.count(`SELECT count(*) FROM media`), f.stored(); rows != 0 || left != 0 {
			f.Errorf("%d rows and %d files are left", rows, left)
		}
		up, err := f.files.Upload(f.Context(), f.admin, media.Upload{FileName: "a.txt", Channel: f.ch, Size: 5, Body: strings.NewReader("hello")})
		if err != nil || up.State != media.Ready || up.Kind != message.Document || up.Size != 5 {
			f.Errorf("%+v %v", up, err)
		}
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func (f *fixture) upload(text string) *media.File {
	f.Helper()
	up, err := f.files.Upload(f.Context(), f.admin, media.Upload{FileName: "a.txt", Size: -1, Body: strings.NewReader(text)})
	f.must(err)
	return up
}

// A store that fails is said so, and the row of the upload goes.
func TestStoreFails(t *testing.T) {
	onEach(t, func(f *fixture) {
		f.store.broken = errors.New("no space left on device")
		if _, err := f.files.Upload(f.Context(), f.admin, media.Upload{Size: -1, Body: strings.NewReader("hello")}); !fault.Is(err, "media_store_unavailable") {
			f.Error(err)
		}
		f.store.broken = nil
		f.work()
		if rows, left := f.count(`SELECT count(*) FROM media`), f.stored(); rows != 0 || left != 0 {
			f.Errorf("%d rows and %d files are left", rows, left)
		}
		up := f.upload("hello")
		r, err := f.files.Open(f.Context(), up)
		f.must(err)
		defer r.Close()
		if b, err := io.ReadAll(r); err != nil || string(b) != "hello" {
			f.Errorf("%q %v", b, err)
		}
	})
}

// An upload that nobody sends is forgotten after a day, bytes last; one that a
// message holds stays, and can be neither taken twice nor deleted.
func TestLooseUploads(t *testing.T) {
	onEach(t, func(f *fixture) {
		loose, sent := f.upload("loose"), f.upload("sent")
		take := func() error {
			return f.db.Tenant(f.admin.Organization).Write(f.Context(), func(tx *db.Tx) error {
				return f.files.Attach(tx, sent, id.New(), id.New(), f.ch.ID, message.Document)
			})
		}
		f.must(take())
		if err := take(); !fault.Is(err, "media_in_use") {
			f.Error(err)
		}
		remove := func(v *media.File) error {
			return f.db.Tenant(f.admin.Organization).Write(f.Context(), func(tx *db.Tx) error {
				now, err := media.One(tx, f.admin.Organization, v.ID)
				if err != nil {
					return err
				}
				return f.files.Delete(tx, now)
			})
		}
		if err := remove(sent); !fault.Is(err, "media_in_use") {
			f.Error(err)
		}
		again := f.upload("deleted")
		f.must(remove(again))
		if f.stored() != 3 {
			f.Error("the bytes went before the commit was followed up")
		}
		f.must(f.db.System().Write(f.Context(), func(tx *db.Tx) error { // a day later
			_, err := tx.Exec(db.Dynamic(`UPDATE job SET lease_until = 0`))
			return err
		}))
		f.work()
		if rows, left := f.count(`SELECT count(*) FROM media`), f.stored(); rows != 1 || left != 1 {
			f.Errorf("%d rows and %d files are left", rows, left)
		}
		if err := remove(loose); !fault.Is(err, "not_found") {
			f.Error(err)
		}
	})
}

// A link opens its file until its time is over, and nothing else ever.
func TestLinks(t *testing.T) {
	onEach(t, func(f *fixture) {
		up, other := f.upload("hello"), f.upload("other")
		link := f.files.Link(up.Org, up.ID)
		token, ok := strings.CutPrefix(link, "https://sb.example/files/")
		if !ok || strings.Contains(link, up.ID.String()) || link == f.files.Link(other.Org, other.ID) {
			f.Fatal(link)
		}
		if got, err := f.files.ByLink(f.Context(), token); err != nil || got.ID != up.ID {
			f.Error(got, err)
		}
		absent := func(what, token string) {
			f.Helper()
			if _, err := f.files.ByLink(f.Context(), token); !fault.Is(err, "not_found") {
				f.Errorf("%s: %v", what, err)
			}
		}
		for i := range len(token) {
			b := []byte(token)
			b[i] = map[bool]byte{true: 'B', false: 'A'}[b[i] == 'A']
			if i == len(token)-1 && bytes.Equal(b[:i], []byte(token)[:i]) {
				continue // the last character holds spare bits
			}
			absent("changed", string(b))
		}
		absent("empty", "")
		absent("short", token[:20])
		f.clk.Add(media.LinkFor - time.Second)
		if _, err := f.files.ByLink(f.Context(), token); err != nil {
			f.Error(err)
		}
		f.clk.Add(2 * time.Second)
		absent("too late", token)
	})
}

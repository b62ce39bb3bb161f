package simulator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// media is one stored file. Ids of uploads live 30 days, ids in webhooks 7, a
// resolved URL 5 minutes (Meta documentation: §2.3).
type media struct {
	id       string
	acct     *account
	data     []byte
	mime     string
	filename string
	sha64    string
	shaHex   string
	expires  time.Time
	key      string // part of the download URL
}

type mediaStore struct {
	max   int64
	bytes int64
	byID  map[string]*media
	order []string
}

const mediaURLLife = 5 * time.Minute

func (st *mediaStore) add(s *Simulator, a *account, data []byte, mimeType, filename string, upload bool) (*media, error) {
	if int64(len(data)) > st.max {
		return nil, fmt.Errorf("%w: the file is larger than the media store of %d bytes", ErrFull, st.max)
	}
	sum := sha256.Sum256(data)
	life := 7 * 24 * time.Hour
	if upload {
		life = 30 * 24 * time.Hour
	}
	f := &media{id: s.digits("12", 16), acct: a, data: data, mime: mimeType, filename: filename, sha64: base64.StdEncoding.EncodeToString(sum[:]),
		shaHex: hex.EncodeToString(sum[:]), expires: s.now().Add(life), key: s.hex(12)}
	st.byID[f.id] = f
	st.order = append(st.order, f.id)
	st.bytes += int64(len(data))
	for st.bytes > st.max || len(st.order) > 100_000 {
		st.remove(st.order[0])
	}
	return f, nil
}

func (st *mediaStore) remove(id string) {
	f := st.byID[id]
	if f == nil {
		return
	}
	delete(st.byID, id)
	st.bytes -= int64(len(f.data))
	if st.order[0] == id { // the usual case: the oldest gives way
		st.order = st.order[1:]
		return
	}
	for i, o := range st.order {
		if o == id {
			st.order = append(st.order[:i:i], st.order[i+1:]...)
			break
		}
	}
}

// mediaURL is where the bytes are; base is the Graph root it was asked under.
func (s *Simulator) mediaURL(base string, f *media) string {
	return base + "/media-download/" + f.id + "?ext=" + strconv.FormatInt(s.now().Add(mediaURLLife).Unix(), 10) + "&hash=" + f.key
}

// sizes by kind (Meta documentation: §2.3), in bytes.
var sizeByKind = map[string]int{"image": 5 << 20, "video": 16 << 20, "audio": 16 << 20, "document": 100 << 20, "sticker": 500 << 10}

var typesByKind = map[string][]string{
	"image": {"image/jpeg", "image/png"}, "video": {"video/mp4", "video/3gpp"}, "sticker": {"image/webp"},
	"audio": {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"},
}

func bareType(v string) string {
	t, _, err := mime.ParseMediaType(v)
	if err != nil {
		return strings.ToLower(strings.TrimSpace(v))
	}
	return t
}

func fitsKind(kind, mimeType string, size int) string {
	if list := typesByKind[kind]; list != nil {
		ok := false
		for _, t := range list {
			ok = ok || t == bareType(mimeType)
		}
		if !ok {
			return "Media type " + bareType(mimeType) + " is not supported as " + kind + "."
		}
	}
	if size > sizeByKind[kind] {
		return fmt.Sprintf("Media of %d bytes exceeds the limit of %d for %s.", size, sizeByKind[kind], kind)
	}
	return ""
}

// upload is POST /{phone-number-id}/media.
func (c *call) upload() {
	c.note = "media upload"
	if c.mediaFault("upload", nil) {
		return
	}
	c.r.Body = io.NopCloser(bytes.NewReader(c.body))
	if err := c.r.ParseMultipartForm(maxGraphBody); err != nil {
		c.fail(&graphError{code: 100, message: "The parameter file is required.", details: "The body must be multipart/form-data."})
		return
	}
	if c.r.FormValue("messaging_product") != "whatsapp" {
		c.fail(&graphError{code: 100, message: "The parameter messaging_product is required."})
		return
	}
	file, head, err := c.r.FormFile("file")
	if err != nil {
		c.fail(&graphError{code: 100, message: "The parameter file is required."})
		return
	}
	data, err := io.ReadAll(file)
	_ = file.Close()
	if err != nil || len(data) == 0 {
		c.fail(&graphError{code: 131053, details: "The file is empty."})
		return
	}
	// The part's own type wins; type= is the fallback clients without one use.
	t := head.Header.Get("Content-Type")
	if t == "" || t == "application/octet-stream" {
		t = orDefault(c.r.FormValue("type"), t)
	}
	kind, _, _ := strings.Cut(bareType(t), "/")
	if bareType(t) == "image/webp" {
		kind = "sticker"
	}
	if sizeByKind[kind] == 0 {
		kind = "document"
	}
	if bareType(t) == "application/octet-stream" {
		c.fail(&graphError{code: 100, message: "Param file must be a file with one of the following types: audio/aac, audio/mp4, audio/mpeg, audio/amr, audio/ogg, application/pdf, text/plain, image/jpeg, image/png, image/webp, video/mp4, video/3gpp. Received file of type 'application/octet-stream'."})
		return
	}
	if p := fitsKind(kind, t, len(data)); p != "" {
		c.fail(&graphError{code: 100, message: "Invalid parameter", details: p})
		return
	}
	c.s.mu.Lock()
	f, err := c.s.media.add(c.s, c.acct, data, t, head.Filename, true)
	c.s.mu.Unlock()
	if err != nil {
		c.fail(&graphError{code: 131053, details: err.Error()})
		return
	}
	c.ok(object{"id", f.id})
}

// resolve is GET /{media-id}.
func (c *call) resolve(f *media) {
	c.note = "media resolve"
	if c.mediaFault("resolve", f) {
		return
	}
	q := c.r.URL.Query().Get("phone_number_id")
	c.s.mu.Lock()
	gone := !c.s.now().Before(f.expires) || q != "" && q != f.acct.PhoneNumberID
	u := c.s.mediaURL(c.base, f)
	c.s.mu.Unlock()
	if gone {
		c.fail(errUnknownObject(f.id, http.MethodGet))
		return
	}
	c.ok(object{"messaging_product", "whatsapp", "url", u, "mime_type", f.mime, "sha256", f.shaHex, "file_size", len(f.data), "id", f.id})
}

// download is the URL resolve gives: 5 minutes, Bearer token, else 404 or 401.
func (c *call) download(id string) {
	c.note = "media download"
	if e := c.authenticate(); e != nil {
		c.fail(e)
		return
	}
	q := c.r.URL.Query()
	until, _ := strconv.ParseInt(q.Get("ext"), 10, 64)
	c.s.mu.Lock()
	f := c.s.media.byID[id]
	ok := f != nil && f.key == q.Get("hash") && c.s.now().Unix() <= until && c.mayUse(f.acct)
	c.s.mu.Unlock()
	if !ok || c.r.Method != http.MethodGet {
		c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		c.w.WriteHeader(http.StatusNotFound)
		c.log(http.StatusNotFound, "", nil)
		return
	}
	if c.mediaFault("download", f) {
		return
	}
	c.w.Header().Set("Content-Type", f.mime)
	c.w.Header().Set("Content-Length", itoa(len(f.data)))
	_, _ = c.w.Write(f.data)
	c.log(http.StatusOK, "", []byte("("+itoa(len(f.data))+" bytes)"))
}

type fetched struct {
	file    *media
	problem string // told by a failed status 131053
}

// fetchMedia finds the file of a send. A link is fetched as Meta does, before
// acceptance but without refusing: a bad link is a failed status (§2.2).
func (c *call) fetchMedia(b *sendBody) (fetched, *graphError) {
	if sizeByKind[b.Type] == 0 {
		return fetched{}, nil
	}
	var p mediaPart
	_ = json.Unmarshal(b.parts[b.Type], &p)
	s := c.s
	if p.ID != "" {
		s.mu.Lock()
		f := s.media.byID[p.ID]
		ok := f != nil && f.acct == c.acct && s.now().Before(f.expires)
		s.mu.Unlock()
		if !ok {
			return fetched{}, invalid("Media with id " + p.ID + " does not exist or belongs to another number.")
		}
		return fetched{file: f, problem: fitsKind(b.Type, f.mime, len(f.data))}, nil
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), s.opt.DeliveryTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Link, nil)
	if err != nil {
		return fetched{problem: "The link is not valid."}, nil
	}
	req.Header.Set("User-Agent", "WhatsApp/2")
	resp, err := s.client.Do(req)
	if err != nil {
		return fetched{problem: "The link could not be fetched: " + plainNetError(err)}, nil
	}
	defer resp.Body.Close()
	limit := sizeByKind[b.Type]
	data, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	if err != nil || resp.StatusCode != http.StatusOK {
		return fetched{problem: "The link could not be fetched: HTTP " + itoa(resp.StatusCode)}, nil
	}
	t := resp.Header.Get("Content-Type")
	if pr := fitsKind(b.Type, t, len(data)); pr != "" {
		return fetched{problem: pr}, nil
	}
	s.mu.Lock()
	f, err := s.media.add(s, c.acct, data, t, p.Filename, true)
	s.mu.Unlock()
	if err != nil {
		return fetched{problem: err.Error()}, nil
	}
	return fetched{file: f}, nil
}

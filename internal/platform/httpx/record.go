package httpx

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Bounds of what a Recorder keeps.
const (
	MaxRecordedBody = 16 << 10 // bytes of each body
	maxExchanges    = 16
	maxSecret       = 4 << 10
)

// Exchange is one request and its answer, redacted: what a person may see who
// asks how a message travelled.
type Exchange struct {
	At             time.Time
	Method         string
	URL            string
	Status         int // 0 = no answer
	Duration       time.Duration
	RequestHeader  http.Header
	RequestBody    string
	ResponseHeader http.Header
	ResponseBody   string // as far as the caller read it
	Truncated      bool   // a body was longer than MaxRecordedBody
	Err            string // why there is no answer
}

// Recorder keeps the exchanges made under a context.
type Recorder struct {
	secrets []string
	mu      sync.Mutex
	all     []*record
}

// NewRecorder makes a recorder that blacks out the given secrets wherever they
// stand, besides what it knows by name.
func NewRecorder(secrets ...string) *Recorder {
	return &Recorder{secrets: forms(secrets)}
}

type record struct {
	Exchange
	req, resp capture
}

type recorderKey struct{}

// WithRecorder makes requests under the context be recorded.
func WithRecorder(ctx context.Context, r *Recorder) context.Context {
	return context.WithValue(ctx, recorderKey{}, r)
}

// Exchanges gives what was recorded so far, redacted, in order.
func (r *Recorder) Exchanges() []Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Exchange, 0, len(r.all))
	for _, rec := range r.all {
		e := rec.Exchange
		e.RequestBody = rec.req.text(e.RequestHeader, r.secrets)
		e.ResponseBody = rec.resp.text(e.ResponseHeader, r.secrets)
		e.RequestHeader = redactHeader(e.RequestHeader, r.secrets)
		e.ResponseHeader = redactHeader(e.ResponseHeader, r.secrets)
		e.Truncated = rec.req.total > MaxRecordedBody || rec.resp.total > MaxRecordedBody
		out = append(out, e)
	}
	return out
}

// capture is the beginning of a body: a little more than is shown, so that a
// secret across the cut is seen whole.
type capture struct {
	buf   []byte
	total int64
}

func (c *capture) add(p []byte) {
	c.total += int64(len(p))
	if room := MaxRecordedBody + maxSecret - len(c.buf); room > 0 {
		c.buf = append(c.buf, p[:min(room, len(p))]...)
	}
}

func (c *capture) text(h http.Header, secrets []string) string {
	if len(c.buf) == 0 {
		return ""
	}
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	if !textual(kind, c.buf) {
		if kind == "" {
			kind = "unknown type"
		}
		return fmt.Sprintf("[%d bytes of %s]", c.total, kind)
	}
	return redactText(blackOut(c.buf, secrets, MaxRecordedBody))
}

// textual tells whether a body can be shown. Multipart may hold files.
func textual(kind string, b []byte) bool {
	switch {
	case strings.HasPrefix(kind, "text/"), strings.HasSuffix(kind, "json"), strings.HasSuffix(kind, "xml"), kind == "application/x-www-form-urlencoded":
		return true
	case kind == "":
		return bytes.IndexByte(b, 0) < 0
	}
	return false
}

// recording is the RoundTripper that fills a Recorder.
type recording struct{ next http.RoundTripper }

func (t *recording) RoundTrip(req *http.Request) (*http.Response, error) {
	r, _ := req.Context().Value(recorderKey{}).(*Recorder)
	if r == nil {
		return t.next.RoundTrip(req)
	}
	rec := &record{Exchange: Exchange{At: time.Now().UTC(), Method: req.Method, RequestHeader: req.Header.Clone(),
		URL: string(blackOut([]byte(redactURL(req.URL)), r.secrets, -1))}}
	r.mu.Lock()
	if len(r.all) < maxExchanges {
		r.all = append(r.all, rec)
	}
	r.mu.Unlock()

	if req.Body != nil && req.Body != http.NoBody {
		copied := *req // a RoundTripper must not change the caller's request
		copied.Body = &tapped{ReadCloser: req.Body, r: r, c: &rec.req}
		if again := req.GetBody; again != nil {
			copied.GetBody = func() (io.ReadCloser, error) {
				body, err := again()
				if err != nil {
					return nil, err
				}
				r.mu.Lock()
				rec.req = capture{}
				r.mu.Unlock()
				return &tapped{ReadCloser: body, r: r, c: &rec.req}, nil
			}
		}
		req = &copied
	}
	resp, err := t.next.RoundTrip(req)
	r.mu.Lock()
	defer r.mu.Unlock()
	rec.Duration = time.Since(rec.At)
	if err != nil {
		rec.Err = string(blackOut([]byte(redactErr(err, req.URL)), r.secrets, -1))
		return nil, err
	}
	rec.Status = resp.StatusCode
	rec.ResponseHeader = resp.Header.Clone()
	if resp.Body != nil {
		if _, upgraded := resp.Body.(io.Writer); upgraded { // the body is the connection
			return resp, nil
		}
		resp.Body = &tapped{ReadCloser: resp.Body, r: r, c: &rec.resp}
	}
	return resp, nil
}

// CloseIdleConnections reaches the transports below.
func (t *recording) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// tapped keeps the beginning of what passes through.
type tapped struct {
	io.ReadCloser
	r *Recorder
	c *capture
}

func (t *tapped) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	if n > 0 {
		t.r.mu.Lock()
		t.c.add(p[:n])
		t.r.mu.Unlock()
	}
	return n, err
}

package kit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"switchboard/internal/adapter"
)

// Part is one part of a form: a value, or a file that is opened when it goes.
type Part struct {
	Name     string
	Value    string
	Open     func(ctx context.Context) (io.ReadCloser, error) // nil = Value
	FileName string
	MIMEType string
	Size     int64 // of the file, 0 = not known
}

// Upload is Do with a body of multipart/form-data. The files pass through
// without being held in memory; all are opened before the request begins, so a
// file we cannot read is Unreachable: surely nothing was sent.
func Upload(ctx context.Context, client *http.Client, method, url string, header http.Header, parts []Part) (Answer, error) {
	body, kind, size, err := form(ctx, parts)
	if err != nil {
		return Answer{}, &adapter.SendError{Reason: adapter.Unreachable, Title: "The file cannot be read at the moment", Err: err}
	}
	defer body.Close() //nolint:errcheck // read only
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return Answer{}, &adapter.SendError{Reason: adapter.Rejected, Title: "Request could not be built", Err: errors.New("the provider's URL is not valid")}
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.ContentLength = size
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Accept", "application/json")
	return exchange(client, req)
}

// formBody is a form on its way out.
type formBody struct {
	io.Reader
	files []io.Closer
}

// Close ends the files.
func (f *formBody) Close() error {
	var all error
	for _, c := range f.files {
		all = errors.Join(all, c.Close())
	}
	f.files = nil
	return all
}

// form strings the parts together; size is -1 when a file does not tell its own.
func form(ctx context.Context, parts []Part) (body *formBody, kind string, size int64, err error) {
	body = &formBody{}
	var frame bytes.Buffer
	var pieces []io.Reader
	w := multipart.NewWriter(&frame)
	flush := func() {
		size += int64(frame.Len())
		pieces = append(pieces, bytes.NewReader(bytes.Clone(frame.Bytes())))
		frame.Reset()
	}
	known := true
	for _, p := range parts {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + quoteName(p.Name) + `"`}}
		if p.Open == nil {
			if _, err = w.CreatePart(h); err == nil {
				frame.WriteString(p.Value)
			}
		} else {
			h["Content-Disposition"][0] += `; filename="` + quoteName(p.FileName) + `"`
			h.Set("Content-Type", p.MIMEType)
			var file io.ReadCloser
			if _, err = w.CreatePart(h); err == nil {
				file, err = p.Open(ctx)
			}
			if err == nil {
				flush()
				body.files, pieces = append(body.files, file), append(pieces, file)
				size, known = size+p.Size, known && p.Size > 0
			}
		}
		if err != nil {
			return nil, "", 0, errors.Join(err, body.Close())
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", 0, errors.Join(err, body.Close())
	}
	flush()
	if !known {
		size = -1
	}
	body.Reader = io.MultiReader(pieces...)
	return body, w.FormDataContentType(), size, nil
}

// quoteName makes a name fit for a quoted parameter: whatever could end it or
// the line is replaced, as browsers do.
func quoteName(s string) string {
	return strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A", "\\", "_", "\x00", "").Replace(s)
}

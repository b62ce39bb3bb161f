package thirdparty

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
	"switchboard/internal/platform/webhook"
)

// maxFile is the largest file that is fetched or linked to, in bytes.
const maxFile = 25 << 20

// fileWords are the kinds of file as the wire format names them.
var fileWords = map[message.Kind]string{message.Image: "image", message.Video: "video", message.Audio: "audio", message.Document: "file"}

// attach gives the message the link by which the outside system fetches the
// file.
func attach(m *outMessage, out adapter.Outbound) error {
	if len(out.Content.Media) != 1 || len(out.Files) != 1 {
		return &adapter.SendError{Reason: adapter.Rejected, Code: "incomplete", Title: "The file is missing"}
	}
	file := out.Content.Media[0]
	if out.Files[0].Link == "" {
		return &adapter.SendError{Reason: adapter.Rejected, Code: "no_link", Title: "This server has no public address for files",
			Hint: "The operator sets --public-url; files are fetched from there."}
	}
	m.URL, m.FileName, m.MIMEType, m.Size = out.Files[0].Link, file.FileName, file.MIMEType, file.Size
	return nil
}

// Fetch downloads a file a visitor sent, from the address the outside system
// gave. The client keeps it off private addresses, also behind redirects.
func (c *conn) Fetch(ctx context.Context, m message.Media) (adapter.Download, error) {
	body, err := kit.Open(ctx, c.http, m.URL, http.Header{"User-Agent": {webhook.Agent}})
	if err != nil {
		if why := webhook.Refused(err); why != "" {
			return adapter.Download{}, &adapter.SendError{Reason: adapter.Rejected, Code: webhook.AddressRefused, Title: "The file's address may not be called from this server",
				Detail: why, Hint: "The outside system has to give a public https address."}
		}
		return adapter.Download{}, err
	}
	if body.Status != http.StatusOK {
		defer body.Close() //nolint:errcheck // read only
		e := &adapter.SendError{Reason: adapter.Rejected, Code: "http_" + strconv.Itoa(body.Status), Title: "The outside system does not hand out the file"}
		switch s := body.Status; {
		case s == http.StatusTooManyRequests:
			e.Reason, e.RetryAfter = adapter.Throttled, kit.RetryAfter(body.Header, c.now())
		case s >= 500, s == http.StatusRequestTimeout, s == http.StatusTooEarly:
			e.Reason, e.RetryAfter = adapter.Unreachable, kit.RetryAfter(body.Header, c.now())
		}
		return adapter.Download{}, e
	}
	if body.Length > maxFile {
		defer body.Close() //nolint:errcheck // read only
		return adapter.Download{}, errLarge
	}
	return adapter.Download{Body: &bounded{body, maxFile}, Size: body.Length, MIMEType: body.Header.Get("Content-Type"), FileName: m.FileName}, nil
}

var errLarge = &adapter.SendError{Reason: adapter.Rejected, Code: "file_too_large", Title: "The file has more than 25 MB"}

// bounded ends a file that is larger than it said.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errLarge
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 && (err == nil || errors.Is(err, io.EOF)) {
		return 0, errLarge
	}
	return n, err
}

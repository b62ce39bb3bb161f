package whatsappcloud

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// outMedia is the part of a message that holds a file (Meta: Messages › Image
// messages and its siblings).
type outMedia struct {
	ID       string `json:"id"`
	Caption  string `json:"caption,omitempty"`
	FileName string `json:"filename,omitempty"` // documents only
	Voice    bool   `json:"voice,omitempty"`    // audio only
}

// stillSticker is the bound of a sticker that does not move; the other is in
// Limits (Meta: Sticker messages).
const stillSticker = 100 << 10

// file checks what the descriptor cannot say and makes the part that holds the
// file.
func file(out adapter.Outbound) (*outMedia, error) {
	c := out.Content
	if len(c.Media) != 1 || len(out.Files) != 1 {
		return nil, &adapter.SendError{Reason: adapter.Rejected, Code: "incomplete", Title: "The file is missing"}
	}
	m := c.Media[0]
	if c.Kind == message.Sticker && !m.Animated && m.Size > stillSticker {
		return nil, &adapter.SendError{Reason: adapter.Rejected, Code: "sticker_too_large", Title: "A sticker that does not move may have 100 kB at most",
			Hint: "Send it as an image."}
	}
	p := &outMedia{ID: out.Files[0].ID, Caption: c.Text}
	switch c.Kind {
	case message.Document:
		p.FileName = m.FileName
	case message.Audio:
		p.Voice = m.Voice && m.MIMEType == "audio/ogg" // WhatsApp plays nothing else as a voice message
	}
	return p, nil
}

// Upload hands WhatsApp the bytes (Meta: Media › Upload), unless the message
// could not go anyhow.
func (c *conn) Upload(ctx context.Context, out adapter.Outbound) ([]string, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	if _, err := compose(out); err != nil {
		return nil, err
	}
	ids := make([]string, len(out.Files))
	for i, f := range out.Files {
		if f.Open == nil {
			return nil, &adapter.SendError{Reason: adapter.Rejected, Code: "incomplete", Title: "The file is missing"}
		}
		var err error
		if ids[i], err = c.upload(ctx, out.Content.Media[i], f); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func (c *conn) upload(ctx context.Context, m message.Media, f adapter.File) (string, error) {
	kind := m.MIMEType
	if kind == "text/csv" { // taken, but only under the name of any text
		kind = "text/plain"
	}
	name := m.FileName
	if name == "" {
		name = "file"
	}
	answer, err := kit.Upload(ctx, c.http, http.MethodPost, c.address("/"+c.numberPath+"/media", nil), c.bearer(), []kit.Part{
		{Name: "messaging_product", Value: "whatsapp"}, {Name: "type", Value: kind},
		{Name: "file", Open: f.Open, FileName: name, MIMEType: kind, Size: m.Size}})
	var up struct {
		ID kit.ID `json:"id"`
	}
	if err == nil {
		err = c.read(answer, &up)
	}
	if err == nil && usableID(up.ID) != nil {
		err = &adapter.SendError{Reason: adapter.Unreachable, Title: "WhatsApp took the file without naming it"}
	}
	return up.ID.String(), harmless(err)
}

// harmless rewords a doubt about a request that changes nothing anybody sees.
func harmless(err error) error {
	var e *adapter.SendError
	if errors.As(err, &e) && e.Reason == adapter.Uncertain {
		again := *e
		again.Reason, again.Hint = adapter.Unreachable, ""
		return &again
	}
	return err
}

// Fetch downloads a file a person sent (Meta: Media › Retrieve, Download). The
// address is asked for each time: it lives five minutes.
func (c *conn) Fetch(ctx context.Context, m message.Media) (adapter.Download, error) {
	if c.token == "" {
		return adapter.Download{}, missing("access_token")
	}
	if m.ProviderID == "" {
		return adapter.Download{}, &adapter.SendError{Reason: adapter.Rejected, Title: "WhatsApp gave no reference to the file"}
	}
	var at struct {
		URL      string     `json:"url"`
		MIMEType string     `json:"mime_type"`
		SHA256   string     `json:"sha256"`
		Size     kit.Number `json:"file_size"`
	}
	query := url.Values{}
	if c.phoneNumberID != "" {
		query.Set("phone_number_id", c.phoneNumberID)
	}
	if err := c.call(ctx, http.MethodGet, "/"+url.PathEscape(m.ProviderID), query, nil, &at); err != nil {
		return adapter.Download{}, unknownFile(harmless(err))
	}
	from, err := url.Parse(at.URL)
	if err != nil || !c.trusts(from) {
		return adapter.Download{}, &adapter.SendError{Reason: adapter.Rejected, Title: "WhatsApp named an address for the file that is not its own"}
	}
	body, err := kit.Open(ctx, c.http, from.String(), http.Header{"Authorization": {"Bearer " + c.token}, "User-Agent": {"switchboard"}})
	if err != nil {
		return adapter.Download{}, err
	}
	if body.Status != http.StatusOK {
		defer body.Close() //nolint:errcheck // read only
		return adapter.Download{}, c.noFile(body)
	}
	d := adapter.Download{Body: body, Size: body.Length, SHA256: digest(at.SHA256), MIMEType: at.MIMEType, FileName: m.FileName}
	return d, nil
}

// unknownFile: an id that WhatsApp does not know is one whose seven days are
// over, not a wrong number.
func unknownFile(err error) error {
	var e *adapter.SendError
	if errors.As(err, &e) && strings.HasPrefix(e.Code, "100/33") {
		return &adapter.SendError{Reason: adapter.Rejected, Code: e.Code, Title: "WhatsApp no longer has the file", Detail: e.Detail,
			Hint: "Ask the person to send it again."}
	}
	return err
}

// noFile judges an answer that should have been the file. 404 means that the
// address is too old; the next attempt asks for a new one.
func (c *conn) noFile(b *kit.Body) error {
	raw, err := io.ReadAll(io.LimitReader(b, 64<<10))
	if err != nil || b.Status == http.StatusNotFound || b.Status >= 300 && b.Status < 400 {
		return &adapter.SendError{Reason: adapter.Unreachable, Code: "http_" + itoa(b.Status), Title: "The address of the file does not work"}
	}
	return harmless(c.refusal(kit.Answer{Status: b.Status, Header: b.Header, Body: raw}))
}

// mediaHosts are where Meta keeps files. The token is shown to nobody else.
var mediaHosts = []string{".fbsbx.com", ".fbcdn.net", ".facebook.com", ".whatsapp.net", ".whatsapp.com"}

// trusts tells whether an address may get our token: Meta's own, or the host an
// operator named instead of Meta.
func (c *conn) trusts(u *url.URL) bool {
	base, err := url.Parse(c.base)
	if err == nil && u.Scheme == base.Scheme && u.Host == base.Host {
		return true
	}
	if u.Scheme != "https" || u.User != nil {
		return false
	}
	for _, h := range mediaHosts {
		if strings.HasSuffix(strings.ToLower(u.Host), h) {
			return true
		}
	}
	return false
}

package telegram

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// media sends one file by the method of its kind, several as an album.
func (r *request) media(out adapter.Outbound) error {
	c := out.Content
	if len(c.Media) == 1 {
		method, field := methodOf(kindOf(c, 0), c.Media[0])
		r.method = method
		value, err := r.attach(out, 0, field)
		if err != nil {
			return err
		}
		if value != "" {
			r.values[field] = value
		}
		if c.Text != "" {
			if field == "sticker" {
				return rejected("A sticker has no caption", "Send the text as a message of its own.")
			}
			r.values["caption"] = c.Text
		}
		return nil
	}
	if len(c.Media) > caps.Albums {
		return rejected("An album has too many files", "Send at most "+strconv.Itoa(caps.Albums)+" at once.")
	}
	var list []map[string]any
	family := ""
	for i, m := range c.Media {
		kind, same := albumType(kindOf(c, i))
		if same == "" || family != "" && family != same {
			return rejected("These files cannot go together", "Telegram mixes pictures and videos only; send sound and documents apart.")
		}
		family = same
		part := "file" + strconv.Itoa(i)
		ref, err := r.attach(out, i, part)
		if err != nil {
			return err
		}
		if ref == "" {
			ref = "attach://" + part
		}
		item := map[string]any{"type": kind, "media": ref}
		if i == 0 && c.Text != "" {
			item["caption"] = c.Text
		}
		if m.Width > 0 && m.Height > 0 && kind == "video" {
			item["width"], item["height"] = m.Width, m.Height
		}
		list = append(list, item)
	}
	r.method, r.values["media"] = "sendMediaGroup", list
	return nil
}

func kindOf(c message.Content, i int) message.Kind {
	if k := c.Media[i].Kind; k != "" {
		return k
	}
	return c.Kind
}

// attach adds a file to the request under a name. Where we have only its
// address, Telegram fetches it and the address is returned instead.
func (r *request) attach(out adapter.Outbound, i int, name string) (ref string, err error) {
	m := out.Content.Media[i]
	if i < len(out.Files) && out.Files[i].Open != nil {
		r.files = append(r.files, kit.Part{Name: name, Open: out.Files[i].Open, FileName: fileName(m), MIMEType: orDefault(m.MIMEType, "application/octet-stream"), Size: m.Size})
		return "", nil
	}
	if u, err := url.Parse(m.URL); err == nil && u.Scheme == "https" && u.Host != "" {
		return m.URL, nil
	}
	return "", &adapter.SendError{Reason: adapter.Rejected, Code: "incomplete", Title: "The file is missing"}
}

// methodOf picks the method that shows a file best.
func methodOf(kind message.Kind, m message.Media) (method, field string) {
	bare, _, _ := strings.Cut(m.MIMEType, ";")
	switch kind {
	case message.Image:
		if bare == "image/gif" {
			return "sendAnimation", "animation"
		}
		return "sendPhoto", "photo"
	case message.Video:
		if bare != "" && bare != "video/mp4" { // others play nowhere
			return "sendDocument", "document"
		}
		return "sendVideo", "video"
	case message.Audio:
		if m.Voice {
			return "sendVoice", "voice"
		}
		if bare == "audio/mpeg" || bare == "audio/mp4" || bare == "audio/x-m4a" {
			return "sendAudio", "audio"
		}
		if bare == "audio/ogg" {
			return "sendVoice", "voice"
		}
	case message.Sticker:
		return "sendSticker", "sticker"
	}
	return "sendDocument", "document"
}

// albumType is how a kind is named in an album, and with what it can be mixed.
func albumType(kind message.Kind) (name, family string) {
	switch kind {
	case message.Image:
		return "photo", "visual"
	case message.Video:
		return "video", "visual"
	case message.Audio:
		return "audio", "audio"
	case message.Document:
		return "document", "document"
	}
	return "", ""
}

// endings of files without a name.
var endings = map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif", "video/mp4": ".mp4",
	"video/webm": ".webm", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/x-m4a": ".m4a", "audio/ogg": ".ogg", "application/pdf": ".pdf",
	"application/x-tgsticker": ".tgs"}

// fileName is what the recipient sees; Telegram tells types by the ending.
func fileName(m message.Media) string {
	if m.FileName != "" {
		return path.Base(strings.ReplaceAll(m.FileName, "\\", "/"))
	}
	bare, _, _ := strings.Cut(m.MIMEType, ";")
	return "file" + endings[bare]
}

func orDefault(s, d string) string {
	if s == "" {
		return d
	}
	return s
}

// Fetch downloads a file of up to 20 MB, the most Telegram gives to bots (Bot
// API › getFile).
func (c *conn) Fetch(ctx context.Context, m message.Media) (adapter.Download, error) {
	var f struct {
		Size kit.Number `json:"file_size"`
		Path string     `json:"file_path"`
	}
	if err := c.call(ctx, "getFile", map[string]any{"file_id": m.ProviderID}, &f); err != nil {
		return adapter.Download{}, fetchError(err)
	}
	if f.Path == "" {
		return adapter.Download{}, rejected("Telegram has no file of this name any more", "Ask the person to send it again.")
	}
	var where []string
	for _, s := range strings.Split(f.Path, "/") {
		if s == "" || s == "." || s == ".." {
			return adapter.Download{}, rejected("Telegram's answer makes no sense", "")
		}
		where = append(where, url.PathEscape(s))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.files+strings.Join(where, "/"), nil)
	if err != nil {
		return adapter.Download{}, &adapter.SendError{Reason: adapter.Rejected, Title: "Request could not be built", Err: errors.New("the provider's URL is not valid")}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return adapter.Download{}, &adapter.SendError{Reason: adapter.Unreachable, Title: "The file cannot be downloaded at the moment", Err: kit.Bare(err)}
	}
	if resp.StatusCode == http.StatusOK {
		d := adapter.Download{Body: resp.Body, Size: resp.ContentLength, MIMEType: m.MIMEType, FileName: m.FileName}
		if d.Size < 0 && f.Size > 0 {
			d.Size = int64(f.Size)
		}
		return d, nil
	}
	resp.Body.Close() //nolint:errcheck // nothing of it is read
	return adapter.Download{}, fetchError(c.refusal(kit.Answer{Status: resp.StatusCode, Header: resp.Header}, envelope{}, false))
}

// fetchError keeps what a download can be tried again for: nothing is sent, so
// no answer leaves anything in doubt.
func fetchError(err error) *adapter.SendError {
	e := adapter.AsSendError(err)
	switch {
	case e.Reason == adapter.Uncertain:
		e.Reason, e.Title, e.Hint = adapter.Unreachable, "The file cannot be downloaded at the moment", ""
	case strings.Contains(strings.ToLower(e.Detail), "too big"):
		e.Title, e.Hint = "The file is larger than Telegram hands to bots", "Telegram gives bots files of up to 20 MB. Ask the person for a smaller one or another way."
	}
	return e
}

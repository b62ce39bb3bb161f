package simulator

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// apiSendFile has a visitor send a file, whose bytes are the body.
func (s *Simulator) apiSendFile(r *http.Request) (any, error) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	kind := q.Get("kind")
	if sizeByKind[kind] == 0 {
		return nil, fmt.Errorf("%w: kind must be image, video, audio, document or sticker", ErrInvalid)
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("%w: the file is empty", ErrInvalid)
	}
	t := r.Header.Get("Content-Type")
	if t == "" || t == "application/octet-stream" || strings.HasPrefix(t, "application/x-www-form-urlencoded") {
		t = http.DetectContentType(data)
	}
	in := Inbound{Visitor: q.Get("visitor"), Kind: kind, Text: q.Get("caption"), Data: data, MIME: t, Filename: q.Get("file_name"), As: q.Get("as"), ReplyTo: q.Get("reply_to")}
	if v := q.Get("voice"); v != "" {
		voice := v == "true"
		in.Voice = &voice
	}
	return s.Inbound(r.PathValue("id"), in)
}

// fileURL is where the phone page reads a file.
func fileURL(f *media) string {
	return "/control/accounts/" + f.acct.ID + "/media/" + f.id
}

// File gives the bytes of a file either side sent, and the type it was sent as.
func (s *Simulator) File(accountID, mediaID string) (data []byte, mimeType string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.media.byID[mediaID]
	if f == nil || f.acct.ID != accountID {
		return nil, "", fmt.Errorf("%w: file %s", ErrNotFound, mediaID)
	}
	return f.data, f.mime, nil
}

// apiMedia shows a stored file to the phone page.
func (s *Simulator) apiMedia(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f := s.media.byID[r.PathValue("media")]
	s.mu.Unlock()
	if f == nil || f.acct.ID != r.PathValue("id") {
		writeProblem(w, http.StatusNotFound, "not_found", "the file is gone")
		return
	}
	t := bareType(f.mime)
	h := w.Header()
	h.Set("Content-Type", t)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'")
	h.Set("Cache-Control", "private, max-age=3600")
	// Only pictures and sound are shown in place: a sent HTML or SVG file must
	// not run on this origin.
	switch t {
	case "image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "video/webm", "video/3gpp", "audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr", "audio/opus", "audio/webm":
	default:
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(orDefault(f.filename, "file")))
	}
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(f.data)))
}

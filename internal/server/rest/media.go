package rest

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/domain/media"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
	"switchboard/internal/server/api"
	"switchboard/internal/server/files"
)

func (s *Services) mediaFiles() []api.Route {
	base := api.Route{Path: "/media", Operation: "listMedia", Summary: "List the files of conversations", Tag: "Files",
		Permission: account.MediaView, Resource: "files", Rate: rateRead, Query: &media.Spec}
	organization := api.Param{Name: "organization_id", Description: "Which organization, for clients that cannot send headers"}
	at := func(path, op, summary string) api.Route {
		r := base
		r.Path, r.Operation, r.Summary = path, op, summary
		return r
	}
	read := func(path, op, summary string, params ...api.Param) api.Route {
		r := at(path, op, summary)
		r.Method, r.Query, r.Params = http.MethodGet, nil, append(params, organization)
		return r
	}
	write := func(path, op, summary string) api.Route {
		r := at(path, op, summary)
		r.Permission, r.Rate, r.Audit, r.Idempotent = account.MediaEdit, rateWrite, "none", api.Naturally
		return r
	}
	upload := write("/media", "uploadMedia", "Upload a file")
	upload.Method, upload.Query, upload.Status, upload.Result = http.MethodPost, nil, http.StatusCreated, media.MediaFile{}
	upload.Description = "The body is the file itself, or multipart/form-data with one part \"file\". What it is, is found in its bytes; the Content-Type is not believed. " +
		"With conversation_id or channel_id the limits of that channel are applied before the upload ends. An upload that no message holds is gone after 24 hours."
	upload.BodyLimit = media.MaxBytes
	upload.Params = []api.Param{{Name: "file_name", Description: "As the recipient shall see it"}, {Name: "conversation_id", Description: "Where it is to be sent"},
		{Name: "channel_id", Description: "Whose limits it has to keep"}, {Name: "voice", Values: []string{"true", "false"}, Description: "It is a voice message"}, organization}
	content := read("/media/{id}/content", "getMediaContent", "Read the bytes of a file",
		api.Param{Name: "download", Values: []string{"true", "false"}, Description: "To be saved, not shown"})
	content.Description = "Ranges and If-None-Match are understood. Only pictures, sound and films are shown in place."
	retry := write("/media/{id}/retry", "retryMedia", "Fetch a file again whose download failed")
	retry.Query = nil
	remove := write("/media/{id}", "deleteMedia", "Delete an upload that was not sent")
	return []api.Route{
		api.List(base, func(ctx context.Context, c *api.Call, l query.List) (api.Page[media.MediaFile], error) {
			rows, total, err := s.Inbox.Files(ctx, actor(c), &l)
			return page(rows, total), err
		}),
		api.One(at("/media/{id}", "getMedia", "Read what is known of a file"), func(ctx context.Context, c *api.Call, v id.ID) (media.MediaFile, error) {
			f, err := s.Inbox.File(ctx, actor(c), v)
			if err != nil {
				return media.MediaFile{}, err
			}
			return f.Row(), nil
		}),
		api.Plain(upload, s.upload),
		api.Plain(content, func(w http.ResponseWriter, c *api.Call) error {
			f, err := s.Inbox.File(c.Ctx, actor(c), c.ID("id"))
			if err != nil {
				return err
			}
			return files.Send(w, c.Request, s.Media, f, c.Param("download") == "true")
		}),
		api.Plain(read("/media/{id}/thumbnail", "getMediaThumbnail", "Read the small picture of a file"), func(w http.ResponseWriter, c *api.Call) error {
			f, err := s.Inbox.File(c.Ctx, actor(c), c.ID("id"))
			if err != nil {
				return err
			}
			return files.SendThumbnail(w, c.Request, s.Media, f)
		}),
		api.Action(retry, func(ctx context.Context, c *api.Call, _ api.None) (media.MediaFile, error) {
			f, err := s.Inbox.RetryFile(ctx, actor(c), c.ID("id"))
			if err != nil {
				return media.MediaFile{}, err
			}
			return f.Row(), nil
		}),
		api.Delete(remove, func(ctx context.Context, c *api.Call, v id.ID) error {
			return s.Inbox.DeleteFile(ctx, actor(c), v, func(r media.MediaFile) error { return c.Match(r) })
		}),
	}
}

// Times of an upload. The server's own limit for reading a request is far below
// what a large file needs on a slow line.
const (
	uploadTime  = 30 * time.Minute
	uploadStall = 30 * time.Second
)

func (s *Services) upload(w http.ResponseWriter, c *api.Call) error {
	ctx, cancel := context.WithTimeout(c.Ctx, uploadTime)
	defer cancel()
	u := inbox.Upload{FileName: c.Param("file_name"), Voice: c.Param("voice") == "true", Size: c.Request.ContentLength}
	for _, p := range []struct {
		name string
		to   *id.ID
	}{{"conversation_id", &u.Conversation}, {"channel_id", &u.Channel}} {
		if v := c.Param(p.name); v != "" {
			parsed, err := id.Parse(v)
			if err != nil {
				return fault.Absent(strings.TrimSuffix(p.name, "_id"))
			}
			*p.to = parsed
		}
	}
	body := &steady{c.Request.Body, http.NewResponseController(w)}
	u.Body = body
	if kind, params, err := mime.ParseMediaType(c.Request.Header.Get("Content-Type")); err == nil && kind == "multipart/form-data" {
		name, part, err := filePart(body, params["boundary"])
		if err != nil {
			return err
		}
		if u.Body, u.Size = part, -1; u.FileName == "" {
			u.FileName = name
		}
	}
	f, err := s.Inbox.Upload(ctx, actor(c), u)
	if err != nil {
		// What is still on its way is not waited for.
		w.Header().Set("Connection", "close")
		return err
	}
	w.Header().Set("Location", api.Base+"/media/"+f.ID.String())
	return api.Write(w, http.StatusCreated, f.Row())
}

// steady gives each piece of a body its own deadline.
type steady struct {
	io.Reader
	conn *http.ResponseController
}

func (s *steady) Read(p []byte) (int, error) {
	_ = s.conn.SetReadDeadline(clock.System{}.Now().Add(uploadStall))
	return s.Reader.Read(p)
}

// filePart finds the file of a form without reading it.
func filePart(body io.Reader, boundary string) (name string, file io.Reader, err error) {
	bad := fault.New(fault.BadRequest, "bad_form", "The form holds no file.").WithHint("Send one part named \"file\", or the bytes themselves as the body.")
	if boundary == "" {
		return "", nil, bad
	}
	form := multipart.NewReader(body, boundary)
	for range 16 {
		p, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil, bad
		} else if err != nil {
			return "", nil, bad.Because(err)
		}
		if p.FormName() == "file" {
			return p.FileName(), p, nil
		}
	}
	return "", nil, bad
}

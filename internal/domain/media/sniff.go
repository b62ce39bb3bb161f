package media

import (
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"switchboard/internal/message"
)

// headBytes is how much of a file's beginning tells what it is.
const headBytes = 3072

// sniff tells the type of bytes by looking at them.
func sniff(head []byte) string {
	t, _, _ := strings.Cut(mimetype.Detect(head).String(), ";")
	if other := sameAs[t]; other != "" {
		return other
	}
	return t
}

// sameAs names a type as platforms know it.
var sameAs = map[string]string{
	"audio/x-m4a": "audio/mp4", "video/x-m4v": "video/mp4", "application/ogg": "audio/ogg", "audio/x-wav": "audio/wav",
	"audio/mp3": "audio/mpeg", "video/3gpp2": "video/3gpp",
}

// shown are the pictures that every browser draws and we can look into.
var shown = map[string]bool{"image/jpeg": true, "image/png": true, "image/gif": true, "image/webp": true}

// kindOf is what a file of a type naturally is.
func kindOf(mimeType string) message.Kind {
	switch {
	case shown[mimeType]:
		return message.Image
	case strings.HasPrefix(mimeType, "audio/"):
		return message.Audio
	case strings.HasPrefix(mimeType, "video/"):
		return message.Video
	}
	return message.Document
}

// agree joins what a sender called a file with what it is: a page of HTML sent
// as a picture is a document, a picture sent as a document stays one. Sound in a
// container of films is sound.
func agree(claimed message.Kind, mimeType string) (message.Kind, string) {
	natural := kindOf(mimeType)
	switch {
	case claimed == natural, claimed == message.Document:
		return claimed, mimeType
	case claimed == message.Sticker && natural == message.Image:
		return claimed, mimeType
	case claimed == message.Sticker && natural == message.Video:
		return claimed, mimeType
	case claimed == message.Audio && natural == message.Video:
		return claimed, "audio/" + strings.TrimPrefix(mimeType, "video/")
	case claimed == message.Video && natural == message.Audio:
		return claimed, mimeType
	}
	return natural, mimeType
}

// Inline tells whether a browser may show a file of this type in place: decoded
// pictures, films and sound, nothing that can hold a script.
func Inline(mimeType string) bool {
	switch mimeType {
	case "image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "video/webm", "video/ogg", "audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr", "audio/wav", "audio/webm", "video/3gpp":
		return true
	}
	return false
}

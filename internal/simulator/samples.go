package simulator

import (
	"bytes"
	_ "embed"
	"fmt"
)

// The samples were drawn and recorded for this package.
var (
	//go:embed samples/photo.jpg
	samplePhoto []byte
	//go:embed samples/sticker.webp
	sampleSticker []byte
	//go:embed samples/voice.ogg
	sampleVoice []byte
	//go:embed samples/clip.mp4
	sampleClip []byte
)

type sampleFile struct {
	data           []byte
	mime, filename string
}

func sampleMedia(kind string) sampleFile {
	switch kind {
	case "image":
		return sampleFile{samplePhoto, "image/jpeg", ""}
	case "sticker":
		return sampleFile{sampleSticker, "image/webp", ""}
	case "audio":
		return sampleFile{sampleVoice, "audio/ogg; codecs=opus", ""}
	case "video":
		return sampleFile{sampleClip, "video/mp4", ""}
	}
	return sampleFile{samplePDF(), "application/pdf", "Réf 12 – invoice.pdf"}
}

// samplePDF writes a one-page document with a right cross-reference table.
func samplePDF() []byte {
	text := "BT /F1 24 Tf 72 720 Td (Invoice 12) Tj 0 -32 Td /F1 12 Tf (Halo pendant, brass, 149.50 EUR) Tj ET"
	objs := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(text), text),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	at := make([]int, len(objs))
	for i, o := range objs {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	x := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objs)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objs)+1, x)
	return b.Bytes()
}

package live

import (
	"encoding/json"
	"strconv"

	"switchboard/internal/domain/inbox"
)

// frame is one event as it goes over the wire. Frames are never changed, so all
// streams share them.
type frame struct {
	seq   int64
	needs rights
	text  []byte // empty when there is nothing to tell, so that frames have no gaps

	place  *inbox.Place // of the conversation it is about; nil = of none
	before *inbox.Place // where that stood, when it moved …
	gone   []byte       // … and what those are told who saw it there only
}

func (f *frame) size() int { return len(f.text) + len(f.gone) }

// frameText renders an event; no id leaves the reader's last id as it is. JSON
// of ours holds no line break, which would end the data.
func frameText(seq int64, kind string, data []byte) []byte {
	b := make([]byte, 0, len(data)+len(kind)+48)
	if seq >= 0 {
		b = append(b, "id: "...)
		b = strconv.AppendInt(b, seq, 10)
		b = append(b, '\n')
	}
	b = append(b, "event: "...)
	b = append(b, kind...)
	b = append(b, "\ndata: "...)
	b = append(b, data...)
	return append(b, "\n\n"...)
}

const noID = -1

func seqData(seq int64) []byte {
	b, _ := json.Marshal(struct {
		Seq int64 `json:"seq"`
	}{seq})
	return b
}

func readyText(id, seq int64) []byte { return frameText(id, "ready", seqData(seq)) }
func resetText(seq int64) []byte     { return frameText(seq, "reset", []byte("{}")) }
func heartbeatText(seq int64) []byte { return frameText(noID, "heartbeat", seqData(seq)) }
func typingText(data []byte) []byte  { return frameText(noID, "typing", data) }
func retryText(milliseconds int) []byte {
	return append(strconv.AppendInt([]byte("retry: "), int64(milliseconds), 10), "\n\n"...)
}

// chunk is what a stream writes at once: the events of one batch that its view
// covers.
type chunk struct{ text []byte }

// seen joins what a group is told of frames; nil when that is nothing.
func (g *group) seen(frames []*frame) *chunk {
	var only []byte
	size, n := 0, 0
	for _, f := range frames {
		if text := g.text(f); len(text) > 0 {
			size, n, only = size+len(text), n+1, text
		}
	}
	switch n {
	case 0:
		return nil
	case 1:
		return &chunk{only}
	}
	text := make([]byte, 0, size)
	for _, f := range frames {
		text = append(text, g.text(f)...)
	}
	return &chunk{text}
}

package live

import (
	"encoding/json"
	"strconv"
)

// frame is one event as it goes over the wire. Frames are never changed, so all
// streams share them.
type frame struct {
	seq   int64
	needs view
	text  []byte // empty when there is nothing to tell, so that frames have no gaps
}

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

// seen joins the frames that a view covers; nil when there are none.
func seen(frames []*frame, v view) *chunk {
	size, n := 0, 0
	var only *frame
	for _, f := range frames {
		if len(f.text) > 0 && v.may(f.needs) {
			size, n, only = size+len(f.text), n+1, f
		}
	}
	switch n {
	case 0:
		return nil
	case 1:
		return &chunk{only.text}
	}
	text := make([]byte, 0, size)
	for _, f := range frames {
		if v.may(f.needs) {
			text = append(text, f.text...)
		}
	}
	return &chunk{text}
}

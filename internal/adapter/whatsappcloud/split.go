package whatsappcloud

import (
	"bytes"
	"encoding/json"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
)

// Split cuts a body by phone number id (Meta: value.metadata.phone_number_id).
// Nearly every webhook is for one number; such a body is passed on as it is.
// What names no number (account fields, broken elements) goes under "". It
// never fails: a body that cannot be cut is one part, and Parse says why.
func (c *conn) Split(body []byte) ([]adapter.Part, error) {
	var env struct {
		Object string `json:"object"`
		Entry  []struct {
			Changes []struct {
				Value routed `json:"value"`
			} `json:"changes"`
		} `json:"entry"`
	}
	whole := []adapter.Part{{Body: body}}
	if json.Unmarshal(body, &env) == nil {
		account, seen, same := kit.ID(""), false, true
		for i := range env.Entry {
			if len(env.Entry[i].Changes) == 0 { // belongs to nobody
				same = same && (!seen || account == "")
				seen = true
			}
			for j := range env.Entry[i].Changes {
				id := env.Entry[i].Changes[j].Value.Metadata.PhoneNumberID
				same = same && (!seen || id == account)
				account, seen = id, true
			}
		}
		if same && len(account) <= maxID {
			whole[0].Account = account.String()
			return whole, nil
		}
	}
	var top rawBody
	var obj string
	if json.Unmarshal(body, &top) != nil || json.Unmarshal(top.Object, &obj) != nil || obj != object {
		return whole, nil
	}
	entries, err := kit.List(top.Entry)
	if err != nil {
		return whole, nil
	}
	s := splitter{parts: map[string]*partBuilder{}}
	for _, raw := range entries {
		s.entry(raw)
	}
	return s.done(), nil
}

// routed reads of a value no more than who it is for.
type routed struct {
	Metadata metadata `json:"metadata"`
}

// splitter collects one body per account, in order of first appearance.
type splitter struct {
	parts map[string]*partBuilder
	order []string
}

type partBuilder struct {
	buf  bytes.Buffer
	open string // head of the entry that is being written, "" = none
}

func (s *splitter) part(account string) *partBuilder {
	b := s.parts[account]
	if b == nil {
		b = &partBuilder{}
		b.buf.WriteString(`{"object":"` + object + `","entry":[`)
		s.parts[account] = b
		s.order = append(s.order, account)
	}
	return b
}

func (s *splitter) entry(raw json.RawMessage) {
	var e rawEntry
	if json.Unmarshal(raw, &e) != nil {
		s.part("").whole(raw)
		return
	}
	changes, err := kit.List(e.Changes)
	head := `{` + member("id", e.ID) + member("time", e.Time) + `"changes":[`
	// A long head would be repeated for every account.
	if err != nil || len(changes) == 0 || len(head) > 512 {
		s.part("").whole(raw)
		return
	}
	var used []*partBuilder
	for _, ch := range changes {
		b := s.part(accountOf(ch))
		if b.open == "" {
			b.begin(head)
			used = append(used, b)
		} else {
			b.buf.WriteByte(',')
		}
		b.buf.Write(ch)
	}
	for _, b := range used {
		b.buf.WriteString(`]}`)
		b.open = ""
	}
}

func accountOf(raw json.RawMessage) string {
	var ch struct {
		Value routed `json:"value"`
	}
	if json.Unmarshal(raw, &ch) != nil || len(ch.Value.Metadata.PhoneNumberID) > maxID {
		return ""
	}
	return ch.Value.Metadata.PhoneNumberID.String()
}

func (b *partBuilder) begin(head string) {
	b.comma()
	b.buf.WriteString(head)
	b.open = head
}

func (b *partBuilder) whole(raw json.RawMessage) {
	b.comma()
	b.buf.Write(raw)
}

func (b *partBuilder) comma() {
	if c := b.buf.Bytes(); c[len(c)-1] != '[' {
		b.buf.WriteByte(',')
	}
}

func (s *splitter) done() []adapter.Part {
	parts := make([]adapter.Part, 0, len(s.order))
	for _, a := range s.order {
		b := s.parts[a]
		b.buf.WriteString(`]}`)
		parts = append(parts, adapter.Part{Account: a, Body: b.buf.Bytes()})
	}
	return parts
}

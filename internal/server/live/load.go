package live

import (
	"context"
	"encoding/json"
	"maps"

	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// read gives the frames after a sequence and the records they stand for. With
// an error, records say that the log could be read but not the rows it names.
func (h *Hub) read(ctx context.Context, org id.ID, after int64, limit int) (frames []*frame, recs []event.Record, err error) {
	err = h.db.Tenant(org).Read(ctx, func(tx *db.Tx) (err error) {
		if recs, err = event.After(tx, org, after, limit); err != nil || len(recs) == 0 {
			return err
		}
		l := loader{h: h, tx: tx, org: org}
		if err := l.load(recs); err != nil {
			return err
		}
		frames = l.encode(recs)
		return nil
	})
	return frames, recs, err
}

// unshowable tells an error of rows that will fail again from one of a database
// that is away.
func unshowable(recs []event.Record, err error) bool {
	return err != nil && len(recs) > 0 && fault.As(err).Kind != fault.Unavailable
}

// loader renders the rows that a batch of events names, each once. They are
// shown as they are now: an event says that something changed, not what it was.
type loader struct {
	h   *Hub
	tx  *db.Tx
	org id.ID

	messages, conversations, enquiries, channels map[id.ID][]byte
	conversationOf                               map[id.ID]id.ID // of a message or an enquiry
	places                                       map[id.ID]inbox.Place
}

func (l *loader) load(recs []event.Record) error {
	want := map[string]map[id.ID]bool{}
	var ids [4]db.IDs
	add := func(n int, what string, ref id.ID) {
		if want[what] == nil {
			want[what] = map[id.ID]bool{}
		}
		if !want[what][ref] {
			want[what][ref] = true
			ids[n] = append(ids[n], ref)
		}
	}
	created := map[id.ID]bool{}
	for _, r := range recs {
		switch r.Kind {
		case messageCreated:
			created[r.Ref] = true
			add(0, "message", r.Ref)
		case messageUpdated:
			add(0, "message", r.Ref)
		case conversationUpdated:
			add(1, "conversation", r.Ref)
		case enquiryUpdated:
			add(2, "enquiry", r.Ref)
		case channelUpdated:
			add(3, "channel", r.Ref)
		}
	}
	l.conversationOf, l.places = map[id.ID]id.ID{}, map[id.ID]inbox.Place{}
	if len(ids[0]) > 0 {
		rows, err := inbox.MessagesByID(l.tx, l.org, ids[0])
		if err != nil {
			return err
		}
		for _, m := range rows {
			if l.conversationOf[m.ID] = m.ConversationID; created[m.ID] {
				add(1, "conversation", m.ConversationID)
			}
		}
		if l.messages, err = render(rows, func(m *inbox.Message) id.ID { return m.ID }); err != nil {
			return err
		}
	}
	if len(ids[1]) > 0 {
		rows, err := inbox.ConversationsByID(l.tx, l.org, ids[1])
		if err != nil {
			return err
		}
		for i := range rows {
			l.places[rows[i].ID] = rows[i].Place()
		}
		if l.conversations, err = render(rows, func(c *inbox.Conversation) id.ID { return c.ID }); err != nil {
			return err
		}
	}
	if len(ids[2]) > 0 {
		rows, err := inbox.EnquiriesByID(l.tx, l.org, ids[2])
		if err != nil {
			return err
		}
		for _, e := range rows {
			l.conversationOf[e.ID] = e.ConversationID
		}
		if l.enquiries, err = render(rows, func(e *inbox.Enquiry) id.ID { return e.ID }); err != nil {
			return err
		}
	}
	if err := l.findPlaces(); err != nil {
		return err
	}
	l.channels = make(map[id.ID][]byte, len(ids[3]))
	for _, ref := range ids[3] {
		c, err := l.h.channels.In(l.tx, l.org, ref)
		if err != nil {
			return err
		}
		if c == nil {
			continue
		}
		if l.channels[ref], err = json.Marshal(l.h.channels.View(c, false)); err != nil {
			return err
		}
	}
	return nil
}

// findPlaces looks up where the conversations stand that were not read anyway.
func (l *loader) findPlaces() error {
	var missing db.IDs
	for _, c := range l.conversationOf {
		if _, known := l.places[c]; !known {
			missing = append(missing, c)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	more, err := inbox.PlacesOf(l.tx, l.org, missing)
	maps.Copy(l.places, more)
	return err
}

// locate tells a frame where its conversation stands, and stood.
func (l *loader) locate(f *frame, r event.Record) {
	if r.Kind == channelUpdated {
		return
	}
	c := l.conversationOf[r.Ref]
	if r.Kind == conversationUpdated {
		c = r.Ref
	}
	p, known := l.places[c]
	was, moved := inbox.PlaceBefore(r.Before)
	gone := func() []byte {
		ref, _ := r.Ref.MarshalJSON()
		return frameText(r.Seq, conversationRemoved, object("id", ref))
	}
	switch {
	case known && moved && r.Kind == conversationUpdated:
		f.before, f.gone = &was, gone()
	case known:
	case !moved:
		f.text = nil // nobody can say who may see it
	case r.Kind == conversationUpdated: // it is no more
		p, f.text = was, gone()
	default: // nor is this message or enquiry: who saw it is told
		p = was
	}
	f.place = &p
}

func render[T any](rows []T, key func(*T) id.ID) (map[id.ID][]byte, error) {
	out := make(map[id.ID][]byte, len(rows))
	for i := range rows {
		b, err := json.Marshal(&rows[i])
		if err != nil {
			return nil, err
		}
		out[key(&rows[i])] = b
	}
	return out, nil
}

// encode makes one frame for each record.
func (l *loader) encode(recs []event.Record) []*frame {
	all := make([]frame, len(recs))
	out := make([]*frame, len(recs))
	for i, r := range recs {
		f := &all[i]
		f.seq, f.needs = r.Seq, needs[r.Kind]
		if data := l.data(r); data != nil {
			f.text = frameText(r.Seq, r.Kind, data)
		}
		l.locate(f, r)
		out[i] = f
	}
	return out
}

// data is the body of an event; nil when its kind is none that is told. Of a row
// that is gone it has the id.
func (l *loader) data(r event.Record) []byte {
	switch r.Kind {
	case messageCreated:
		m, c := l.messages[r.Ref], l.conversations[l.conversationOf[r.Ref]]
		if m == nil || c == nil {
			return nil
		}
		return object("message", m, "conversation", c)
	case messageUpdated:
		return orGone("message", l.messages[r.Ref], r.Ref)
	case conversationUpdated:
		return orGone("conversation", l.conversations[r.Ref], r.Ref)
	case enquiryUpdated:
		return orGone("enquiry", l.enquiries[r.Ref], r.Ref)
	case channelUpdated:
		return orGone("channel", l.channels[r.Ref], r.Ref)
	}
	return nil
}

// orGone is a rendered row under its name, or null with the id it had.
func orGone(name string, row []byte, ref id.ID) []byte {
	if row != nil {
		return object(name, row)
	}
	raw, _ := ref.MarshalJSON()
	return object(name, []byte("null"), "id", raw)
}

// object joins rendered members.
func object(name string, value []byte, more ...any) []byte {
	b := append([]byte(`{"`+name+`":`), value...)
	for i := 0; i+1 < len(more); i += 2 {
		b = append(b, `,"`+more[i].(string)+`":`...)
		b = append(b, more[i+1].([]byte)...)
	}
	return append(b, '}')
}

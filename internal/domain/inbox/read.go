package inbox

import (
	"context"
	"encoding/json"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/contact"
	"switchboard/internal/domain/media"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

var messageKinds = func() (out []string) {
	for _, k := range message.Kinds {
		out = append(out, string(k))
	}
	return out
}()

// MessageSpec is what lists of messages may be asked.
var MessageSpec = query.Spec{Resource: "messages", Fields: []query.Field{
	{Name: "id", Column: "t.id", Type: query.UUID, Filterable: true, Sortable: true},
	{Name: "organization_id", Column: "t.organization_id", Type: query.UUID, Filterable: true},
	{Name: "conversation_id", Column: "t.conversation_id", Type: query.UUID, Filterable: true},
	{Name: "channel_id", Column: "t.channel_id", Type: query.UUID, Filterable: true},
	{Name: "direction", Column: "t.direction", Type: query.Enum, Values: []string{"inbound", "outbound", "internal"}, Filterable: true},
	{Name: "kind", Column: "t.kind", Type: query.Enum, Values: messageKinds, Filterable: true},
	{Name: "text", Column: "t.text", Type: query.Text, Filterable: true},
	{Name: "status", Column: "t.status", Type: query.Enum, Values: []string{"received", "recorded", "scheduled", "queued", "sending", "uncertain", "sent", "delivered", "read", "failed", "canceled"}, Filterable: true},
	{Name: "automatic", Column: "t.automatic", Type: query.Bool, Filterable: true},
	{Name: "reply_to_id", Column: "t.reply_to_id", Type: query.UUID, Filterable: true, Nullable: true},
	{Name: "provider_message_id", Column: "t.provider_message_id", Type: query.Text, Filterable: true, Nullable: true},
	{Name: "client_id", Column: "t.client_id", Type: query.Text, Filterable: true, Nullable: true},
	{Name: "occurred_at", Column: "t.occurred_at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "created_at", Column: "t.created_at", Type: query.Time, Filterable: true, Sortable: true},
	{Name: "sent_at", Column: "t.sent_at", Type: query.Time, Filterable: true, Nullable: true},
	{Name: "delivered_at", Column: "t.delivered_at", Type: query.Time, Filterable: true, Nullable: true},
	{Name: "read_at", Column: "t.read_at", Type: query.Time, Filterable: true, Nullable: true},
}, Members: []string{"payload", "media", "reactions", "attempt", "error", "author", "starred", "scheduled_at", "edited_at", "deleted_at"}, Scoped: true}

const messageColumns = `t.id, t.organization_id, t.conversation_id, t.channel_id, t.direction, t.kind, t.text, t.payload, t.media, t.reactions,
	t.status, t.attempt, t.automatic, t.error, t.reply_to_id, t.provider_message_id, t.client_id, t.author_type, t.author_id,
	t.occurred_at, t.created_at, t.scheduled_at, t.sent_at, t.delivered_at, t.read_at, t.edited_at, t.deleted_at`

var messagesByID = db.SQL(`SELECT ` + messageColumns + ` FROM message t WHERE t.organization_id = $1 AND t.id IN @ids($2) ORDER BY t.id`)

// Messages lists messages.
func (s *Service) Messages(ctx context.Context, a account.Actor, l *query.List) ([]Message, int64, error) {
	if err := a.Require(account.InboxView); err != nil {
		return nil, 0, err
	}
	var out []Message
	total := int64(-1)
	l.Within = Through(a, "t.conversation_id")
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		out, total, err = s.messagesIn(tx, a, l)
		return err
	})
	return out, total, err
}

func (s *Service) messagesIn(tx *db.Tx, a account.Actor, l *query.List) ([]Message, int64, error) {
	out := []Message{}
	total, err := db.List(tx, l, messageColumns, "message t", func(scan func(...any) error) error {
		m, err := scanMessage(scan)
		out = append(out, m)
		return err
	})
	if err == nil {
		err = complete(tx, a.Organization, out)
	}
	if err == nil {
		err = stars(tx, a, out)
	}
	return out, total, err
}

// Message reads one message.
func (s *Service) Message(ctx context.Context, a account.Actor, msg id.ID) (Message, error) {
	if err := a.Require(account.InboxView); err != nil {
		return Message{}, err
	}
	var m Message
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) (err error) {
		m, err = seenMessage(tx, a, msg)
		return err
	})
	return m, err
}

// seenMessage reads one message for who must be able to see it.
func seenMessage(tx *db.Tx, a account.Actor, msg id.ID) (Message, error) {
	m, err := messageIn(tx, a, msg)
	if err == nil {
		err = mustSee(tx, a, m.ConversationID, "message")
	}
	return m, err
}

// message reads one message for the answer of a change, whose caller may write
// but perhaps not read.
func (s *Service) message(ctx context.Context, a account.Actor, msg id.ID) (m Message, err error) {
	err = s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) error {
		m, err = messageIn(tx, a, msg)
		return err
	})
	return m, err
}

// messageIn reads one message as its reader sees it.
func messageIn(tx *db.Tx, a account.Actor, msg id.ID) (Message, error) {
	out, err := MessagesByID(tx, a.Organization, db.IDs{msg})
	if err == nil && len(out) == 0 {
		err = fault.Absent("message")
	}
	if err == nil {
		err = stars(tx, a, out)
	}
	if err != nil {
		return Message{}, err
	}
	return out[0], nil
}

// MessagesByID reads messages as they are shown, for live events.
func MessagesByID(tx *db.Tx, org id.ID, ids db.IDs) ([]Message, error) {
	out := []Message{}
	if err := tx.Query(messagesByID, []any{org, ids}, func(scan func(...any) error) error {
		m, err := scanMessage(scan)
		out = append(out, m)
		return err
	}); err != nil {
		return nil, err
	}
	return out, complete(tx, org, out)
}

// complete adds what stands in other tables: names and files.
func complete(tx *db.Tx, org id.ID, ms []Message) error {
	if err := showMedia(tx, org, ms); err != nil {
		return err
	}
	return nameAuthors(tx, org, ms)
}

func scanMessage(scan func(...any) error) (Message, error) {
	var m Message
	var files, reactions, failure json.RawMessage
	var author Author
	err := scan(&m.ID, &m.OrganizationID, &m.ConversationID, &m.ChannelID, &m.Direction, &m.Kind, &m.Text, db.JSON(&m.Payload), db.JSON(&files),
		db.JSON(&reactions), &m.Status, &m.Attempt, &m.Automatic, db.JSON(&failure), &m.ReplyToID, &m.ProviderMessageID, &m.ClientID,
		&author.Type, &author.ID, db.Time(&m.OccurredAt.Time), db.Time(&m.CreatedAt.Time), db.Time(&m.ScheduledAt.Time), db.Time(&m.SentAt.Time),
		db.Time(&m.DeliveredAt.Time), db.Time(&m.ReadAt.Time), db.Time(&m.EditedAt.Time), db.Time(&m.DeletedAt.Time))
	if err != nil {
		return m, err
	}
	m.Media, m.Reactions = []media.View{}, []ReactionView{}
	if author.Type != "system" {
		m.Author = &author
	}
	for _, j := range []struct {
		raw  json.RawMessage
		into any
	}{{files, &m.files}, {failure, &m.Error}} {
		if len(j.raw) > 0 {
			if err := json.Unmarshal(j.raw, j.into); err != nil {
				return m, err
			}
		}
	}
	for _, f := range m.files {
		m.Media = append(m.Media, media.Unkept(f))
	}
	var rs []reaction
	if len(reactions) > 0 {
		if err := json.Unmarshal(reactions, &rs); err != nil {
			return m, err
		}
	}
	for _, r := range rs {
		m.Reactions = append(m.Reactions, ReactionView{Emoji: r.Emoji, AuthorID: r.Author, Direction: r.Direction})
	}
	if m.Kind == message.Reaction {
		m.Payload, _ = json.Marshal(map[string]string{"emoji": m.Text})
	}
	return m, nil
}

var (
	memberNames  = db.SQL(`SELECT id, name FROM member WHERE organization_id = $1 AND id IN @ids($2)`)
	contactNames = db.SQL(`SELECT id, name FROM contact WHERE organization_id = $1 AND id IN @ids($2)`)
	tokenNames   = db.SQL(`SELECT id, name FROM api_token WHERE organization_id = $1 AND id IN @ids($2)`)
)

// names looks up the names behind ids of one table.
func names(tx *db.Tx, q *db.Stmt, org id.ID, ids map[id.ID]bool) (map[id.ID]string, error) {
	out := map[id.ID]string{}
	var list db.IDs
	for v := range ids {
		if !v.IsZero() {
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		return out, nil
	}
	return out, tx.Query(q, []any{org, list}, func(scan func(...any) error) error {
		var v id.ID
		var n string
		err := scan(&v, &n)
		out[v] = n
		return err
	})
}

func nameAuthors(tx *db.Tx, org id.ID, ms []Message) error {
	members, contacts, programs := map[id.ID]bool{}, map[id.ID]bool{}, map[id.ID]bool{}
	for _, m := range ms {
		for _, r := range m.Reactions {
			if r.Direction == In {
				contacts[r.AuthorID] = true
			} else {
				members[r.AuthorID] = true
			}
		}
		if m.Author == nil {
			continue
		}
		switch m.Author.Type {
		case "member":
			members[m.Author.ID] = true
		case "program":
			programs[m.Author.ID] = true
		default:
			contacts[m.Author.ID] = true
		}
	}
	mn, err := names(tx, memberNames, org, members)
	if err != nil {
		return err
	}
	cn, err := names(tx, contactNames, org, contacts)
	if err != nil {
		return err
	}
	pn, err := names(tx, tokenNames, org, programs)
	if err != nil {
		return err
	}
	for i := range ms {
		for j := range ms[i].Reactions {
			r := &ms[i].Reactions[j]
			if r.AuthorName = mn[r.AuthorID]; r.Direction == In {
				r.AuthorName = contact.DisplayName(cn[r.AuthorID], r.AuthorID)
			}
		}
		a := ms[i].Author
		if a == nil {
			continue
		}
		switch a.Type {
		case "member":
			a.Name = mn[a.ID]
		case "program":
			a.Name = pn[a.ID]
		case "contact":
			a.Name = contact.DisplayName(cn[a.ID], a.ID)
		case "external": // the business itself, with other software
			a.ID, a.Name = id.Zero, ""
		}
	}
	return nil
}

var (
	selectSteps = db.SQL(`SELECT at, name, detail, attempt, data, duration_us FROM message_step WHERE organization_id = $1 AND message_id = $2 ORDER BY id`)
	selectBirth = db.SQL(`SELECT m.direction, m.created_at, m.sent_at, m.delivered_at, m.read_at, m.webhook_event_id, w.received_at, w.signature, w.size
		FROM message m LEFT JOIN webhook_event w ON w.organization_id = m.organization_id AND w.id = m.webhook_event_id
		WHERE m.organization_id = $1 AND m.id = $2`)
)

// Provenance tells the life of a message.
func (s *Service) Provenance(ctx context.Context, a account.Actor, msg id.ID) (Provenance, error) {
	if _, err := s.Message(ctx, a, msg); err != nil {
		return Provenance{}, err
	}
	p := Provenance{MessageID: msg}
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) error {
		p.Steps = []Step{}
		told := map[string]bool{}
		var dir, signature string
		var created, sent, delivered, rd, received time.Time
		var hook id.ID
		var size int64
		if err := tx.Row(selectBirth, []any{a.Organization, msg}, &dir, db.Time(&created), db.Time(&sent), db.Time(&delivered), db.Time(&rd),
			&hook, db.Time(&received), db.Null(&signature), db.Null(&size)); err != nil {
			return err
		}
		if !hook.IsZero() && !received.IsZero() {
			data, _ := json.Marshal(map[string]any{"webhook_event_id": hook, "signature": signature, "size": size})
			p.Steps = append(p.Steps, newStep(received, "webhook_received", "signature "+signature, 0, data, 0))
		}
		took := created.Sub(received)
		if received.IsZero() {
			took = 0
		}
		p.Steps = append(p.Steps, newStep(created, map[bool]string{true: "accepted", false: "stored"}[dir == string(Out)], "", 0, nil, took))
		if err := tx.Query(selectSteps, []any{a.Organization, msg}, func(scan func(...any) error) error {
			var st Step
			var us int64
			if err := scan(db.Time(&st.At.Time), &st.Name, &st.Detail, &st.Attempt, db.JSON(&st.Data), &us); err != nil {
				return err
			}
			took := time.Duration(us) * time.Microsecond
			if st.Detail == reportedStep {
				if told[st.Name] = true; !sent.IsZero() && st.Name != string(message.Sent) {
					took = st.At.Sub(sent)
				}
			}
			p.Steps = append(p.Steps, newStep(st.At.Time, st.Name, st.Detail, st.Attempt, st.Data, took))
			return nil
		}); err != nil {
			return err
		}
		if dir == string(Out) {
			for _, t := range []struct {
				name string
				at   time.Time
			}{{"delivered", delivered}, {"read", rd}} {
				if !t.at.IsZero() && !told[t.name] {
					var since time.Duration
					if !sent.IsZero() {
						since = t.at.Sub(sent)
					}
					p.Steps = append(p.Steps, newStep(t.at, t.name, reportedStep, 0, nil, since))
				}
			}
		}
		return nil
	})
	return p, err
}

func newStep(at time.Time, name, detail string, attempt int, data json.RawMessage, took time.Duration) Step {
	st := Step{Name: name, Detail: detail, Attempt: attempt, Data: data}
	st.At.Time = at
	if took > 0 {
		ms := float64(took.Microseconds()) / 1000
		st.DurationMS = &ms
	}
	return st
}

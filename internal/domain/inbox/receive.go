package inbox

import (
	"sort"
	"time"

	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/media"
	"switchboard/internal/message"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/id"
)

// Item is one thing a provider reported, and the delivery it came with.
type Item struct {
	WebhookEvent id.ID
	ReceivedAt   time.Time
	message.Inbound
}

// Receive records a batch of one channel, in order, in the caller's
// transaction. It tells for each item whether it was new. Nothing in it depends
// on how the provider cut or repeated its deliveries: a message is new if and
// only if its provider id was not known.
func (s *Service) Receive(tx *db.Tx, ch *channel.Channel, items []Item) ([]bool, error) {
	fresh := make([]bool, 0, len(items))
	for begin := 0; begin < len(items) || begin == 0; {
		end := begin
		for end < len(items) && items[end].Close == nil {
			end++
		}
		b := &batch{s: s, tx: tx, ch: ch, org: ch.OrganizationID, items: items[begin:end],
			fresh: make([]bool, end-begin), convs: map[id.ID]*conv{}, byThread: map[string]*conv{}, now: s.clock.Now()}
		if err := b.receive(); err != nil {
			return nil, err
		}
		fresh = append(fresh, b.fresh...)
		if end < len(items) { // what comes after the end of an enquiry opens the next
			if err := b.leave(items[end].Close.From); err != nil {
				return nil, err
			}
			fresh = append(fresh, true)
			end++
		}
		begin = max(end, 1)
	}
	return fresh, nil
}

func (b *batch) receive() error {
	for _, step := range []func() error{
		b.resolveReports, b.findAlbums, b.insertKeys, b.resolveContacts, b.findTargets, b.lockConversations, b.openEnquiries,
		b.insertMessages, b.addParts, b.applyChanges, b.applyPolls, b.applyStatuses, b.saveConversations, b.applyTyping,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// batch is the state of one Receive.
type batch struct {
	s     *Service
	tx    *db.Tx
	ch    *channel.Channel
	org   id.ID
	items []Item
	fresh []bool
	now   time.Time

	incoming []incoming // new messages, in order
	albums   map[string]*album
	parts    []part
	voters   map[int]id.ID // item -> contact
	places   []place
	targets  map[string]target
	convs    map[id.ID]*conv
	byThread map[string]*conv
}

// textMost bounds a received text in code points, far above what any platform
// lets a person type; the raw delivery keeps the rest.
const textMost = 65_536

// incoming is one new message on its way into a conversation.
type incoming struct {
	item    int
	id      id.ID
	party   message.Party
	author  message.Party // the sender, when it differs from the conversation's party (groups)
	at      time.Time
	content message.Content
	replyTo string
	target  string
	echo    bool
	quiet   bool // nobody waits for an answer to it
	contact id.ID
	sender  id.ID
	conv    *conv
}

// target is a message of the channel that something refers to.
type target struct {
	message id.ID
	conv    id.ID
}

// conv is a conversation while the batch changes it.
type conv struct {
	id, contact, owner, holder, team, enquiry, lastMessage id.ID
	key, kind, status                                      string
	unread                                                 int
	lastAt, lastInbound, window                            time.Time
	fresh, touched                                         bool
}

func (c *conv) place() Place { return Place{c.holder, c.team} }

var insertKey = db.NewInsert("provider_message", []string{"channel_id", "provider_message_id"},
	db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "channel_id", Type: db.ID}, db.Col{Name: "provider_message_id", Type: db.Text},
	db.Col{Name: "message_id", Type: db.ID}, db.Col{Name: "attempt", Type: db.Int}, db.Col{Name: "status", Type: db.Text}, db.Col{Name: "digest", Type: db.Text})

// claimKey gives a message the key that only reports about it hold so far.
var claimKey = db.SQL(`UPDATE provider_message SET message_id = $4, digest = $5 WHERE channel_id = $1 AND provider_message_id = $2 AND organization_id = $3
	AND message_id IS NULL AND status <> 'received'`)

// insertKeys decides what is new: a row of provider_message that could be
// inserted. Repetitions inside the batch are sorted out before.
func (b *batch) insertKeys() error {
	var rows [][]any
	var at []int
	seen := map[string]bool{}
	add := func(i int, key string, in *incoming) {
		if seen[key] {
			return
		}
		seen[key] = true
		state := message.GotIn
		var msg id.ID
		if in != nil {
			in.item = i
			if in.id.IsZero() {
				in.id = id.New()
			}
			msg = in.id
			if in.echo {
				state = message.Sent
			}
			b.incoming = append(b.incoming, *in)
		} else {
			b.incoming = append(b.incoming, incoming{item: -1})
		}
		var digest any
		if m := b.items[i].Message; m != nil && m.Digest != "" {
			digest = m.Digest
		}
		rows = append(rows, []any{b.org, b.ch.ID, key, msg, 0, string(state), digest})
		at = append(at, i)
	}
	for i, it := range b.items {
		switch {
		case it.Message != nil:
			m := it.Message
			in := &incoming{party: m.From, at: m.At, content: m.Content, replyTo: m.ReplyTo, target: m.Target, quiet: m.Broadcast}
			if m.Group != "" {
				in.party, in.author = message.Party{Addresses: []message.Address{{Kind: message.GroupAddress, Value: m.Group}}, Name: m.GroupName}, m.From
			}
			if a := b.albums[albumKey(m)]; a != nil {
				in.id = a.message
			}
			add(i, m.ProviderID, in)
		case it.Echo != nil:
			add(i, it.Echo.ProviderID, &incoming{party: it.Echo.To, at: it.Echo.At, content: it.Echo.Content, echo: true})
		case it.Edit != nil:
			add(i, it.Edit.ProviderID, nil)
		case it.Delete != nil:
			add(i, it.Delete.ProviderID, nil)
		case it.Move != nil:
			add(i, it.Move.ProviderID, nil)
		case it.Vote != nil:
			add(i, it.Vote.ProviderID, nil)
		case it.Presence != nil:
			add(i, it.Presence.ProviderID, nil)
		case it.Status != nil, it.Notice != nil, it.Tally != nil, it.Typing != nil:
			b.fresh[i] = true // they merge: any number of times gives the same
		}
	}
	isNew, err := b.tx.InsertNew(insertKey, rows)
	if err != nil {
		return err
	}
	kept := b.incoming[:0]
	for n, in := range b.incoming {
		if !isNew[n] && in.item >= 0 { // a status may have come first and taken the key for it
			claimed, err := b.tx.Exec(claimKey, b.ch.ID, rows[n][2], b.org, in.id, rows[n][6])
			if err != nil {
				return err
			}
			isNew[n] = claimed > 0
		}
		b.fresh[at[n]] = isNew[n]
		if isNew[n] && in.item >= 0 && !b.joins(&in) {
			// A provider's clock may run ahead of ours; nothing happens later
			// than we heard of it.
			in.content.Text = message.Truncate(in.content.Text, textMost)
			got := b.items[in.item].ReceivedAt
			if in.at.IsZero() || in.at.After(got) || in.at.Nanosecond() == 0 && got.Sub(in.at) < time.Second {
				// A time in whole seconds is rounded down: within that second
				// receipt is the better one, or an answer would stand before
				// what it answers.
				in.at = got
			}
			kept = append(kept, in)
		}
	}
	b.incoming = kept
	return nil
}

func (b *batch) resolveContacts() error {
	if err := b.move(); err != nil {
		return err
	}
	if err := b.resolveOthers(); err != nil || len(b.incoming) == 0 {
		return err
	}
	var parties []message.Party
	for _, in := range b.incoming {
		parties = append(parties, in.party)
		if len(in.author.Addresses) > 0 {
			parties = append(parties, in.author)
		}
	}
	ids, err := b.s.contacts.Resolve(b.tx, b.org, b.ch.Type, parties)
	if err != nil {
		return err
	}
	n := 0
	for i := range b.incoming {
		in := &b.incoming[i]
		in.contact, in.sender = ids[n], ids[n]
		n++
		if len(in.author.Addresses) > 0 {
			in.sender = ids[n]
			n++
		}
	}
	return nil
}

var selectTargets = db.SQL(`SELECT p.provider_message_id, p.message_id, m.conversation_id FROM provider_message p
	JOIN message m ON m.organization_id = p.organization_id AND m.id = p.message_id
	WHERE p.channel_id = $1 AND p.provider_message_id IN @list($2) AND p.organization_id = $3`)

// findTargets looks up the messages that replies, reactions, edits, deletions
// and statuses refer to.
func (b *batch) findTargets() error {
	var want db.Texts
	for _, in := range b.incoming {
		if in.replyTo != "" {
			want = append(want, in.replyTo)
		}
		if in.target != "" {
			want = append(want, in.target)
		}
	}
	for i, it := range b.items {
		switch {
		case it.Edit != nil && b.fresh[i]:
			want = append(want, it.Edit.Target)
		case it.Delete != nil && b.fresh[i]:
			want = append(want, it.Delete.Target)
		case it.Vote != nil && b.fresh[i]:
			want = append(want, it.Vote.Target)
		case it.Tally != nil:
			want = append(want, it.Tally.Target)
		case it.Status != nil:
			want = append(want, it.Status.ProviderID)
		}
	}
	b.targets = make(map[string]target, len(want))
	if len(want) == 0 {
		return nil
	}
	if err := b.tx.Query(selectTargets, []any{b.ch.ID, want, b.org}, func(scan func(...any) error) error {
		var key string
		var t target
		if err := scan(&key, &t.message, &t.conv); err != nil {
			return err
		}
		b.targets[key] = t
		return nil
	}); err != nil {
		return err
	}
	return b.ownTargets(want)
}

const convColumns = `id, contact_id, thread_key, kind, owner_id, holder_id, team_id, enquiry_id, enquiry_status, unread_count,
	last_message_id, last_message_at, last_inbound_at, window_expires_at`

var (
	lockByThread = db.SQL(`SELECT ` + convColumns + ` FROM conversation WHERE organization_id = $1 AND id IN (
		SELECT id FROM conversation WHERE channel_id = $2 AND thread_key IN @list($3) AND organization_id = $1
		UNION SELECT id FROM conversation WHERE organization_id = $1 AND id IN @ids($4)) ORDER BY id @lock`)
	insertConv = db.NewInsert("conversation", []string{"channel_id", "thread_key"},
		db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "id", Type: db.ID}, db.Col{Name: "channel_id", Type: db.ID}, db.Col{Name: "contact_id", Type: db.ID},
		db.Col{Name: "thread_key", Type: db.Text}, db.Col{Name: "kind", Type: db.Text}, db.Col{Name: "created_at", Type: db.Int}, db.Col{Name: "updated_at", Type: db.Int})
)

func scanConv(scan func(...any) error) (*conv, error) {
	c := &conv{}
	err := scan(&c.id, &c.contact, &c.key, &c.kind, &c.owner, &c.holder, &c.team, &c.enquiry, &c.status, &c.unread, &c.lastMessage,
		db.Time(&c.lastAt), db.Time(&c.lastInbound), db.Time(&c.window))
	if c.lastAt.UnixMicro() == 0 {
		c.lastAt = time.Time{}
	}
	if c.lastInbound.UnixMicro() == 0 {
		c.lastInbound = time.Time{}
	}
	return c, err
}

// lockConversations takes every conversation the batch will touch, in the order
// of ids, and makes those that are missing.
func (b *batch) lockConversations() error {
	var keys db.Texts
	var ids db.IDs
	want := map[string]place{}
	ask := func(p place) {
		if key := p.contact.String(); want[key].contact.IsZero() {
			want[key] = p
			keys = append(keys, key)
		}
	}
	for _, in := range b.incoming {
		ask(place{in.contact, in.party})
	}
	for _, p := range b.places {
		ask(p)
	}
	for _, t := range b.targets {
		ids = append(ids, t.conv)
	}
	more, err := b.refConversations()
	if err != nil {
		return err
	}
	ids = append(ids, more...)
	if more, err = b.partConversations(); err != nil {
		return err
	}
	ids = append(ids, more...)
	if len(keys)+len(ids) == 0 {
		return nil
	}
	if err := b.readConvs(keys, ids); err != nil {
		return err
	}
	var rows [][]any
	for _, key := range keys {
		if b.byThread[key] != nil {
			continue
		}
		in := want[key]
		kind := "direct"
		if in.party.Address(message.GroupAddress) != "" {
			kind = "group"
		}
		c := &conv{id: id.New(), contact: in.contact, key: key, kind: kind, status: NoEnquiry, fresh: true}
		rows = append(rows, []any{b.org, c.id, b.ch.ID, c.contact, key, kind, b.now, b.now})
		b.byThread[key], b.convs[c.id] = c, c
	}
	fresh, err := b.tx.InsertNew(insertConv, rows)
	if err != nil {
		return err
	}
	for i, ok := range fresh {
		if !ok { // somebody wrote to this contact first at this very moment
			key := rows[i][4].(string)
			delete(b.convs, b.byThread[key].id)
			delete(b.byThread, key)
			if err := b.readConvs(db.Texts{key}, nil); err != nil {
				return err
			}
		}
	}
	for i := range b.incoming {
		b.incoming[i].conv = b.byThread[b.incoming[i].contact.String()]
	}
	return nil
}

func (b *batch) readConvs(keys db.Texts, ids db.IDs) error {
	return b.tx.Query(lockByThread, []any{b.org, b.ch.ID, keys, ids}, func(scan func(...any) error) error {
		c, err := scanConv(scan)
		if err != nil {
			return err
		}
		b.convs[c.id] = c
		if b.byThread[c.key] == nil {
			b.byThread[c.key] = c
		}
		return nil
	})
}

// openEnquiries opens an enquiry for each conversation without a current one,
// on its first message of the batch. Reactions and messages typed elsewhere
// open none.
func (b *batch) openEnquiries() error {
	var open []*conv
	first := map[*conv]*incoming{}
	for i := range b.incoming {
		in := &b.incoming[i]
		c := in.conv
		if in.echo || in.quiet || in.content.Kind == message.Reaction || first[c] != nil || c.status != NoEnquiry {
			continue
		}
		first[c] = in
		open = append(open, c)
	}
	return b.s.openEnquiries(b.tx, b.org, b.ch, open, b.now, func(c *conv) (string, id.ID) { return "contact", c.contact })
}

var (
	insertMessage = db.NewInsert("message", nil,
		db.Col{Name: "organization_id", Type: db.ID}, db.Col{Name: "id", Type: db.ID}, db.Col{Name: "conversation_id", Type: db.ID}, db.Col{Name: "channel_id", Type: db.ID},
		db.Col{Name: "direction", Type: db.Text}, db.Col{Name: "kind", Type: db.Text}, db.Col{Name: "text", Type: db.Text}, db.Col{Name: "payload", Type: db.Text}, db.Col{Name: "media", Type: db.Text},
		db.Col{Name: "status", Type: db.Text}, db.Col{Name: "reply_to_id", Type: db.ID}, db.Col{Name: "reply_to_provider_id", Type: db.Text}, db.Col{Name: "provider_message_id", Type: db.Text},
		db.Col{Name: "author_type", Type: db.Text}, db.Col{Name: "author_id", Type: db.ID}, db.Col{Name: "occurred_at", Type: db.Int}, db.Col{Name: "created_at", Type: db.Int}, db.Col{Name: "sent_at", Type: db.Int}, db.Col{Name: "webhook_event_id", Type: db.ID})
)

func (b *batch) insertMessages() error {
	rows := make([][]any, 0, len(b.incoming))
	for i := range b.incoming { // what is referred to may be part of this very batch
		b.targets[b.key(&b.incoming[i])] = target{b.incoming[i].id, b.incoming[i].conv.id}
	}
	var announced []media.Announced
	for i := range b.incoming {
		in := &b.incoming[i]
		announced = append(announced, files(in.id, in.conv.id, &in.content)...)
	}
	if err := b.announce(announced); err != nil {
		return err
	}
	for i := range b.incoming {
		in := &b.incoming[i]
		c := in.conv
		payload, err := in.content.Payload()
		if err != nil {
			return err
		}
		files, err := filesJSON(in.content)
		if err != nil {
			return err
		}
		ref := in.replyTo
		if in.target != "" {
			ref = in.target
		}
		var refID any
		if ref != "" {
			refID = ref
		}
		refers := b.targets[ref]
		if refers.conv != c.id { // a quote from elsewhere is kept by its provider id only
			refers = target{}
		}
		direction, status, author := In, message.GotIn, "contact"
		var sent time.Time
		if in.echo {
			direction, status, author, sent = Out, message.Sent, "external", in.at
		}
		rows = append(rows, []any{b.org, in.id, c.id, b.ch.ID, string(direction), string(in.content.Kind), in.content.Text, payload, files,
			string(status), refers.message, refID, b.key(in), author, in.sender, in.at, b.now, sent, b.items[in.item].WebhookEvent})
		b.arrived(in)
		b.tx.Emit(db.Event{Org: b.org, Kind: "message.created", Ref: in.id, Channel: b.ch.ID, Owner: c.owner})
	}
	return b.tx.InsertMany(insertMessage, rows)
}

// key is the provider's id of a new message.
func (b *batch) key(in *incoming) string {
	if in.echo {
		return b.items[in.item].Echo.ProviderID
	}
	return b.items[in.item].Message.ProviderID
}

// arrived moves the conversation's figures on.
func (b *batch) arrived(in *incoming) {
	c := in.conv
	c.touched = true
	// A reaction belongs to an earlier message; it is never the last one.
	if in.content.Kind != message.Reaction && (!in.at.Before(c.lastAt) || c.lastMessage.IsZero()) {
		c.lastMessage, c.lastAt = in.id, in.at
	}
	if in.echo {
		return
	}
	if in.content.Kind != message.Reaction {
		c.unread++
	}
	if in.at.After(c.lastInbound) {
		c.lastInbound = in.at
	}
	if w := b.s.channels.Type(b.ch.Type).Window; w > 0 {
		if until := in.at.Add(w); until.After(c.window) {
			c.window = until
		}
	}
}

var updateConvs = db.SQL(`UPDATE conversation SET unread_count = $3, last_message_id = $4, last_message_at = $5, last_inbound_at = $6,
	window_expires_at = $7, enquiry_id = $8, enquiry_status = $9, owner_id = $10, holder_id = $11, team_id = $12, updated_at = $13 WHERE organization_id = $1 AND id = $2`)

func (b *batch) saveConversations() error {
	var rows [][]any
	for _, c := range b.convs {
		if c.touched {
			rows = append(rows, []any{b.org, c.id, c.unread, c.lastMessage, micros(c.lastAt), micros(c.lastInbound), c.window,
				c.enquiry, c.status, c.owner, c.holder, c.team, b.now})
		}
	}
	sort.Slice(rows, func(i, j int) bool {
		x, y := rows[i][1].(id.ID), rows[j][1].(id.ID)
		return string(x[:]) < string(y[:])
	})
	if err := b.tx.Each(updateConvs, rows); err != nil {
		return err
	}
	if len(b.incoming) == 0 {
		return nil
	}
	return b.s.channels.TouchIn(b.tx, b.org, b.ch.ID, b.now)
}

// micros stores a time in a column that is never NULL, because the list is
// ordered by it.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

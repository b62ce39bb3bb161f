package live

import (
	"encoding/json"
	"time"

	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
)

// typingLasts is how long a member counts as writing; the web app says so again
// every five seconds.
const typingLasts = 8 * time.Second

type typingHint struct {
	writer id.ID
	frame  frame
}

// typing passes on that somebody is writing. It is never stored: who was away
// has missed nothing.
func (h *Hub) typing(e event.Hint) {
	h.mu.RLock()
	t := h.tails[e.Key]
	h.mu.RUnlock()
	if t == nil {
		return
	}
	var s inbox.TypingSignal
	if json.Unmarshal([]byte(e.Text), &s) != nil || s.Conversation.IsZero() {
		return // another version's hint
	}
	data, err := json.Marshal(struct {
		Conversation id.ID              `json:"conversation_id"`
		Member       *inbox.MemberBrief `json:"member"`
		Contact      *inbox.MemberBrief `json:"contact,omitempty"`
		Until        clock.Stamp        `json:"until"`
	}{s.Conversation, s.Member, s.Contact, clock.Stamp{Time: h.clock.Now().Add(typingLasts)}})
	if err != nil {
		return
	}
	var writer id.ID // hears nothing of himself
	if s.Member != nil {
		writer = s.Member.ID
	}
	select {
	case t.typing <- typingHint{writer, frame{needs: seesInbox, text: typingText(data), place: &s.Place}}:
	default: // more people write than one can read
	}
}

func (t *tail) tellTyping(hint typingHint) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, g := range t.groups {
		text := g.text(&hint.frame)
		if text == nil {
			continue
		}
		for s := range g.streams {
			if hint.writer.IsZero() || s.actor.Member != hint.writer {
				t.offer(g, s, &chunk{text})
			}
		}
	}
}

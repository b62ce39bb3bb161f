package simulator

import (
	"encoding/json"
	"fmt"
	"time"
)

// ChatMessage is one line of a conversation as the visitor's phone shows it.
type ChatMessage struct {
	ID   string    `json:"id"`
	From string    `json:"from"` // "visitor", "business", "note"
	Type string    `json:"type"`
	At   time.Time `json:"at"`
	Text string    `json:"text,omitempty"`
	// Status of a visitor's line: "sent" (issued), "delivered" (webhook
	// answered 200), "read" (marked as read by the business), "failed". Of a
	// business's line: the rank its statuses reached.
	Status  string `json:"status,omitempty"`
	Error   string `json:"error,omitempty"`
	ReplyTo string `json:"reply_to,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
	Edited  bool   `json:"edited,omitempty"`
	// Reactions by side: "visitor", "business".
	Reactions map[string]string `json:"reactions,omitempty"`
	Media     *ChatMedia        `json:"media,omitempty"`
	// Author is who wrote a visitor's line in a group; AuthorID names him.
	Author   string `json:"author,omitempty"`
	AuthorID string `json:"author_id,omitempty"`
	// Album is equal for pictures that were sent together.
	Album string `json:"album,omitempty"`
	// Payload is the type-specific part for location, contacts, interactive
	// and template (for templates already filled in).
	Payload json.RawMessage `json:"payload,omitempty"`
}

// ChatMedia tells the phone where the file is.
type ChatMedia struct {
	URL      string `json:"url"`
	MIME     string `json:"mime_type"`
	Filename string `json:"filename,omitempty"`
	Voice    bool   `json:"voice,omitempty"`
	Size     int    `json:"size"`
}

// Conversation is what the visitor sees.
type Conversation struct {
	Visitor  Visitor       `json:"visitor"`
	Messages []ChatMessage `json:"messages"` // oldest first, the latest 300
}

// Conversation returns the visitor's side of a conversation.
func (s *Simulator) Conversation(accountID, visitorID string) (Conversation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(accountID)
	if err != nil {
		return Conversation{}, err
	}
	v, err := a.findVisitor(visitorID)
	if err != nil {
		return Conversation{}, err
	}
	c := Conversation{Visitor: s.showVisitor(a, v), Messages: make([]ChatMessage, 0, len(v.chat))}
	for _, m := range v.chat {
		c.Messages = append(c.Messages, m.copy())
	}
	return c, nil
}

func (m *ChatMessage) copy() ChatMessage {
	c := *m
	if m.Reactions != nil {
		c.Reactions = map[string]string{}
		for k, v := range m.Reactions {
			c.Reactions[k] = v
		}
	}
	return c
}

func (v *visitor) line(id string) *ChatMessage {
	for i := len(v.chat) - 1; i >= 0; i-- {
		if v.chat[i].ID == id {
			return v.chat[i]
		}
	}
	return nil
}

func (s *Simulator) addLine(a *account, v *visitor, m *ChatMessage) {
	v.chat = append(v.chat, m)
	if len(v.chat) > maxChat {
		v.chat = append([]*ChatMessage(nil), v.chat[len(v.chat)-maxChat:]...)
	}
	s.showLine(a, v, m)
}

func (s *Simulator) showLine(a *account, v *visitor, m *ChatMessage) {
	s.hub.publish("chat", a.ID, v.ID, m)
}

func (s *Simulator) addNote(a *account, v *visitor, text string) {
	s.addLine(a, v, &ChatMessage{ID: "note." + s.hex(8), From: "note", Type: "note", At: s.now(), Text: text})
}

func (s *Simulator) react(a *account, v *visitor, target, side, emoji string) {
	m := v.line(target)
	if m == nil {
		return
	}
	if m.Reactions == nil {
		m.Reactions = map[string]string{}
	}
	if emoji == "" {
		delete(m.Reactions, side)
	} else {
		m.Reactions[side] = emoji
	}
	s.showLine(a, v, m)
}

// watch marks the conversation as open on a phone until the returned function
// is called; what was delivered before is read now.
func (s *Simulator) watch(accountID, visitorID string) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(accountID)
	if err != nil {
		return func() {}
	}
	v, err := a.findVisitor(visitorID)
	if err != nil {
		return func() {}
	}
	v.open++
	s.after(s.opt.StatusDelays.Read, func() {
		if v.open > 0 {
			s.readAll(a, v)
		}
	})
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		v.open--
	}
}

// Read makes the visitor read everything delivered so far.
func (s *Simulator) Read(accountID, visitorID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(accountID)
	if err != nil {
		return err
	}
	v, err := a.findVisitor(visitorID)
	if err != nil {
		return err
	}
	s.readAll(a, v)
	return nil
}

// Play makes the visitor listen to a voice message: status "played".
func (s *Simulator) Play(accountID, visitorID, messageID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(accountID)
	if err != nil {
		return err
	}
	v, err := a.findVisitor(visitorID)
	if err != nil {
		return err
	}
	m := a.out[messageID]
	if m == nil || m.visitor != v || !m.voice {
		return fmt.Errorf("%w: voice message %q", ErrNotFound, messageID)
	}
	s.advance(m, "played")
	return nil
}

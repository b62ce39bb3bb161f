package app

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"switchboard/internal/simulator"
)

func newBody(b []byte) io.Reader { return bytes.NewReader(b) }

// There and back: a visitor writes, a member answers, the visitor reads it.
func TestRoundTrip(t *testing.T) {
	onEach(t, func(s *scene) {
		n, _, a := s.one()
		c := s.hear(n, a, "12025550177")
		if c.Contact.Name == "" || c.UnreadCount != 1 || c.Status != "open" {
			t.Errorf("%+v", c)
		}
		m := s.send(n, c.ID, "Good afternoon")
		s.becomes(n, m.ID, "delivered")
		if err := s.sim.Read(a.PhoneNumberID, "12025550177"); err != nil {
			t.Fatal(err)
		}
		got := s.becomes(n, m.ID, "read")
		if got.SentAt.IsZero() || got.DeliveredAt.IsZero() || got.ReadAt.IsZero() || got.ProviderMessageID == nil {
			t.Errorf("%+v", got)
		}
		s.idle(10 * time.Second)
		s.settled()
		s.sentOnce()
		s.oneOfEach(1)
	})
}

// Fifty first messages of one new contact at once.
func TestFaultBurstOfOneContact(t *testing.T) {
	onEach(t, func(s *scene) {
		n, _, a := s.one()
		nodes := []*node{n}
		if s.cfg.DatabaseURL != "" {
			nodes = append(nodes, s.node())
			s.front.to(nodes[0].url, nodes[1].url)
		}
		for round := range scaled(20) {
			visitor := fmt.Sprintf("1202555%04d", round)
			at := time.Now().Add(-time.Hour).Truncate(time.Second)
			for i := range 50 { // the latest first
				s.inbound(a, simulator.Inbound{Visitor: visitor, Text: fmt.Sprint(i), At: at.Add(-time.Duration(i) * time.Second)})
			}
		}
		s.idle(60 * time.Second)
		s.want("messages", s.settled(), 50*scaled(20))
		s.oneOfEach(scaled(20))
		for _, c := range s.conversations(n) {
			s.want("unread", c.UnreadCount, 50)
			if c.LastMessage == nil || c.LastMessage.Text != "0" {
				s.Errorf("the newest message is not the last: %+v", c.LastMessage)
			}
		}
	})
}

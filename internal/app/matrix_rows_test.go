package app

import (
	"fmt"
	"net/http"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/contact"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/id"
	"switchboard/internal/server/api"
	"switchboard/internal/simulator"
)

// spare makes a row of what people talk about, for calls that use it up; zero
// for other calls.
func (m *matrix) spare(r *api.Route, who account.Actor) id.ID {
	m.Helper()
	if r.Method != http.MethodDelete {
		return id.Zero
	}
	switch r.Resource {
	case "contacts":
		return m.stranger(who)
	case "conversations":
		return m.talk(who)
	case "messages":
		talk := m.row(&api.Route{Resource: "conversations"}, who)
		sent, _, err := m.n.inbox.Send(m.Context(), who, talk, inbox.Draft{Text: "to be erased"})
		if err != nil {
			m.Fatal(err)
		}
		return sent.ID
	case "enquiries":
		rows, err := m.n.inbox.CreateEnquiries(m.Context(), who, []inbox.EnquiryDraft{{ConversationID: m.talk(who)}}, asItIs)
		if err != nil {
			m.Fatal(err)
		}
		return rows[0].ID
	}
	return id.Zero
}

func asItIs(_ int, err error) error { return err }

// stranger is a contact nobody has talked to.
func (m *matrix) stranger(who account.Actor) id.ID {
	m.Helper()
	m.made++
	rows, err := m.n.contacts.CreateMany(m.Context(), who, []contact.Draft{{Identities: []contact.DraftAddress{{Type: "any", Address: fmt.Sprintf("+1202556%04d", m.made)}}}},
		func(string) string { return simulator.TypeWhatsAppCloud }, asItIs)
	if err != nil {
		m.Fatal(err)
	}
	return rows[0].ID
}

// talk is a conversation in which nothing was said.
func (m *matrix) talk(who account.Actor) id.ID {
	m.Helper()
	d := inbox.ConversationDraft{ChannelID: m.row(&api.Route{Resource: "channels"}, who), ContactID: m.stranger(who)}
	rows, err := m.n.inbox.CreateConversations(m.Context(), who, []inbox.ConversationDraft{d}, asItIs)
	if err != nil {
		m.Fatal(err)
	}
	return rows[0].ID
}

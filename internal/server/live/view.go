package live

import (
	"fmt"

	"switchboard/internal/domain/account"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/id"
)

// rights are what an actor may see, wherever it stands.
type rights uint8

// What can be allowed or not.
const (
	seesInbox rights = 1 << iota
	seesEnquiries
	seesChannels
)

// view is what an actor may see. Streams of equal view share every byte.
type view struct {
	rights rights
	scope  account.Scope
	member id.ID // whose conversations, unless all are seen
	teams  string
}

func viewOf(a account.Actor) view {
	v := view{scope: a.Scope}
	for _, p := range []struct {
		permission string
		sees       rights
	}{{account.InboxView, seesInbox}, {account.EnquiriesView, seesEnquiries}, {account.ChannelsView, seesChannels}} {
		if a.May(p.permission) {
			v.rights |= p.sees
		}
	}
	if a.Scope != account.ScopeAll {
		v.member, v.teams = a.Member, fmt.Sprint(a.Teams, a.Mates)
	}
	return v
}

// may tells whether the rights cover what a frame needs.
func (r rights) may(needs rights) bool { return r&needs == needs }

// group are the streams of one view. They are equal in what they see, so any of
// their actors stands for all.
type group struct {
	view    view
	actor   account.Actor
	streams map[*stream]struct{}
}

// text is what a frame tells the group; nil when that is nothing.
func (g *group) text(f *frame) []byte {
	switch {
	case !g.view.rights.may(f.needs):
		return nil
	case f.place == nil || inbox.Sees(g.actor, *f.place):
		return f.text
	case f.before != nil && inbox.Sees(g.actor, *f.before):
		return f.gone
	}
	return nil
}

// Kinds of events that are told. Others of the log are for its other readers.
const (
	messageCreated      = "message.created"
	messageUpdated      = "message.updated"
	conversationUpdated = "conversation.updated"
	conversationRemoved = "conversation.removed" // from the reader's view
	enquiryUpdated      = "enquiry.updated"
	channelUpdated      = "channel.updated"
)

var needs = map[string]rights{
	messageCreated: seesInbox, messageUpdated: seesInbox, conversationUpdated: seesInbox,
	enquiryUpdated: seesEnquiries, channelUpdated: seesChannels,
}

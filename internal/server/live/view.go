package live

import "switchboard/internal/domain/account"

// view is what an actor may see. Streams of equal view share every byte.
type view uint8

// What can be allowed or not.
const (
	seesInbox view = 1 << iota
	seesEnquiries
	seesChannels
)

func viewOf(a account.Actor) view {
	var v view
	for _, p := range []struct {
		permission string
		sees       view
	}{{account.InboxView, seesInbox}, {account.EnquiriesView, seesEnquiries}, {account.ChannelsView, seesChannels}} {
		if a.May(p.permission) {
			v |= p.sees
		}
	}
	return v
}

// may tells whether the view covers what a frame needs.
func (v view) may(needs view) bool { return v&needs == needs }

// Kinds of events that are told. Others of the log are for its other readers.
const (
	messageCreated      = "message.created"
	messageUpdated      = "message.updated"
	conversationUpdated = "conversation.updated"
	enquiryUpdated      = "enquiry.updated"
	channelUpdated      = "channel.updated"
)

var needs = map[string]view{
	messageCreated: seesInbox, messageUpdated: seesInbox, conversationUpdated: seesInbox,
	enquiryUpdated: seesEnquiries, channelUpdated: seesChannels,
}

package inbox

import (
	"slices"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/query"
)

// Tabs are the tabs of the inbox.
var Tabs = []string{"mine", "waiting", "all", "missed", "closed"}

// Tab narrows a list of conversations to a tab; "" and "all" do not narrow.
func Tab(name string, a account.Actor) []query.Cond {
	field := func(n string) *query.Field {
		i := slices.IndexFunc(ConversationSpec.Fields, func(f query.Field) bool { return f.Name == n })
		return &ConversationSpec.Fields[i]
	}
	status := func(v string) []query.Cond {
		return []query.Cond{{Op: query.Eq, Field: field("status"), Args: []any{v}}}
	}
	switch name {
	case "mine":
		return []query.Cond{{Op: query.Eq, Field: field("owner_id"), Args: []any{a.Member}}}
	case "waiting":
		return status(Open)
	case "missed":
		return status(Missed)
	case "closed":
		return status(NoEnquiry)
	}
	return nil
}

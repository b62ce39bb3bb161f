package inbox

import (
	"context"
	"slices"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/db"
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

// What waits has no holder, so here the access rule is about teams alone.
var countTabs = db.SQL(`SELECT
	(SELECT count(*) FROM conversation WHERE organization_id = $1 AND owner_id = $2),
	(SELECT count(*) FROM conversation WHERE organization_id = $1 AND enquiry_status = 'open' AND ($3 OR team_id IS NULL OR team_id IN @ids($4))),
	(SELECT count(*) FROM conversation WHERE organization_id = $1 AND enquiry_status = 'missed' AND ($3 OR team_id IS NULL OR team_id IN @ids($4)))`)

// Counts are the figures of the inbox tabs that ask for action.
type Counts struct {
	Mine    int64 `json:"mine"`
	Waiting int64 `json:"waiting"`
	Missed  int64 `json:"missed"`
}

// Counts gives the figures of the tabs.
func (s *Service) Counts(ctx context.Context, a account.Actor) (Counts, error) {
	if err := a.Require(account.InboxView); err != nil {
		return Counts{}, err
	}
	var c Counts
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) error {
		return tx.Row(countTabs, []any{a.Organization, a.Member, a.Scope == account.ScopeAll, db.IDs(a.Teams)}, &c.Mine, &c.Waiting, &c.Missed)
	})
	return c, err
}

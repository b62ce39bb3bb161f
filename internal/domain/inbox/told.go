package inbox

import (
	"encoding/json"

	"switchboard/internal/message"
	"switchboard/internal/platform/id"
)

// station is the provider's first word that a message reached a station.
type station struct {
	st *sentState
	it Item
}

// reportedStep is the detail of a station that the provider told.
const reportedStep = "reported by the platform"

// unheard tells whether a station was not known to be reached. A failure has a
// step of its own.
func (p *sentState) unheard(state message.State) bool {
	switch state {
	case message.Sent:
		return p.sent.IsZero()
	case message.Delivered:
		return p.delivered.IsZero()
	case message.Read:
		return p.rd.IsZero()
	default:
		return false
	}
}

// stations writes the stations of messages down, each with the delivery that told it
// and what the provider said beside it (a price). What was erased has none.
func (b *batch) stations(told []station) error {
	var rows [][]any
	for _, r := range told {
		if !r.st.there {
			continue
		}
		s := r.it.Status
		data, err := json.Marshal(stationData{r.it.WebhookEvent, s.Raw})
		if err != nil {
			return err
		}
		rows = append(rows, []any{b.org, r.st.message, id.New(), earlier(s.At, r.it.ReceivedAt), r.st.attempt, string(s.State), reportedStep, json.RawMessage(data), int64(0)})
	}
	return b.tx.Each(insertStep, rows)
}

// stationData says where a station is known from.
type stationData struct {
	WebhookEvent id.ID           `json:"webhook_event_id"`
	Raw          json.RawMessage `json:"raw,omitempty"`
}

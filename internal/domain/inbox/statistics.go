package inbox

import (
	"context"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// Tally are the messages of a time by what became of them.
type Tally struct {
	Received  int64 `json:"received"`
	Sent      int64 `json:"sent" doc:"Taken by the platform; delivered and read ones among them"`
	Delivered int64 `json:"delivered" doc:"Read ones among them"`
	Read      int64 `json:"read"`
	Failed    int64 `json:"failed"`
}

// Bucket is one stretch of time.
type Bucket struct {
	At clock.Stamp `json:"at" doc:"Its beginning, UTC"`
	Tally
}

// Statistics are the figures of a channel.
type Statistics struct {
	ChannelID id.ID       `json:"channel_id"`
	From      clock.Stamp `json:"from"`
	To        clock.Stamp `json:"to"`
	Bucket    string      `json:"bucket" enum:"hour,day"`
	Total     Tally       `json:"total"`
	Buckets   []Bucket    `json:"buckets" doc:"The oldest first, without a gap"`
}

// bucketMost bounds the stretches of one answer.
const bucketMost = 1000

var widths = map[string]time.Duration{"hour": time.Hour, "day": 24 * time.Hour}

// Conversations lead to the messages: an index of messages by channel would cost
// every message that comes in.
var tallies = db.SQL(`SELECT m.occurred_at / $5, m.direction, m.status, count(*) FROM conversation c
	JOIN message m ON m.organization_id = c.organization_id AND m.conversation_id = c.id AND m.occurred_at >= $3 AND m.occurred_at < $4
	WHERE c.channel_id = $2 AND c.organization_id = $1 AND c.last_message_at >= $3 AND m.kind <> 'reaction' AND m.direction <> 'internal'
	GROUP BY 1, 2, 3`)

// ChannelStatistics counts a channel's messages between two times, cut into
// hours or days of UTC. The caller has made sure that the actor sees the channel.
func (s *Service) ChannelStatistics(ctx context.Context, a account.Actor, ch id.ID, from, to time.Time, bucket string) (Statistics, error) {
	if err := a.Require(account.ChannelsView); err != nil {
		return Statistics{}, err
	}
	width := widths[bucket]
	if width == 0 {
		bucket, width = "day", widths["day"]
	}
	if to.IsZero() {
		to = s.clock.Now()
	}
	if from.IsZero() {
		from = to.Add(-7 * 24 * time.Hour)
	}
	first, last := from.UTC().Truncate(width), to.UTC()
	n := int(last.Sub(first)/width) + 1
	if !to.After(from) || n > bucketMost {
		return Statistics{}, fault.New(fault.BadRequest, "bad_value", "The time asked for is not usable.").
			WithDetails("from, to: from is before to, and they are at most %d buckets apart", bucketMost).WithHint("Ask for a shorter time, or for days.")
	}
	out := Statistics{ChannelID: ch, From: clock.Stamp{Time: from}, To: clock.Stamp{Time: to}, Bucket: bucket, Buckets: make([]Bucket, 0, n)}
	for at := first; at.Before(last); at = at.Add(width) {
		out.Buckets = append(out.Buckets, Bucket{At: clock.Stamp{Time: at}})
	}
	err := s.db.Tenant(a.Organization).Read(ctx, func(tx *db.Tx) error {
		for i := range out.Buckets {
			out.Buckets[i].Tally = Tally{}
		}
		out.Total = Tally{}
		return tx.Query(tallies, []any{a.Organization, ch, from.UnixMicro(), to.UnixMicro(), width.Microseconds()}, func(scan func(...any) error) error {
			var at, count int64
			var direction, status string
			if err := scan(&at, &direction, &status, &count); err != nil {
				return err
			}
			i := int(at - first.UnixMicro()/width.Microseconds())
			out.Buckets[i].add(direction, status, count)
			out.Total.add(direction, status, count)
			return nil
		})
	})
	return out, err
}

func (t *Tally) add(direction, status string, n int64) {
	if direction == string(In) {
		t.Received += n
		return
	}
	switch status {
	case "read":
		t.Read += n
		fallthrough
	case "delivered":
		t.Delivered += n
		fallthrough
	case "sent":
		t.Sent += n
	case "failed":
		t.Failed += n
	}
}

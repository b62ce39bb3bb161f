package inbox_test

import (
	"testing"
	"time"

	"switchboard/internal/domain/inbox"
	"switchboard/internal/message"
	"switchboard/internal/platform/fault"
)

func TestChannelStatistics(t *testing.T) {
	each(t, func(f *fixture) {
		other := f.channel("Other")
		f.receive(other, said("o1", "12025550009", "elsewhere", noon.Add(-time.Hour)))
		f.receive(f.ch, said("m1", "12025550001", "long ago", noon.Add(-50*time.Hour)), said("m2", "12025550001", "hi", noon.Add(-2*time.Hour)), said("m3", "12025550002", "hello", noon.Add(-time.Minute)))
		rows, _, err := f.in.Conversations(f.Context(), f.admin, where(f.T, &inbox.ConversationSpec, "channel_id=eq."+f.ch.ID.String()))
		if err != nil || len(rows) != 2 {
			f.Fatal(rows, err)
		}
		for i, state := range []message.State{message.Sent, message.Read, message.Failed} {
			if _, _, err := f.in.Send(f.Context(), f.admin, rows[0].ID, inbox.Draft{Text: string(state)}); err != nil {
				f.Fatal(err)
			}
			out, _, err := f.in.Claim(f.Context(), f.ch, 1, 10, nil, time.Minute)
			if err != nil || len(out) != 1 {
				f.Fatal(out, err)
			}
			key := "p" + string(rune('0'+i))
			if err := f.in.Settle(f.Context(), f.ch, 1, []inbox.Outcome{{Outgoing: out[0], Verdict: inbox.Went, Provider: key, At: f.clk.Now()}}, time.Minute); err != nil {
				f.Fatal(err)
			}
			f.receive(f.ch, message.Inbound{Status: &message.Status{ProviderID: key, State: state, At: f.clk.Now()}})
		}
		got, err := f.in.ChannelStatistics(f.Context(), f.admin, f.ch.ID, noon.Add(-24*time.Hour), noon.Add(time.Second), "hour")
		if err != nil {
			f.Fatal(err)
		}
		if want := (inbox.Tally{Received: 2, Sent: 2, Delivered: 1, Read: 1, Failed: 1}); got.Total != want || len(got.Buckets) != 25 {
			f.Errorf("%+v in %d buckets, want %+v", got.Total, len(got.Buckets), want)
		}
		if b := got.Buckets[22]; !b.At.Equal(noon.Add(-2*time.Hour)) || b.Received != 1 || b.Sent != 0 {
			f.Errorf("the hour of m2: %+v", b)
		}
		all, err := f.in.ChannelStatistics(f.Context(), f.admin, f.ch.ID, time.Time{}, time.Time{}, "")
		if err != nil || all.Bucket != "day" || all.Total.Received != 3 || len(all.Buckets) != 8 {
			f.Errorf("%+v %v", all, err)
		}
		if _, err := f.in.ChannelStatistics(f.Context(), f.admin, f.ch.ID, noon.Add(-5000*time.Hour), noon, "hour"); !fault.Is(err, "bad_value") {
			f.Error(err)
		}
		if _, err := f.in.ChannelStatistics(f.Context(), f.admin, f.ch.ID, noon, noon.Add(-time.Hour), "hour"); !fault.Is(err, "bad_value") {
			f.Error(err)
		}
	})
}

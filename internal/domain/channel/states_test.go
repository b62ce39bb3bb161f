package channel_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/message"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/secret"
)

type fixture struct {
	*testing.T
	db    *db.DB
	chans *channel.Service
	admin account.Actor
}

func each(t *testing.T, run func(f *fixture)) {
	clk := clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	dbtest.Each(t, clk, func(t *testing.T, d *db.DB) {
		log := slog.New(slog.DiscardHandler)
		bus := event.NewBus(log)
		master, err := secret.ParseMasterKey(strings.Repeat("A", 43))
		if err != nil {
			t.Fatal(err)
		}
		ring, err := secret.NewKeyring(master, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := ring.Add(ring.NewKey()); err != nil {
			t.Fatal(err)
		}
		made, err := account.New(d, clk, log, bus).CreateAdministrator(t.Context(), account.NewOrganization{Name: "Acme"}, account.NewMember{Email: "a@example.com", Password: "violet teapot orbit"})
		if err != nil {
			t.Fatal(err)
		}
		types := []*channel.Type{lineType("LINE_OF_TEST", false), lineType("WIRE_OF_TEST", true)}
		run(&fixture{t, d, channel.New(d, ring, types, clk, bus, log, "https://sb.example"), account.NewMemberActor(made.Member)})
	})
}

func lineType(name string, subscribes bool) *channel.Type {
	return &channel.Type{ID: name, Name: name, Caps: message.Caps{Subscribes: subscribes},
		Account: func(s channel.Settings) string { return s["number"] }, App: func(channel.Settings) string { return "" },
		Fields: []channel.Field{{Key: "number", Label: "Number", Required: true}}}
}

func (f *fixture) make(name, typ, number string) (*channel.Channel, error) {
	on := true
	rows, err := f.chans.CreateMany(f.Context(), f.admin, []channel.Draft{{Name: &name, Type: &typ, IsActive: &on, Settings: map[string]string{"number": number}}}, func(_ int, err error) error { return err })
	if err != nil {
		return nil, err
	}
	return rows[0], nil
}

// Credentials that the provider refused connect nothing; those that a failing
// network could not prove stay as they were; good ones connect again.
func TestRefusedCredentialsDisconnect(t *testing.T) {
	each(t, func(f *fixture) {
		c, err := f.make("Main", "LINE_OF_TEST", "1")
		if err != nil {
			f.Fatal(err)
		}
		for _, step := range []struct {
			name       string
			check      adapter.CheckResult
			connection channel.Connection
			validation channel.Validation
			attention  int
		}{
			{"unreachable", adapter.CheckResult{Name: "token", Reason: adapter.Unreachable}, channel.Connected, channel.Pending, 0},
			{"refused", adapter.CheckResult{Name: "token", Reason: adapter.AuthExpired, Detail: "The token is wrong."}, channel.Disconnected, channel.Invalid, 1},
			{"good", adapter.CheckResult{Name: "token", OK: true}, channel.Connected, channel.Good, 0},
		} {
			if c, err = f.chans.Checked(f.Context(), c, adapter.Report{Checks: []adapter.CheckResult{step.check}}); err != nil {
				f.Fatal(err)
			}
			if c.Connection() != step.connection || c.Validation() != step.validation || len(c.Source.Attention) != step.attention {
				f.Errorf("%s: %s, %s, %v", step.name, c.Connection(), c.Validation(), c.Source.Attention)
			}
		}
	})
}

// An account is connected to one channel of the organization.
func TestOneChannelPerAccount(t *testing.T) {
	each(t, func(f *fixture) {
		if _, err := f.make("Sales", "LINE_OF_TEST", "1"); err != nil {
			f.Fatal(err)
		}
		_, err := f.make("Support", "LINE_OF_TEST", "1")
		if !fault.Is(err, "account_in_use") || !strings.Contains(err.Error(), `"Sales"`) {
			f.Errorf("the same account again: %v", err)
		}
		other, err := f.make("Support", "LINE_OF_TEST", "2")
		if err != nil {
			f.Fatal(err)
		}
		if _, err := f.make("Elsewhere", "WIRE_OF_TEST", "1"); err != nil {
			f.Errorf("the same number of another type: %v", err)
		}
		change := channel.Draft{Settings: map[string]string{"number": "1"}}
		if _, err := f.chans.Update(f.Context(), f.admin, other.ID, change, nil); !fault.Is(err, "account_in_use") {
			f.Errorf("changed to the same account: %v", err)
		}
		same := channel.Draft{Settings: map[string]string{"number": "2"}}
		if _, err := f.chans.Update(f.Context(), f.admin, other.ID, same, nil); err != nil {
			f.Errorf("its own account: %v", err)
		}
	})
}

// Not subscribed yet is told apart from nothing to subscribe.
func TestSubscriptionBeforeAnybodySubscribed(t *testing.T) {
	each(t, func(f *fixture) {
		for typ, want := range map[string]channel.Subscription{"LINE_OF_TEST": channel.None, "WIRE_OF_TEST": channel.Unsubscribed} {
			c, err := f.make(typ, typ, "7")
			if err != nil || f.chans.View(c, false).Subscription != want {
				f.Errorf("%s: %s, want %s (%v)", typ, f.chans.View(c, false).Subscription, want, err)
			}
		}
	})
}

// A replay that brings nothing new leaves what the delivery brought at first.
func TestAReplayKeepsTheFirstOutcome(t *testing.T) {
	each(t, func(f *fixture) {
		c, err := f.make("Main", "LINE_OF_TEST", "1")
		if err != nil {
			f.Fatal(err)
		}
		for first, then := range map[channel.Outcome]map[channel.Outcome]channel.Outcome{
			channel.Processed:   {channel.Duplicate: channel.Processed, channel.Quarantined: channel.Quarantined},
			channel.Quarantined: {channel.Processed: channel.Processed, channel.Duplicate: channel.Duplicate},
		} {
			for second, want := range then {
				d := channel.Delivery{OrganizationID: c.OrganizationID, ID: id.New(), ChannelID: c.ID, Type: c.Type, ReceivedAt: time.Now(), Signature: "valid", Outcome: channel.WaitingOutcome, Body: []byte("x")}
				write := func(run func(tx *db.Tx) error) {
					f.Helper()
					if err := f.db.System().Write(f.Context(), run); err != nil {
						f.Fatal(err)
					}
				}
				write(func(tx *db.Tx) error { return f.chans.Store(tx, []channel.Delivery{d}) })
				d.Outcome = first
				write(func(tx *db.Tx) error { return f.chans.Finish(tx, c.OrganizationID, []channel.Delivery{d}) })
				if v, err := f.chans.Delivery(f.Context(), f.admin, d.ID); err != nil || v.ReplayOutcome != nil || !v.ReplayedAt.IsZero() {
					f.Errorf("before a replay: %+v %v", v, err)
				}
				if _, err := f.chans.Replay(f.Context(), f.admin, d.ID); err != nil {
					f.Fatal(err)
				}
				d.Outcome, d.Error = second, "why"
				write(func(tx *db.Tx) error { return f.chans.Finish(tx, c.OrganizationID, []channel.Delivery{d}) })
				v, err := f.chans.Delivery(f.Context(), f.admin, d.ID)
				if err != nil || v.Outcome != want || v.ReplayOutcome == nil || *v.ReplayOutcome != string(second) || v.ReplayedAt.IsZero() {
					f.Errorf("%s, replayed %s: %+v, want %s (%v)", first, second, v, want, err)
				}
			}
		}
	})
}

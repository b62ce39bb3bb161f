package account_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"switchboard/internal/domain/account"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
)

const password = "violet teapot orbit"

type fixture struct {
	*testing.T
	clock *clock.Fixed
	db    *db.DB
	bus   *event.Bus
	*account.Service
	made account.Created
}

// each runs a test on both engines with the organization Acme and its
// administrator ada@example.com.
func each(t *testing.T, run func(f *fixture)) {
	clk := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	dbtest.Each(t, clk, func(t *testing.T, d *db.DB) {
		log := slog.New(slog.DiscardHandler)
		bus := event.NewBus(log)
		f := &fixture{T: t, clock: clk, db: d, bus: bus, Service: account.New(d, clk, log, bus)}
		f.made = f.administrator("Acme", "ada@example.com")
		run(f)
	})
}

func (f *fixture) administrator(organization, email string) account.Created {
	f.Helper()
	c, err := f.CreateAdministrator(f.Context(), account.NewOrganization{Name: organization, TimeZone: "Europe/Berlin"},
		account.NewMember{Email: email, Password: password})
	if err != nil {
		f.Fatal(err)
	}
	return c
}

func (f *fixture) login(email, password, address string) (account.Session, account.Me, error) {
	return f.Login(context.Background(), account.Credentials{Email: email, Password: password, Address: address, Device: "Test"})
}

func (f *fixture) session(email string) account.Session {
	f.Helper()
	s, _, err := f.login(email, password, "192.0.2.1")
	if err != nil {
		f.Fatal(err)
	}
	return s
}

func (f *fixture) wantCode(err error, code string) *fault.Error {
	f.Helper()
	if !fault.Is(err, code) {
		f.Fatalf("got %v, want the code %s", err, code)
	}
	return fault.As(err)
}

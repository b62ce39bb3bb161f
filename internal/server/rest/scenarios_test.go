package rest_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/account"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/contact"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/domain/media"
	"switchboard/internal/message"
	"switchboard/internal/platform/blob"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/idempotency"
	"switchboard/internal/platform/job"
	"switchboard/internal/platform/secret"
	"switchboard/internal/server/api"
	"switchboard/internal/server/rest"
)

// line is a channel type that exists in this test only.
var line = &adapter.Type{ID: "LINE_OF_TEST", Name: "Line", Window: 24 * time.Hour, EchoTime: time.Second,
	Caps:   message.Caps{Kinds: map[message.Kind]message.Support{message.Text: message.Supported, message.Document: message.Supported, message.Reaction: message.Supported}},
	Limits: message.Limits{Text: 100, Media: map[message.Kind]message.MediaLimit{message.Document: {MaxBytes: 1000, Types: []string{"text/plain"}}}},
	Fields: []adapter.Field{{Key: "number", Label: "Number", Required: true, Pattern: `^[0-9]+$`},
		{Key: "token", Label: "Token", Required: true, Secret: true}, {Key: "word", Label: "Word", Generated: true}},
	Account: func(s adapter.Settings) string { return s["number"] }, App: func(adapter.Settings) string { return "" }}

// provider stands for the gateway.
type provider struct{}

func (provider) Validate(context.Context, id.ID) (channel.Checked, error) {
	return channel.Checked{OK: true, Validation: channel.Good, Connection: channel.Connected, Checks: []channel.CheckResult{}}, nil
}
func (provider) Subscribe(context.Context, id.ID, bool) (*channel.Channel, error) { return nil, nil }
func (provider) TestMessage(context.Context, id.ID, string, string) (string, error) {
	return "m1", nil
}
func (p provider) Challenge(ctx context.Context, source id.ID) (channel.Checked, error) {
	return p.Validate(ctx, source)
}
func (provider) Prove(id.ID)            {}
func (provider) MarkRead(inbox.Receipt) {}
func (provider) Typing(inbox.Target)    {}

// who authenticates by a word in the Authorization header.
type who map[string]account.Actor

func (w who) Authenticate(r *http.Request) (api.Actor, error) {
	if a, ok := w[r.Header.Get("Authorization")]; ok {
		return a, nil
	}
	return nil, nil
}

type world struct {
	*testing.T
	h     http.Handler
	names *strings.Replacer
	clk   *clock.Fixed
}

func newWorld(t *testing.T, d *db.DB, clk *clock.Fixed) *world {
	t.Helper()
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
	accounts := account.New(d, clk, log, bus)
	channels := channel.New(d, ring, []*adapter.Type{line}, clk, bus, log, "https://sb.example")
	contacts := contact.New(d, clk)
	store, err := blob.Open(t.TempDir(), "", blob.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	files := media.New(d, channels, store, ring, job.New(d, bus, log), clk, log, "https://sb.example")
	in := inbox.New(d, channels, contacts, files, clk, bus, log)
	ctx := t.Context()
	actors := who{}
	ids := []string{}
	for _, org := range []string{"acme", "evil"} {
		made, err := accounts.CreateAdministrator(ctx, account.NewOrganization{Name: org}, account.NewMember{Email: org + "@example.com", Password: "violet teapot orbit", Name: "Ada"})
		if err != nil {
			t.Fatal(err)
		}
		actors[org] = account.NewMemberActor(made.Member)
		agent, err := accounts.CreateMember(ctx, made.Organization.ID, account.NewMember{Email: "agent@" + org + ".example", Password: "violet teapot orbit", Role: account.Agent})
		if err != nil {
			t.Fatal(err)
		}
		actors[org+" agent"] = account.NewMemberActor(agent.Member)
		actors[org+" writer"] = account.NewActor(account.Actor{Organization: made.Organization.ID, Token: id.New(), Name: "writer"}, account.InboxSend)
		name, typ, on := "Main", line.ID, true
		rows, err := channels.CreateMany(ctx, actors[org], []channel.Draft{{Name: &name, Type: &typ, IsActive: &on,
			Settings: map[string]string{"number": "1" + map[string]string{"acme": "0", "evil": "1"}[org], "token": "canary"}}}, func(_ int, err error) error { return err })
		if err != nil {
			t.Fatal(err)
		}
		ev := channel.Delivery{OrganizationID: made.Organization.ID, ID: id.New(), ChannelID: rows[0].ID, Type: line.ID, ReceivedAt: clk.Now(), Signature: "valid", Outcome: channel.Processed, Body: []byte(`{"a":1}`)}
		refused := ev
		refused.ID, refused.Outcome, refused.Signature = id.New(), channel.RejectedOutcome, "invalid"
		if err := d.System().Write(ctx, func(tx *db.Tx) error {
			if err := channels.Store(tx, []channel.Delivery{ev, refused}); err != nil {
				return err
			}
			var items []inbox.Item
			for _, v := range []string{"fresh", "old"} {
				at := clk.Now().Add(-time.Minute)
				if v == "old" {
					at = clk.Now().Add(-25 * time.Hour)
				}
				items = append(items, inbox.Item{WebhookEvent: ev.ID, ReceivedAt: at, Inbound: message.Inbound{Message: &message.Received{ProviderID: "in." + v, At: at,
					From: message.Party{Name: v, Addresses: []message.Address{{Kind: message.Phone, Value: "1202555" + v}}}, Content: message.Content{Kind: message.Text, Text: "Hello"}}}})
			}
			_, err := in.Receive(tx, rows[0], items)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := d.System().Read(ctx, func(tx *db.Tx) error {
			for _, v := range []string{"fresh", "old"} {
				var conv, msg, who, enq id.ID
				if err := tx.Row(db.Dynamic(`SELECT c.id, c.last_message_id, c.contact_id, c.enquiry_id FROM conversation c JOIN contact p ON p.id = c.contact_id WHERE c.organization_id = $1 AND p.name = $2`),
					[]any{made.Organization.ID, v}, &conv, &msg, &who, &enq); err != nil {
					return err
				}
				p := "{" + org + " " + v + " "
				ids = append(ids, p+"conversation}", conv.String(), p+"message}", msg.String(), p+"contact}", who.String(), p+"enquiry}", enq.String())
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, v := range []id.ID{id.Zero, id.MustParse(strings.NewReplacer(ids...).Replace("{" + org + " fresh conversation}"))} {
			f, err := in.Upload(ctx, actors[org], inbox.Upload{Conversation: v, FileName: "a.txt", Size: -1, Body: strings.NewReader("hello")})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, "{"+org+map[bool]string{true: " own file}", false: " file}"}[v.IsZero()], f.ID.String())
		}
		team := "Sales"
		teams, err := accounts.CreateTeams(ctx, actors[org], []account.TeamDraft{{Name: &team, MemberIDs: &[]id.ID{made.Member.ID}}}, func(_ int, err error) error { return err })
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, "{"+org+" team}", teams[0].ID.String(), "{"+org+" member}", agent.Member.ID.String(), "{"+org+" channel}", rows[0].ID.String(), "{"+org+" source}", rows[0].SourceID.String(), "{"+org+" event}", ev.ID.String(), "{"+org+" refused}", refused.ID.String(),
			"{"+org+"}", made.Organization.ID.String())
	}
	ids = append(ids, "{absent}", id.New().String())
	srv, err := api.New(api.Config{Title: "Test", Version: "test", Auth: actors, Log: log, Codes: rest.Codes, Idempotency: rest.Keys{Store: idempotency.New(d, ring, clk)},
		Routes: rest.Routes(&rest.Services{Accounts: accounts, Channels: channels, Contacts: contacts, Inbox: in, Media: files, Provider: provider{},
			Events: func(http.ResponseWriter, *http.Request, account.Actor, func(context.Context) (account.Actor, error)) error {
				return nil
			}})})
	if err != nil {
		t.Fatal(err)
	}
	return &world{T: t, h: srv, names: strings.NewReplacer(ids...), clk: clk}
}

func (w *world) call(actor, method, path, body string) (int, string, string) {
	r := httptest.NewRequestWithContext(w.Context(), method, "/rest/v1"+w.names.Replace(path), strings.NewReader(w.names.Replace(body)))
	r.Header.Set("Authorization", actor)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, r)
	raw, _ := io.ReadAll(rec.Result().Body)
	var p struct{ Code string }
	_ = json.Unmarshal(raw, &p)
	return rec.Code, p.Code, string(raw)
}

func TestScenarios(t *testing.T) {
	clk := clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	dbtest.Each(t, clk, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, clk)
		for _, r := range []struct {
			actor, method, path, body string
			status                    int
			code                      string
		}{
			// Nobody.
			{"", "GET", "/conversations", "", 401, "unauthenticated"},
			{"", "GET", "/channel_accounts/{acme channel}", "", 401, "unauthenticated"},
			// Reading one's own, and what is another organization's like what is absent.
			{"acme", "GET", "/channel_accounts/{acme channel}", "", 200, ""},
			{"acme", "GET", "/channel_accounts/{evil channel}", "", 404, "not_found"},
			{"acme", "GET", "/channel_accounts/{absent}", "", 404, "not_found"},
			{"acme", "GET", "/channel_accounts/{acme channel}/health", "", 200, ""},
			{"acme", "GET", "/channel_accounts/{evil channel}/health", "", 404, "not_found"},
			{"acme", "GET", "/channel_accounts/{acme channel}/statistics?from=2026-02-27T00:00:00Z&to=2026-03-02T00:00:00Z&bucket=hour", "", 200, ""},
			{"acme", "GET", "/channel_accounts/{acme channel}/statistics?from=yesterday", "", 400, "bad_value"},
			{"acme", "GET", "/channel_accounts/{evil channel}/statistics", "", 404, "not_found"},
			{"acme", "GET", "/sources/{acme source}", "", 200, ""},
			{"acme", "GET", "/sources/{evil source}", "", 404, "not_found"},
			{"acme", "GET", "/conversations/{acme fresh conversation}", "", 200, ""},
			{"acme", "GET", "/conversations/{evil fresh conversation}", "", 404, "not_found"},
			{"acme", "GET", "/messages/{acme fresh message}", "", 200, ""},
			{"acme", "GET", "/messages/{evil fresh message}", "", 404, "not_found"},
			{"acme", "GET", "/messages/{acme fresh message}/provenance", "", 200, ""},
			{"acme", "GET", "/messages/{evil fresh message}/provenance", "", 404, "not_found"},
			{"acme", "GET", "/enquiries/{acme fresh enquiry}", "", 200, ""},
			{"acme", "GET", "/enquiries/{evil fresh enquiry}", "", 404, "not_found"},
			{"acme", "GET", "/contacts/{acme fresh contact}", "", 200, ""},
			{"acme", "GET", "/contacts/{evil fresh contact}", "", 404, "not_found"},
			{"acme", "GET", "/webhook_events/{acme event}", "", 200, ""},
			{"acme", "GET", "/webhook_events/{evil event}", "", 404, "not_found"},
			{"acme", "GET", "/conversations/not-an-id", "", 404, "not_found"},
			{"acme", "GET", "/conversations?colour=red", "", 400, "unknown_field"},
			{"acme", "GET", "/messages?conversation_id=eq.{evil fresh conversation}", "", 200, ""},
			// Writing into another organization.
			{"evil", "PATCH", "/channel_accounts/{acme channel}", `{"name":"Mine"}`, 404, "not_found"},
			{"evil", "DELETE", "/channel_accounts/{acme channel}", "", 404, "not_found"},
			{"evil", "POST", "/channel_accounts/{acme channel}/validate", "", 404, "not_found"},
			{"evil", "POST", "/channel_accounts/{acme channel}/test_message", `{"to":"12025550100"}`, 404, "not_found"},
			{"evil", "POST", "/conversations/{acme fresh conversation}/messages", `{"text":"x"}`, 404, "not_found"},
			{"evil", "POST", "/conversations/{acme fresh conversation}/read", "", 404, "not_found"},
			{"evil", "POST", "/conversations/{acme fresh conversation}/typing", "", 404, "not_found"},
			{"evil", "POST", "/enquiries/{acme fresh enquiry}/close", "", 404, "not_found"},
			{"evil", "POST", "/webhook_events/{acme event}/replay", "", 404, "not_found"},
			{"evil", "POST", "/sources/{acme source}/reveal", "", 404, "not_found"},
			{"evil", "POST", "/channel_accounts", `{"organization_id":"{acme}","name":"x","type":"LINE_OF_TEST"}`, 422, "not_found"},
			{"evil", "POST", "/channel_accounts", `{"name":"x","type":"LINE_OF_TEST","source_id":"{acme source}"}`, 422, "not_found"},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"text":"x","reply_to_id":"{evil fresh message}"}`, 422, "not_found"},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"text":"x","reply_to_id":"{acme old message}"}`, 422, "not_found"},
			{"acme", "POST", "/conversations/{acme fresh conversation}/read", `{"message_id":"{evil fresh message}"}`, 422, "not_found"},
			// What an agent may and may not.
			{"acme agent", "GET", "/channel_accounts", "", 200, ""},
			{"acme agent", "PATCH", "/channel_accounts/{acme channel}", `{"name":"Mine"}`, 403, "forbidden"},
			{"acme agent", "DELETE", "/channel_accounts/{acme channel}", "", 403, "forbidden"},
			{"acme agent", "POST", "/channel_accounts", `{"name":"x","type":"LINE_OF_TEST"}`, 403, "forbidden"},
			{"acme agent", "POST", "/channel_accounts/{acme channel}/validate", "", 403, "forbidden"},
			{"acme agent", "GET", "/sources", "", 403, "forbidden"},
			{"acme agent", "POST", "/sources/{acme source}/reveal", "", 403, "forbidden"},
			{"acme agent", "GET", "/webhook_events", "", 403, "forbidden"},
			{"acme agent", "POST", "/webhook_events/{acme event}/replay", "", 403, "forbidden"},
			{"acme agent", "POST", "/conversations/{acme fresh conversation}/messages", `{"text":"Good day","client_id":"c1"}`, 201, ""},
			{"acme agent", "POST", "/conversations/{acme fresh conversation}/messages", `{"text":"Good day","client_id":"c1"}`, 200, ""},
			// A program that may write but not read still learns what became of it.
			{"acme writer", "POST", "/conversations/{acme fresh conversation}/messages", `{"text":"Good day"}`, 201, ""},
			{"acme writer", "GET", "/conversations", "", 403, "forbidden"},
			// What the platform does not allow.
			{"acme", "POST", "/conversations/{acme old conversation}/messages", `{"text":"x"}`, 422, "window_closed"},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"text":"` + strings.Repeat("x", 101) + `"}`, 422, "text_too_long"},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"kind":"location","payload":{"latitude":1,"longitude":1}}`, 422, "kind_unsupported"},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"kind":"reaction","payload":{"emoji":"x"}}`, 422, "required"},
			{"acme", "POST", "/messages/{acme fresh message}/retry", "", 404, "not_found"},
			{"acme", "POST", "/messages/{acme fresh message}/cancel", "", 404, "not_found"},
			// Channels.
			{"acme", "POST", "/channel_accounts", `{"name":"Draft","type":"LINE_OF_TEST"}`, 201, ""},
			{"acme", "POST", "/channel_accounts", `{"name":"dRAFT","type":"LINE_OF_TEST"}`, 409, "name_taken"},
			{"acme", "POST", "/channel_accounts", `{"name":"Wish","type":"LINE_OF_TEST","is_active":true}`, 409, "source_missing"},
			{"acme", "POST", "/channel_accounts", `{"name":"` + strings.Repeat("x", 41) + `","type":"LINE_OF_TEST"}`, 422, "too_long"},
			{"acme", "POST", "/channel_accounts", `{"name":"x","type":"FAX"}`, 422, "not_one_of"},
			{"acme", "POST", "/channel_accounts", `{"type":"LINE_OF_TEST"}`, 422, "required"},
			{"acme", "POST", "/channel_accounts", `{"name":"x","type":"LINE_OF_TEST","settings":{"colour":"red"}}`, 422, "unknown_field"},
			{"acme", "POST", "/channel_accounts", `{"name":"x","type":"LINE_OF_TEST","colour":"red"}`, 422, "unknown_field"},
			{"acme", "POST", "/channel_accounts", `{"name":"x","type":"LINE_OF_TEST","settings":{"number":"abc"}}`, 422, "invalid_settings"},
			{"acme", "PATCH", "/channel_accounts/{acme channel}", `{"type":"FAX"}`, 422, "fixed"},
			{"acme", "PATCH", "/channel_accounts/{acme channel}", `{"settings":{"token":"********"}}`, 200, ""},
			{"acme", "PATCH", "/channel_accounts/{acme channel}", `{"is_active":false}`, 200, ""},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"text":"x"}`, 409, "channel_inactive"},
			{"acme", "PATCH", "/channel_accounts/{acme channel}", `{"is_active":true,"settings":{"token":""}}`, 200, ""},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"text":"x"}`, 409, "channel_disconnected"},
			{"acme", "PATCH", "/channel_accounts/{acme channel}", `{"settings":{"token":"canary2"}}`, 200, ""},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"text":"x"}`, 201, ""},
			// Files.
			{"acme", "POST", "/media?file_name=a.txt", "hello", 201, ""},
			{"acme agent", "POST", "/media?file_name=a.txt&conversation_id={acme fresh conversation}&organization_id={acme}", "hello", 201, ""},
			{"acme", "POST", "/media?conversation_id={evil fresh conversation}", "hello", 404, "not_found"},
			{"acme", "POST", "/media?conversation_id={absent}", "hello", 404, "not_found"},
			{"acme", "POST", "/media?conversation_id=x", "hello", 404, "not_found"},
			{"acme", "POST", "/media?channel_id={evil channel}", "hello", 404, "not_found"},
			{"acme", "POST", "/media?channel_id={acme channel}", "\x89PNG\r\n\x1a\n", 422, "file_type_unsupported"},
			{"acme", "POST", "/media?colour=red", "hello", 400, "unknown_parameter"},
			{"acme", "POST", "/media?voice=perhaps", "hello", 400, "bad_value"},
			{"acme", "POST", "/media", "", 422, "file_empty"},
			{"acme writer", "POST", "/media", "hello", 403, "forbidden"},
			{"", "GET", "/media/{acme file}/content", "", 401, "unauthenticated"},
			{"acme", "GET", "/media/{acme file}", "", 200, ""},
			{"acme agent", "GET", "/media/{acme file}/content?download=true", "", 200, ""},
			{"acme", "GET", "/media/{acme file}/thumbnail", "", 404, "not_found"},
			{"acme", "GET", "/media/{evil file}", "", 404, "not_found"},
			{"acme", "GET", "/media/{evil file}/content", "", 404, "not_found"},
			{"acme", "GET", "/media/{absent}/content", "", 404, "not_found"},
			{"acme", "POST", "/media/{evil file}/retry", "", 404, "not_found"},
			{"acme", "POST", "/media/{acme file}/retry", "", 409, "not_retryable"},
			{"acme", "GET", "/media?limit=5", "", 200, ""},
			{"acme agent", "GET", "/media/{acme own file}", "", 404, "not_found"}, // its maker's alone
			{"acme agent", "DELETE", "/media/{acme own file}", "", 404, "not_found"},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"kind":"document","media":[{"id":"{evil file}"}]}`, 422, "not_found"},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"kind":"document","media":[{"id":"{absent}"}]}`, 422, "not_found"},
			{"acme agent", "POST", "/conversations/{acme fresh conversation}/messages", `{"kind":"document","media":[{"id":"{acme own file}"}]}`, 422, "not_found"},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"text":"x","media":[{"id":"{acme file}"}]}`, 422, "unexpected_media"},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"kind":"document","media":[{"id":"{acme file}"},{"id":"{acme file}"}]}`, 422, "duplicate"},
			{"acme", "POST", "/conversations/{acme old conversation}/messages", `{"kind":"document","media":[{"id":"{acme file}"}]}`, 422, "other_conversation"},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"kind":"document","payload":{"voice":"x"},"media":[{"id":"{acme file}"}]}`, 422, "bad_payload"},
			{"evil", "DELETE", "/media/{acme file}", "", 404, "not_found"},
			{"acme", "DELETE", "/media/{acme file}", "", 204, ""},
			{"acme", "GET", "/media/{acme file}/content", "", 404, "not_found"},
			// Webhook events.
			{"acme", "POST", "/webhook_events/{acme event}/replay", "", 202, ""},
			{"acme", "POST", "/webhook_events/{acme refused}/replay", "", 409, "not_replayable"},
			// Teams.
			{"acme agent", "GET", "/teams?order=name", "", 200, ""},
			{"acme agent", "POST", "/teams", `{"name":"Mine"}`, 403, "forbidden"},
			{"acme", "POST", "/teams", `{"name":"Support","member_ids":["{acme member}"]}`, 201, ""},
			{"acme", "POST", "/teams", `{"name":" sALES "}`, 409, "name_taken"},
			{"acme", "POST", "/teams", `{"name":"` + strings.Repeat("x", 41) + `"}`, 422, "name_invalid"},
			{"acme", "POST", "/teams", `{"member_ids":[]}`, 422, "name_invalid"},
			{"acme", "POST", "/teams", `{"name":"Spies","member_ids":["{evil member}"]}`, 422, "not_found"},
			{"acme", "PATCH", "/teams/{evil team}", `{"name":"x"}`, 404, "not_found"},
			{"acme", "PATCH", "/teams/{acme team}", `{"member_ids":["{absent}"]}`, 422, "not_found"},
			{"acme", "PATCH", "/teams/{acme team}", `{"name":"Sales team"}`, 200, ""},
			// A transfer, and who sees it then.
			{"acme agent", "POST", "/enquiries/{acme fresh enquiry}/transfer", `{}`, 422, "required"},
			{"acme agent", "POST", "/enquiries/{acme fresh enquiry}/transfer", `{"team_id":"{evil team}"}`, 422, "not_found"},
			{"acme agent", "POST", "/enquiries/{acme fresh enquiry}/transfer", `{"team_id":"{acme team}"}`, 200, ""},
			{"acme agent", "GET", "/conversations/{acme fresh conversation}", "", 404, "not_found"},
			{"acme agent", "POST", "/conversations/{acme fresh conversation}/messages", `{"text":"x"}`, 404, "not_found"},
			{"acme agent", "POST", "/enquiries/{acme fresh enquiry}/transfer", `{"team_id":null}`, 404, "not_found"},
			{"acme", "DELETE", "/teams/{acme team}", "", 409, "team_in_use"},
			{"acme", "POST", "/enquiries/{acme fresh enquiry}/transfer", `{"team_id":null}`, 200, ""},
			{"acme", "DELETE", "/teams/{acme team}", "", 204, ""},
			{"acme", "GET", "/teams/{acme team}", "", 404, "not_found"},
			{"acme", "POST", "/enquiries/{acme fresh enquiry}/transfer", `{"team_id":"{acme team}"}`, 422, "not_found"},
			{"acme agent", "GET", "/conversations/{acme fresh conversation}", "", 200, ""},
			// Enquiries.
			{"acme agent", "POST", "/conversations/{acme fresh conversation}/read", "", 204, ""},
			{"acme agent", "POST", "/enquiries/{acme fresh enquiry}/close", "", 200, ""},
			{"acme agent", "POST", "/enquiries/{acme fresh enquiry}/close", "", 200, ""},
			{"acme agent", "POST", "/enquiries/{acme fresh enquiry}/transfer", `{"team_id":null}`, 409, "enquiry_closed"},
			// Writing rows of what people talk about, as programs do.
			{"acme agent", "POST", "/contacts", `{"name":"Ann","identities":[{"type":"LINE_OF_TEST","address":"+1 (202) 555-0001"}]}`, 201, ""},
			{"acme agent", "POST", "/contacts", `[{"name":"Bo"},{"name":"Twice","identities":[{"type":"LINE_OF_TEST","address":"12025550001"}]}]`, 409, "identity_taken"},
			{"acme", "GET", "/contacts?name=eq.Bo", "", 200, ""}, // all or none
			{"acme agent", "POST", "/contacts", `{"name":"x","identities":[{"type":"FAX","address":"12025550001"}]}`, 422, "not_one_of"},
			{"acme agent", "POST", "/contacts", `{"name":"x\u0007"}`, 422, "bad_format"},
			{"acme agent", "POST", "/contacts", `{"organization_id":"{evil}","name":"x"}`, 422, "not_found"},
			{"acme agent", "PATCH", "/contacts/{acme old contact}", `{"name":"Renamed"}`, 200, ""},
			{"evil", "PATCH", "/contacts/{acme old contact}", `{"name":"Mine"}`, 404, "not_found"},
			{"acme agent", "DELETE", "/contacts/{acme old contact}", "", 403, "forbidden"},
			{"acme", "DELETE", "/contacts/{acme old contact}", "", 409, "contact_in_use"},
			{"acme", "DELETE", "/contacts?id=eq.{acme old contact}", "", 409, "contact_in_use"},
			{"acme", "DELETE", "/contacts", "", 400, "filter_required"},
			{"acme", "POST", "/conversations", `{"channel_id":"{acme channel}","contact_id":"{acme old contact}"}`, 409, "conversation_exists"},
			{"acme", "POST", "/conversations", `{"channel_id":"{evil channel}","contact_id":"{acme old contact}"}`, 422, "not_found"},
			{"acme", "POST", "/conversations", `{"channel_id":"{acme channel}","contact_id":"{evil old contact}"}`, 422, "not_found"},
			{"acme", "PATCH", "/conversations/{acme old conversation}", `{"subject":"Order 7","chatbot_enabled":false}`, 200, ""},
			{"acme", "PATCH", "/conversations/{acme old conversation}", `{"owner_id":null}`, 422, "unknown_field"},
			{"evil", "PATCH", "/conversations/{acme old conversation}", `{"subject":"Mine"}`, 404, "not_found"},
			{"acme", "POST", "/messages", `{"conversation_id":"{acme fresh conversation}","text":"One"}`, 201, ""},
			{"acme", "POST", "/messages", `{"conversation_id":"{evil fresh conversation}","text":"x"}`, 422, "not_found"},
			{"acme", "POST", "/messages", `[{"conversation_id":"{acme fresh conversation}","text":"Two"},{"conversation_id":"{acme old conversation}","text":"x"}]`, 422, "window_closed"},
			{"acme", "PATCH", "/messages/{acme fresh message}", `{"starred":true}`, 200, ""},
			{"acme", "PATCH", "/messages/{acme fresh message}", `{"status":"canceled"}`, 409, "not_cancelable"},
			{"acme", "PATCH", "/messages/{acme fresh message}", `{"text":"said otherwise"}`, 422, "unknown_field"},
			{"acme", "PATCH", "/messages?text=eq.One", `{"status":"canceled"}`, 204, ""},
			{"acme", "POST", "/messages/{acme fresh message}/star", "", 200, ""},
			{"acme agent", "POST", "/messages/{acme fresh message}/star", "", 404, "not_found"}, // it is another's now
			{"evil", "POST", "/messages/{acme fresh message}/star", "", 404, "not_found"},
			{"acme agent", "DELETE", "/messages/{acme fresh message}", "", 403, "forbidden"},
			{"evil", "DELETE", "/messages/{acme fresh message}", "", 404, "not_found"},
			{"acme", "DELETE", "/messages/{acme fresh message}", "", 204, ""},
			{"acme", "DELETE", "/messages/{acme fresh message}", "", 404, "not_found"},
			{"acme", "POST", "/enquiries", `{"conversation_id":"{acme old conversation}"}`, 409, "enquiry_current"},
			{"acme", "PATCH", "/enquiries/{acme old enquiry}", `{"status":"open"}`, 422, "not_one_of"},
			{"acme", "PATCH", "/enquiries/{acme old enquiry}", `{"status":"closed"}`, 200, ""},
			{"acme", "POST", "/enquiries", `{"conversation_id":"{acme old conversation}"}`, 201, ""},
			{"acme", "POST", "/enquiries", `{"conversation_id":"{evil old conversation}"}`, 422, "not_found"},
			{"evil", "DELETE", "/enquiries/{acme old enquiry}", "", 404, "not_found"},
			{"acme", "DELETE", "/enquiries/{acme old enquiry}", "", 204, ""},
			{"evil", "DELETE", "/conversations/{acme old conversation}", "", 404, "not_found"},
			{"acme agent", "DELETE", "/conversations/{acme old conversation}", "", 403, "forbidden"},
			{"acme", "DELETE", "/conversations/{acme old conversation}", "", 204, ""},
			{"acme", "GET", "/conversations/{acme old conversation}", "", 404, "not_found"},
			{"acme", "DELETE", "/contacts/{acme old contact}", "", 204, ""},
			// The channel goes; its conversations stay readable.
			{"acme", "DELETE", "/channel_accounts/{acme channel}", "", 204, ""},
			{"acme", "GET", "/channel_accounts/{acme channel}", "", 404, "not_found"},
			{"acme", "GET", "/conversations/{acme fresh conversation}", "", 200, ""},
			{"acme", "POST", "/conversations/{acme fresh conversation}/messages", `{"text":"x"}`, 409, "channel_deleted"},
		} {
			status, code, raw := w.call(r.actor, r.method, r.path, r.body)
			if status != r.status || code != r.code {
				t.Errorf("%s %s %s %.60s: %d %q, want %d %q\n%.300s", r.actor, r.method, r.path, r.body, status, code, r.status, r.code, raw)
			}
			if strings.Contains(raw, "canary") {
				t.Errorf("%s %s shows a secret: %s", r.method, r.path, raw)
			}
			if r.actor == "acme" && strings.Contains(r.path, "eq.{evil") && raw != "[]\n" && strings.TrimSpace(raw) != "[]" {
				t.Errorf("%s %s shows what is not acme's: %s", r.method, r.path, raw)
			}
		}
		// Absent and foreign look the same but for the id.
		_, _, absent := w.call("acme", "GET", "/conversations/{absent}", "")
		_, _, foreign := w.call("acme", "GET", "/conversations/{evil fresh conversation}", "")
		before := func(s string) string { head, _, _ := strings.Cut(s, `"request_id"`); return head }
		if before(absent) != before(foreign) {
			t.Errorf("absent %s\nforeign %s", absent, foreign)
		}
	})
}

package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

func (f *fake) routes() []Route {
	read := Route{Path: "/contacts", Tag: "Contacts", Permission: "contacts.view", Resource: "contacts", Rate: "read", Query: contactFields}
	edit := Route{Path: "/contacts", Tag: "Contacts", Permission: "contacts.edit", Resource: "contacts", Rate: "write", Audit: "contacts", Query: contactFields}
	with := func(r Route, path, operation, summary string) Route {
		r.Path, r.Operation, r.Summary = path, operation, summary
		return r
	}
	list := with(read, "/contacts", "listContacts", "List contacts")
	list.Params = []Param{{Name: "tab", Description: "A view.", Values: []string{"mine", "all"}}}
	create := with(edit, "/contacts", "createContacts", "Create contacts")
	create.Idempotent, create.BodyLimit = ByKey, 4096
	slow := Route{Path: "/slow", Tag: "Test", Operation: "slow", Summary: "A list that takes long", Permission: Public, Resource: "contacts", Rate: "read", Query: contactFields, Timeout: 10 * time.Millisecond}
	act := func(path, operation string) Route {
		return Route{Path: path, Operation: operation, Summary: operation, Tag: "Test", Permission: Public, Resource: "contacts", Rate: "write", Audit: "none", Idempotent: Naturally}
	}
	plain := Route{Method: "GET", Path: "/stream", Operation: "stream", Summary: "A stream", Tag: "Test", Permission: SignedIn, Resource: "events", Rate: "read"}
	return []Route{
		List(list, func(ctx context.Context, _ *Call, l query.List) (Page[contact], error) {
			rows, err := f.read(ctx, l)
			p := Page[contact]{Rows: rows}
			if l.CountExact && err == nil {
				where, args := l.CountSQL(query.SQLite, 1)
				p.Total = new(int64)
				err = f.db.QueryRowContext(ctx, dollar.ReplaceAllString("SELECT count(*) FROM c WHERE "+where, "?$1"), sqliteArgs(args)...).Scan(p.Total)
			}
			return p, err
		}),
		One(with(read, "/contacts/{id}", "getContact", "Read one contact"), func(ctx context.Context, _ *Call, v id.ID) (contact, error) { return f.one(ctx, v) }),
		Create(create, func(_ context.Context, c *Call, bodies []newContact) ([]contact, error) {
			out := []contact{}
			for i, b := range bodies {
				if b.Name == "Nobody" {
					return nil, c.At(i, fault.InvalidField("/name", "name_taken", "This name is taken."))
				}
				out = append(out, f.insert(b))
			}
			return out, nil
		}),
		Patch(with(edit, "/contacts/{id}", "changeContact", "Change one contact"), func(ctx context.Context, c *Call, v id.ID, b contactChange) (contact, error) {
			row, err := f.one(ctx, v)
			if err == nil {
				err = c.Match(row)
			}
			if err != nil {
				return contact{}, err
			}
			return f.change(row, b), nil
		}),
		Delete(with(edit, "/contacts/{id}", "deleteContact", "Delete one contact"), func(ctx context.Context, c *Call, v id.ID) error {
			row, err := f.one(ctx, v)
			if err == nil {
				err = c.Match(row)
			}
			if err == nil {
				f.exec("DELETE FROM c WHERE id=?", row.ID[:])
			}
			return err
		}),
		PatchWhere(with(edit, "/contacts", "changeContacts", "Change contacts by filter"), func(ctx context.Context, c *Call, l query.List, b contactChange) ([]contact, error) {
			rows, err := f.read(ctx, l)
			if err == nil {
				err = c.Rows(len(rows))
			}
			if err != nil {
				return nil, err
			}
			for i := range rows {
				rows[i] = f.change(rows[i], b)
			}
			return rows, nil
		}),
		DeleteWhere(with(edit, "/contacts", "deleteContacts", "Delete contacts by filter"), func(ctx context.Context, c *Call, l query.List) ([]contact, error) {
			rows, err := f.read(ctx, l)
			if err == nil {
				err = c.Rows(len(rows))
			}
			if err != nil {
				return nil, err
			}
			for _, r := range rows {
				f.exec("DELETE FROM c WHERE id=?", r.ID[:])
			}
			return rows, nil
		}),
		List(slow, func(ctx context.Context, _ *Call, _ query.List) (Page[contact], error) {
			<-ctx.Done()
			return Page[contact]{}, ctx.Err()
		}),
		Action(act("/contacts/{id}/greet", "greet"), func(_ context.Context, c *Call, _ None) (contactRef, error) { return contactRef{c.ID("id")}, nil }),
		Action(act("/panic", "panics"), func(context.Context, *Call, None) (None, error) { panic("a secret") }),
		Action(act("/fails", "fails"), func(context.Context, *Call, None) (None, error) { return None{}, fmt.Errorf("a secret") }),
		Action(act("/wait", "waits"), func(context.Context, *Call, None) (None, error) {
			return None{}, &fault.Error{Kind: fault.Unavailable, Code: "busy", Message: "Busy.", RetryAfter: 1500 * time.Millisecond}
		}),
		Action(act("/nothing", "nothing"), func(_ context.Context, c *Call, _ None) (None, error) {
			c.Header().Set("X-Extra", "yes")
			return None{}, nil
		}),
		Plain(plain, func(w http.ResponseWriter, c *Call) error {
			if c.Request.Header.Get("Last-Event-ID") == "bad" {
				return fault.New(fault.BadRequest, "bad_value", "No such event.")
			}
			w.Header().Set("Content-Type", "text/event-stream")
			_, err := w.Write([]byte("data: {}\n\n"))
			return err
		}),
	}
}

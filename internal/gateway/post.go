package gateway

import (
	"context"
	"encoding/json"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/delivery"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/httpx"
)

// answerKept is how much of an answer is kept of each try.
const answerKept = 1 << 10

// post sends a message of a type that keeps deliveries: its bytes are made once,
// and the number of the try is committed before the call.
func (g *Gateway) post(ctx context.Context, l *live, p adapter.Poster, o inbox.Outgoing, out adapter.Outbound) (adapter.Receipt, *delivery.Try, error) {
	var d delivery.Parcel
	err := g.DB.System().Write(ctx, func(tx *db.Tx) (err error) {
		d, err = delivery.Open(tx, delivery.New{Organization: l.ch.OrganizationID, Channel: l.ch.ID, Conversation: o.Conversation,
			Kind: delivery.Message, Message: o.Message, Attempt: o.Attempt}, g.Clock.Now(), func() ([]byte, error) {
			if out.About, err = inbox.About(tx, l.ch.OrganizationID, o.Conversation, o.Message); err != nil {
				return nil, err
			}
			return writeSafely(p, out)
		})
		return err
	})
	if err != nil {
		if unavailable(err) {
			err = &adapter.SendError{Reason: adapter.Unreachable, Title: "The message could not be prepared", Err: err}
		}
		return adapter.Receipt{}, nil, err
	}
	try := &delivery.Try{Delivery: d.ID, Number: d.Try, At: g.Clock.Now()}
	r, err := postSafely(ctx, p, adapter.Parcel{ID: d.ID.String(), Ref: out.Ref, Try: d.Try, Body: d.Body})
	return r, try, err
}

func writeSafely(p adapter.Poster, out adapter.Outbound) (body []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &adapter.SendError{Reason: adapter.Rejected, Title: "Our adapter cannot write this message.", Err: errPanic(r)}
		}
	}()
	return p.Write(out)
}

func postSafely(ctx context.Context, p adapter.Poster, parcel adapter.Parcel) (r adapter.Receipt, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &adapter.SendError{Reason: adapter.Uncertain, Title: "Our adapter failed while sending.", Err: errPanic(p)}
		}
	}()
	return p.Post(ctx, parcel)
}

// describe fills in what went over the wire.
func describe(t *delivery.Try, rec *httpx.Recorder, took time.Duration) {
	t.Took = took
	all := rec.Exchanges()
	if len(all) == 0 {
		t.Error = "nothing was sent"
		return
	}
	e := all[len(all)-1]
	t.URL, t.Status, t.Answer, t.Error, t.Took = e.URL, e.Status, clip(e.ResponseBody, answerKept), clip(e.Err, 500), e.Duration
	headers := map[string]string{}
	for name, values := range e.RequestHeader {
		if len(values) > 0 {
			headers[name] = values[0]
		}
	}
	if raw, err := json.Marshal(headers); err == nil {
		t.Headers = raw
	}
}

package gateway

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/delivery"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/httpx"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/lease"
)

// Bounds of a send gate.
const (
	gateLease  = 6 * time.Second
	gateTrust  = 5 * time.Second // how long after its renewal a gate may begin a call
	gateRenew  = 2 * time.Second
	inFlight   = 128             // calls under way per channel
	claimMost  = 64              // messages committed as being sent at once; a crash leaves at most the calls under way uncertain
	breakAfter = 5               // failures in a row that open the circuit breaker
	breakMost  = time.Minute     // longest pause of the breaker
	retryMost  = 5 * time.Minute // longest pause between two tries of one message
	idleGate   = 3 * time.Second // how long an empty gate is kept before it is given back
)

var (
	gateTable = lease.On("send_gate", "channel_id")
	makeGate  = db.SQL(`INSERT INTO send_gate (organization_id, channel_id) VALUES ($1, $2) ON CONFLICT (organization_id, channel_id) DO NOTHING`)
	readGate  = db.SQL(`SELECT ready_at, failures FROM send_gate WHERE organization_id = $1 AND channel_id = $2`)
	moveGate  = db.SQL(`UPDATE send_gate SET ready_at = $4, failures = $5 WHERE organization_id = $1 AND channel_id = $2 AND epoch = $3`)
)

// gate is one channel's way out while this node holds it: the only sender of
// that account over all nodes.
type gate struct {
	g        *Gateway
	l        *live
	epoch    int64
	limiter  *rate.Limiter
	pairs    pairs
	top      rate.Limit // the configured rate, which throttling lowers for a while
	busy     map[id.ID]bool
	results  chan inbox.Outcome
	readyAt  time.Time    // of the whole account
	failures int          // in a row, of the whole account
	renewed  lease.Moment // when the latest renewal was asked for
}

// trusted tells whether a call may begin: the lease still holds by our own time.
// A process that was stopped for a while finds here that its time is over. A
// call may outlive the lease; the next holder takes it for uncertain, waits for
// its echo and never repeats it.
func (w *gate) trusted() bool { return w.renewed.Age() < gateTrust }

// workGate sends what waits on a channel until nothing does.
func (g *Gateway) workGate(ctx context.Context, ch id.ID, wake <-chan struct{}) {
	for ctx.Err() == nil {
		l, err := g.live(ctx, ch)
		if err == nil {
			if l == nil {
				return
			}
			if !l.ch.IsActive || l.ch.Connection() != channel.Connected || l.ch.Validation() == channel.Invalid {
				g.hold(ctx, l)
				return // a change of the channel wakes us
			}
			var retry bool
			if retry, err = g.openGate(ctx, l, wake); err == nil && !retry {
				return
			}
		}
		if err != nil && ctx.Err() == nil {
			g.Log.Warn("messages to send wait", "channel", ch, "error", err)
			after(ctx, laneRetryPG)
		}
	}
}

// hold lets go of messages that have waited too long for a channel that cannot
// send.
func (g *Gateway) hold(ctx context.Context, l *live) {
	why := inbox.SendFailure{Reason: string(adapter.AuthExpired), Title: "The channel could not send in time.",
		Detail: "It was inactive or disconnected until this message was no longer of use.", Hint: "Reconnect the channel, then send again.", Retryable: true}
	if n, err := g.Inbox.FailExpired(ctx, l.ch, why); err != nil {
		g.Log.Warn("held messages could not be looked at", "channel", l.ch.ID, "error", err)
	} else if n > 0 {
		g.Log.Info("held messages have expired", "channel", l.ch.ID, "count", n)
	}
}

// openGate takes the gate and works it; retry asks to look again, because
// something changed meanwhile.
func (g *Gateway) openGate(ctx context.Context, l *live, wake <-chan struct{}) (retry bool, err error) {
	w := &gate{g: g, l: l, busy: map[id.ID]bool{}, results: make(chan inbox.Outcome, inFlight), pairs: pairs{}}
	held := false
	err = g.DB.System().Write(ctx, func(tx *db.Tx) error {
		held, w.renewed = false, lease.Now()
		if _, err := tx.Exec(makeGate, l.ch.OrganizationID, l.ch.ID); err != nil {
			return err
		}
		var err error
		if w.epoch, held, err = gateTable.Take(tx, l.ch.OrganizationID, l.ch.ID, g.node, gateLease); err != nil || !held {
			return err
		}
		var ready int64
		err = tx.Row(readGate, []any{l.ch.OrganizationID, l.ch.ID}, &ready, &w.failures)
		w.readyAt = time.UnixMicro(ready).UTC()
		return err
	})
	if err != nil || !held {
		return false, err
	}
	w.top = rate.Inf
	if r := l.typ.Rate.PerSecond; r > 0 {
		w.top = rate.Limit(r)
	}
	w.limiter = rate.NewLimiter(w.top, max(1, int(float64(min(w.top, 1000))/20)))
	if w.top != rate.Inf {
		// The last holder may have used this second's share.
		w.limiter.AllowN(g.Clock.Now(), w.limiter.Burst())
	}
	defer func() {
		end := context.WithoutCancel(ctx)
		if e := g.DB.System().Write(end, func(tx *db.Tx) error {
			return gateTable.Release(tx, l.ch.OrganizationID, l.ch.ID, w.epoch)
		}); err == nil {
			err = e
		}
	}()
	return w.work(ctx, wake)
}

func (w *gate) work(ctx context.Context, wake <-chan struct{}) (retry bool, err error) {
	idle := time.NewTimer(time.Hour)
	defer idle.Stop()
	for {
		var next time.Time
		now := w.g.Clock.Now()
		if l, e := w.g.live(ctx, w.l.ch.ID); e != nil || l == nil || l.conn == nil || !l.ch.IsActive || l.ch.Connection() != channel.Connected || l.ch.Validation() == channel.Invalid {
			return len(w.busy) > 0, w.finish(ctx)
		} else {
			w.l = l
		}
		free := min(inFlight-len(w.busy), claimMost)
		if w.failures >= breakAfter { // one probe at a time until the provider answers
			free = min(free, 1-len(w.busy))
		}
		// The pace is kept before anything is claimed, so that what is marked as
		// being sent is on its way at once.
		pace := w.pace(now, &free)
		if now.Before(w.readyAt) {
			next = w.readyAt
		} else if free == 0 && pace > 0 {
			next = now.Add(pace)
		} else if free > 0 && w.trusted() && ctx.Err() == nil {
			var out []inbox.Outgoing
			if out, next, err = w.g.Inbox.Claim(ctx, w.l.ch, w.epoch, free, w.busy, w.l.typ.EchoTime); err != nil {
				if w.drop(ctx) {
					w.unclaim(ctx)
				}
				return true, err
			}
			w.limiter.AllowN(now, len(out))
			for _, o := range out {
				w.busy[o.Conversation] = true
				if w.trusted() {
					go w.send(ctx, w.l, o)
				} else { // committed too late: surely not sent, and perhaps no longer ours
					w.results <- inbox.Outcome{Outgoing: o, Verdict: inbox.Again, At: now, RetryAt: now,
						Failure: &inbox.SendFailure{Reason: "stopped", Title: "The server was held up.", Retryable: true}}
				}
			}
			if len(out) == free && len(w.busy) < inFlight && w.failures < breakAfter {
				next = now // there may be more
			}
		}
		if ctx.Err() != nil {
			return false, w.finish(ctx)
		}
		if !w.trusted() {
			next = now // renew first
		}
		wait := idleGate
		if !next.IsZero() {
			wait = max(next.Sub(now), 0)
		} else if len(w.busy) > 0 {
			wait = gateRenew
		}
		if wait > gateRenew {
			wait = gateRenew
		}
		idle.Reset(wait)
		select {
		case r := <-w.results:
			if err := w.settle(ctx, r); err != nil {
				return true, err
			}
		case <-wake:
		case <-idle.C:
			if len(w.busy) == 0 && next.IsZero() {
				return false, nil
			}
		case <-ctx.Done():
		}
		if w.renewed.Age() > gateRenew {
			var asked lease.Moment
			if err := w.g.DB.System().Write(ctx, func(tx *db.Tx) error {
				asked = lease.Now()
				return gateTable.Renew(tx, w.l.ch.OrganizationID, w.l.ch.ID, w.epoch, gateLease)
			}); err != nil {
				w.drop(ctx)
				return false, err
			}
			w.renewed = asked
		}
	}
}

// pace bounds how many may go now by the rate, and says when the next may: a
// whole burst, so that they share their commits.
func (w *gate) pace(now time.Time, free *int) time.Duration {
	if w.limiter.Limit() == rate.Inf {
		return 0
	}
	tokens := w.limiter.TokensAt(now)
	if n := int(tokens); n < *free {
		*free = max(n, 0)
	}
	return time.Duration((float64(w.limiter.Burst()) - tokens) / float64(w.limiter.Limit()) * float64(time.Second))
}

// finish waits for the calls under way, so that their answers are recorded.
func (w *gate) finish(ctx context.Context) error {
	end := context.WithoutCancel(ctx)
	for len(w.busy) > 0 {
		if err := w.settle(end, <-w.results); err != nil {
			return err
		}
	}
	return nil
}

// drop is finish when the gate is lost: what a provider said still counts.
func (w *gate) drop(ctx context.Context) (settled bool) {
	err := w.finish(ctx)
	if err != nil {
		w.g.Log.Error("answers of the provider could not be recorded", "channel", w.l.ch.ID, "error", err)
	}
	return err == nil
}

// unclaim puts back what is still marked as being sent under our epoch when
// nothing is under way any more: it never went.
func (w *gate) unclaim(ctx context.Context) {
	for {
		err := w.g.Inbox.Unclaim(context.WithoutCancel(ctx), w.l.ch, w.epoch)
		if err == nil {
			return
		}
		w.g.Log.Warn("messages are marked as being sent that were not", "channel", w.l.ch.ID, "error", err)
		if !unavailable(err) || ctx.Err() != nil {
			return
		}
		after(ctx, 500*time.Millisecond)
	}
}

// settle commits an answer together with all others that have arrived.
func (w *gate) settle(ctx context.Context, first inbox.Outcome) error {
	group := []inbox.Outcome{first}
	for len(group) < groupMost {
		select {
		case r := <-w.results:
			group = append(group, r)
			continue
		default:
		}
		break
	}
	before, failures := w.readyAt, w.failures
	w.learn(ctx, group)
	end := context.WithoutCancel(ctx)
	for n := 0; ; n++ {
		err := w.g.Inbox.Settle(end, w.l.ch, w.epoch, group, w.l.typ.EchoTime)
		if err == nil && (!w.readyAt.Equal(before) || w.failures != failures) {
			err = w.g.DB.System().Write(end, func(tx *db.Tx) error {
				_, err := tx.Exec(moveGate, w.l.ch.OrganizationID, w.l.ch.ID, w.epoch, w.readyAt.UnixMicro(), w.failures)
				return err
			})
		}
		if err == nil {
			break
		}
		// Answers are not given up: forgetting one could send twice. A crash
		// would leave them uncertain.
		w.g.Log.Error("answers of the provider cannot be recorded yet", "channel", w.l.ch.ID, "error", err)
		if n >= 20 && (!unavailable(err) || ctx.Err() != nil) {
			return err
		}
		after(context.Background(), 500*time.Millisecond)
	}
	for _, o := range group {
		delete(w.busy, o.Conversation)
	}
	return nil
}

// learn adapts pace and breaker to how the account answers.
func (w *gate) learn(ctx context.Context, group []inbox.Outcome) {
	now := w.g.Clock.Now()
	for i := range group {
		o := &group[i]
		switch {
		case o.Verdict == inbox.Went:
			o.Rest = w.pairs.after(o, w.l.typ.Rate, now)
			w.g.Metrics.Sent.Add(1)
			w.failures = 0
			if limit := w.limiter.Limit(); limit < w.top { // back to full speed by and by
				w.limiter.SetLimit(min(w.top, limit+max(w.top/50, 0.1)))
			}
		case o.Failure == nil:
		case o.Failure.Reason == string(adapter.AuthExpired), o.Failure.Reason == string(adapter.BadSettings):
			w.g.Metrics.SendFailed.Add(1)
			if _, err := w.g.Channels.Broken(context.WithoutCancel(ctx), w.l.ch, o.Failure.Reason, words(o.Failure)); err != nil {
				w.g.Log.Error("a channel that lost its rights could not be marked", "channel", w.l.ch.ID, "error", err)
			}
		case o.Verdict == inbox.Again && o.Failure.Reason == string(adapter.Throttled) && o.Failure.Code != pairLimited:
			w.g.Metrics.SendRetried.Add(1)
			until := o.RetryAt
			if w.l.typ.Retry != nil { // the plan's pauses are of one message
				until = earliest(until, now.Add(breakMost))
			}
			if w.readyAt.Before(until) {
				w.readyAt = until
			}
			if w.top != rate.Inf {
				w.limiter.SetLimit(max(w.limiter.Limit()/2, 1))
			}
		case o.Verdict == inbox.Again:
			w.g.Metrics.SendRetried.Add(1)
			if o.Failure.Reason == string(adapter.Unreachable) && len(o.Moved.Addresses) == 0 {
				w.failed(now)
			}
		case o.Verdict == inbox.Unclear:
			// A provider that leaves us without answers would make everything
			// uncertain that waits.
			w.g.Metrics.SendUncertain.Add(1)
			w.failed(now)
		default:
			w.g.Metrics.SendFailed.Add(1)
			w.failures = 0
		}
	}
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// failed counts towards the circuit breaker and opens it.
func (w *gate) failed(now time.Time) {
	if w.failures++; w.failures >= breakAfter {
		w.readyAt = now.Add(clock.Jitter(backoff(w.failures-breakAfter+1, time.Second, breakMost)))
	}
}

// pairLimited marks throttling of one recipient in an outcome's code.
const pairLimited = "recipient"

func words(f *inbox.SendFailure) string {
	if f.Detail != "" {
		return f.Title + " " + f.Detail
	}
	return f.Title
}

// send hands one message to the provider and reports what became of it.
func (w *gate) send(ctx context.Context, l *live, o inbox.Outgoing) {
	began := w.g.Clock.Now()
	rec := httpx.NewRecorder(secrets(l)...)
	recorded := httpx.WithRecorder(ctx, rec)
	out := adapter.Outbound{Ref: inbox.Ref(o.Message, o.Attempt), To: o.To, Content: o.Content, Files: w.g.files(l, o), ReplyTo: quote(o), Target: target(o)}
	var receipt adapter.Receipt
	var try *delivery.Try
	err := w.ahead(recorded, l, o, &out)
	if err == nil {
		// The call is not cut by shutdown: its answer is worth waiting for. It ends
		// before the lease does, unless files travel with it.
		call, cancel := context.WithTimeout(context.WithoutCancel(recorded), w.g.timeFor(l, o))
		defer cancel()
		if p, ok := l.conn.(adapter.Poster); ok && l.typ.Deliveries {
			receipt, try, err = w.g.post(call, l, p, o, out)
		} else {
			receipt, err = sendSafely(call, l.conn, out)
		}
	}
	now := w.g.Clock.Now()
	res := inbox.Outcome{Outgoing: o, Provider: receipt.ProviderID, More: receipt.More, Learned: receipt.To, Arrived: receipt.Delivered, At: now, Took: now.Sub(began), Exchange: exchange(rec), Try: try}
	if try != nil {
		describe(try, rec, now.Sub(began))
	}
	if err == nil && receipt.ProviderID == "" {
		err = &adapter.SendError{Reason: adapter.Uncertain, Title: "The provider gave no id."}
	}
	if err != nil {
		res.Provider, res.More = "", nil
		e := adapter.AsSendError(err)
		res.Verdict, res.Failure, res.RetryAt = judge(l.typ, e, o, now)
		if res.Verdict == inbox.Again {
			res.Moved = e.Moved
		}
	}
	w.results <- res
}

func sendSafely(ctx context.Context, c adapter.Conn, out adapter.Outbound) (r adapter.Receipt, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &adapter.SendError{Reason: adapter.Uncertain, Title: "Our adapter failed while sending.", Err: errPanic(p)}
		}
	}()
	return c.Send(ctx, out)
}

func quote(o inbox.Outgoing) string {
	if o.Content.Kind == "reaction" {
		return ""
	}
	return o.ReplyTo
}

func target(o inbox.Outgoing) string {
	if o.Content.Kind == "reaction" {
		return o.ReplyTo
	}
	return ""
}

// judge decides what follows from a provider's refusal, by the table of
// reasons. Only what surely was not taken is tried again by itself, unless the
// other side drops repeats.
func judge(t *adapter.Type, e *adapter.SendError, o inbox.Outgoing, now time.Time) (inbox.Verdict, *inbox.SendFailure, time.Time) {
	f := &inbox.SendFailure{Reason: string(e.Reason), Code: e.Code, Title: e.Title, Detail: clip(e.Detail, 500), Hint: e.Hint}
	if f.Title == "" {
		f.Title = "Not sent."
	}
	if t.Retry != nil {
		return byPlan(t, e, f, o, now)
	}
	pause := e.RetryAfter
	switch e.Reason {
	case adapter.Throttled:
		f.Retryable = true
		if pause == 0 {
			pause = clock.Jitter(backoff(o.Tries, time.Second, retryMost))
		}
		if e.Scope == adapter.ThisRecipient {
			if e.RetryAfter == 0 { // 1, 4, 16, 64 s …: Meta's advice for its pair limit
				pause = min(time.Duration(math.Pow(4, float64(min(o.Tries-1, 5))))*time.Second, retryMost)
			}
			f.Code = pairLimited
		}
		return inbox.Again, f, now.Add(pause)
	case adapter.Unreachable:
		f.Retryable = true
		if pause == 0 && (len(e.Moved.Addresses) == 0 || o.Tries > 1) { // to a new address at once
			pause = clock.Jitter(backoff(o.Tries, 500*time.Millisecond, retryMost))
		}
		return inbox.Again, f, now.Add(pause)
	case adapter.AuthExpired, adapter.BadSettings:
		// Held, not failed: a person can mend the account.
		f.Retryable = true
		return inbox.Again, f, now
	case adapter.Uncertain:
		f.Hint = "Ask the contact or look at the platform, then choose \"It arrived\" or \"Send again\"."
		return inbox.Unclear, f, time.Time{}
	}
	return inbox.Refused, f, time.Time{}
}

// byPlan is judge for a type with pauses of its own. After the last one the
// message has failed; what could be mended only by a person fails at once, so
// that the plan's days are not spent on it.
func byPlan(t *adapter.Type, e *adapter.SendError, f *inbox.SendFailure, o inbox.Outgoing, now time.Time) (inbox.Verdict, *inbox.SendFailure, time.Time) {
	switch {
	case e.Reason == adapter.Uncertain && !t.Deliveries:
		f.Hint = "Ask the contact or look at the platform, then choose \"It arrived\" or \"Send again\"."
		return inbox.Unclear, f, time.Time{}
	case (e.Reason == adapter.AuthExpired || e.Reason == adapter.BadSettings) && !t.Deliveries:
		f.Retryable = true
		return inbox.Again, f, now
	case e.Reason != adapter.Throttled && e.Reason != adapter.Unreachable && e.Reason != adapter.Uncertain:
		return inbox.Refused, f, time.Time{}
	}
	f.Retryable = true
	if f.Reason == string(adapter.Uncertain) {
		f.Reason = string(adapter.Unreachable)
	}
	if o.Tries > len(t.Retry) {
		f.Hint = "It was tried " + strconv.Itoa(o.Tries) + " times. Send it again when the other side works."
		return inbox.Refused, f, time.Time{}
	}
	f.Detail = clip(strings.TrimSpace(f.Title+". "+f.Detail), 500)
	f.Title = "Not delivered yet, trying again."
	pause := e.RetryAfter
	if pause == 0 {
		pause = clock.Spread(t.Retry[max(o.Tries, 1)-1], adapter.RetryJitter)
	}
	return inbox.Again, f, now.Add(pause)
}

func backoff(tries int, first, most time.Duration) time.Duration {
	return min(first*time.Duration(math.Pow(2, float64(min(max(tries-1, 0), 20)))), most)
}

func secrets(l *live) (out []string) {
	if l.ch.Source == nil {
		return nil
	}
	for k, v := range l.ch.Source.Settings {
		if f := l.typ.Field(k); f != nil && f.Secret && v != "" {
			out = append(out, v)
		}
	}
	for _, c := range l.ch.Source.Issued {
		out = append(out, c.Value, c.Before)
	}
	return out
}

// exchange is what went over the wire, redacted, for provenance.
func exchange(r *httpx.Recorder) json.RawMessage {
	type shown struct {
		Method   string `json:"method"`
		URL      string `json:"url"`
		Status   int    `json:"status"`
		Millis   int64  `json:"duration_ms"`
		Request  string `json:"request,omitempty"`
		Response string `json:"response,omitempty"`
		Error    string `json:"error,omitempty"`
	}
	var out []shown
	for _, e := range r.Exchanges() {
		out = append(out, shown{e.Method, e.URL, e.Status, e.Duration.Milliseconds(), clip(e.RequestBody, 2048), clip(e.ResponseBody, 2048), e.Err})
	}
	if len(out) == 0 {
		return nil
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil // only for looking at
	}
	return raw
}

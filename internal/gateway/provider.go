package gateway

import (
	"context"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/channel"
	"switchboard/internal/domain/inbox"
	"switchboard/internal/message"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// checkTime bounds a whole credential check.
const checkTime = 30 * time.Second

// open opens a channel as its settings are now. Who asks has been checked by
// the caller.
func (g *Gateway) open(ctx context.Context, ch id.ID) (*live, error) {
	g.forget(ch)
	l, err := g.live(ctx, ch)
	if err == nil && l == nil {
		err = fault.Absent("channel")
	}
	if err == nil && l.conn == nil {
		err = fault.New(fault.Conflict, "source_missing", "The channel has no source yet.").WithHint("Save its credentials first.")
	}
	return l, err
}

// Validate asks the provider whether the credentials work, and records it.
func (g *Gateway) Validate(ctx context.Context, ch id.ID) (channel.Checked, error) {
	l, err := g.open(ctx, ch)
	if err != nil {
		return channel.Checked{}, err
	}
	call, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	report, err := l.conn.Check(call)
	if err != nil {
		return channel.Checked{}, providerFault(err)
	}
	c, err := g.Channels.Checked(ctx, l.ch, report)
	if err != nil {
		return channel.Checked{}, err
	}
	if report.Checks == nil {
		report.Checks = []adapter.CheckResult{}
	}
	return channel.Checked{OK: report.OK() && c.Validation() == channel.Good, Validation: c.Validation(), Connection: c.Connection(), Checks: report.Checks}, nil
}

// Challenge is Validate for a source, which a channel may or may not use.
func (g *Gateway) Challenge(ctx context.Context, source id.ID) (channel.Checked, error) {
	src, err := g.Channels.FindSource(ctx, source)
	if err != nil {
		return channel.Checked{}, err
	}
	if src == nil {
		return channel.Checked{}, fault.Absent("source")
	}
	t := g.Channels.Type(src.Type)
	if t.Open == nil {
		return channel.Checked{}, fault.New(fault.Conflict, "not_supported", "%s is no channel type of this version.", src.Type)
	}
	conn, err := t.Open(account(src), g.kit(t))
	if err != nil {
		return channel.Checked{}, err
	}
	call, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	report, err := conn.Check(call)
	if err != nil {
		return channel.Checked{}, providerFault(err)
	}
	if src, err = g.Channels.SourceChecked(ctx, src, report); err != nil {
		return channel.Checked{}, err
	}
	return channel.Checked{OK: report.OK() && src.Validation == channel.Good, Validation: src.Validation, Connection: src.Connection, Checks: report.Checks}, nil
}

// Prove checks in the background a source that is not connected before its first
// check has passed.
func (g *Gateway) Prove(source id.ID) {
	if g.ctx.Err() != nil || source.IsZero() {
		return
	}
	g.wg.Go(func() {
		src, err := g.Channels.FindSource(g.ctx, source)
		if err == nil && src != nil && src.Validation == channel.Pending && len(g.Channels.Type(src.Type).Issued) > 0 {
			_, err = g.Challenge(g.ctx, source)
		}
		if err != nil && g.ctx.Err() == nil {
			g.Log.Info("a source could not be tested", "source", source, "error", err)
		}
	})
}

// Subscribe has the provider send its webhooks to us, or stop to.
func (g *Gateway) Subscribe(ctx context.Context, ch id.ID, on bool) (*channel.Channel, error) {
	l, err := g.open(ctx, ch)
	if err != nil {
		return nil, err
	}
	r, ok := l.conn.(adapter.Registrar)
	if !ok {
		return nil, fault.New(fault.Conflict, "not_supported", "%s has no subscription to set by program.", l.typ.Name).WithHint("Register the callback URL at the provider by hand.")
	}
	call, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	state := channel.Unsubscribed
	if on {
		state = channel.Subscribed
		err = r.Subscribe(call, g.Channels.CallbackURL(l.ch), l.ch.Source.Settings["verify_token"])
	} else {
		err = r.Unsubscribe(call)
	}
	if err != nil {
		return nil, providerFault(err)
	}
	return g.Channels.SetSubscription(ctx, l.ch, state)
}

// TestMessage sends one text to a number, outside of any conversation.
func (g *Gateway) TestMessage(ctx context.Context, ch id.ID, to, text string) (string, error) {
	l, err := g.open(ctx, ch)
	if err != nil {
		return "", err
	}
	content := message.Content{Kind: message.Text, Text: message.Clean(text)}
	if r := message.Fit(content, l.typ.Caps, l.typ.Limits); r != nil {
		return "", fault.InvalidField(r.Pointer, r.Code, "%s", r.Detail)
	}
	address, err := recipient(l.typ, to)
	if err != nil {
		return "", err
	}
	call, cancel := context.WithTimeout(ctx, g.SendTimeout)
	defer cancel()
	r, err := l.conn.Send(call, adapter.Outbound{To: message.Party{Addresses: []message.Address{address}}, Content: content})
	if err != nil {
		return "", providerFault(err)
	}
	return r.ProviderID, nil
}

// recipient reads whom a person typed.
func recipient(t *adapter.Type, to string) (message.Address, error) {
	if t.Recipient != nil {
		address, ok := t.Recipient.Parse(to)
		if !ok {
			return address, fault.InvalidField("/to", "bad_format", "Not an address of %s.", t.Name).WithHint("%s", t.Recipient.Help)
		}
		return address, nil
	}
	digits := ""
	for _, r := range to {
		if r >= '0' && r <= '9' {
			digits += string(r)
		}
	}
	if len(digits) < 6 || len(digits) > 15 {
		return message.Address{}, fault.InvalidField("/to", "bad_format", "Not a phone number.").WithHint("Write it with the country code, such as +12025550177.")
	}
	return message.Address{Kind: message.Phone, Value: digits}, nil
}

// providerFault tells an administrator what the provider said.
func providerFault(err error) error {
	e := adapter.AsSendError(err)
	f := fault.New(fault.Conflict, "provider_"+string(e.Reason), "The provider did not accept this.").WithDetails("%s", clip(e.Error(), 500))
	if e.Title != "" {
		f.Message = e.Title
	}
	f.Hint = e.Hint
	if e.Reason == adapter.Unreachable || e.Reason == adapter.Throttled || e.Reason == adapter.Uncertain {
		f.Kind, f.RetryAfter = fault.Unavailable, max(e.RetryAfter, time.Second)
	}
	return f
}

// MarkRead tells the provider that a conversation was read, when the platform
// shows that. It is a courtesy: a failure is logged, never repeated for long.
func (g *Gateway) MarkRead(r inbox.Receipt) {
	if r.Provider == "" {
		return
	}
	g.courtesy(r.Channel, "read receipt", func(ctx context.Context, l *live) error {
		if c, ok := l.conn.(adapter.Reader); ok {
			return c.MarkRead(ctx, r.Provider)
		}
		return nil
	})
}

// Typing shows the contact that somebody is writing.
func (g *Gateway) Typing(t inbox.Target) {
	g.courtesy(t.Channel, "typing indicator", func(ctx context.Context, l *live) error {
		if c, ok := l.conn.(adapter.Typer); ok && t.Provider != "" {
			return c.Typing(ctx, t.To, t.Provider)
		}
		return nil
	})
}

func (g *Gateway) courtesy(ch id.ID, what string, do func(context.Context, *live) error) {
	if g.ctx.Err() != nil {
		return
	}
	g.wg.Go(func() {
		ctx, cancel := context.WithTimeout(g.ctx, 10*time.Second)
		defer cancel()
		l, err := g.live(ctx, ch)
		if err == nil && l != nil && l.conn != nil && l.ch.IsActive && l.ch.Connection() == channel.Connected {
			err = do(ctx, l)
		}
		if err != nil && g.ctx.Err() == nil {
			g.Log.Info("a courtesy to the contact failed", "what", what, "channel", ch, "error", err)
		}
	})
}

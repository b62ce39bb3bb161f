package channel

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"switchboard/internal/adapter"
	"switchboard/internal/domain/account"
	"switchboard/internal/platform/audit"
	"switchboard/internal/platform/clock"
	"switchboard/internal/platform/db"
	"switchboard/internal/platform/event"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
	"switchboard/internal/platform/secret"
	"switchboard/internal/platform/text"
)

// Service manages channels and sources.
type Service struct {
	db        *db.DB
	keys      *secret.Keyring
	types     []*adapter.Type
	byID      map[string]*adapter.Type
	clock     clock.Clock
	bus       *event.Bus
	log       *slog.Logger
	publicURL string
}

// New makes the service. publicURL is where providers reach us, without a
// trailing slash.
func New(d *db.DB, keys *secret.Keyring, types []*adapter.Type, clk clock.Clock, bus *event.Bus, log *slog.Logger, publicURL string) *Service {
	s := &Service{db: d, keys: keys, types: types, byID: map[string]*adapter.Type{}, clock: clk, bus: bus, log: log, publicURL: publicURL}
	for _, t := range types {
		s.byID[t.ID] = t
	}
	return s
}

// Types lists the channel types there are.
func (s *Service) Types() []*adapter.Type { return s.types }

// Type is the descriptor of a type; an empty one for a type that is gone, so
// that its old channels can still be read.
func (s *Service) Type(name string) *adapter.Type {
	if t := s.byID[name]; t != nil {
		return t
	}
	return &adapter.Type{ID: name, Name: name, Account: func(adapter.Settings) string { return "" }, App: func(adapter.Settings) string { return "" }}
}

// Draft is what a caller may set on a channel. Nil members stay as they are.
type Draft struct {
	OrganizationID    *id.ID        `json:"organization_id,omitempty" doc:"The caller's own organization; may be left out"`
	Name              *string       `json:"name,omitempty" doc:"1 to 40 characters, unique in the organization"`
	Type              *string       `json:"type,omitempty" doc:"Channel type, see channel_types; fixed after creation"`
	Settings          SettingsPatch `json:"settings,omitempty" doc:"Fields of the type's descriptor; one that is left out, or a masked secret, stays; null removes it"`
	IsActive          *bool         `json:"is_active,omitempty"`
	SourceID          *id.ID        `json:"source_id,omitempty" doc:"A free source of the same type to stand on"`
	StickyRouting     *bool         `json:"sticky_routing,omitempty"`
	DisplayNameFormat *string       `json:"display_name_format,omitempty" enum:"none,first,first_last,display"`
}

// SettingsPatch are values to set; an empty one, null in JSON, removes the setting.
type SettingsPatch map[string]string

// UnmarshalJSON reads null as an empty value.
func (s *SettingsPatch) UnmarshalJSON(b []byte) error {
	var given map[string]*string
	if err := json.Unmarshal(b, &given); err != nil {
		return err
	}
	*s = SettingsPatch{}
	for k, v := range given {
		(*s)[k] = ""
		if v != nil {
			(*s)[k] = *v
		}
	}
	return nil
}

// TypeNamed finds a type by name or alias, in any case; nil when there is none.
func (s *Service) TypeNamed(name string) *adapter.Type {
	name = strings.ToUpper(strings.TrimSpace(name))
	if a := adapter.Aliases[name]; a != "" {
		name = a
	}
	return s.byID[name]
}

// CreateMany makes channels, and their sources when credentials came along, all
// or none. It never asks the provider; at says which of them an error is about.
func (s *Service) CreateMany(ctx context.Context, a account.Actor, ds []Draft, at func(i int, err error) error) ([]*Channel, error) {
	if err := a.Require(account.ChannelsEdit); err != nil {
		return nil, err
	}
	var out []*Channel
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		out = out[:0]
		var acts []audit.Act
		for i, d := range ds {
			c, err := s.createIn(tx, a, d)
			if err != nil {
				return at(i, err)
			}
			out, acts = append(out, c), append(acts, s.act("create", c.ID, nil, s.record(c)))
		}
		return audit.Record(tx, s.clock.Now(), a.Audit(), acts...)
	})
	if err != nil {
		return nil, err
	}
	for _, c := range out {
		s.changed(c)
	}
	return out, nil
}

func (s *Service) createIn(tx *db.Tx, a account.Actor, d Draft) (*Channel, error) {
	if d.OrganizationID != nil && *d.OrganizationID != a.Organization {
		return nil, fault.InvalidField("/organization_id", "not_found", "There is no such organization.")
	}
	if d.Type == nil {
		return nil, fault.InvalidField("/type", "required", "A channel needs a type.").WithHint("One of: %s.", s.typeNames())
	}
	t := s.TypeNamed(*d.Type)
	if t == nil {
		return nil, fault.InvalidField("/type", "not_one_of", "There is no channel type of that name.").WithHint("One of: %s.", s.typeNames())
	}
	if d.Name == nil {
		return nil, fault.InvalidField("/name", "required", "A channel needs a name.").WithHint("Say what it is for, in at most 40 characters.")
	}
	now := s.clock.Now()
	c := &Channel{OrganizationID: a.Organization, ID: id.New(), Type: t.ID, DisplayNameFormat: "none", CreatedAt: now, UpdatedAt: now}
	if err := s.setName(tx, c, *d.Name); err != nil {
		return nil, err
	}
	if err := s.setPlain(c, d); err != nil {
		return nil, err
	}
	if err := s.setSource(tx, c, t, d); err != nil {
		return nil, err
	}
	if d.IsActive != nil && *d.IsActive {
		if c.Source == nil {
			return nil, sourceMissing()
		}
		c.IsActive = true
	}
	if _, err := tx.Exec(insertChannel, c.OrganizationID, c.ID, c.Name, text.Fold(c.Name), c.Type, c.SourceID, c.IsActive,
		c.StickyRouting, c.DisplayNameFormat, now); err != nil {
		return nil, taken(err)
	}
	tx.Emit(db.Event{Kind: "channel.updated", Ref: c.ID, Channel: c.ID})
	return c, nil
}

func sourceMissing() error {
	return fault.New(fault.Conflict, "source_missing", "The channel has no source yet, so it cannot be active.").
		WithHint("Send the credentials in settings, or link a free source by source_id, then activate it.")
}

func (s *Service) typeNames() string {
	var n []string
	for _, t := range s.types {
		n = append(n, t.ID)
	}
	return strings.Join(n, ", ")
}

// Update changes a channel and the source it stands on.
func (s *Service) Update(ctx context.Context, a account.Actor, ch id.ID, d Draft, check func(*Channel) error) (*Channel, error) {
	if err := a.Require(account.ChannelsEdit); err != nil {
		return nil, err
	}
	var out *Channel
	err := s.db.Tenant(a.Organization).Write(ctx, func(tx *db.Tx) error {
		c, err := s.hold(tx, a.Organization, ch)
		if errors.Is(err, errAbsent) {
			return fault.Absent("channel")
		} else if err != nil {
			return err
		}
		if check != nil {
			if err := check(c); err != nil {
				return err
			}
		}
		act, err := s.changeIn(tx, a, c, d)
		if err != nil {
			return err
		}
		out = c
		return audit.Record(tx, s.clock.Now(), a.Audit(), act)
	})
	if err == nil {
		s.changed(out)
	}
	return out, err
}

func (s *Service) changed(c *Channel) {
	s.bus.Publish(event.Hint{Topic: event.Channel, Key: c.ID})
	s.bus.Publish(event.Hint{Topic: event.Ingest, Key: c.ID})
	s.bus.Publish(event.Hint{Topic: event.Deliver, Key: c.ID})
}

func (s *Service) patchIn(tx *db.Tx, a account.Actor, c *Channel, d Draft) error {
	if d.OrganizationID != nil && *d.OrganizationID != a.Organization {
		return fault.InvalidField("/organization_id", "not_found", "There is no such organization.")
	}
	if d.Type != nil {
		if t := s.TypeNamed(*d.Type); t == nil || t.ID != c.Type {
			return fault.InvalidField("/type", "fixed", "The type of a channel cannot be changed.").WithHint("Create another channel.")
		}
	}
	if d.Name != nil {
		if err := s.setName(tx, c, *d.Name); err != nil {
			return err
		}
	}
	if err := s.setPlain(c, d); err != nil {
		return err
	}
	if err := s.setSource(tx, c, s.Type(c.Type), d); err != nil {
		return err
	}
	if d.IsActive != nil {
		if *d.IsActive && c.Source == nil {
			return sourceMissing()
		}
		c.IsActive = *d.IsActive
	}
	c.UpdatedAt = s.clock.Now()
	_, err := tx.Exec(updateChannel, c.OrganizationID, c.ID, c.Name, text.Fold(c.Name), c.SourceID, c.IsActive, c.StickyRouting,
		c.DisplayNameFormat, c.UpdatedAt)
	tx.Emit(db.Event{Kind: "channel.updated", Ref: c.ID, Channel: c.ID})
	return taken(err)
}

// taken says what somebody else took between our look and our write.
func taken(err error) error {
	switch {
	case db.Violates(err, "channel_name"):
		return nameTakenFault()
	case db.Violates(err, "channel_source"):
		return sourceTakenFault()
	}
	return err
}

func nameTakenFault() error {
	return &fault.Error{Kind: fault.Conflict, Code: "name_taken", Message: "Another channel has this name.",
		Details: "/name: another channel has this name", Hint: "Choose a name that says what this channel is for.",
		Fields: []fault.Field{{Pointer: "/name", Code: "name_taken", Detail: "Another channel has this name."}}}
}

func sourceTakenFault() error {
	return fault.New(fault.Conflict, "source_taken", "Another channel uses this source.").WithHint("Disconnect it there first, or choose a free source.")
}

func (s *Service) setName(tx *db.Tx, c *Channel, name string) error {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n < 1 || n > 40 {
		return fault.InvalidField("/name", "too_long", "A channel name has 1 to 40 characters, this has %d.", n)
	}
	var other id.ID
	err := tx.Row(nameTaken, []any{c.OrganizationID, text.Fold(name), c.ID}, &other)
	if err == nil {
		return nameTakenFault()
	}
	if !errors.Is(err, db.ErrNoRows) {
		return err
	}
	c.Name = name
	return nil
}

func (s *Service) setPlain(c *Channel, d Draft) error {
	if d.StickyRouting != nil {
		c.StickyRouting = *d.StickyRouting
	}
	if d.DisplayNameFormat != nil {
		if !slices.Contains([]string{"none", "first", "first_last", "display"}, *d.DisplayNameFormat) {
			return fault.InvalidField("/display_name_format", "not_one_of", "Not a display name format.").WithHint("One of: none, first, first_last, display.")
		}
		c.DisplayNameFormat = *d.DisplayNameFormat
	}
	return nil
}

// setSource applies source_id and settings: links a free source, makes one, or
// changes the one there is.
func (s *Service) setSource(tx *db.Tx, c *Channel, t *adapter.Type, d Draft) error {
	if d.SourceID != nil && *d.SourceID != c.SourceID {
		if err := s.link(tx, c, *d.SourceID); err != nil {
			return err
		}
	}
	if len(d.Settings) == 0 {
		return nil
	}
	fresh := c.Source == nil
	src := c.Source
	if fresh {
		src = &Source{OrganizationID: c.OrganizationID, ID: id.New(), Type: t.ID, Name: c.Name, Settings: adapter.Settings{}, ChannelID: c.ID}
	}
	changed, err := s.setSettings(t, src, d.Settings, fresh)
	if err != nil || !changed {
		return err
	}
	if err := s.free(tx, src); err != nil {
		return err
	}
	if err := s.saveSource(tx, src, fresh, s.clock.Now()); err != nil {
		return err
	}
	c.Source, c.SourceID = src, src.ID
	return nil
}

// setSettings merges settings into a source and derives what follows.
func (s *Service) setSettings(t *adapter.Type, src *Source, set SettingsPatch, fresh bool) (changed bool, err error) {
	before := maps(src.Settings)
	if err := applySettings(t, src.Settings, set); err != nil {
		return false, err
	}
	for _, f := range t.Fields {
		switch {
		case fresh && f.Generated && src.Settings[f.Key] == "":
			src.Settings[f.Key] = newToken()
		case f.Names && src.Settings[f.Key] == "":
			src.Settings[f.Key] = src.Name
		case f.Names:
			src.Name = src.Settings[f.Key]
		}
	}
	if !fresh && same(before, src.Settings) {
		return false, nil
	}
	if !fresh && sameButName(t, before, src.Settings) {
		return true, nil
	}
	// New credentials are unproven; what was wrong with the old ones is over.
	src.Validation, src.Subscription, src.Attention = Pending, None, nil
	if t.Caps.Subscribes { // nobody has subscribed with these
		src.Subscription = Unsubscribed
	}
	s.settle(t, src)
	return true, nil
}

// sameButName tells whether nothing changed that the provider could care about.
func sameButName(t *adapter.Type, a, b adapter.Settings) bool {
	a, b = maps(a), maps(b)
	for _, f := range t.Fields {
		if f.Names {
			delete(a, f.Key)
			delete(b, f.Key)
		}
	}
	return same(a, b)
}

// settle derives what follows from the settings alone.
func (s *Service) settle(t *adapter.Type, src *Source) {
	src.Account, src.App = src.ID.String(), ""
	if t.Account != nil {
		src.Account = t.Account(src.Settings)
	}
	if app := t.App(src.Settings); app != "" {
		sum := sha256.Sum256([]byte(app))
		src.App = hex.EncodeToString(sum[:16])
	}
	src.Connection = Connected
	for _, f := range t.Fields {
		if src.Settings[f.Key] != "" {
			continue
		}
		if f.Required {
			src.Connection = Disconnected
		}
		if f.Required || f.Wanted {
			src.attend("missing_setting", f.Label+" is missing. "+f.Help, s.clock)
		}
	}
	if len(t.Issued) > 0 && src.Connection == Connected {
		src.Connection = Disconnected
		src.attend(unproven, "The connection has not been tested yet.", s.clock)
	}
}

// unproven marks a source whose settings await their first successful check,
// where nothing goes out before.
const unproven = "not_tested"

// free refuses an account that another channel of the organization stands on.
func (s *Service) free(tx *db.Tx, src *Source) error {
	if src.Account == "" {
		return nil
	}
	var name string
	err := tx.Row(usedBy, []any{src.OrganizationID, src.Type, src.Account, src.ID}, &name)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	} else if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "account_in_use", "The channel %q is connected to this account already.", name).
		WithDetails("/settings: the account %s belongs to the channel %q", src.Account, name).
		WithHint("Use that channel, or delete it or its source first.")
}

// attend notes something to look at; the same code twice stays one note.
func (src *Source) attend(code, words string, clk clock.Clock) {
	for i := range src.Attention {
		if src.Attention[i].Code == code && src.Attention[i].Text == words {
			return
		}
	}
	src.Attention = append(src.Attention, Attention{Code: code, Text: words, Since: clock.Stamp{Time: clk.Now()}})
}

func (src *Source) settled(code string) {
	src.Attention = slices.DeleteFunc(src.Attention, func(a Attention) bool { return a.Code == code })
}

func (s *Service) link(tx *db.Tx, c *Channel, want id.ID) error {
	if want.IsZero() {
		c.SourceID, c.Source = id.Zero, nil
		return nil
	}
	var src *Source
	err := tx.Query(selectSource, []any{c.OrganizationID, want}, func(scan func(...any) error) (err error) {
		src, err = s.scanSource(scan)
		return err
	})
	switch {
	case err != nil:
		return err
	case src == nil || src.Type != c.Type:
		return fault.InvalidField("/source_id", "not_found", "There is no such source of this type.")
	case !src.ChannelID.IsZero():
		return sourceTakenFault()
	}
	c.SourceID, c.Source = src.ID, src
	return nil
}

// applySettings checks and merges settings; every wrong one is named.
func applySettings(t *adapter.Type, into adapter.Settings, set SettingsPatch) error {
	bad := &fault.Error{Kind: fault.Invalid, Code: "invalid_settings", Message: "Some settings are wrong."}
	var known []string
	for _, f := range t.Fields {
		known = append(known, f.Key)
	}
	for k, v := range set {
		f := t.Field(k)
		p := "/settings/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(k)
		v = strings.TrimSpace(v)
		switch {
		case f == nil:
			bad.Code = "unknown_field"
			_ = bad.WithField(p, "unknown_field", "There is no such setting. Allowed: %s.", strings.Join(known, ", "))
		case (f.Secret || f.Generated) && v == Masked:
		case strings.ContainsFunc(v, unicode.IsControl):
			_ = bad.WithField(p, "bad_format", "%s holds a line break or another control character.", f.Label)
		case utf8.RuneCountInString(v) > fieldMax(f):
			_ = bad.WithField(p, "too_long", "%s has at most %d characters.", f.Label, fieldMax(f))
		case v != "" && f.Pattern != "" && !regexp.MustCompile(f.Pattern).MatchString(v):
			_ = bad.WithField(p, "bad_format", "%s does not have the right form. %s", f.Label, f.Help)
		case v != "" && len(f.Choices) > 0 && !slices.Contains(f.Choices, v):
			_ = bad.WithField(p, "not_one_of", "%s is one of: %s.", f.Label, strings.Join(f.Choices, ", "))
		case v != "" && f.Clean != nil:
			clean, err := f.Clean(v)
			if err != nil {
				_ = bad.WithField(p, "bad_format", "%s: %s.", f.Label, err)
				continue
			}
			into[k] = clean
		case v == "" && f.Generated: // ours to make; emptying it makes no sense
		case v == "":
			delete(into, k)
		default:
			into[k] = v
		}
	}
	if len(bad.Fields) == 0 {
		return nil
	}
	slices.SortFunc(bad.Fields, func(a, b fault.Field) int { return strings.Compare(a.Pointer, b.Pointer) })
	for _, f := range bad.Fields {
		bad.Details += f.Pointer + ": " + f.Detail + " "
	}
	bad.Hint = "Allowed settings of " + t.ID + ": " + strings.Join(known, ", ") + "."
	return bad
}

func fieldMax(f *adapter.Field) int {
	if f.MaxLength > 0 {
		return f.MaxLength
	}
	return DefaultFieldLength
}

func maps(m adapter.Settings) adapter.Settings {
	out := adapter.Settings{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

func same(a, b adapter.Settings) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

func newToken() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

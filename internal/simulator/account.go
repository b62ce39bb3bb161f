package simulator

import (
	"fmt"
	"net/url"
	"sort"
	"strings"
	"time"
)

// Types of account there are.
const (
	TypeWhatsAppCloud = "WHATSAPP_CLOUD"
	TypeTelegram      = "TELEGRAM"
)

// Account is one business account with its credentials: a number, a bot. Everything that is
// empty at registration is invented and returned.
type Account struct {
	Type string `json:"type"`
	// ID names the account in the control API: the phone number id, the bot's id.
	ID            string `json:"id"`
	PhoneNumberID string `json:"phone_number_id,omitempty"`
	WABAID        string `json:"waba_id"`
	AppID         string `json:"app_id"`
	AppSecret     string `json:"app_secret"`
	AccessToken   string `json:"access_token"`
	// VerifyToken is sent when WebhookURL is verified.
	VerifyToken string `json:"verify_token"`
	// WebhookURL is the callback configured for the app. It is verified by
	// GET when the WABA is first subscribed, not at registration.
	WebhookURL string `json:"webhook_url"`
	// Name is the verified name; DisplayPhoneNumber its number.
	Name               string `json:"name"`
	DisplayPhoneNumber string `json:"display_phone_number"`
	// RequireProof refuses calls without appsecret_proof.
	RequireProof bool `json:"require_appsecret_proof,omitempty"`
	// Subscribed at registration skips the handshake and the subscribed_apps
	// call; when listed it says whether the WABA is subscribed.
	Subscribed bool `json:"subscribed"`
	// BotToken and Username are of a Telegram bot; its webhook is set by
	// setWebhook, or here with WebhookURL, VerifyToken and Subscribed.
	BotToken string `json:"bot_token,omitempty"`
	Username string `json:"username,omitempty"`
	// Callback is where webhooks go now (number, then WABA, then app); only
	// in answers.
	Callback string `json:"callback,omitempty"`
}

// Visitor is one outside person as one business number sees them.
type Visitor struct {
	// ID names the visitor in the control API: the wa_id, or the chat's id.
	ID string `json:"id"`
	// Kind is "" for a person, "group" or "channel"; Members are who writes
	// there.
	Kind    string   `json:"kind,omitempty"`
	Members []Member `json:"members,omitempty"`
	Name    string   `json:"name"`
	WaID    string   `json:"wa_id"`
	UserID  string   `json:"user_id"` // BSUID
	// Username, without "@"; with HideNumber the webhooks carry no phone
	// number at all (Meta documentation: §2.15).
	Username   string `json:"username,omitempty"`
	HideNumber bool   `json:"hide_number,omitempty"`
	// Unreachable visitors are not on WhatsApp: sends fail with 131026.
	Unreachable bool `json:"unreachable,omitempty"`
	// OptedOut visitors refuse marketing templates (131050).
	OptedOut bool `json:"opted_out,omitempty"`
	// LastInbound opens the 24 h window; zero means never.
	LastInbound time.Time `json:"last_inbound,omitzero"`
	// WindowOpen is computed when listed.
	WindowOpen bool `json:"window_open"`
}

// Member is a person in a group.
type Member struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type visitor struct {
	Visitor
	chat    []*ChatMessage
	open    int // phones that show this conversation now
	pair    bucket
	unread  []*outMessage // delivered, not read
	seenTyp int           // counts typing indicators, so that an old timer ends no new one
}

type account struct {
	Account
	provider provider
	waba     *waba // these three of accounts of the Graph API only
	app      *app
	override callback // POST /{phone-number-id} webhook_configuration
	knobs    Knobs
	failNext []*Fault
	visitors map[string]*visitor
	byUser   map[string]*visitor
	order    []string
	out      map[string]*outMessage
	in       map[string]*visitor // inbound message id → its author
	lanes    [lanesPerAcct]lane
	reorder  []*delivery
	held     []heldStatus
	rate     bucket
}

type callback struct {
	url, token string
	verified   bool
}

type waba struct {
	id         string
	subscribed bool
	override   callback
	templates  []*Template
}

type app struct {
	id, secret string
	callback   callback
}

func (a *account) forget() {
	a.knobs, a.failNext, a.reorder, a.held = Knobs{}, nil, nil, nil
	a.out, a.in = map[string]*outMessage{}, map[string]*visitor{}
	a.lanes = [lanesPerAcct]lane{}
	if a.provider != nil {
		a.provider.forget()
	}
	for _, v := range a.visitors {
		v.chat, v.unread, v.pair, v.LastInbound = nil, nil, bucket{}, time.Time{}
	}
}

// callback returns where webhooks of this number go (Meta documentation: §1.6,
// number before WABA before app).
func (a *account) callback() *callback {
	for _, c := range []*callback{&a.override, &a.waba.override} {
		if c.url != "" {
			return c
		}
	}
	return &a.app.callback
}

func (a *account) public() Account { return a.provider.public() }

// Register adds an account, or changes the one with the same phone number id
// (its conversations and knobs stay). Accounts with equal waba_id or app_id
// share that WABA or app. Errors: ErrInvalid, ErrFull.
func (s *Simulator) Register(in Account) (Account, error) {
	if in.Type == "" {
		in.Type = TypeWhatsAppCloud
	}
	switch in.Type {
	case TypeWhatsAppCloud:
		return s.registerGraph(in)
	case TypeTelegram:
		return s.registerTelegram(in)
	}
	return Account{}, fmt.Errorf("%w: type %q is not simulated; known: %s, %s", ErrInvalid, in.Type, TypeWhatsAppCloud, TypeTelegram)
}

func (s *Simulator) registerGraph(in Account) (Account, error) {
	keep(&in.PhoneNumberID, in.ID)
	for name, v := range map[string]string{"phone_number_id": in.PhoneNumberID, "waba_id": in.WABAID, "app_id": in.AppID} {
		if strings.Trim(v, "0123456789") != "" || len(v) > 32 {
			return Account{}, fmt.Errorf("%w: %s must be a decimal string", ErrInvalid, name)
		}
	}
	if in.WebhookURL != "" {
		if err := checkURL(in.WebhookURL); err != nil {
			return Account{}, fmt.Errorf("%w: webhook_url: %s", ErrInvalid, err)
		}
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Account{}, ErrClosed
	}
	if in.PhoneNumberID == "" {
		in.PhoneNumberID = s.digits("52", 15)
	}
	in.ID = in.PhoneNumberID
	a := s.accounts[in.ID]
	if a != nil && a.waba == nil {
		return Account{}, fmt.Errorf("%w: %s is an account of another type", ErrInvalid, in.ID)
	}
	if a == nil {
		if len(s.accounts) >= maxAccounts {
			return Account{}, fmt.Errorf("%w: %d accounts", ErrFull, maxAccounts)
		}
		a = &account{visitors: map[string]*visitor{}, byUser: map[string]*visitor{}}
		a.provider = graphSide{s, a}
		a.forget()
	} else {
		old := a.public()
		keep(&in.WABAID, old.WABAID)
		keep(&in.AppID, old.AppID)
		keep(&in.AppSecret, old.AppSecret)
		keep(&in.AccessToken, old.AccessToken)
		keep(&in.VerifyToken, old.VerifyToken)
		keep(&in.WebhookURL, old.WebhookURL)
		keep(&in.Name, old.Name)
		keep(&in.DisplayPhoneNumber, old.DisplayPhoneNumber)
	}
	if in.WABAID == "" {
		in.WABAID = s.digits("41", 15)
	}
	if in.AppID == "" {
		in.AppID = s.digits("73", 15)
	}
	if in.AccessToken == "" {
		in.AccessToken = "EAASim" + s.hex(24)
	}
	if in.Name == "" {
		in.Name = "Lumen & Loom"
	}
	if in.DisplayPhoneNumber == "" {
		in.DisplayPhoneNumber = "+1 202-555-" + s.digits("01", 4)
	}

	w := s.wabas[in.WABAID]
	if w == nil {
		w = &waba{id: in.WABAID, templates: sampleTemplates(s)}
		s.wabas[in.WABAID] = w
	}
	p := s.apps[in.AppID]
	if p == nil {
		p = &app{id: in.AppID, secret: in.AppSecret}
		keep(&p.secret, s.hex(16))
		s.apps[in.AppID] = p
	}
	if in.AppSecret != "" {
		p.secret = in.AppSecret
	}
	if p.callback.url != in.WebhookURL || (in.VerifyToken != "" && p.callback.token != in.VerifyToken) {
		if in.WebhookURL != "" {
			p.callback = callback{url: in.WebhookURL, token: in.VerifyToken}
		} else if in.VerifyToken != "" {
			p.callback.token = in.VerifyToken
		}
	}
	if p.callback.token == "" {
		p.callback.token = s.hex(12)
	}
	if in.Subscribed {
		w.subscribed = true
		p.callback.verified = p.callback.url != ""
	}
	if s.accounts[in.ID] == nil {
		s.order = append(s.order, in.ID)
	}
	a.Account, a.waba, a.app = in, w, p
	s.accounts[in.ID] = a
	out := a.public()
	s.hub.publish("accounts", "", "", struct{}{})
	return out, nil
}

func keep(p *string, old string) {
	if *p == "" {
		*p = old
	}
}

func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return fmt.Errorf("not a URL")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return fmt.Errorf("must be an absolute http or https URL")
	case len(raw) > 2000:
		return fmt.Errorf("longer than 2000 characters")
	}
	return nil
}

// Accounts lists accounts in the order of registration.
func (s *Simulator) Accounts() []Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Account, 0, len(s.order))
	for _, id := range s.order {
		out = append(out, s.accounts[id].public())
	}
	return out
}

// Account returns one account by phone number id, or ErrNotFound.
func (s *Simulator) Account(id string) (Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(id)
	if err != nil {
		return Account{}, err
	}
	return a.public(), nil
}

func (s *Simulator) account(id string) (*account, error) {
	if a := s.accounts[id]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("%w: account %q", ErrNotFound, id)
}

var strangers = []struct{ name, country, cc string }{
	{"Amira El-Sayed", "20100", "EG"}, {"山田 花子", "81905", "JP"}, {"Nikos Papadakis", "30694", "GR"}, {"سارة الحربي", "96655", "SA"},
	{"Mara Okafor", "23480", "NG"}, {"Lucía Fernández", "34612", "ES"}, {"Tomasz Wójcik", "48601", "PL"}, {"李伟", "86138", "CN"},
	{"Ana Duarte", "35191", "PT"}, {"Priya Raghavan", "91981", "IN"}, {"Jonas Brandt", "49151", "DE"}, {"Zeynep Kaya 🌷", "90532", "TR"},
	{"Chloé Girard", "33612", "FR"}, {"Олена Шевченко", "38067", "UA"}, {"Kofi Mensah", "23324", "GH"}, {"Noa Levi", "97254", "IL"},
}

// AddVisitor creates a visitor of an account, or changes the one with the same
// wa_id. Empty name and number are invented. Errors: ErrNotFound, ErrInvalid,
// ErrFull.
func (s *Simulator) AddVisitor(accountID string, in Visitor) (Visitor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(accountID)
	if err != nil {
		return Visitor{}, err
	}
	v, err := a.provider.visit(in)
	if err != nil {
		return Visitor{}, err
	}
	s.hub.publish("visitors", a.ID, "", struct{}{})
	return s.showVisitor(a, v), nil
}

// visitGraph makes or changes a person on WhatsApp.
func (s *Simulator) visitGraph(a *account, in Visitor) (*visitor, error) {
	if in.WaID == "" {
		in.WaID = in.ID
	}
	if in.WaID != "" {
		d, ok := onlyDigits(in.WaID)
		if !ok {
			return nil, fmt.Errorf("%w: wa_id must be a phone number of 5 to 20 digits", ErrInvalid)
		}
		in.WaID = d
	}
	if in.UserID != "" && (!bsuid.MatchString(in.UserID) || (a.byUser[in.UserID] != nil && a.byUser[in.UserID].WaID != in.WaID)) {
		return nil, fmt.Errorf("%w: user_id must be a free id such as US.9120000000000001", ErrInvalid)
	}
	v, err := s.visitor(a, in.WaID, in.Name)
	if err != nil {
		return nil, err
	}
	if in.Name != "" {
		v.Name = in.Name
	}
	if in.UserID != "" {
		delete(a.byUser, v.UserID)
		v.UserID = in.UserID
		a.byUser[in.UserID] = v
	}
	v.Username, v.HideNumber, v.Unreachable, v.OptedOut = strings.TrimPrefix(in.Username, "@"), in.HideNumber, in.Unreachable, in.OptedOut
	if !in.LastInbound.IsZero() {
		v.LastInbound = in.LastInbound
	}
	return v, nil
}

// visitor finds or creates; an empty number invents a stranger.
func (s *Simulator) visitor(a *account, waID, name string) (*visitor, error) {
	if v := a.visitors[waID]; v != nil && waID != "" {
		return v, nil
	}
	if len(a.visitors) >= maxVisitors {
		return nil, fmt.Errorf("%w: %d visitors on this account", ErrFull, maxVisitors)
	}
	cc := "US"
	if waID == "" {
		g := strangers[len(a.order)%len(strangers)]
		keep(&name, g.name)
		cc = g.cc
		for waID == "" || a.visitors[waID] != nil {
			waID = s.digits(g.country, 11)
		}
	}
	keep(&name, "+"+waID)
	v := &visitor{Visitor: Visitor{ID: waID, WaID: waID, Name: name, UserID: cc + "." + s.digits("9", 16)}}
	a.visitors[waID] = v
	a.byUser[v.UserID] = v
	a.order = append(a.order, waID)
	return v, nil
}

// findVisitor takes a wa_id or a BSUID.
func (a *account) findVisitor(id string) (*visitor, error) {
	if v := a.visitors[id]; v != nil {
		return v, nil
	}
	if v := a.byUser[id]; v != nil {
		return v, nil
	}
	return nil, fmt.Errorf("%w: visitor %q", ErrNotFound, id)
}

func (s *Simulator) showVisitor(a *account, v *visitor) Visitor {
	o := v.Visitor
	o.WindowOpen = s.windowOpen(a, v)
	return o
}

// Visitors lists at most limit visitors of an account (0 = 200), last written
// first.
func (s *Simulator) Visitors(accountID string, limit int) ([]Visitor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(accountID)
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = 200
	}
	out := make([]Visitor, 0, len(a.order))
	for _, id := range a.order {
		out = append(out, s.showVisitor(a, a.visitors[id]))
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].LastInbound.After(out[j].LastInbound) })
	return out[:min(limit, len(out))], nil
}

// CloseWindow makes the visitor's last message older than 24 h.
func (s *Simulator) CloseWindow(accountID, visitorID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.account(accountID)
	if err != nil {
		return err
	}
	v, err := a.findVisitor(visitorID)
	if err != nil {
		return err
	}
	v.LastInbound = s.now().Add(-windowLength - time.Minute)
	s.hub.publish("visitors", a.ID, "", struct{}{})
	return nil
}

const windowLength = 24 * time.Hour

// windowOpen is the customer service window (Meta documentation: §2.5).
func (s *Simulator) windowOpen(a *account, v *visitor) bool {
	if s.knobs(a).ClosedWindow || v.LastInbound.IsZero() {
		return false
	}
	return s.now().Sub(v.LastInbound) < windowLength
}

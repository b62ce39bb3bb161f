package simulator

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// telegram is one bot of Telegram's Bot API (Telegram documentation: core
// › Bot API; official server source for what the manual leaves out).
type telegram struct {
	s      *Simulator
	a      *account
	url    string // of setWebhook; "" = none
	secret string
	kinds  map[string]bool // allowed_updates; nil = the default set

	update  int64 // id of the latest update
	errAt   time.Time
	errText string
	chats   map[string]*tgChat
	polls   map[string]*tgPoll
	pressed map[string]bool // callback queries: answered or not
	album   int
}

// tgChat is what Telegram knows of a chat beside its conversation.
type tgChat struct {
	id, kind string // private, group, supergroup, channel
	last     int    // number of its latest message
	moved    string // id of the supergroup it became
	out      bool   // the bot was blocked or removed
	flood    bucket
	minute   bucket
}

type tgPoll struct {
	id        string
	chat      string
	number    int
	question  string
	options   []string
	multiple  bool
	anonymous bool
	closed    bool
	votes     map[string][]int // by person
	line      *ChatMessage
}

func (s *Simulator) registerTelegram(in Account) (Account, error) {
	id, _, ok := strings.Cut(in.BotToken, ":")
	if in.BotToken != "" && (!ok || id == "" || strings.Trim(id, "0123456789") != "") {
		return Account{}, fmt.Errorf("%w: bot_token must be a number, a colon and a word", ErrInvalid)
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
	if in.BotToken == "" {
		id = orDefault(in.ID, s.digits("70", 10))
		in.BotToken = id + ":AAF-sim" + s.hex(14)
	}
	in.ID = id
	a := s.accounts[id]
	if a != nil && a.waba != nil {
		return Account{}, fmt.Errorf("%w: %s is an account of another type", ErrInvalid, id)
	}
	if a == nil {
		if len(s.accounts) >= maxAccounts {
			return Account{}, fmt.Errorf("%w: %d accounts", ErrFull, maxAccounts)
		}
		a = &account{visitors: map[string]*visitor{}, byUser: map[string]*visitor{}}
		a.provider = &telegram{s: s, a: a, update: 880_000_000 + int64(s.rnd.IntN(1_000_000))}
		a.forget()
		s.accounts[id] = a
		s.order = append(s.order, id)
	} else {
		keep(&in.Name, a.Name)
		keep(&in.Username, a.Username)
	}
	t := a.provider.(*telegram)
	keep(&in.Name, "Lumen & Loom")
	keep(&in.Username, "lumen_loom_bot")
	a.Account = Account{Type: TypeTelegram, ID: id, BotToken: in.BotToken, Name: in.Name, Username: in.Username}
	if in.WebhookURL != "" && in.Subscribed {
		t.url, t.secret = in.WebhookURL, in.VerifyToken
		t.kinds = map[string]bool{everyKind: true}
	}
	s.hub.publish("accounts", "", "", struct{}{})
	return a.public(), nil
}

func (t *telegram) target() (string, bool) { return t.url, t.url != "" }

func (t *telegram) stamp(h http.Header, _ []byte, forged string) {
	if secret := orDefault(forged, t.secret); secret != "" {
		h.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	}
	h.Set("Accept-Encoding", "gzip, deflate")
}

// everyKind stands in kinds for all of them.
const everyKind = "*"

// wants tells whether updates of a kind were asked for; reactions come only when
// named (Telegram documentation: setWebhook).
func (t *telegram) wants(kind string) bool {
	if t.kinds == nil {
		return kind != "message_reaction"
	}
	return t.kinds[kind] || t.kinds[everyKind]
}

// took: any 2xx means received (Telegram documentation: setWebhook).
func (t *telegram) took(status int) bool { return status >= 200 && status < 300 }

func (t *telegram) failed(problem string) { t.errAt, t.errText = t.s.now(), problem }

func (t *telegram) fault(name string) bool { return tgErrors[name] != "" }

func (t *telegram) public() Account {
	p := t.a.Account
	p.WebhookURL, p.Callback, p.VerifyToken, p.Subscribed = t.url, t.url, t.secret, t.url != ""
	return p
}

func (t *telegram) forget() {
	t.chats, t.polls, t.pressed = map[string]*tgChat{}, map[string]*tgPoll{}, map[string]bool{}
}

// chat is what is known of a visitor's chat.
func (t *telegram) chat(v *visitor) *tgChat {
	c := t.chats[v.ID]
	if c == nil {
		c = &tgChat{id: v.ID, kind: "private"}
		switch {
		case v.Kind == "group" && strings.HasPrefix(v.ID, "-100"):
			c.kind = "supergroup"
		case v.Kind != "":
			c.kind = v.Kind
		}
		t.chats[v.ID] = c
	}
	return c
}

// visit makes a person, a group or a channel, or changes one.
func (t *telegram) visit(in Visitor) (*visitor, error) {
	s, a := t.s, t.a
	switch {
	case in.Kind != "" && in.Kind != "group" && in.Kind != "channel":
		return nil, fmt.Errorf(`%w: kind is "group" or "channel"`, ErrInvalid)
	case in.ID == "":
		switch in.Kind {
		case "group":
			in.ID = "-" + s.digits("5", 7)
		case "channel":
			in.ID = "-100" + s.digits("77", 10)
		default:
			in.ID = s.digits("91", 10)
		}
	default:
		n, err := strconv.ParseInt(in.ID, 10, 64)
		if err != nil || (n < 0) != (in.Kind != "") && a.visitors[in.ID] == nil {
			return nil, fmt.Errorf("%w: id is a number, below zero for groups and channels", ErrInvalid)
		}
	}
	v := a.visitors[in.ID]
	if v == nil {
		if len(a.visitors) >= maxVisitors {
			return nil, fmt.Errorf("%w: %d visitors on this account", ErrFull, maxVisitors)
		}
		if in.Name == "" {
			in.Name = strangers[len(a.order)%len(strangers)].name
			if in.Kind != "" {
				in.Name = "Night shift"
			}
		}
		v = &visitor{Visitor: Visitor{ID: in.ID, Kind: in.Kind, Name: in.Name, Username: in.Username}}
		a.visitors[in.ID] = v
		a.order = append(a.order, in.ID)
	}
	keep(&in.Name, v.Name)
	v.Name, v.Username, v.Unreachable = in.Name, strings.TrimPrefix(in.Username, "@"), in.Unreachable
	for _, m := range in.Members {
		p, err := t.visit(Visitor{ID: m.ID, Name: m.Name})
		if err != nil {
			return nil, err
		}
		t.enter(v, p)
	}
	if v.Kind == "group" && len(v.Members) == 0 {
		for range 3 {
			p, err := t.visit(Visitor{})
			if err != nil {
				return nil, err
			}
			t.enter(v, p)
		}
	}
	return v, nil
}

func (t *telegram) enter(group, person *visitor) {
	for _, m := range group.Members {
		if m.ID == person.ID {
			return
		}
	}
	group.Members = append(group.Members, Member{ID: person.ID, Name: person.Name})
}

// tgErrors are refusals by a short name (Telegram documentation: errors).
var tgErrors = map[string]string{
	"400": "Bad Request: message text is empty", "401": "Unauthorized", "403": "Forbidden: bot was blocked by the user",
	"403_kicked": "Forbidden: bot was kicked from the supergroup chat", "404": "Not Found", "409": "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
}

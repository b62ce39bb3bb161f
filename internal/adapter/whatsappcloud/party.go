package whatsappcloud

import (
	"strings"

	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// maxID bounds every identifier that becomes a key (Meta: wamid up to about
// 100 characters; 512 leaves room). Longer ones would break indexes later.
const maxID = 512

// digits gives the digits of a phone number as people and providers write it,
// "" when the text is something else.
func digits(s string) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			plain = false
			break
		}
	}
	if plain {
		if len(s) > 20 {
			return ""
		}
		return s
	}
	out := make([]byte, 0, 20)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9' && len(out) < 20:
			out = append(out, c)
		case c == '+' && len(out) == 0, c == ' ', c == '-', c == '(', c == ')', c == '.':
		default:
			return ""
		}
	}
	return string(out)
}

// scopedKind tells what a business-scoped user id is: CC.xxx names a person
// for one business portfolio, CC.ENT.xxx over linked ones (Meta: Business-scoped
// user IDs). "" when it is neither.
func scopedKind(s string) message.AddressKind {
	if len(s) < 4 || s[2] != '.' || !upper(s[0]) || !upper(s[1]) {
		return ""
	}
	kind, rest := message.ScopedID, s[3:]
	if r, ok := strings.CutPrefix(rest, "ENT."); ok {
		kind, rest = message.ParentID, r
	}
	if rest == "" {
		return ""
	}
	for i := 0; i < len(rest); i++ {
		if c := rest[i]; !upper(c) && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return ""
		}
	}
	return kind
}

func upper(c byte) bool { return c >= 'A' && c <= 'Z' }

// addresses collects what is known of one person: phone first, then the
// scoped ids. A scoped id is also recognized where a phone number belongs.
type addresses struct {
	list []message.Address
	long bool // an id was too long to be kept
}

func (a *addresses) add(kind message.AddressKind, v string) {
	if v == "" {
		return
	}
	if len(v) > maxID {
		a.long = true
		return
	}
	for _, have := range a.list {
		if have.Kind == kind {
			return
		}
	}
	a.list = append(a.list, message.Address{Kind: kind, Value: message.Clean(v)})
	if n := len(a.list) - 1; kind == message.Phone && n > 0 { // phone first
		a.list[0], a.list[n] = a.list[n], a.list[0]
	}
}

// any adds an id of a form that is not known beforehand.
func (a *addresses) any(v string) {
	if p := digits(v); p != "" {
		a.add(message.Phone, p)
	} else if k := scopedKind(v); k != "" {
		a.add(k, v)
	} else {
		a.add(message.ScopedID, v)
	}
}

// fill adds everything that is given of one person.
func (a *addresses) fill(phone, user, parent kit.ID) *addresses {
	a.any(string(phone))
	if k := scopedKind(string(user)); k == message.ParentID {
		a.add(k, string(user))
	} else {
		a.add(message.ScopedID, string(user))
	}
	a.add(message.ParentID, string(parent))
	return a
}

// directory finds the contact of a message by its ids, never by its place
// (Meta: contacts and messages of one change are separate lists).
type directory struct {
	contacts []wireContact
	byID     map[kit.ID]int // only for long lists, so that the whole stays linear
}

func newDirectory(contacts []wireContact) directory {
	d := directory{contacts: contacts}
	if len(contacts) > 4 {
		d.byID = make(map[kit.ID]int, 2*len(contacts))
		for i := len(contacts) - 1; i >= 0; i-- { // the first of equal ones wins
			for _, id := range [...]kit.ID{contacts[i].ParentUserID, contacts[i].UserID, contacts[i].WaID} {
				if id != "" {
					d.byID[id] = i
				}
			}
		}
	}
	return d
}

func (d directory) find(ids ...kit.ID) *wireContact {
	for _, id := range ids {
		if id == "" {
			continue
		}
		if d.byID != nil {
			if i, ok := d.byID[id]; ok {
				return &d.contacts[i]
			}
			continue
		}
		for i := range d.contacts {
			if c := &d.contacts[i]; c.WaID == id || c.UserID == id || c.ParentUserID == id {
				return c
			}
		}
	}
	// A lone contact without any id can only be the sender.
	if len(d.contacts) == 1 {
		if c := &d.contacts[0]; c.WaID == "" && c.UserID == "" && c.ParentUserID == "" {
			return c
		}
	}
	return nil
}

// sender names who wrote a message.
func (d directory) sender(m *wireMessage) (message.Party, bool) {
	c := d.find(m.From, m.FromUserID, m.FromParentUserID)
	a := addresses{list: make([]message.Address, 0, 3)}
	phone, user, parent := m.From, m.FromUserID, m.FromParentUserID
	if c != nil {
		phone, user, parent = first(phone, c.WaID), first(user, c.UserID), first(parent, c.ParentUserID)
	}
	a.fill(phone, user, parent)
	if c != nil { // a scoped id may stand in from while the contact has the number
		a.any(string(c.WaID))
	}
	p := message.Party{Addresses: a.list}
	if c != nil {
		p.Name = message.Clean(c.Profile.Name)
		p.Username = strings.TrimPrefix(message.Clean(c.Profile.Username), "@")
	}
	return p, len(a.list) > 0 && !a.long
}

func first(a, b kit.ID) kit.ID {
	if a != "" {
		return a
	}
	return b
}

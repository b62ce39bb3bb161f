package simulator

import (
	"encoding/json"
	"sync"
	"time"
)

// WireEntry is one HTTP exchange in the wire log.
type WireEntry struct {
	Seq     int       `json:"seq"`
	At      time.Time `json:"at"`
	Account string    `json:"account,omitempty"`
	// Dir: "to" = webhook to the product, "from" = Graph call by the product.
	Dir    string  `json:"dir"`
	Method string  `json:"method"`
	Path   string  `json:"path"` // without query: it may hold a token
	Status int     `json:"status"`
	Error  string  `json:"error,omitempty"`
	MS     float64 `json:"ms"`
	// Note says in words what it carried, e.g. "status read".
	Note string `json:"note,omitempty"`
	// Request and Response are cut at 16 KiB and 4 KiB; only in WireBody.
	Request  string `json:"request,omitempty"`
	Response string `json:"response,omitempty"`
}

const (
	wireRequestMax  = 16 << 10
	wireResponseMax = 4 << 10
)

type wireLog struct {
	max  int
	next int
	ring []WireEntry
}

func (l *wireLog) add(e WireEntry) WireEntry {
	l.next++
	e.Seq = l.next
	if len(l.ring) < l.max {
		l.ring = append(l.ring, e)
	} else {
		l.ring[(l.next-1)%l.max] = e
	}
	return e
}

func (l *wireLog) get(seq int) (WireEntry, bool) {
	if seq < 1 || seq > l.next || seq <= l.next-len(l.ring) {
		return WireEntry{}, false
	}
	return l.ring[(seq-1)%l.max], true
}

// logWire records and shows an exchange; the caller holds the lock.
func (s *Simulator) logWire(e WireEntry, req, resp []byte) {
	e.Request = cut(req, wireRequestMax)
	e.Response = cut(resp, wireResponseMax)
	e = s.wire.add(e)
	e.Request, e.Response = "", ""
	s.hub.publish("wire", e.Account, "", e)
}

func cut(b []byte, n int) string {
	if len(b) > n {
		return string(b[:n]) + "…"
	}
	return string(b)
}

// Wire returns the newest exchanges, newest first, without bodies.
func (s *Simulator) Wire(accountID string, limit int) []WireEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []WireEntry{}
	for seq := s.wire.next; seq > 0 && len(out) < limit; seq-- {
		e, ok := s.wire.get(seq)
		if !ok {
			break
		}
		if accountID == "" || e.Account == accountID {
			e.Request, e.Response = "", ""
			out = append(out, e)
		}
	}
	return out
}

// WireBody returns one exchange with its bodies, or ErrNotFound once the ring
// has gone over it.
func (s *Simulator) WireBody(seq int) (WireEntry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.wire.get(seq)
	if !ok {
		return WireEntry{}, ErrNotFound
	}
	return e, nil
}

// hub fans live news out to phone pages. It never waits for a reader: one that
// falls behind is cut off, reconnects and reads the state anew.
type hub struct {
	mu   sync.Mutex
	subs map[*subscriber]struct{}
	done bool
}

type subscriber struct {
	account, visitor string
	ch               chan news
}

type news struct {
	kind string
	data []byte
}

func newHub() *hub { return &hub{subs: map[*subscriber]struct{}{}} }

func (h *hub) subscribe(account, visitor string) *subscriber {
	h.mu.Lock()
	defer h.mu.Unlock()
	sub := &subscriber{account: account, visitor: visitor, ch: make(chan news, 512)}
	if h.done {
		close(sub.ch)
		return sub
	}
	h.subs[sub] = struct{}{}
	return sub
}

func (h *hub) unsubscribe(sub *subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.subs[sub]; ok {
		delete(h.subs, sub)
		close(sub.ch)
	}
}

// publish sends to everyone who watches that account and visitor; "" means
// the news is for all.
func (h *hub) publish(kind, account, visitor string, v any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var data []byte
	for sub := range h.subs {
		if account != "" && sub.account != "" && sub.account != account || visitor != "" && sub.visitor != visitor {
			continue
		}
		if data == nil {
			data, _ = json.Marshal(v)
		}
		select {
		case sub.ch <- news{kind, data}:
		default:
			delete(h.subs, sub)
			close(sub.ch)
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.done = true
	for sub := range h.subs {
		delete(h.subs, sub)
		close(sub.ch)
	}
}

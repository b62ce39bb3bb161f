package simulator

import (
	"strconv"
	"time"
)

// outMessage is an accepted send whose statuses are still to come.
type outMessage struct {
	id         string
	acct       *account
	visitor    *visitor
	byUserID   bool // addressed by BSUID: statuses carry no phone number
	clientData string
	category   string // pricing category
	kind       string
	voice      bool
	rank       int
	failed     bool
	send       *Send
}

var statusRank = map[string]int{"sent": 1, "delivered": 2, "read": 3, "played": 4}

type heldStatus struct {
	m    *outMessage
	stat string
	code int
	info string
}

// track starts the life of an accepted message: sent, delivered, read.
func (s *Simulator) track(m *outMessage) {
	m.acct.out[m.id] = m
	s.after(s.opt.StatusDelays.Sent, func() {
		s.advance(m, "sent")
		if m.kind == "reaction" { // Meta documentation: §2.2, only "sent" follows
			return
		}
		s.after(s.opt.StatusDelays.Delivered, func() {
			s.advance(m, "delivered")
			if m.failed || m.rank >= statusRank["read"] {
				return
			}
			v := m.visitor
			v.unread = append(v.unread, m)
			if len(v.unread) > maxChat {
				v.unread = v.unread[1:]
			}
			if v.open > 0 {
				s.after(s.opt.StatusDelays.Read, func() {
					if v.open > 0 {
						s.readAll(m.acct, v)
					}
				})
			}
			if k := s.knobs(m.acct); k.AutoRead {
				s.after(time.Duration(k.AutoReadMS)*time.Millisecond, func() { s.readAll(m.acct, v) })
			}
		})
	})
}

func (s *Simulator) readAll(a *account, v *visitor) {
	list := v.unread
	v.unread = nil
	for _, m := range list {
		if m.acct == a {
			s.advance(m, "read")
		}
	}
}

// advance issues a status if it is a step up; ranks never go back.
func (s *Simulator) advance(m *outMessage, status string) {
	if m.failed || statusRank[status] <= m.rank {
		return
	}
	m.rank = statusRank[status]
	s.showStatus(m, status, "")
	s.sendStatus(m, status, 0, "")
}

// fail ends a message with a failed status (Meta documentation: §2.9).
func (s *Simulator) fail(m *outMessage, code int, details string) {
	m.acct.out[m.id] = m
	s.after(s.opt.StatusDelays.Sent, func() {
		if m.failed || m.rank >= statusRank["delivered"] {
			return
		}
		m.failed = true
		s.showStatus(m, "failed", details)
		s.sendStatus(m, "failed", code, details)
	})
}

func (s *Simulator) showStatus(m *outMessage, status, problem string) {
	if line := m.visitor.line(m.id); line != nil {
		line.Status, line.Error = status, problem
		s.showLine(m.acct, m.visitor, line)
	}
}

func (s *Simulator) sendStatus(m *outMessage, status string, code int, details string) {
	if s.knobs(m.acct).HoldStatuses {
		m.acct.held = append(m.acct.held, heldStatus{m, status, code, details})
		return
	}
	s.issueStatus(m, status, code, details)
}

func (s *Simulator) releaseStatuses(a *account) {
	held := a.held
	a.held = nil
	for _, h := range held {
		s.issueStatus(h.m, h.stat, h.code, h.info)
	}
}

func (s *Simulator) issueStatus(m *outMessage, status string, code int, details string) {
	a, v := m.acct, m.visitor
	if s.truth.roomForEvents(1) != nil {
		s.log.Error("status not issued: the truth is full", "message", m.id, "status", status)
		return
	}
	st := object{"id", m.id, "status", status, "timestamp", unixText(s.now())}
	if !m.byUserID {
		st = append(st, "recipient_id", v.WaID)
	}
	if status != "failed" || m.byUserID {
		st = append(st, "recipient_user_id", v.UserID)
	}
	st = st.opt("biz_opaque_callback_data", m.clientData)
	switch status {
	case "sent", "delivered":
		p := object{"billable", m.category != "service", "pricing_model", "PMP"}
		if m.category == "service" {
			p = append(p, "type", "free_customer_service")
		} else {
			p = append(p, "type", "regular")
		}
		st = append(st, "pricing", append(p, "category", m.category))
	case "failed":
		st = append(st, "errors", []any{errorObject(code, details)})
	}
	value := object{"messaging_product", "whatsapp", "metadata", a.metadata()}
	if status != "failed" && status != "played" {
		c := object{"profile", object{"name", v.Name}}
		if !v.HideNumber {
			c = append(c, "wa_id", v.WaID)
		}
		value = append(value, "contacts", []any{append(c, "user_id", v.UserID)})
	}
	value = append(value, "statuses", []any{st})
	body, err := metaJSON(envelope(a, object{"field", "messages", "value", value}))
	if err != nil {
		s.log.Error("status not issued", "error", err)
		return
	}
	s.issue(a, body, v.ID, "status "+status, []Item{{MessageID: m.id, Kind: "status", Type: m.kind, Status: status, Visitor: v.ID, ClientData: m.clientData, ErrorCode: code}}, "")
}

func (a *account) metadata() object {
	d, _ := onlyDigits(a.DisplayPhoneNumber)
	return object{"display_phone_number", d, "phone_number_id", a.PhoneNumberID}
}

// envelope wraps one change (Meta documentation: §1.3).
func envelope(a *account, change object) object {
	return object{"object", "whatsapp_business_account", "entry", []any{object{"id", a.WABAID, "changes", []any{change}}}}
}

func unixText(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

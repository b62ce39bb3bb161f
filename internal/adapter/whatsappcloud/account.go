package whatsappcloud

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/kit"
	"switchboard/internal/message"
)

// isAccountField tells which webhook fields are about the account, the number
// or its templates (Meta: Webhooks › fields of the WhatsApp Business Account).
func isAccountField(field string) bool {
	switch field {
	case "account_update", "account_alerts", "account_review_update", "business_capability_update",
		"business_username_update", "message_template_components_update", "message_template_quality_update",
		"message_template_status_update", "phone_number_name_update", "phone_number_quality_update",
		"security", "template_category_update":
		return true
	}
	return false
}

// wireAccount is the union of what the account fields hold.
type wireAccount struct {
	Event        kit.ID `json:"event"`
	Decision     kit.ID `json:"decision"`
	Reason       kit.ID `json:"reason"`
	Requester    kit.ID `json:"requester"`
	DisplayPhone kit.ID `json:"display_phone_number"`
	CurrentLimit kit.ID `json:"current_limit"`
	MaxDaily     kit.ID `json:"max_daily_conversations_per_business"`
	Template     kit.ID `json:"message_template_name"`
	Language     kit.ID `json:"message_template_language"`
	OldQuality   kit.ID `json:"previous_quality_score"`
	NewQuality   kit.ID `json:"new_quality_score"`
	OldCategory  kit.ID `json:"previous_category"`
	NewCategory  kit.ID `json:"new_category"`
	RightCat     kit.ID `json:"correct_category"`
	Name         kit.ID `json:"requested_verified_name"`
	Rejection    kit.ID `json:"rejection_reason"`
	Ban          struct {
		State kit.ID `json:"waba_ban_state"`
	} `json:"ban_info"`
	Violation struct {
		Type kit.ID `json:"violation_type"`
	} `json:"violation_info"`
	Waba struct {
		ID kit.ID `json:"waba_id"`
	} `json:"waba_info"`
	Alert struct {
		Type        kit.ID `json:"alert_type"`
		Description kit.ID `json:"alert_description"`
	} `json:"alert_info"`
}

// account adds a notice about the account. Only events of our own account may
// stop or free the channel: one callback can serve several accounts.
func (p *parser) account(field string, e rawEntry, raw json.RawMessage) error {
	var w wireAccount
	if err := json.Unmarshal(orEmpty(raw), &w); err != nil {
		return fmt.Errorf("%s: %w", field, kit.JSONError(err))
	}
	var id kit.ID
	if json.Unmarshal(e.ID, &id) != nil {
		id = ""
	}
	var at kit.Timestamp
	if json.Unmarshal(e.Time, &at) != nil {
		at.Time = time.Time{}
	}
	word := first(w.Event, w.Decision)
	n := &message.Notice{Code: field, Text: w.text(field), At: at.Time, Raw: kit.CleanJSON(raw)}
	if word != "" {
		n.Code += "." + message.Truncate(strings.ToLower(word.String()), 100)
	}
	waba := p.conn.wabaID
	ours := (waba == "" || id == "" || id == "0" || id == kit.ID(waba)) &&
		(waba == "" || w.Waba.ID == "" || w.Waba.ID == kit.ID(waba))
	if field == "account_update" && ours {
		switch word {
		case "ACCOUNT_DELETED", "PARTNER_REMOVED", "PARTNER_APP_UNINSTALLED":
			n.Bad = true
		case "DISABLED_UPDATE":
			n.Bad = w.Ban.State == "DISABLE"
			n.Good = w.Ban.State == "REINSTATE"
		}
	}
	p.event(message.Inbound{Notice: n})
	return nil
}

// text says in one line what happened, with Meta's own words for states.
func (w *wireAccount) text(field string) string {
	var s string
	switch field {
	case "message_template_status_update":
		s = say("Template", w.Template, bracket(w.Language), "is now", w.Event, because(w.Reason))
	case "message_template_quality_update":
		s = say("Quality of template", w.Template, bracket(w.Language), "changed from", w.OldQuality, "to", w.NewQuality)
	case "message_template_components_update":
		s = say("Template", w.Template, bracket(w.Language), "was changed")
	case "template_category_update":
		if w.RightCat != "" {
			s = say("Template", w.Template, bracket(w.Language), "will move from category", w.NewCategory, "to", w.RightCat)
		} else {
			s = say("Template", w.Template, bracket(w.Language), "moved from category", w.OldCategory, "to", w.NewCategory)
		}
	case "phone_number_quality_update":
		s = say("Number", w.DisplayPhone, "reports", w.Event, bracket(first(w.CurrentLimit, w.MaxDaily)))
	case "phone_number_name_update":
		s = say("Display name", w.Name, "of number", w.DisplayPhone, "is", w.Decision, because(w.Rejection))
	case "account_update":
		s = say("WhatsApp Business Account:", w.Event, bracket(first(w.Ban.State, w.Violation.Type)))
	case "account_alerts":
		s = say("Account alert:", w.Alert.Type, w.Alert.Description)
	case "account_review_update":
		s = say("Account review:", w.Decision)
	case "business_capability_update":
		s = say("Messaging limit is now", w.MaxDaily)
	case "security":
		s = say("Two-step verification of number", w.DisplayPhone, "reports", w.Event)
	case "business_username_update":
		s = say("Business username:", first(w.Event, w.Decision))
	}
	return message.Truncate(s, 500)
}

func say(parts ...kit.ID) string {
	var b strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(p))
	}
	return b.String()
}

func bracket(id kit.ID) kit.ID {
	if id == "" {
		return ""
	}
	return "(" + id + ")"
}

func because(reason kit.ID) kit.ID {
	if reason == "" || reason == "NONE" {
		return ""
	}
	return "because of " + reason
}

// failure adds a value-level error: something is wrong with the account or the
// app, not with one message (Meta: Webhooks › errors).
func (p *parser) failure(e wireError) {
	r := lookup(e.Code.String(), e.Subcode.String())
	pe := e.provider()
	text := r.title
	if pe.Detail != "" {
		text += ": " + pe.Detail
	} else if pe.Title != "" {
		text += ": " + pe.Title
	}
	raw, err := json.Marshal(pe)
	if err != nil {
		raw = nil
	}
	p.event(message.Inbound{Notice: &message.Notice{Code: "error." + message.Truncate(pe.Code, 100), Text: message.Truncate(text, 500),
		Bad: r.reason == adapter.AuthExpired || r.reason == adapter.BadSettings, Raw: raw}})
}

package simulator

import (
	"encoding/json"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"
)

// Template is one message template of a WABA (Meta documentation: §2.12).
type Template struct {
	ID              string              `json:"id"`
	Name            string              `json:"name"`
	Language        string              `json:"language"`
	Status          string              `json:"status"`
	Category        string              `json:"category"`
	ParameterFormat string              `json:"parameter_format"`
	Components      []TemplateComponent `json:"components"`
	RejectedReason  string              `json:"rejected_reason,omitempty"`
}

// TemplateComponent is HEADER, BODY, FOOTER or BUTTONS.
type TemplateComponent struct {
	Type    string           `json:"type"`
	Format  string           `json:"format,omitempty"`
	Text    string           `json:"text,omitempty"`
	Buttons []TemplateButton `json:"buttons,omitempty"`
	Example json.RawMessage  `json:"example,omitempty"`
}

// TemplateButton is one button of a template.
type TemplateButton struct {
	Type        string          `json:"type"`
	Text        string          `json:"text"`
	URL         string          `json:"url,omitempty"`
	PhoneNumber string          `json:"phone_number,omitempty"`
	Example     json.RawMessage `json:"example,omitempty"`
}

func sampleTemplates(s *Simulator) []*Template {
	raw := func(v string) json.RawMessage { return json.RawMessage(v) }
	list := []*Template{
		{Name: "hello_world", Language: "en_US", Status: "APPROVED", Category: "UTILITY", Components: []TemplateComponent{
			{Type: "HEADER", Format: "TEXT", Text: "Hello World"},
			{Type: "BODY", Text: "Welcome and congratulations! This message shows that your number can send templates."},
			{Type: "FOOTER", Text: "Sample message"}}},
		{Name: "visit_reminder", Language: "en_US", Status: "APPROVED", Category: "UTILITY", Components: []TemplateComponent{
			{Type: "BODY", Text: "Hello {{1}}, your visit is at {{2}} today.", Example: raw(`{"body_text":[["Ana","9:30"]]}`)},
			{Type: "FOOTER", Text: "Lumen & Loom"},
			{Type: "BUTTONS", Buttons: []TemplateButton{{Type: "QUICK_REPLY", Text: "Confirm"}, {Type: "QUICK_REPLY", Text: "Another time"},
				{Type: "URL", Text: "Details", URL: "https://lumen.example/v/{{1}}", Example: raw(`["https://lumen.example/v/991-ab"]`)}}}}},
		{Name: "order_update", Language: "en_US", Status: "APPROVED", Category: "UTILITY", ParameterFormat: "NAMED", Components: []TemplateComponent{
			{Type: "BODY", Text: "Hi {{first_name}}, order {{order_number}} is on its way to you.",
				Example: raw(`{"body_text_named_params":[{"param_name":"first_name","example":"Ana"},{"param_name":"order_number","example":"A-1042"}]}`)}}},
		{Name: "order_update", Language: "ar", Status: "APPROVED", Category: "UTILITY", ParameterFormat: "NAMED", Components: []TemplateComponent{
			{Type: "BODY", Text: "مرحبًا {{first_name}}، طلبك {{order_number}} في الطريق إليك.",
				Example: raw(`{"body_text_named_params":[{"param_name":"first_name","example":"آنا"},{"param_name":"order_number","example":"A-1042"}]}`)}}},
		{Name: "autumn_offer", Language: "en_US", Status: "APPROVED", Category: "MARKETING", Components: []TemplateComponent{
			{Type: "HEADER", Format: "IMAGE", Example: raw(`{"header_handle":["4::aW52ZW50ZWQ="]}`)},
			{Type: "BODY", Text: "{{1}}, evenings are getting longer. All pendants are 15 % off until Sunday, just for you.", Example: raw(`{"body_text":[["Ana"]]}`)},
			{Type: "FOOTER", Text: "Reply STOP to end"},
			{Type: "BUTTONS", Buttons: []TemplateButton{{Type: "QUICK_REPLY", Text: "Show me"}, {Type: "QUICK_REPLY", Text: "Stop offers"}}}}},
		{Name: "login_code", Language: "en_US", Status: "APPROVED", Category: "AUTHENTICATION", Components: []TemplateComponent{
			{Type: "BODY", Text: "{{1}} is your verification code.", Example: raw(`{"body_text":[["123456"]]}`)},
			{Type: "BUTTONS", Buttons: []TemplateButton{{Type: "URL", Text: "Copy code", URL: "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"}}}}},
		{Name: "spring_offer", Language: "en_US", Status: "PAUSED", Category: "MARKETING", Components: []TemplateComponent{
			{Type: "BODY", Text: "Spring light, 10 % off this week."}}},
		{Name: "lottery", Language: "en_US", Status: "REJECTED", Category: "MARKETING", RejectedReason: "SCAM", Components: []TemplateComponent{
			{Type: "BODY", Text: "You won. Send us your card number."}}},
	}
	for _, t := range list {
		t.ID = s.digits("169", 16)
		keep(&t.ParameterFormat, "POSITIONAL")
	}
	return list
}

var templateVar = regexp.MustCompile(`\{\{\s*([a-z0-9_]+)\s*\}\}`)

func variables(text string) []string {
	var out []string
	seen := map[string]bool{}
	for _, m := range templateVar.FindAllStringSubmatch(text, -1) {
		if !seen[m[1]] {
			seen[m[1]] = true
			out = append(out, m[1])
		}
	}
	return out
}

type templateParam struct {
	Type          string          `json:"type"`
	ParameterName string          `json:"parameter_name"`
	Text          string          `json:"text"`
	Payload       string          `json:"payload"`
	CouponCode    string          `json:"coupon_code"`
	Image         json.RawMessage `json:"image"`
	Video         json.RawMessage `json:"video"`
	Document      json.RawMessage `json:"document"`
	Location      json.RawMessage `json:"location"`
	Currency      struct {
		Fallback string `json:"fallback_value"`
	} `json:"currency"`
	DateTime struct {
		Fallback string `json:"fallback_value"`
	} `json:"date_time"`
}

func (p templateParam) value() string {
	switch p.Type {
	case "currency":
		return p.Currency.Fallback
	case "date_time":
		return p.DateTime.Fallback
	}
	return p.Text
}

// fillTemplate checks a template send (Meta documentation: §2.4) and returns
// the filled text for the phone. The caller holds the lock.
func (s *Simulator) fillTemplate(a *account, raw json.RawMessage) (*Template, object, *graphError) {
	var in struct {
		Name     string `json:"name"`
		Language struct {
			Code string `json:"code"`
		} `json:"language"`
		Components []struct {
			Type       string          `json:"type"`
			SubType    string          `json:"sub_type"`
			Index      numberOrText    `json:"index"`
			Parameters []templateParam `json:"parameters"`
		} `json:"components"`
	}
	if e := decode(raw, &in, "template"); e != nil {
		return nil, nil, e
	}
	if in.Name == "" {
		return nil, nil, missing("template['name']")
	}
	if in.Language.Code == "" {
		return nil, nil, missing("template['language']['code']")
	}
	var t *Template
	for _, c := range a.waba.templates {
		if c.Name == in.Name && c.Language == in.Language.Code {
			t = c
		}
	}
	if t == nil || t.Status == "REJECTED" || t.Status == "PENDING" {
		return nil, nil, &graphError{code: 132001, message: "Template name does not exist in the translation",
			details: "template name (" + in.Name + ") does not exist in " + in.Language.Code}
	}
	switch t.Status {
	case "PAUSED":
		return nil, nil, &graphError{code: 132015, details: "Template is paused due to low quality."}
	case "DISABLED":
		return nil, nil, &graphError{code: 132016, details: "Template is disabled for good."}
	}
	given := map[string][]templateParam{}
	buttons := map[string][]templateParam{}
	for _, c := range in.Components {
		switch strings.ToLower(c.Type) {
		case "header", "body":
			given[strings.ToUpper(c.Type)] = c.Parameters
		case "button":
			buttons[string(c.Index)] = c.Parameters
		default:
			return nil, nil, invalid("Component type " + c.Type + " is not known.")
		}
	}
	mismatch := func(where string, have, want int) *graphError {
		return &graphError{code: 132000, message: "Number of parameters does not match the expected number of params",
			details: where + ": number of localizable_params (" + itoa(have) + ") does not match the expected number of params (" + itoa(want) + ")"}
	}
	filled := object{"name", t.Name, "language", t.Language}
	fill := func(where, text string, ps []templateParam) (string, *graphError) {
		vars := variables(text)
		if len(vars) != len(ps) {
			return "", mismatch(where, len(ps), len(vars))
		}
		values := map[string]string{}
		for i, p := range ps {
			if p.Type != "text" && p.Type != "currency" && p.Type != "date_time" {
				return "", &graphError{code: 132012, details: where + ": expected a text parameter, got " + p.Type}
			}
			v := p.value()
			if v == "" {
				return "", missing(where + " parameter text")
			}
			if strings.ContainsAny(v, "\n\t") || strings.Contains(v, "     ") {
				return "", &graphError{code: 132018, details: "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"}
			}
			name := itoa(i + 1)
			if t.ParameterFormat == "NAMED" {
				name = p.ParameterName
				if name == "" {
					return "", &graphError{code: 100, message: "Invalid parameter", details: "Parameter name is missing or empty"}
				}
			}
			values[name] = v
		}
		sort.Strings(vars)
		for _, v := range vars {
			if _, ok := values[v]; !ok {
				return "", &graphError{code: 132000, details: where + ": no value for {{" + v + "}}"}
			}
		}
		return templateVar.ReplaceAllStringFunc(text, func(m string) string { return values[templateVar.FindStringSubmatch(m)[1]] }), nil
	}
	for _, c := range t.Components {
		switch c.Type {
		case "HEADER":
			ps := given["HEADER"]
			if c.Format == "TEXT" {
				v, e := fill("header", c.Text, ps)
				if e != nil {
					return nil, nil, e
				}
				filled = append(filled, "header", v)
				continue
			}
			if len(ps) != 1 {
				return nil, nil, mismatch("header", len(ps), 1)
			}
			kind := strings.ToLower(c.Format)
			if ps[0].Type != kind {
				return nil, nil, &graphError{code: 132012, details: "header: Format mismatch, expected " + c.Format + ", received " + strings.ToUpper(ps[0].Type)}
			}
			part := map[string]json.RawMessage{"image": ps[0].Image, "video": ps[0].Video, "document": ps[0].Document}[kind]
			if part != nil {
				if e := validMedia(kind)(part); e != nil {
					return nil, nil, e
				}
				var m mediaPart
				_ = json.Unmarshal(part, &m)
				if m.ID != "" {
					f := s.media.byID[m.ID]
					if f == nil || f.acct != a {
						return nil, nil, invalid("Media with id " + m.ID + " does not exist or belongs to another number.")
					}
					filled = append(filled, "header_media", ChatMedia{URL: fileURL(f), MIME: f.mime, Filename: f.filename, Size: len(f.data)})
				}
			} else if kind != "location" {
				return nil, nil, missing("header parameter " + kind)
			}
		case "BODY":
			v, e := fill("body", c.Text, given["BODY"])
			if e != nil {
				return nil, nil, e
			}
			if utf8.RuneCountInString(v) > 1024*4 {
				return nil, nil, &graphError{code: 132005, details: "The filled-in text is too long."}
			}
			filled = append(filled, "body", v)
		case "FOOTER":
			filled = append(filled, "footer", c.Text)
		case "BUTTONS":
			var shown []any
			for i, b := range c.Buttons {
				ps := buttons[itoa(i)]
				o := object{"type", b.Type, "text", b.Text}
				switch b.Type {
				case "URL":
					want := len(variables(b.URL))
					if len(ps) != want {
						return nil, nil, mismatch("button "+itoa(i), len(ps), want)
					}
					u := b.URL
					if want == 1 {
						u = templateVar.ReplaceAllLiteralString(u, ps[0].value())
					}
					o = append(o, "url", u)
				case "QUICK_REPLY":
					payload := b.Text
					if len(ps) == 1 {
						payload = orDefault(ps[0].Payload, payload)
					}
					if utf8.RuneCountInString(payload) > 128 {
						return nil, nil, tooLong("button payload", 128)
					}
					o = append(o, "payload", payload)
				case "PHONE_NUMBER":
					o = append(o, "phone_number", b.PhoneNumber)
				}
				shown = append(shown, o)
			}
			filled = append(filled, "buttons", shown)
		}
	}
	return t, filled, nil
}

// Templates lists the templates of an account's WABA.
func (s *Simulator) Templates(accountID string) ([]Template, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.graphOnly(accountID)
	if err != nil {
		return nil, err
	}
	out := make([]Template, 0, len(a.waba.templates))
	for _, t := range a.waba.templates {
		out = append(out, *t)
	}
	return out, nil
}

// SetTemplate adds a template or changes the one with the same name and
// language; if its status changes, message_template_status_update is sent.
func (s *Simulator) SetTemplate(accountID string, t Template) (Template, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.graphOnly(accountID)
	if err != nil {
		return Template{}, err
	}
	if e := checkTemplate(&t); e != nil {
		return Template{}, errInvalid(e.details)
	}
	keep(&t.Status, "APPROVED")
	for _, old := range a.waba.templates {
		if old.Name == t.Name && old.Language == t.Language {
			changed := old.Status != t.Status
			t.ID = old.ID
			*old = t
			if changed {
				s.templateEvent(a, old)
			}
			return t, nil
		}
	}
	if len(a.waba.templates) >= 6000 {
		return Template{}, errFull("6000 templates in this WABA")
	}
	t.ID = s.digits("169", 16)
	a.waba.templates = append(a.waba.templates, &t)
	s.templateEvent(a, &t)
	return t, nil
}

func (s *Simulator) templateEvent(a *account, t *Template) {
	if s.truth.roomForEvents(1) != nil {
		return
	}
	s.issueField(a, "message_template_status_update", object{"event", t.Status, "message_template_id", json.RawMessage(t.ID),
		"message_template_name", t.Name, "message_template_language", t.Language, "reason", orDefault(t.RejectedReason, "NONE"),
		"message_template_category", t.Category})
}

var templateName = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)

func checkTemplate(t *Template) *graphError {
	if !templateName.MatchString(t.Name) {
		return &graphError{code: 100, message: "Invalid parameter", details: "name may hold a-z, 0-9 and _ only, up to 512 characters"}
	}
	if t.Language == "" {
		return &graphError{code: 100, message: "Invalid parameter", details: "language is required"}
	}
	keep(&t.ParameterFormat, "POSITIONAL")
	t.ParameterFormat = strings.ToUpper(t.ParameterFormat)
	t.Category = strings.ToUpper(t.Category)
	if t.Category != "AUTHENTICATION" && t.Category != "MARKETING" && t.Category != "UTILITY" {
		return &graphError{code: 100, message: "Invalid parameter", details: "category must be AUTHENTICATION, MARKETING or UTILITY"}
	}
	body := false
	for i := range t.Components {
		c := &t.Components[i]
		c.Type = strings.ToUpper(c.Type)
		switch c.Type {
		case "BODY":
			body = true
			if utf8.RuneCountInString(c.Text) > 1024 || c.Text == "" && t.Category != "AUTHENTICATION" {
				return &graphError{code: 100, subcode: 2388072, message: "Invalid parameter", details: "the body must hold 1 to 1024 characters"}
			}
		case "FOOTER":
			if utf8.RuneCountInString(c.Text) > 60 || len(variables(c.Text)) > 0 {
				return &graphError{code: 100, subcode: 2388073, message: "Invalid parameter", details: "the footer holds at most 60 characters and no variables"}
			}
		case "HEADER":
			if c.Format == "TEXT" && utf8.RuneCountInString(c.Text) > 60 {
				return &graphError{code: 100, subcode: 2388047, message: "Invalid parameter", details: "the header holds at most 60 characters"}
			}
		case "BUTTONS":
			if len(c.Buttons) > 10 {
				return &graphError{code: 100, message: "Invalid parameter", details: "at most 10 buttons"}
			}
			for j := range c.Buttons {
				c.Buttons[j].Type = strings.ToUpper(c.Buttons[j].Type)
				if utf8.RuneCountInString(c.Buttons[j].Text) > 25 {
					return &graphError{code: 100, message: "Invalid parameter", details: "a button label holds at most 25 characters"}
				}
			}
		default:
			return &graphError{code: 100, message: "Invalid parameter", details: "component type " + c.Type + " is not simulated"}
		}
	}
	if !body {
		return &graphError{code: 100, message: "Invalid parameter", details: "components need a BODY"}
	}
	return nil
}

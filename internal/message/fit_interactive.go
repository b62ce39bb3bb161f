package message

import "strconv"

// fitInteractive checks a question with answers to tap.
func fitInteractive(c Content, limits Limits) *Refusal {
	q := c.Interactive
	if q == nil {
		return missingPayload()
	}
	body := limits.Body
	if q.Type == "list" && limits.ListBody > 0 {
		body = limits.ListBody
	}
	r := all(required("/text", "question", c.Text), tooLong("/text", "question", c.Text, body),
		tooLong("/payload/header", "header", q.Header, limits.Header), tooLong("/payload/footer", "footer", q.Footer, limits.Footer))
	if r != nil {
		return r
	}
	switch q.Type {
	case "button":
		return fitButtons(q, limits)
	case "list":
		return fitList(q, limits)
	case "":
		return &Refusal{Code: "required", Pointer: "/payload/type", Detail: "The type of the question is missing.", Hint: "Use button or list."}
	}
	return &Refusal{Code: "kind_unsupported", Pointer: "/payload/type", Detail: "Questions of this type cannot be sent.", Hint: "Use button or list."}
}

func fitButtons(q *InteractiveBody, limits Limits) *Refusal {
	if len(q.Buttons) == 0 {
		return &Refusal{Code: "required", Pointer: "/payload/buttons", Detail: "There is no button."}
	}
	if r := all(tooMany("/payload/buttons", "buttons", len(q.Buttons), limits.Buttons), excess("/payload/sections", len(q.Sections))); r != nil {
		return r
	}
	ids, titles := map[string]bool{}, map[string]bool{}
	for i, b := range q.Buttons {
		p := "/payload/buttons/" + strconv.Itoa(i)
		r := all(required(p+"/title", "button's title", b.Title), tooLong(p+"/title", "button's title", b.Title, limits.ButtonTitle),
			required(p+"/id", "button's id", b.ID), tooLong(p+"/id", "button's id", b.ID, limits.ButtonID),
			unique(p+"/id", "id", b.ID, ids), unique(p+"/title", "title", b.Title, titles))
		if r != nil {
			return r
		}
	}
	return nil
}

func fitList(q *InteractiveBody, limits Limits) *Refusal {
	r := all(required("/payload/button", "label that opens the list", q.Button),
		tooLong("/payload/button", "label that opens the list", q.Button, limits.ListButton),
		excess("/payload/buttons", len(q.Buttons)))
	if r != nil {
		return r
	}
	if len(q.Sections) == 0 {
		return &Refusal{Code: "required", Pointer: "/payload/sections", Detail: "The list has no section."}
	}
	if r := tooMany("/payload/sections", "sections", len(q.Sections), limits.ListSections); r != nil {
		return r
	}
	ids, rows := map[string]bool{}, 0
	for i, s := range q.Sections {
		p := "/payload/sections/" + strconv.Itoa(i)
		if len(s.Rows) == 0 {
			return &Refusal{Code: "required", Pointer: p + "/rows", Detail: "A section has no row."}
		}
		rows += len(s.Rows)
		if r := tooMany("/payload/sections", "rows in all sections together", rows, limits.ListRows); r != nil {
			return r
		}
		if len(q.Sections) > 1 { // one section needs no title
			if r := required(p+"/title", "section's title", s.Title); r != nil {
				return r
			}
		}
		if r := tooLong(p+"/title", "section's title", s.Title, limits.SectionTitle); r != nil {
			return r
		}
		for j, row := range s.Rows {
			p := p + "/rows/" + strconv.Itoa(j)
			r := all(required(p+"/title", "row's title", row.Title), tooLong(p+"/title", "row's title", row.Title, limits.RowTitle),
				required(p+"/id", "row's id", row.ID), tooLong(p+"/id", "row's id", row.ID, limits.RowID), unique(p+"/id", "id", row.ID, ids),
				tooLong(p+"/description", "row's description", row.Descr, limits.RowDescription))
			if r != nil {
				return r
			}
		}
	}
	return nil
}

// excess refuses a part that belongs to the other type of question: it would be
// dropped silently.
func excess(pointer string, n int) *Refusal {
	if n == 0 {
		return nil
	}
	return &Refusal{Code: "invalid", Pointer: pointer, Detail: "A question has either buttons or a list, not both."}
}

// unique notes a value and refuses it the second time: the answers could not be
// told apart.
func unique(pointer, what, v string, seen map[string]bool) *Refusal {
	if seen[v] {
		return &Refusal{Code: "duplicate", Pointer: pointer, Detail: "Two answers have the same " + what + "."}
	}
	seen[v] = true
	return nil
}

package message

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var fitCaps = Caps{Kinds: map[Kind]Support{Text: Supported, Image: Degraded, Locations: Supported, Contacts: Supported,
	Interactive: Supported, Template: Supported, Reaction: Supported, Poll: Refused}, Albums: 2}

var fitLimits = Limits{Text: 4096, Caption: 1024, Body: 1024, ListBody: 4096, Header: 60, Footer: 60, Buttons: 3,
	ButtonTitle: 20, ButtonID: 256, ListButton: 20, ListSections: 10, ListRows: 10, SectionTitle: 24, RowTitle: 24,
	RowDescription: 72, RowID: 200, Contacts: 2, Media: map[Kind]MediaLimit{Image: {MaxBytes: 100, Types: []string{"image/png"}}}}

func buttons(text string, bs ...Button) Content {
	return Content{Kind: Interactive, Text: text, Interactive: &InteractiveBody{Type: "button", Buttons: bs}}
}

func list(open string, ss ...Section) Content {
	return Content{Kind: Interactive, Text: "Which?", Interactive: &InteractiveBody{Type: "list", Button: open, Sections: ss}}
}

func rows(n int, prefix string) []Row {
	var out []Row
	for i := range n {
		out = append(out, Row{ID: prefix + string(rune('a'+i)), Title: "Row"})
	}
	return out
}

func TestFit(t *testing.T) {
	a, b := Button{"a", "One"}, Button{"b", "Two"}
	long := func(n int) string { return strings.Repeat("ä", n) }
	for name, c := range map[string]struct {
		content Content
		code    string
		pointer string
		limit   int
	}{
		"text":                  {Content{Kind: Text, Text: "Hi"}, "", "", 0},
		"text at the limit":     {Content{Kind: Text, Text: long(4096)}, "", "", 0},
		"text over it":          {Content{Kind: Text, Text: long(4097)}, "text_too_long", "/text", 4096},
		"empty text":            {Content{Kind: Text}, "required", "/text", 0},
		"blank text":            {Content{Kind: Text, Text: " \n\t"}, "required", "/text", 0},
		"no kind":               {Content{Text: "Hi"}, "required", "/kind", 0},
		"unknown kind":          {Content{Kind: "hologram"}, "kind_unsupported", "/kind", 0},
		"absent kind":           {Content{Kind: Video}, "kind_unsupported", "/kind", 0},
		"refused kind":          {Content{Kind: Poll}, "kind_unsupported", "/kind", 0},
		"note":                  {Content{Kind: Note, Text: "x"}, "kind_unsupported", "/kind", 0},
		"image":                 {Content{Kind: Image, Media: []Media{{MIMEType: "image/PNG; x=1", Size: 100}}}, "", "", 0},
		"no file":               {Content{Kind: Image}, "required", "/media", 0},
		"large file":            {Content{Kind: Image, Media: []Media{{Size: 101}}}, "file_too_large", "/media/0", 100},
		"too many files":        {Content{Kind: Image, Media: []Media{{}, {}, {}}}, "too_many", "/media", 2},
		"a file's own kind":     {Content{Kind: Video, Media: []Media{{Kind: Image, Size: 101}}}, "kind_unsupported", "/kind", 0},
		"kind of a file":        {Content{Kind: Image, Media: []Media{{Kind: Video, Size: 101}}}, "", "", 0},
		"type of file":          {Content{Kind: Image, Media: []Media{{}, {MIMEType: "image/tiff"}}}, "file_type_unsupported", "/media/1", 0},
		"long caption":          {Content{Kind: Image, Text: long(1025), Media: []Media{{}}}, "text_too_long", "/text", 1024},
		"location":              {Content{Kind: Locations, Location: &Location{}}, "", "", 0},
		"no location":           {Content{Kind: Locations}, "required", "/payload", 0},
		"latitude":              {Content{Kind: Locations, Location: &Location{Latitude: 90.1}}, "out_of_range", "/payload/latitude", 90},
		"longitude":             {Content{Kind: Locations, Location: &Location{Longitude: -181}}, "out_of_range", "/payload/longitude", 180},
		"not a number":          {Content{Kind: Locations, Location: &Location{Latitude: math.NaN()}}, "out_of_range", "/payload/latitude", 90},
		"contact":               {Content{Kind: Contacts, Contacts: []ContactCard{{Name: ContactName{FormattedName: "M"}}}}, "", "", 0},
		"no contact":            {Content{Kind: Contacts}, "required", "/payload/contacts", 0},
		"nameless":              {Content{Kind: Contacts, Contacts: []ContactCard{{}}}, "required", "/payload/contacts/0/name/formatted_name", 0},
		"three contacts":        {Content{Kind: Contacts, Contacts: make([]ContactCard, 3)}, "too_many", "/payload/contacts", 2},
		"buttons":               {buttons("Which?", a, b), "", "", 0},
		"no question":           {buttons("", a), "required", "/text", 0},
		"long question":         {buttons(long(1025), a), "text_too_long", "/text", 1024},
		"no button":             {buttons("Which?"), "required", "/payload/buttons", 0},
		"four buttons":          {buttons("Which?", a, b, Button{"c", "C"}, Button{"d", "D"}), "too_many", "/payload/buttons", 3},
		"same id":               {buttons("Which?", a, Button{"a", "Two"}), "duplicate", "/payload/buttons/1/id", 0},
		"same title":            {buttons("Which?", a, Button{"b", "One"}), "duplicate", "/payload/buttons/1/title", 0},
		"long title":            {buttons("Which?", a, Button{"b", long(21)}), "text_too_long", "/payload/buttons/1/title", 20},
		"no title":              {buttons("Which?", Button{ID: "a"}), "required", "/payload/buttons/0/title", 0},
		"no id":                 {buttons("Which?", Button{Title: "A"}), "required", "/payload/buttons/0/id", 0},
		"long id":               {buttons("Which?", Button{long(257), "A"}), "text_too_long", "/payload/buttons/0/id", 256},
		"no interactive":        {Content{Kind: Interactive, Text: "x"}, "required", "/payload", 0},
		"answer type":           {Content{Kind: Interactive, Text: "x", Interactive: &InteractiveBody{Type: "list_reply"}}, "kind_unsupported", "/payload/type", 0},
		"no type":               {Content{Kind: Interactive, Text: "x", Interactive: &InteractiveBody{}}, "required", "/payload/type", 0},
		"header":                {Content{Kind: Interactive, Text: "x", Interactive: &InteractiveBody{Type: "button", Header: long(61)}}, "text_too_long", "/payload/header", 60},
		"footer":                {Content{Kind: Interactive, Text: "x", Interactive: &InteractiveBody{Type: "button", Footer: long(61)}}, "text_too_long", "/payload/footer", 60},
		"list":                  {list("Open", Section{Rows: rows(10, "")}), "", "", 0},
		"list without label":    {list("", Section{Rows: rows(1, "")}), "required", "/payload/button", 0},
		"list without sections": {list("Open"), "required", "/payload/sections", 0},
		"section without rows":  {list("Open", Section{Title: "A"}), "required", "/payload/sections/0/rows", 0},
		"rows in all":           {list("Open", Section{"A", rows(6, "x")}, Section{"B", rows(5, "y")}), "too_many", "/payload/sections", 10},
		"sections need titles":  {list("Open", Section{"A", rows(1, "x")}, Section{"", rows(1, "y")}), "required", "/payload/sections/1/title", 0},
		"same row id":           {list("Open", Section{"A", rows(1, "x")}, Section{"B", rows(1, "x")}), "duplicate", "/payload/sections/1/rows/0/id", 0},
		"row description":       {list("Open", Section{Rows: []Row{{"a", "A", long(73)}}}), "text_too_long", "/payload/sections/0/rows/0/description", 72},
		"template":              {Content{Kind: Template, Template: &TemplateCall{Name: "a", Language: "en"}}, "", "", 0},
		"no template":           {Content{Kind: Template}, "required", "/payload", 0},
		"template name":         {Content{Kind: Template, Template: &TemplateCall{Language: "en"}}, "required", "/payload/name", 0},
		"template language":     {Content{Kind: Template, Template: &TemplateCall{Name: "a"}}, "required", "/payload/language", 0},
		"template component": {Content{Kind: Template, Template: &TemplateCall{Name: "a", Language: "en", Components: []json.RawMessage{[]byte("{}"), []byte("5")}}},
			"invalid", "/payload/components/1", 0},
		"reaction":         {Content{Kind: Reaction, Text: "👨‍👩‍👧‍👦"}, "", "", 0},
		"reaction removed": {Content{Kind: Reaction}, "", "", 0},
		"sentence":         {Content{Kind: Reaction, Text: "what a nice picture"}, "text_too_long", "/payload/emoji", 16},
	} {
		r := Fit(c.content, fitCaps, fitLimits)
		if r == nil {
			r = &Refusal{}
		}
		if r.Code != c.code || r.Pointer != c.pointer || r.Limit != c.limit {
			t.Errorf("%s: got %+v", name, *r)
		}
		if c.code != "" && r.Detail == "" {
			t.Errorf("%s: no detail", name)
		}
	}
}

func TestFitPoll(t *testing.T) {
	caps := Caps{Kinds: map[Kind]Support{Poll: Supported}}
	limits := Limits{PollQuestion: 10, PollOptions: 3, PollOption: 5}
	options := func(texts ...string) (out []PollOption) {
		for _, s := range texts {
			out = append(out, PollOption{Text: s})
		}
		return out
	}
	for name, c := range map[string]struct {
		poll          *PollBody
		code, pointer string
	}{
		"good":          {&PollBody{Question: "When?", Options: options("a", "b", "c")}, "", ""},
		"none":          {nil, "required", "/payload"},
		"no question":   {&PollBody{Options: options("a", "b")}, "required", "/payload/question"},
		"long question": {&PollBody{Question: "When on earth?", Options: options("a", "b")}, "text_too_long", "/payload/question"},
		"one answer":    {&PollBody{Question: "When?", Options: options("a")}, "required", "/payload/options"},
		"many answers":  {&PollBody{Question: "When?", Options: options("a", "b", "c", "d")}, "too_many", "/payload/options"},
		"empty answer":  {&PollBody{Question: "When?", Options: options("a", " ")}, "required", "/payload/options/1/text"},
		"long answer":   {&PollBody{Question: "When?", Options: options("a", "abcdef")}, "text_too_long", "/payload/options/1/text"},
		"same answer":   {&PollBody{Question: "When?", Options: options("a", "a")}, "duplicate", "/payload/options/1/text"},
	} {
		r := Fit(Content{Kind: Poll, Poll: c.poll}, caps, limits)
		if r == nil {
			r = &Refusal{}
		}
		if r.Code != c.code || r.Pointer != c.pointer {
			t.Errorf("%s: got %+v", name, *r)
		}
	}
}

func TestFitNamesTheFigures(t *testing.T) {
	r := Fit(Content{Kind: Text, Text: strings.Repeat("x", 5000)}, fitCaps, fitLimits)
	if !strings.Contains(r.Detail, "4096") || !strings.Contains(r.Detail, "5000") || !strings.Contains(r.Hint, "904") {
		t.Errorf("%+v", r)
	}
	if r := Fit(Content{Kind: Text, Text: strings.Repeat("x", 5000)}, fitCaps, Limits{}); r != nil {
		t.Errorf("no limit is stated, yet: %+v", r)
	}
}

// TestFitProperties: deterministic, never quotes the text, and exactly the
// length decides for a text.
func TestFitProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 50).Draw(t, "limit")
		text := rapid.String().Draw(t, "text")
		c := Content{Kind: Text, Text: text}
		r := Fit(c, fitCaps, Limits{Text: limit})
		long := len([]rune(text)) > limit
		blank := strings.TrimSpace(text) == ""
		if (r == nil) != (!long && !blank) {
			t.Fatalf("%q with limit %d: %+v", text, limit, r)
		}
		if cut := Truncate(text, limit); strings.TrimSpace(cut) != "" && Fit(Content{Kind: Text, Text: cut}, fitCaps, Limits{Text: limit}) != nil {
			t.Fatalf("a cut text does not fit: %q", cut)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringN(0, 30, -1)
		body := &InteractiveBody{Type: rapid.SampledFrom([]string{"", "button", "list", "x"}).Draw(t, "type"),
			Header: s.Draw(t, "header"), Button: s.Draw(t, "button")}
		for range rapid.IntRange(0, 4).Draw(t, "buttons") {
			body.Buttons = append(body.Buttons, Button{s.Draw(t, "id"), s.Draw(t, "title")})
		}
		for range rapid.IntRange(0, 3).Draw(t, "sections") {
			body.Sections = append(body.Sections, Section{s.Draw(t, "s"), []Row{{s.Draw(t, "rid"), s.Draw(t, "rt"), s.Draw(t, "rd")}}})
		}
		c := Content{Kind: Interactive, Text: s.Draw(t, "text"), Interactive: body}
		r, again := Fit(c, fitCaps, fitLimits), Fit(c, fitCaps, fitLimits)
		if (r == nil) != (again == nil) || r != nil && *r != *again {
			t.Fatal("two answers for one content")
		}
		if r != nil {
			if r.Code == "" || !strings.HasPrefix(r.Pointer, "/") || r.Detail == "" {
				t.Fatalf("incomplete: %+v", r)
			}
			return
		}
		if len(body.Buttons) > fitLimits.Buttons || len(body.Buttons) > 0 && len(body.Sections) > 0 {
			t.Fatalf("accepted: %+v", body)
		}
		// What fits, fits wider limits too.
		if r := Fit(c, fitCaps, Limits{}); r != nil {
			t.Fatalf("fits narrow limits but not none: %+v", r)
		}
	})
}

// Channeldocs writes docs/channels.md: what each channel type carries, its
// limits and settings, read from the descriptors. It is run by make generate.
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/adapter/all"
	"switchboard/internal/message"
)

const (
	defaultWebhookLimit = 5 << 20
	defaultLength       = 500
)

func main() {
	out := flag.String("o", "docs/channels.md", "file to write")
	guides := flag.String("guides", "docs/guides", "folder of the guides to link to")
	flag.Parse()
	if err := os.WriteFile(*out, document(all.Types(), *guides), 0o644); err != nil {
		log.Fatal(err)
	}
}

func document(types []*adapter.Type, guides string) []byte {
	var b bytes.Buffer
	head(&b, types)
	for _, t := range types {
		section(&b, t, guides)
	}
	return b.Bytes()
}

// carried are the kinds that cross a channel.
func carried() []message.Kind {
	return slices.DeleteFunc(slices.Clone(message.Kinds), func(k message.Kind) bool {
		return k == message.Note || k == message.Event || k == message.Unsupported
	})
}

func head(b *bytes.Buffer, types []*adapter.Type) {
	b.WriteString(`<!-- Made by make generate from the descriptors in internal/adapter. Do not edit. -->
# Channel types

What each type carries, its limits and its settings, as the program knows them: the same figures draw the forms, check a message before it is sent and answer ` + "`GET /rest/v1/channel_types`" + `. The claims are held to the truth by ` + "`internal/adapter/adaptertest`" + `.

**in**: understood when a contact sends it · **out**: can be sent · **out, changed**: sent in another form · –: not at all. What a contact sends of any other kind is kept raw and shown as such.

`)
	row(b, "kind", names(types)...)
	b.WriteString("|---" + strings.Repeat("|---", len(types)) + "|\n")
	for _, k := range carried() {
		cells := make([]string, len(types))
		for i, t := range types {
			cells[i] = ways(t, k)
		}
		row(b, string(k), cells...)
	}
}

func names(types []*adapter.Type) []string {
	list := make([]string, len(types))
	for i, t := range types {
		list[i] = t.Name
	}
	return list
}

func ways(t *adapter.Type, k message.Kind) string {
	var w []string
	if in(t, k) {
		w = append(w, "in")
	}
	if o := out(t, k); o != "" {
		w = append(w, o)
	}
	return cmp.Or(strings.Join(w, " · "), "–")
}

func in(t *adapter.Type, k message.Kind) bool { return slices.Contains(t.Caps.Inbound, k) }

func out(t *adapter.Type, k message.Kind) string {
	switch t.Caps.Kinds[k] {
	case message.Supported:
		return "out"
	case message.Degraded:
		return "out, changed"
	}
	return ""
}

func section(b *bytes.Buffer, t *adapter.Type, guides string) {
	fmt.Fprintf(b, "\n## %s\n\n`%s`", t.Name, t.ID)
	guide := "connect-" + strings.ReplaceAll(strings.ToLower(t.ID), "_", "-") + ".md"
	if _, err := os.Stat(filepath.Join(guides, guide)); err == nil {
		fmt.Fprintf(b, " · [how to connect one](guides/%s)", guide)
	}
	b.WriteString("\n\n")
	for _, l := range facts(t) {
		fmt.Fprintf(b, "- %s: %s\n", l[0], l[1])
	}
	b.WriteString("\n| kind | in | out | limits of what is sent |\n|---|---|---|---|\n")
	for _, k := range carried() {
		if ways(t, k) != "–" {
			row(b, string(k), yes(in(t, k)), map[string]string{"": "–", "out": "yes", "out, changed": "changed"}[out(t, k)], bounds(t, k))
		}
	}
	b.WriteString("\n| setting | key | needed | secret | what it is |\n|---|---|---|---|---|\n")
	for _, f := range t.Fields {
		help := f.Help
		if len(f.Choices) > 0 {
			help += " One of: " + strings.Join(f.Choices, ", ") + "."
		}
		if f.Default != "" {
			help += " Default: " + f.Default + "."
		}
		if f.MaxLength != 0 && f.MaxLength != defaultLength {
			help += fmt.Sprintf(" At most %d characters.", f.MaxLength)
		}
		row(b, f.Label, "`"+f.Key+"`", needed(f), yes(f.Secret), strings.ReplaceAll(help, "|", `\|`))
	}
}

// facts are what holds for the whole type.
func facts(t *adapter.Type) [][2]string {
	c := t.Caps
	list := [][2]string{
		{"Free replies", "at any time"},
		{"Speed", cmp.Or(speed(t.Rate), "no stated limit")},
		{"Tries", "as many as it takes while the platform is down or asks to wait, pauses growing to 5 min"},
		{"Webhook body", "at most " + size(cmp.Or(t.WebhookLimit, defaultWebhookLimit))},
		{"The platform reports", cmp.Or(listed(c.Delivered, "delivery", c.Read, "reading"), "nothing beyond acceptance")},
		{"Also", cmp.Or(listed(c.Reply, "quoted replies", c.Typing, "typing is shown to the contact", c.MarkRead, "read marks are shown to the contact",
			c.Edits, "edits and deletions of contacts", c.Groups, "groups", c.Albums > 1, fmt.Sprintf("albums of up to %d files", c.Albums)), "–")},
	}
	if t.Window > 0 {
		list[0][1] = "for " + span(t.Window) + " after the contact's last message, then templates only"
	}
	if len(t.Retry) > 0 {
		pauses := make([]string, len(t.Retry))
		for i, d := range t.Retry {
			pauses[i] = span(d)
		}
		list[2][1] = fmt.Sprintf("%d, after %s; then the message has failed", len(t.Retry)+1, strings.Join(pauses, ", "))
	}
	if t.EchoTime > 0 {
		list = append(list, [2]string{"A request without an answer", "is settled by the platform's report, awaited for " + span(t.EchoTime)})
	}
	return list
}

func speed(r message.Rate) string {
	var s []string
	if r.PerSecond > 0 {
		s = append(s, fmt.Sprintf("%v messages/s per account", r.PerSecond))
	}
	if r.PairInterval > 0 {
		s = append(s, fmt.Sprintf("one per %s to the same contact", span(r.PairInterval)))
		if r.PairBurst > 1 {
			s[len(s)-1] += fmt.Sprintf(" once %d have gone", r.PairBurst)
		}
	}
	return strings.Join(s, ", ")
}

// bounds are the limits of what is sent; what is not sent has none.
func bounds(t *adapter.Type, k message.Kind) string {
	if out(t, k) == "" {
		return "–"
	}
	return cmp.Or(limits(t, k), "–")
}

// limits of one kind, in words.
func limits(t *adapter.Type, k message.Kind) string {
	l := t.Limits
	m := l.Media[k]
	switch k {
	case message.Text:
		return figures("characters", l.Text)
	case message.Image, message.Video, message.Document:
		return join(size(m.MaxBytes), strings.Join(m.Types, ", "), figures("caption", l.Caption))
	case message.Audio, message.Sticker:
		return join(size(m.MaxBytes), strings.Join(m.Types, ", "))
	case message.Contacts:
		return figures("cards", l.Contacts)
	case message.Interactive:
		return join(figures("buttons", l.Buttons, "title", l.ButtonTitle, "id", l.ButtonID, "text", l.Body, "header", l.Header, "footer", l.Footer),
			figures("list sections", l.ListSections, "rows in all", l.ListRows, "list text", l.ListBody, "list button", l.ListButton,
				"section title", l.SectionTitle, "row title", l.RowTitle, "row description", l.RowDescription, "row id", l.RowID))
	case message.Poll:
		return figures("answers", l.PollOptions, "question", l.PollQuestion, "answer", l.PollOption)
	}
	return ""
}

// figures gives "name n" for each pair whose figure is stated.
func figures(pairs ...any) string {
	var s []string
	for i := 0; i < len(pairs); i += 2 {
		if n := pairs[i+1].(int); n > 0 {
			s = append(s, fmt.Sprintf("%s ≤ %d", pairs[i], n))
		}
	}
	return strings.Join(s, ", ")
}

func listed(pairs ...any) string {
	var s []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i].(bool) {
			s = append(s, pairs[i+1].(string))
		}
	}
	return strings.Join(s, ", ")
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}

func needed(f adapter.Field) string {
	switch {
	case f.Required:
		return "yes"
	case f.Generated:
		return "made when left out"
	case f.Wanted:
		return "something is missing without it"
	}
	return "–"
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "–"
}

func size(n int64) string {
	switch {
	case n <= 0:
		return ""
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

func span(d time.Duration) string {
	for _, u := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if d >= u.size && d%u.size == 0 {
			return fmt.Sprintf("%d %s", d/u.size, u.name)
		}
	}
	return d.String()
}

func row(b *bytes.Buffer, first string, cells ...string) {
	b.WriteString("| " + strings.Join(append([]string{first}, cells...), " | ") + " |\n")
}

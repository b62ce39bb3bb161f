package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/internal/adapter"
	"switchboard/internal/message"
)

var pigeon = &adapter.Type{ID: "CARRIER_PIGEON", Name: "Carrier pigeon",
	Caps: message.Caps{
		Kinds:   map[message.Kind]message.Support{message.Text: message.Supported, message.Poll: message.Degraded, message.Image: message.Supported},
		Inbound: []message.Kind{message.Text, message.Sticker}, Reply: true, Albums: 4},
	Limits: message.Limits{Text: 140, PollOptions: 10, Caption: 20,
		Media: map[message.Kind]message.MediaLimit{message.Image: {MaxBytes: 3 << 20, Types: []string{"image/png"}}}},
	Rate: message.Rate{PerSecond: 0.5}, Window: 36 * time.Hour, Retry: []time.Duration{time.Minute, 2 * time.Hour},
	Fields: []adapter.Field{{Key: "loft", Label: "Loft", Required: true, Secret: true, Help: "Where it lives | sleeps.", Choices: []string{"east", "west"}}},
}

func TestDocument(t *testing.T) {
	guides := t.TempDir()
	if err := os.WriteFile(filepath.Join(guides, "connect-carrier-pigeon.md"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	quick := &adapter.Type{ID: "QUICK", Name: "Quick", Caps: message.Caps{Kinds: map[message.Kind]message.Support{message.Text: message.Supported}}}
	got := string(document([]*adapter.Type{pigeon, quick}, guides))
	for _, line := range []string{
		"| kind | Carrier pigeon | Quick |",
		"| text | in · out | out |",
		"| image | out | – |",
		"| sticker | in | – |",
		"| poll | out, changed | – |",
		"`CARRIER_PIGEON` · [how to connect one](guides/connect-carrier-pigeon.md)",
		"- Free replies: for 36 h after the contact's last message, then templates only",
		"- Speed: 0.5 messages/s per account",
		"- Tries: 3, after 1 min, 2 h; then the message has failed",
		"- Also: quoted replies, albums of up to 4 files",
		"| text | yes | yes | characters ≤ 140 |",
		"| image | – | yes | 3 MiB; image/png; caption ≤ 20 |",
		"| sticker | yes | – | – |",
		"| poll | – | changed | answers ≤ 10 |",
		"| Loft | `loft` | yes | yes | Where it lives \\| sleeps. One of: east, west. |",
		"- Free replies: at any time",
		"- Speed: no stated limit",
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("lacks %q in\n%s", line, got)
		}
	}
	if strings.Contains(got, "guides/connect-quick.md") {
		t.Error("links a guide that is not there")
	}
}

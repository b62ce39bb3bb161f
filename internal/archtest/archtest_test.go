package archtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestArchitecture holds the rules over this repository.
func TestArchitecture(t *testing.T) {
	began := time.Now()
	tree, err := Load("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Files) < 10 {
		t.Fatalf("%d files: this is not the repository's root", len(tree.Files))
	}
	for _, c := range Checks {
		t.Run(strings.ReplaceAll(c.Name, " ", "_"), func(t *testing.T) {
			for _, p := range c.Run(tree) {
				t.Error(p)
			}
		})
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v: these rules are meant to be run at every save", took)
	}
}

// plant writes a small tree and loads it.
func plant(t *testing.T, files map[string]string) *Tree {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		p := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// imp is a package that imports others.
func imp(paths ...string) string {
	var b strings.Builder
	b.WriteString("package p\n")
	for _, p := range paths {
		b.WriteString("import _ \"" + p + "\"\n")
	}
	return b.String()
}

const lineType = "package line\n\nimport \"switchboard/internal/adapter\"\n\nconst id = \"LINE_OA\"\n\nvar Type = &adapter.Type{ID: id, Name: \"LINE\"}\n"
const waType = "package wa\n\nimport \"switchboard/internal/adapter\"\n\nvar Type = adapter.Type{ID: \"MAIL\"}\n"

// Each rule is broken once on purpose and must be seen to fail; the neighbour
// that keeps it must not.
func TestRules(t *testing.T) {
	sb := "switchboard/internal/"
	for _, c := range []struct {
		name  string
		check func(*Tree) []Problem
		files map[string]string
		want  string // part of the one problem; "" = none
	}{
		{"platform imports a domain", Imports, map[string]string{"internal/platform/job/a.go": imp(sb + "domain/inbox")}, "internal/platform/job imports internal/domain/inbox"},
		{"platform imports platform", Imports, map[string]string{"internal/platform/job/a.go": imp(sb+"platform/db", "fmt")}, ""},
		{"message imports ours", Imports, map[string]string{"internal/message/a.go": imp(sb + "platform/id")}, "internal/message imports"},
		{"message imports a library", Imports, map[string]string{"internal/message/a.go": imp("github.com/x/y")}, "github.com/x/y"},
		{"adapter imports its sibling", Imports, map[string]string{"internal/adapter/line/a.go": imp(sb + "adapter/wechat")}, "adapter/line imports internal/adapter/wechat"},
		{"adapter imports its own folder", Imports, map[string]string{"internal/adapter/line/a.go": imp(sb+"adapter/line/wire", sb+"adapter/kit", sb+"message")}, ""},
		{"adapter imports the platform", Imports, map[string]string{"internal/adapter/line/a.go": imp(sb + "platform/httpx")}, "adapter/line imports internal/platform/httpx"},
		{"adapter imports a database", Imports, map[string]string{"internal/adapter/line/a.go": imp("database/sql")}, "database/sql"},
		{"domain imports one after it", Imports, map[string]string{"internal/domain/contact/a.go": imp(sb + "domain/inbox")}, "domain/contact imports internal/domain/inbox"},
		{"domain imports one before it", Imports, map[string]string{"internal/domain/inbox/a.go": imp(sb+"domain/contact", sb+"domain/template")}, ""},
		{"broadcast imports flow", Imports, map[string]string{"internal/domain/broadcast/a.go": imp(sb + "domain/flow")}, "broadcast imports"},
		{"domain imports a listener", Imports, map[string]string{"internal/domain/flow/a.go": imp(sb + "domain/audit")}, "flow imports"},
		{"listener imports a listener", Imports, map[string]string{"internal/domain/report/a.go": imp(sb + "domain/audit")}, "report imports"},
		{"listener reads all domains", Imports, map[string]string{"internal/domain/report/a.go": imp(sb+"domain/flow", sb+"domain/account")}, ""},
		{"only channel knows the contract", Imports, map[string]string{"internal/domain/channel/a.go": imp(sb + "adapter"), "internal/domain/inbox/a.go": imp(sb + "adapter")}, "domain/inbox imports internal/adapter"},
		{"gateway imports a far domain", Imports, map[string]string{"internal/gateway/a.go": imp(sb + "domain/flow")}, "gateway imports"},
		{"api imports the gateway", Imports, map[string]string{"internal/server/api/a.go": imp(sb + "gateway"), "internal/server/hooks/a.go": imp(sb + "gateway")}, "server/api imports internal/gateway"},
		{"simulator shares an adapter's code", Imports, map[string]string{"internal/simulator/a.go": imp(sb + "adapter/line")}, "simulator imports"},
		{"cmd imports the simulator", Imports, map[string]string{"cmd/switchboard/a.go": imp(sb+"simulator", sb+"app"), "internal/app/a.go": imp(sb+"simulator", sb+"adapter/all")}, "cmd/switchboard imports internal/simulator"},
		{"a package without a rule", Imports, map[string]string{"internal/util/a.go": imp("fmt")}, "no rule says"},
		{"program imports test support", Imports, map[string]string{"internal/domain/inbox/a.go": imp(sb + "platform/db/dbtest")}, "dbtest"},
		{"test imports test support", Imports, map[string]string{"internal/domain/inbox/a_test.go": imp(sb + "platform/db/dbtest")}, ""},

		{"foreign write", Tables, map[string]string{"internal/domain/flow/a.go": "package p\nconst q = `INSERT INTO message (id) VALUES ($1)`"}, "domain/flow writes table message"},
		{"foreign delete in two parts", Tables, map[string]string{"internal/domain/flow/a.go": "package p\nconst q = `DELETE ` +\n `FROM contact WHERE id = $1`"}, "writes table contact"},
		{"foreign update with alias", Tables, map[string]string{"internal/domain/flow/a.go": "package p\nconst q = \"UPDATE contact AS c\\nSET name = $1\""}, "writes table contact"},
		{"foreign batch", Tables, map[string]string{"internal/domain/flow/a.go": "package p\nimport \"switchboard/internal/platform/db\"\nvar i = db.NewInsert(\"message\", nil)"}, "writes table message"},
		{"own write, joins, locks, English", Tables, map[string]string{"internal/domain/contact/a.go": "package p\nconst q = `INSERT INTO contact (id) SELECT id FROM message m JOIN conversation USING (id) ON CONFLICT DO UPDATE SET name = 'x'`\nconst r = `SELECT 1 FROM message FOR NO KEY UPDATE`\nconst s = \"update the message, then insert into it\"\nconst t = `UPDATE contact SET a = (SELECT b FROM message)`"}, ""},
		{"write without a visible table", Tables, map[string]string{"internal/domain/contact/a.go": "package p\nfunc q(t string) string { return `UPDATE ` + t + ` SET a = 1` }"}, "not in its text"},
		{"write to an unknown table", Tables, map[string]string{"internal/domain/contact/a.go": "package p\nconst q = `DELETE FROM nobodys`"}, "has no owner"},
		{"migration of an unowned table", Tables, map[string]string{"internal/platform/db/migrations/1.sql": "CREATE TABLE nobodys (\n id int);\nCREATE TABLE contact (id int);"}, "table nobodys has no owner"},
		{"tests may write", Tables, map[string]string{"internal/domain/flow/a_test.go": "package p\nconst q = `DELETE FROM contact`"}, ""},

		{"type named in Go", ChannelTypes, map[string]string{"internal/adapter/line/line.go": lineType, "internal/gateway/a.go": "package p\nvar x = \"LINE_OA\""}, "gateway/a.go:2: names the channel type LINE_OA"},
		{"type named in SQL", ChannelTypes, map[string]string{"internal/adapter/wa/wa.go": waType, "internal/gateway/a.go": "package p\nvar x = `SELECT 1 WHERE type = 'MAIL'`"}, "names the channel type MAIL"},
		{"type named in the web app", ChannelTypes, map[string]string{"internal/adapter/line/line.go": lineType, "web/src/features/inbox/a.tsx": "// LINE_OA is fine here\nif (c.type === 'LINE_OA') {}"}, "a.tsx:2: names the channel type LINE_OA"},
		{"type named where it may be", ChannelTypes, map[string]string{
			"internal/adapter/line/line.go": lineType, "internal/adapter/wa/wa.go": waType, "internal/simulator/a.go": "package p\nvar x = \"LINE_OA\"",
			"internal/app/demo/a.go": "package p\nvar x = \"LINE_OA\"", "internal/gateway/a_test.go": "package p\nvar x = \"LINE_OA\"",
			"internal/gateway/b.go": "package p\n// LINE_OA in a comment\nvar x = \"MAIL us at once\"", "web/src/features/channels/connect/line.tsx": "'LINE_OA'"}, ""},

		{"adapter not listed", AdaptersListed, map[string]string{"internal/adapter/line/line.go": lineType, "internal/adapter/wa/wa.go": waType, "internal/adapter/kit/kit.go": "package kit", "internal/adapter/all/all.go": imp(sb + "adapter/line")}, "internal/adapter/wa: is not listed"},
		{"adapters listed", AdaptersListed, map[string]string{"internal/adapter/line/line.go": lineType, "internal/adapter/all/all.go": imp(sb + "adapter/line")}, ""},

		{"package not mentioned", Document, map[string]string{"internal/gateway/a.go": "package p", "internal/platform/job/a.go": "package p", "ARCHITECTURE.md": "the gateway and its jobs"}, "internal/platform/job: is not mentioned"},
		{"mentioned path is gone", Document, map[string]string{"internal/gateway/a.go": "package p", "ARCHITECTURE.md": "gateway\nsee `internal/domain/gone`"}, "ARCHITECTURE.md:2: mentions internal/domain/gone"},
		{"folder of the tree is gone", Document, map[string]string{"internal/domain/inbox/a.go": "package p", "ARCHITECTURE.md": "```\n├─ internal/\n│  ├─ domain/   things\n│  │  └─ inbox/ flow/   text\n└─ web/\n```"}, "mentions internal/domain/flow"},
		{"the map is right", Document, map[string]string{"internal/domain/inbox/a.go": "package p", "internal/domain/a.go": "package p", "ARCHITECTURE.md": "├─ internal/\n│  ├─ domain/   things\n│  │  └─ inbox/   text\n"}, ""},
		{"no map yet", Document, map[string]string{"internal/domain/inbox/a.go": "package p"}, ""},

		{"shared imports a feature", WebLayers, map[string]string{"web/src/shared/ui/a.tsx": "import x from 'react';\nimport { y } from '@/features/inbox';"}, "a.tsx:2: imports web/src/features/inbox"},
		{"feature imports app, relative", WebLayers, map[string]string{"web/src/features/inbox/a.tsx": "const y = import('../../app/router');"}, "imports web/src/app/router"},
		{"web imports that flow", WebLayers, map[string]string{"web/src/features/inbox/a.tsx": "import { y } from '@/shared/ui';", "web/src/app/a.tsx": "import { y } from '@/features/inbox';"}, ""},

		{"clock read", Banned, map[string]string{"internal/gateway/a.go": "package p\nimport \"time\"\nvar x = time.Now"}, "a.go:3: uses time.Now"},
		{"clock read under another name", Banned, map[string]string{"internal/gateway/a.go": "package p\nimport t \"time\"\nfunc f() { t.Sleep(t.Second) }"}, "uses time.Sleep"},
		{"randomness", Banned, map[string]string{"internal/gateway/a.go": "package p\nimport \"math/rand/v2\"\nvar x = rand.Int"}, "imports math/rand/v2"},
		{"own client", Banned, map[string]string{"internal/gateway/a.go": "package p\nimport \"net/http\"\nvar x = &http.Client{}"}, "makes a net/http.Client"},
		{"default client", Banned, map[string]string{"internal/gateway/a.go": "package p\nimport \"net/http\"\nvar x, y = http.Get(\"\")"}, "uses net/http.Get"},
		{"own dialer", Banned, map[string]string{"internal/adapter/mail/a.go": "package p\nimport \"net\"\nvar x = new(net.Dialer)"}, "makes a net.Dialer"},
		{"clocks where they may be", Banned, map[string]string{
			"internal/platform/clock/a.go": "package p\nimport \"time\"\nvar x = time.Now", "internal/gateway/a_test.go": "package p\nimport \"time\"\nvar x = time.Now",
			"internal/gateway/b.go": "package p\nimport (\"time\"; \"net/http\")\nvar x = time.Second\nvar y *http.Client\nfunc f(c *http.Client) {}"}, ""},

		{"system handle", SystemHandle, map[string]string{"internal/domain/inbox/a.go": "package p\nfunc f(d interface{ System() int }) { d.System() }", "internal/gateway/a.go": "package p\nfunc f(d interface{ System() int }) { d.System() }"}, "domain/inbox/a.go:2: takes the database's system handle"},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			got := c.check(plant(t, c.files))
			switch {
			case c.want == "" && len(got) != 0:
				t.Errorf("kept, yet: %v", got)
			case c.want != "" && (len(got) != 1 || !strings.Contains(got[0].String(), c.want)):
				t.Errorf("want one problem with %q, got %v", c.want, got)
			case c.want != "" && (got[0].Why == "" || got[0].Mend == ""):
				t.Errorf("no reason or no remedy: %v", got[0])
			}
		})
	}
}

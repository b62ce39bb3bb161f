package archtest

import (
	"fmt"
	"strconv"
	"strings"
)

// importRule says what packages may import of ours. The first rule that fits a
// package counts.
type importRule struct {
	of     string   // whose imports
	may    []string // of ours; everything below itself is always allowed
	forbid []string // of others
	std    bool     // standard library only
	tests  []string // what its tests may import besides
	why    string
}

const (
	pPlatform = "internal/platform/..."
	pMessage  = "internal/message"
)

// domainOrder is account ◄ contact ◄ …: each may import those before it.
// broadcast and flow stand side by side.
var domainOrder = []string{"account", "contact", "channel", "routing", "media", "template", "delivery", "inbox"}

// listeners learn what happened from the log; nobody in the domain imports them.
var listeners = []string{"webhook", "report", "notification", "audit"}

var importRules = append(domainRules(), []importRule{
	{of: "internal/message", std: true,
		why: "message is the vocabulary that both sides of the gateway speak: whoever imports it must not get anything else with it"},
	{of: "internal/platform/...", may: []string{pPlatform},
		why: "platform knows nothing of messaging, so that everything may stand on it"},
	{of: "internal/adapter/all", may: []string{"internal/adapter", "internal/adapter/*"},
		why: "all is the generated list of channel types and nothing else"},
	{of: "internal/adapter/adaptertest", may: []string{"internal/adapter", "internal/adapter/kit", pMessage, pPlatform},
		why: "the suite sees an adapter only through the contract"},
	{of: "internal/adapter", may: []string{pMessage}, forbid: []string{"database/sql"},
		why: "the contract of channel types speaks message and knows neither domain nor database"},
	{of: "internal/adapter/...", may: []string{"internal/adapter", "internal/adapter/kit", pMessage, "internal/platform/webhook"}, forbid: []string{"database/sql"},
		tests: []string{"internal/adapter/adaptertest", "internal/platform/httpx", "internal/platform/clock"},
		why:   "a channel type turns bytes into values and values into requests: no domain, no database, and none of its siblings, so that it can be read and removed alone; signing and posting of outgoing webhooks is shared with event subscriptions"},
	{of: "internal/gateway/...", may: []string{"internal/adapter", pMessage, pPlatform,
		"internal/domain/channel", "internal/domain/delivery", "internal/domain/inbox", "internal/domain/media", "internal/domain/template"},
		tests: []string{"internal/domain/...", "internal/adapter/adaptertest"},
		why:   "the gateway is the only door to providers: it calls adapters and hands the outcome to five domains, nobody else: deliveries too, whose tries it makes"},
	{of: "internal/server/hooks", may: []string{"internal/domain/...", pMessage, pPlatform, "internal/server/...", "internal/gateway"},
		why: "webhooks go to gateway.Accept and nowhere else"},
	{of: "internal/server/...", may: []string{"internal/domain/...", pMessage, pPlatform, "internal/server/..."},
		tests: []string{"internal/gateway/...", "internal/adapter"},
		why:   "the ways in decode, call one service and encode; what happens next is told by the log"},
	{of: "internal/simulator/...", may: []string{pMessage, pPlatform},
		why: "a fake provider that shares code with the adapter it tests proves nothing"},
	{of: "internal/app/...", may: []string{"internal/...", "cmd/..."},
		why: "app puts the parts together and may know all of them"},
	{of: "internal/archtest", why: "the rules look at the source and depend on none of it"},
	{of: "bench/...", may: []string{"internal/..."}, why: "measures the parts as they are"},
	{of: "scripts/channeldocs", may: []string{"internal/adapter", "internal/adapter/all", pMessage},
		why: "prints the descriptors and knows nothing else of the program"},
	{of: "scripts/newadapter", may: []string{"internal/adapter"},
		why: "takes the ids of the API contract and knows nothing else of the program"},
	{of: "scripts/...", may: []string{pPlatform}, why: "tools of the build, not of the program"},
	{of: "cmd/...", may: []string{"internal/app/...", "internal/archtest", "internal/server/...", "internal/gateway/...", "internal/domain/...", "internal/adapter", pMessage, pPlatform},
		why: "only app imports adapter/all and simulator: one place decides what the program is made of"},
}...)

func domainRules() []importRule {
	why := "domains build on each other in one direction (account ◄ contact ◄ channel ◄ routing ◄ media ◄ template ◄ delivery ◄ inbox ◄ broadcast, flow); the only way back up is an event"
	var rules []importRule
	before := []string{pMessage, pPlatform}
	for _, d := range domainOrder {
		may := before
		if d == "channel" {
			may = append(append([]string(nil), before...), "internal/adapter")
		}
		rules = append(rules, importRule{of: "internal/domain/" + d + "/...", may: may, why: why})
		before = append(append([]string(nil), before...), "internal/domain/"+d+"/...")
	}
	for _, d := range []string{"broadcast", "flow"} {
		rules = append(rules, importRule{of: "internal/domain/" + d + "/...", may: before, why: why})
	}
	before = append(append([]string(nil), before...), "internal/domain/broadcast/...", "internal/domain/flow/...")
	for _, d := range listeners {
		rules = append(rules, importRule{of: "internal/domain/" + d + "/...", may: before,
			why: "listeners read every domain and are read by none, not even by each other"})
	}
	return rules
}

// testOnly are packages that the program itself never imports.
var testOnly = []string{"internal/platform/db/dbtest/...", "internal/adapter/adaptertest", "internal/platform/httpx/httpxtest", "internal/archtest"}

// Imports holds the table "who may import whom".
func Imports(t *Tree) (out []Problem) {
	for _, f := range t.Files {
		rule := ruleOf(f.Dir)
		if rule == nil {
			out = append(out, Problem{f.Path, "no rule says what " + f.Dir + " may import",
				"a package outside the table has no place in the architecture",
				"move it into an existing folder, or add a row to importRules in internal/archtest with its reason and mention it in ARCHITECTURE.md"})
			continue
		}
		for _, im := range f.AST.Imports {
			path, _ := strconv.Unquote(im.Path.Value)
			dir, ours := strings.CutPrefix(path, module+"/")
			where := t.at(f, im)
			if !ours {
				if !f.Test && rule.std && strings.Contains(strings.SplitN(path, "/", 2)[0], ".") {
					out = append(out, Problem{where, f.Dir + " imports " + path, rule.why, "use the standard library, or do this one layer up"})
				}
				if !f.Test && matchAny(rule.forbid, path) {
					out = append(out, Problem{where, f.Dir + " imports " + path, rule.why, "return values; who keeps them is decided by the gateway and the domains"})
				}
				continue
			}
			if !f.Test && matchAny(testOnly, dir) && !inside(f.Dir, "internal/platform/db/dbtest") && !inside(f.Dir, "bench") && !inside(f.Dir, "internal/archtest") {
				out = append(out, Problem{where, f.Dir + " imports " + dir, "that package is for tests and must not become part of the program",
					"import it from a _test.go file"})
				continue
			}
			if ruleOf(f.Dir) == ruleOf(dir) && sameHome(f.Dir, dir, rule.of) || matchAny(rule.may, dir) || f.Test && matchAny(rule.tests, dir) {
				continue
			}
			out = append(out, Problem{where, fmt.Sprintf("%s imports %s", f.Dir, dir), rule.why, "it may import " + allowed(rule) +
				"; let the other side append an event, hand in a value or a small function from app, or move the code to where both may reach it"})
		}
	}
	return out
}

// sameHome tells whether two packages are parts of one thing: the very same
// package (an external test imports it) or both below the rule's own folder.
// Channel types are many things under one rule.
func sameHome(a, b, of string) bool {
	if of == "internal/adapter/..." {
		return a == b || inside(a, home(b, "internal/adapter/")) && inside(b, home(a, "internal/adapter/"))
	}
	return a == b || strings.HasSuffix(of, "/...")
}

// home is the first folder below prefix on the way to dir.
func home(dir, prefix string) string {
	rest, _ := strings.CutPrefix(dir, prefix)
	name, _, _ := strings.Cut(rest, "/")
	return prefix + name
}

func ruleOf(dir string) *importRule {
	for i := range importRules {
		if match(importRules[i].of, dir) {
			return &importRules[i]
		}
	}
	return nil
}

func allowed(r *importRule) string {
	if len(r.may) == 0 {
		return "nothing of ours"
	}
	return strings.Join(r.may, ", ")
}

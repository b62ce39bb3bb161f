// Guards deletes the guards of access one at a time, each in a copy that only
// the compiler sees (go build -overlay), and runs the tests that must notice. It
// prints a table and fails when a guard can go unnoticed.
//
//	go run ./scripts/guards [-only TEXT]
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// calls are the guards that are calls: what stands in their place when they are
// gone.
var calls = map[string]string{
	"Require":        "error(nil)",
	"mustSee":        "error(nil)",
	"mayGrant":       "error(nil)",
	"person":         "error(nil)",
	"notLast":        "error(nil)",
	"Sees":           "true",
	"visible":        "query.Everything",
	"Through":        "query.Everything",
	"CheckOrigin":    "error(nil)",
	"leaveGoneTeams": "error(nil)",
}

// texts are the others: a piece of a file, and what it says without the guard.
var texts = []struct{ file, with, without string }{
	{"internal/server/api/serve.go", "case r.Permission != SignedIn && !c.Actor.May(r.Permission):", "case false:"},
	{"internal/server/api/serve.go", "case c.Actor == nil:", "case false:"},
	{"internal/server/session/session.go", "!organization.IsZero() && organization != actor.Organization", "false"},
	{"internal/domain/account/session.go", "case !now.Before(expires) || now.Sub(seen) >= SessionIdle:", "case false:"},
	{"internal/domain/account/token.go", "case !t.expires.IsZero() && !now.Before(t.expires):", "case false:"},
	{"internal/domain/account/token.go", "if t.user.IsZero() {", "if false {"},
	{"internal/domain/account/token.go", "bound = roleSets[t.role]", "bound = known"},
	{"internal/domain/account/token.go", "actor.Scope = scopeOf(t.role)", "actor.Scope = ScopeAll"},
	{"internal/domain/account/token.go", "if known[p] && !actor.May(p) {", "if false {"},
	{"internal/domain/account/store.go", "AND m.deactivated_at IS NULL AND m.removed_at IS NULL ORDER BY o.id", "ORDER BY o.id"},
	{"internal/domain/account/store.go", "AND m.deactivated_at IS NULL AND m.removed_at IS NULL WHERE t.token_hash", "WHERE t.token_hash"},
	{"internal/domain/account/member.go", "WHERE t.organization_id = $1 AND t.id = $2", "WHERE $1 = $1 AND t.id = $2"},
	{"internal/domain/account/team.go", "WHERE t.organization_id = $1 AND t.id = $2", "WHERE $1 = $1 AND t.id = $2"},
	{"internal/domain/account/team.go", "WHERE organization_id = $1 AND id IN @ids($2) AND removed_at", "WHERE $1 = $1 AND id IN @ids($2) AND removed_at"},
	// That a role is narrower in both is true of the built-in ones: one of the
	// two would do until there are others.
	{"internal/domain/account/member.go", "loses := was.IsActive && (!v.IsActive || !roleSets[v.Role].covers(roleSets[was.Role]) || !scopeOf(v.Role).covers(scopeOf(was.Role)))", "loses := was.IsActive && !v.IsActive"},
	{"internal/domain/account/member.go", "!a.Scope.covers(scopeOf(role))", "false"},
	{"internal/domain/account/organization.go", "if organization != a.Organization {", "if false {"},
	{"internal/domain/inbox/conversations.go", "WHERE t.organization_id = $1 AND t.id IN", "WHERE $1 = $1 AND t.id IN"},
	{"internal/domain/inbox/enquiries.go", "WHERE t.organization_id = $1 AND t.id IN", "WHERE $1 = $1 AND t.id IN"},
	{"internal/domain/inbox/read.go", "WHERE t.organization_id = $1 AND t.id IN", "WHERE $1 = $1 AND t.id IN"},
	{"internal/platform/db/list.go", `" WHERE t.organization_id = $1 AND (" + where + ") " + order`, `" WHERE $1 = $1 AND (" + where + ") " + order`},
	{"internal/platform/db/list.go", `if l.Spec.Scoped && l.Within == nil {`, `if false {`},
	{"internal/server/live/view.go", "case f.place == nil || inbox.Sees(g.actor, *f.place):", "case true:"},
	{"internal/server/live/view.go", "case !g.view.rights.may(f.needs):", "case false:"},
	{"internal/server/live/access.go", "if err == nil && s.same(a) {", "if err == nil {"},
}

// tests are asked whether they notice: those of its own package, then the quick
// ones first.
var tests = [][]string{
	{"./internal/server/rest", "TestEveryService"},
	{"./internal/domain/inbox", "TestWhoSeesWhat|TestAListSays|TestTransfer"},
	{"./internal/server/rest", "TestScenarios"},
	{"./internal/server/live", "TestEventsFollowSight|TestAnotherSight|TestServe_cuts|TestServe_tellsOnly"},
	{"./internal/domain/account", "TestScope|TestTeams$|TestNobody|TestLast|TestMembers|TestOrganization|TestDeactivated|TestToken|TestLogins|TestSession"},
	{"./internal/server/session", "."},
	{"./internal/server/api", "."},
	{"./internal/app", "TestAuthorizationMatrix|TestListsStayAtHome"},
}

// mutant is a guard taken out.
type mutant struct {
	file, what string
	line       int
	source     []byte
}

func main() {
	only := flag.String("only", "", "guards whose file or text contains this")
	list := flag.Bool("list", false, "list the guards and delete none")
	flag.Parse()
	log.SetFlags(0)
	var all []mutant
	for _, m := range append(fromCalls(), fromTexts()...) {
		if strings.Contains(m.file+" "+m.what, *only) {
			all = append(all, m)
		}
	}
	dir, err := os.MkdirTemp("", "guards")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	fmt.Printf("%d guards\n\n| guard taken out | noticed by |\n|---|---|\n", len(all))
	missed := 0
	for _, m := range all {
		by := "–"
		if !*list {
			if by = m.noticedBy(dir); by == "" {
				by, missed = "**nobody**", missed+1
			}
		}
		fmt.Printf("| `%s:%d` `%s` | %s |\n", strings.TrimPrefix(m.file, "internal/"), m.line, m.what, by)
	}
	if missed > 0 {
		log.Fatalf("%d of %d guards can be deleted unnoticed", missed, len(all))
	}
}

// fromCalls finds the guards that are calls.
func fromCalls() (out []mutant) {
	for _, root := range []string{"internal/domain", "internal/server"} {
		check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			src, err := os.ReadFile(path)
			check(err)
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, path, src, 0)
			check(err)
			ast.Inspect(f, func(n ast.Node) bool {
				c, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				instead := calls[name(c.Fun)]
				if instead == "" {
					return true
				}
				from, to := set.Position(c.Pos()), set.Position(c.End())
				what := string(src[from.Offset:to.Offset])
				if instead == "true" { // what the call was given stays in use
					instead = "(" + what + " || true)"
				}
				out = append(out, mutant{path, what, from.Line, with(src, from.Offset, to.Offset, instead)})
				return true
			})
			return nil
		}))
	}
	return out
}

func fromTexts() (out []mutant) {
	for _, t := range texts {
		src, err := os.ReadFile(t.file)
		check(err)
		i := strings.Index(string(src), t.with)
		if i < 0 {
			log.Fatalf("%s has no %q any more: mend the table of guards", t.file, t.with)
		}
		out = append(out, mutant{t.file, t.with, 1 + strings.Count(string(src[:i]), "\n"), with(src, i, i+len(t.with), t.without)})
	}
	return out
}

func name(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func with(src []byte, from, to int, text string) []byte {
	return append(append(append([]byte(nil), src[:from]...), text...), src[to:]...)
}

var failed = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// noticedBy is the first test that fails without the guard; "" when none does.
func (m mutant) noticedBy(dir string) string {
	path, err := filepath.Abs(m.file)
	check(err)
	copied := filepath.Join(dir, "mutant.go")
	check(os.WriteFile(copied, m.source, 0o600))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: copied}})
	check(err)
	file := filepath.Join(dir, "overlay.json")
	check(os.WriteFile(file, overlay, 0o600))
	near := slices.Clone(tests) // the tests of its own package are the likeliest
	slices.SortStableFunc(near, func(a, b []string) int {
		home := func(t []string) bool { return strings.HasPrefix(m.file, strings.TrimPrefix(t[0], "./")+"/") }
		switch {
		case home(a) && !home(b):
			return -1
		case home(b) && !home(a):
			return 1
		}
		return 0
	})
	for _, t := range near {
		c := exec.Command("go", "test", "-overlay", file, "-count", "1", "-vet", "off", "-failfast", "-run", t[1], t[0])
		c.Env = append(os.Environ(), "SWITCHBOARD_TEST_SQLITE_ONLY=1") // row-level security would hide what the statements forgot
		text, err := c.CombinedOutput()
		if err == nil {
			continue
		}
		if by := failed.FindSubmatch(text); by != nil {
			return fmt.Sprintf("`%s` %s", strings.TrimPrefix(t[0], "./internal/"), by[1])
		}
		log.Fatalf("%s:%d %s: it does not compile:\n%s", m.file, m.line, m.what, text)
	}
	return ""
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

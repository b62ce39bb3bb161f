package archtest

import (
	"go/ast"
	"strings"
)

// allowance is a place where a ban does not hold, and why.
type allowance struct{ where, why string }

// ban is a set of names of an import that are used in one place only.
type ban struct {
	path   string   // import path
	names  []string // empty = the import itself
	except []allowance
	why    string
	mend   string
}

var (
	onTime = []allowance{
		{"internal/platform/clock", "is the one place"},
		{"internal/platform/id", "ids carry the time they were made"},
		{"internal/platform/db/...", "deadlines and durations of storage, in monotonic time"},
		{"internal/platform/lease/...", "trust in a lease is local monotonic time from the start of its renewal"},
		{"internal/platform/event/...", "pauses between attempts to hear from other nodes"},
		{"internal/platform/httpx", "measures how long a call took"},
		{"internal/platform/telemetry", "measures durations"},
		{"internal/adapter/adaptertest", "part of tests only"},
		{"internal/simulator/...", "providers have their own time"},
		{"bench/...", "measures"},
		{"scripts/...", "tools of the build"},
	}
	onNet = []allowance{
		{"internal/platform/httpx", "is the one place"},
		{"internal/platform/db/...", "speaks to databases, whose address is the operator's"},
		{"internal/adapter/adaptertest", "part of tests only"},
		{"internal/simulator/...", "plays the provider who calls us"},
		{"bench/...", "is a client of ours"},
		{"scripts/...", "tools of the build"},
	}
)

var bans = []ban{
	{path: "time", names: []string{"Now", "Since", "Until", "After", "Tick", "Sleep"}, except: onTime,
		why:  "whoever reads the clock himself cannot be tested at a fixed time, and a timer that is not a row is forgotten by a restart",
		mend: "take a clock.Clock (Kit.Now in an adapter); make a timer a row with a due time"},
	{path: "math/rand", except: onTime, why: "randomness comes in from outside, so that a failing run can be repeated",
		mend: "take a source of randomness as a parameter; for secrets crypto/rand by way of platform/secret"},
	{path: "math/rand/v2", except: onTime, why: "randomness comes in from outside, so that a failing run can be repeated",
		mend: "take a source of randomness as a parameter; for secrets crypto/rand by way of platform/secret"},
	{path: "net/http", names: []string{"Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport", "Client{}", "Transport{}"}, except: onNet,
		why:  "a request that goes around platform/httpx goes around the egress policy, the deadlines and the redaction",
		mend: "take the client of the Kit, or make one with httpx.New"},
	{path: "net", names: []string{"Dial", "DialTimeout", "DialTCP", "DialUDP", "Dialer{}"}, except: onNet,
		why:  "a connection that goes around platform/httpx goes around the egress policy",
		mend: "dial with httpx.NewDialer"},
	{path: "crypto/tls", names: []string{"Dial", "DialWithDialer", "Dialer{}"}, except: onNet,
		why:  "a connection that goes around platform/httpx goes around the egress policy",
		mend: "dial with httpx.NewDialer and wrap the connection with tls.Client"},
}

// Banned holds: one clock, one source of randomness, one HTTP client.
func Banned(t *Tree) (out []Problem) {
	for _, f := range t.Files {
		if f.Test {
			continue
		}
		for _, b := range bans {
			if excepted(b.except, f.Dir) {
				continue
			}
			name := imported(f.AST, b.path)
			if name == "" || name == "_" {
				continue
			}
			if len(b.names) == 0 {
				out = append(out, Problem{f.Path, "imports " + b.path, b.why, b.mend})
				continue
			}
			ast.Inspect(f.AST, func(n ast.Node) bool {
				switch e := n.(type) {
				case *ast.CompositeLit: // http.Client{…}
					if used := selected(e.Type, name); used != "" && contains(b.names, used+"{}") {
						out = append(out, Problem{t.at(f, e), "makes a " + b.path + "." + used, b.why, b.mend})
					}
				case *ast.CallExpr: // new(http.Client)
					if id, ok := e.Fun.(*ast.Ident); ok && id.Name == "new" && len(e.Args) == 1 {
						if used := selected(e.Args[0], name); used != "" && contains(b.names, used+"{}") {
							out = append(out, Problem{t.at(f, e), "makes a " + b.path + "." + used, b.why, b.mend})
						}
					}
				case *ast.ValueSpec: // var c http.Client
					if used := selected(e.Type, name); used != "" && contains(b.names, used+"{}") {
						out = append(out, Problem{t.at(f, e), "makes a " + b.path + "." + used, b.why, b.mend})
					}
				case *ast.SelectorExpr:
					if used := selected(e, name); used != "" && contains(b.names, used) {
						out = append(out, Problem{t.at(f, e), "uses " + b.path + "." + used, b.why, b.mend})
					}
				}
				return true
			})
		}
	}
	return out
}

// selected gives X of pkg.X.
func selected(e ast.Expr, pkg string) string {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if id, ok := sel.X.(*ast.Ident); !ok || id.Name != pkg {
		return ""
	}
	return sel.Sel.Name
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func excepted(list []allowance, dir string) bool {
	for _, a := range list {
		if match(a.where, dir) {
			return true
		}
	}
	return false
}

// systemHandle: who may work outside an organization's row-level security.
var systemHandle = append([]allowance{
	{"internal/platform/...", "storage itself: leases, jobs, cursors span organizations"},
	{"internal/gateway/...", "a webhook arrives before its organization is known"},
	{"internal/app/...", "starts and sweeps"},
	{"internal/domain/account/...", "login happens before an organization is known"},
	{"internal/domain/delivery/...", "forgets the old ones of all organizations"},
	{"internal/domain/channel/...", "a webhook's channel is found before its organization is known, and an outside account is unique over the whole server"},
}, func() (out []allowance) {
	for _, l := range listeners {
		out = append(out, allowance{"internal/domain/" + l + "/...", "a listener drains the logs of all organizations"})
	}
	return out
}()...)

// SystemHandle holds: only a few packages may call DB.System.
func SystemHandle(t *Tree) (out []Problem) {
	for _, f := range t.Files {
		if f.Test || excepted(systemHandle, f.Dir) || strings.HasPrefix(f.Dir, "bench") {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "System" {
				out = append(out, Problem{t.at(f, call), "takes the database's system handle",
					"it goes around row-level security, the second wall between organizations",
					"use the handle of an organization; if this truly spans organizations, add a row to systemHandle in internal/archtest/banned.go with its reason"})
			}
			return true
		})
	}
	return out
}

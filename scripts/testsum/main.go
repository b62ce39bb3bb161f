// Command testsum reads the output of a test runner on stdin, shows what a
// person needs of it and adds its counts to the file named by $COUNTS, so that
// one line can close a run of several runners. It never changes a verdict: a
// failure in what it reads makes it exit 1.
//
//	go test -json ./... | testsum go
//	npm test | testsum vitest|node
//	testsum total
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

type counts struct{ passed, failed, skipped int }

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: testsum go|vitest|node|total")
		os.Exit(2)
	}
	var c counts
	switch os.Args[1] {
	case "go":
		c = goTests(os.Stdin, os.Stdout)
	case "vitest":
		c = text(os.Stdin, os.Stdout, vitestLine)
	case "node":
		c = text(os.Stdin, os.Stdout, nodeLine)
	case "total":
		b, err := os.ReadFile(os.Getenv("COUNTS"))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		c = total(string(b))
		fmt.Printf("%d passed, %d failed, %d skipped\n", c.passed, c.failed, c.skipped)
		return
	default:
		fmt.Fprintln(os.Stderr, "usage: testsum go|vitest|node|total")
		os.Exit(2)
	}
	if path := os.Getenv("COUNTS"); path != "" {
		if err := add(path, c); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if c.failed > 0 {
		os.Exit(1)
	}
}

func add(path string, c counts) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%d %d %d\n", c.passed, c.failed, c.skipped)
	return errors.Join(err, f.Close())
}

func total(file string) (c counts) {
	for line := range strings.Lines(file) {
		var p, f, s int
		if n, _ := fmt.Sscan(line, &p, &f, &s); n == 3 {
			c.passed, c.failed, c.skipped = c.passed+p, c.failed+f, c.skipped+s
		}
	}
	return c
}

// event is one line of `go test -json`.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build output
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

// goTests shows the output of what failed as soon as it has, a line for each
// skipped test, and at the end the packages by their seconds.
func goTests(r io.Reader, w io.Writer) (c counts) {
	type pkg struct {
		name    string
		seconds float64
		verdict string
	}
	var done []pkg
	output := map[string][]string{} // package/test → lines
	parents := map[string]bool{}    // tests that only group others
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var e event
		if json.Unmarshal(sc.Bytes(), &e) != nil {
			fmt.Fprintln(w, sc.Text()) // not JSON: the go command itself speaks
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "build-output":
			fmt.Fprint(w, e.Output)
		case "run":
			if i := strings.LastIndexByte(e.Test, '/'); i > 0 {
				parents[e.Package+" "+e.Test[:i]] = true
			}
		case "output":
			output[key] = append(output[key], e.Output)
		case "pass", "fail", "skip":
			lines := output[key]
			delete(output, key)
			if e.Test == "" {
				if e.Action == "fail" {
					if e.FailedBuild != "" || !strings.Contains(strings.Join(lines, ""), "FAIL\t") {
						c.failed++ // did not build, or died outside a test
					}
					fmt.Fprint(w, strings.Join(lines, ""))
					// Tests cut off by a panic or a deadline never report.
					for k, l := range output {
						if strings.HasPrefix(k, e.Package+" ") {
							fmt.Fprint(w, strings.Join(l, ""))
							c.failed++
							delete(output, k)
						}
					}
				}
				if e.Action != "skip" { // skip = no test files
					done = append(done, pkg{e.Package, e.Elapsed, e.Action})
				}
				continue
			}
			switch e.Action {
			case "fail":
				fmt.Fprint(w, strings.Join(lines, ""))
				if !parents[key] {
					c.failed++
				}
			case "pass":
				if !parents[key] {
					c.passed++
				}
			case "skip":
				c.skipped++
				fmt.Fprintf(w, "skipped %s %s: %s\n", e.Package, e.Test, reason(lines))
			}
		}
	}
	if err := sc.Err(); err != nil {
		fmt.Fprintln(w, "reading test output:", err)
		c.failed++
	}
	sort.SliceStable(done, func(i, j int) bool { return done[i].seconds > done[j].seconds })
	sum := 0.0
	fmt.Fprintln(w, "seconds per package:")
	for _, p := range done {
		sum += p.seconds
		verdict := "ok  "
		if p.verdict == "fail" {
			verdict = "FAIL"
			if c.failed == 0 {
				c.failed++
			}
		}
		fmt.Fprintf(w, "%s\t%8.2fs\t%s\n", verdict, p.seconds, p.name)
	}
	fmt.Fprintf(w, "go: %d packages, %.1f s, %d passed, %d failed, %d skipped\n", len(done), sum, c.passed, c.failed, c.skipped)
	return c
}

// reason is what the test said when it skipped itself.
func reason(lines []string) string {
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if l != "" && !strings.HasPrefix(l, "===") && !strings.HasPrefix(l, "---") {
			return l
		}
	}
	return "no reason given"
}

var (
	ansi       = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	vitestSum  = regexp.MustCompile(`^\s*Tests\s+(.*)\(\d+\)`)
	vitestPart = regexp.MustCompile(`(\d+) (passed|failed|skipped|todo)`)
	nodeSum    = regexp.MustCompile(`^\s*(?:#|ℹ) (pass|fail|cancelled|skipped|todo) (\d+)`)
)

func vitestLine(line string, c *counts) {
	m := vitestSum.FindStringSubmatch(line)
	if m == nil {
		return
	}
	for _, p := range vitestPart.FindAllStringSubmatch(m[1], -1) {
		c.add(p[2], p[1])
	}
}

func nodeLine(line string, c *counts) {
	if m := nodeSum.FindStringSubmatch(line); m != nil {
		c.add(m[1], m[2])
	}
}

func (c *counts) add(what, number string) {
	n, _ := strconv.Atoi(number)
	switch what {
	case "passed", "pass":
		c.passed += n
	case "failed", "fail", "cancelled":
		c.failed += n
	default:
		c.skipped += n
	}
}

// text passes a runner's output through and picks up its closing lines.
func text(r io.Reader, w io.Writer, line func(string, *counts)) (c counts) {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		fmt.Fprintln(w, sc.Text())
		line(ansi.ReplaceAllString(sc.Text(), ""), &c)
	}
	if err := sc.Err(); err != nil {
		fmt.Fprintln(w, "reading test output:", err)
		c.failed++
	}
	return c
}

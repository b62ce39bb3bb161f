// Command bench measures the program as it is: the real binary on a fresh
// SQLite file and on a throw-away PostgreSQL, with the load generator on the
// same machine. It prints a table and writes bench/RESULTS.md. It asserts
// nothing; figures that miss their target are marked.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"switchboard/internal/platform/db/dbtest/pgcluster"
)

type options struct {
	binary   string
	out      string
	engines  string
	rows     string
	messages int
	rounds   int
	profile  string
	large    bool
}

func main() {
	var o options
	flag.StringVar(&o.binary, "switchboard", "bin/switchboard", "the program to measure")
	flag.StringVar(&o.out, "out", "bench/RESULTS.md", "file for the table; empty = print only")
	flag.StringVar(&o.engines, "engines", "sqlite,postgres", "databases to measure")
	flag.StringVar(&o.rows, "rows", "start,inbound,types,inbox,web", "groups of rows to measure")
	flag.IntVar(&o.messages, "messages", 20_000, "messages of one round of P1")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds of P1; the best counts")
	flag.StringVar(&o.profile, "profile", "", "directory for CPU profiles; needs a program built with -tags profile")
	flag.BoolVar(&o.large, "large", false, "the 10 million message data set (not there yet)")
	flag.Parse()
	if o.large {
		fmt.Println("The rows at 10 million messages (P8, P9, P10) are not measured yet; running the ordinary ones.")
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	binary, err := filepath.Abs(o.binary)
	if err != nil {
		return err
	}
	o.binary = binary
	res := newResults(o.out)
	began := time.Now()
	for _, engine := range strings.Split(o.engines, ",") {
		if err := measure(o, engine, res); err != nil {
			return fmt.Errorf("%s: %w", engine, err)
		}
	}
	if o.wants("web") {
		web(o, res)
	}
	res.took = time.Since(began)
	return res.write()
}

func (o options) wants(row string) bool {
	for _, r := range strings.Split(o.rows, ",") {
		if r == row {
			return true
		}
	}
	return false
}

// measure takes all rows of one engine, each group on a database of its own.
func measure(o options, engine string, res *results) error {
	dir, err := os.MkdirTemp("", "switchboard-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var pg *pgcluster.Cluster
	if engine == "postgres" {
		if pg, err = pgcluster.Start(pgcluster.Options{}); err != nil {
			return err
		}
		defer pg.Stop()
	}
	for _, g := range []struct {
		name string
		run  func(options, *node, *results) error
	}{{"start", starting}, {"inbound", inbound}, {"types", types}, {"inbox", inboxPages}} {
		if !o.wants(g.name) {
			continue
		}
		began := time.Now()
		n, err := newNode(o, engine, filepath.Join(dir, g.name), g.name, pg)
		if err == nil {
			err = g.run(o, n, res)
			n.stop()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
		fmt.Printf("   %s on %s took %.0f s\n", g.name, engine, time.Since(began).Seconds())
	}
	return nil
}

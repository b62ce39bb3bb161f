package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// row is one figure.
type row struct {
	id, what, engine string
	value, target    string
	reached          bool
	size             string
	cpu              float64 // seconds per 1,000; 0 = does not apply
}

type results struct {
	path string
	load string // of the machine before the first row
	rows []row
	took time.Duration
}

func newResults(path string) *results { return &results{path: path, load: loadAverage()} }

// loadAverage is how busy the machine was in the last minute.
func loadAverage() string {
	b, _ := os.ReadFile("/proc/loadavg")
	one, _, _ := strings.Cut(string(b), " ")
	return one
}

func (r *results) add(x row) {
	r.rows = append(r.rows, x)
	fmt.Printf("%-4s %-8s %-48s %18s  %-12s %-6s %s\n", x.id, x.engine, x.what, x.value, x.target, x.mark(), x.used())
}

// used is the CPU column.
func (x row) used() string {
	if x.cpu > 0 {
		return f3(x.cpu)
	}
	return "–"
}

func (x row) mark() string {
	switch {
	case x.target == "":
		return ""
	case x.reached:
		return "yes"
	}
	return "**no**"
}

func (r *results) write() error {
	if r.path == "" {
		return nil
	}
	commit := "unknown"
	if out, err := exec.Command("git", "describe", "--always", "--dirty").Output(); err == nil {
		commit = strings.TrimSpace(string(out))
	}
	date := time.Now().UTC().Format("2006-01-02")
	machine := fmt.Sprintf("%d cores", runtime.NumCPU())
	var b strings.Builder
	fmt.Fprintf(&b, "# Figures\n\nWritten by `make bench` in %.0f s; do not edit. The load generator runs on the same machine as the server, over loopback.\n"+
		"CPU is utime + stime of the server and of every process of the database. Of several short runs the best counts.\n"+
		"Load average of the machine before the first row: %s. Above the number of cores, times and rates say more about the others on it than about the program; CPU-seconds hold.\n\n", r.took.Seconds(), r.load)
	b.WriteString("| row | what | database | figure | target | reached | CPU-s per 1,000 | data set | machine | date | commit |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, x := range r.rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", x.id, x.what, x.engine, x.value, x.target, x.mark(), x.used(), x.size, machine, date, commit)
	}
	if err := os.MkdirAll(filepath.Dir(r.path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(r.path, []byte(b.String()), 0o644)
}

func f0(v float64) string { return fmt.Sprintf("%.0f", v) }
func f1(v float64) string { return fmt.Sprintf("%.1f", v) }
func f3(v float64) string { return fmt.Sprintf("%.3f", v) }

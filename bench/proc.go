package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const ticks = 100 // USER_HZ, the same on every Linux

// cpu is the processor time of the server and, with PostgreSQL, of all its
// processes, in seconds.
func (n *node) cpu() float64 {
	total := stat(n.cmd.Process.Pid).self
	if n.pg == nil {
		return total
	}
	root, err := n.pg.PID()
	if err != nil {
		return total
	}
	s := stat(root)
	total += s.self + s.children // children that have ended are in there
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range files {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(f)))
		if p := stat(pid); p.parent == root {
			total += p.self
		}
	}
	return total
}

type times struct {
	parent         int
	self, children float64
}

func stat(pid int) (t times) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return t
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	num := func(i int) float64 { v, _ := strconv.ParseFloat(f[i], 64); return v }
	t.parent = int(num(1))
	t.self, t.children = (num(11)+num(12))/ticks, (num(13)+num(14))/ticks
	return t
}

// rss is the resident memory of the server in MB.
func (n *node) rss() float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.cmd.Process.Pid))
	for _, l := range strings.Split(string(b), "\n") {
		if v, ok := strings.CutPrefix(l, "VmRSS:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(v)[0], 64)
			return kb / 1024
		}
	}
	return 0
}

package main

import (
	"fmt"
	"os"
	"time"
)

// starting measures P10 on an empty database.
func starting(o options, n *node, res *results) error {
	best := time.Hour
	for range 5 {
		n.stop()
		took, err := n.start()
		if err != nil {
			return err
		}
		best = min(best, took)
	}
	time.Sleep(3 * time.Second)
	cpu, began := n.cpu(), time.Now()
	time.Sleep(10 * time.Second)
	idle := (n.cpu() - cpu) / time.Since(began).Seconds() * 100
	st, err := os.Stat(n.binary)
	if err != nil {
		return err
	}
	ms, mem, size := float64(best.Microseconds())/1000, n.rss(), float64(st.Size())/(1<<20)
	res.add(row{"P10", "start to ready, ms", n.engine, f0(ms), "≤ 300", ms <= 300, "empty", 0})
	res.add(row{"P10", "idle memory of the server, MB", n.engine, f0(mem), "≤ 60", mem <= 60, "empty", 0})
	res.add(row{"P10", "idle CPU over 10 s, all processes", n.engine, fmt.Sprintf("%.2f %%", idle), "≤ 0.2 %", idle <= 0.2, "empty", 0})
	if n.pg == nil {
		res.add(row{"P10", "binary, MB", "–", f0(size), "≤ 60", size <= 60, "–", 0})
	}
	return nil
}

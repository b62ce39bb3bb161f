package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// web has P13 measured by the program of the browser stories, which prints one
// line per figure: what | figure | target | yes or no.
func web(o options, res *results) {
	const script = "e2e/bench-web.mjs"
	if _, err := os.Stat(script); err != nil {
		res.add(row{id: "P13", what: "web app: first load, interaction", engine: "–", value: "see e2e", size: "–"})
		return
	}
	c := exec.Command("node", script)
	c.Env = append(os.Environ(), "SWITCHBOARD_BIN="+o.binary)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		fmt.Println("   the web figures could not be measured:", err)
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 4 {
			continue
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		res.add(row{"P13", f[0], "–", f[1], f[2], f[3] == "yes", "demo", 0})
	}
}

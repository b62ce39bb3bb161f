package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// web has P13 measured by the program of the browser stories, which prints its
// figures as JSON.
func web(o options, res *results) {
	const script = "e2e/bench-web.mjs"
	c := exec.Command("node", script)
	c.Env = append(os.Environ(), "SWITCHBOARD_BIN="+o.binary)
	c.Stderr = os.Stderr
	out, err := c.Output()
	var f struct {
		FirstLoad   float64 `json:"first_load_gzip_kb"`
		Fonts       float64 `json:"first_load_fonts_kb"`
		Interactive float64 `json:"interactive_4x_ms"`
		Switch      float64 `json:"switch_median_ms"`
		SwitchMax   float64 `json:"switch_max_ms"`
		Frame       float64 `json:"typing_500_messages_longest_frame_ms"`
		Slow        int     `json:"typing_500_messages_frames_over_50_ms"`
	}
	if err == nil {
		err = json.Unmarshal(out, &f)
	}
	if err != nil {
		fmt.Println("   the web figures could not be measured:", err)
		return
	}
	add := func(what, value, target string, reached bool) {
		res.add(row{"P13", what, "–", value, target, reached, "demo", 0})
	}
	add("inbox first load, gzip, without fonts", fmt.Sprintf("%.0f kB", f.FirstLoad), "≤ 300 kB", f.FirstLoad <= 300)
	add("fonts", fmt.Sprintf("%.0f kB", f.Fonts), "", true)
	add("interactive on a 4× slowed CPU", fmt.Sprintf("%.1f s", f.Interactive/1000), "≤ 2 s", f.Interactive <= 2000)
	add("switching conversations, median / max", fmt.Sprintf("%.0f / %.0f ms", f.Switch, f.SwitchMax), "≤ 100 ms", f.Switch <= 100)
	add("typing beside 500 messages, longest frame (frames over 50 ms)", fmt.Sprintf("%.0f ms (%d)", f.Frame, f.Slow), "≤ 50 ms", f.Frame <= 50)
}

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// inbound measures P1 to P4 and, on SQLite, P15.
func inbound(o options, n *node, res *results) error {
	total := 2000
	if _, _, err := n.flood(total, "warm"); err != nil {
		return err
	}
	if err := n.analyze(); err != nil {
		return err
	}
	var best, bestCPU float64
	var rates []float64
	for round := range o.rounds {
		rate, cpu, err := n.flood(o.messages, fmt.Sprintf("p1-%d", round))
		if err != nil {
			return err
		}
		total += o.messages
		fmt.Printf("   %s round %d: %.0f/s, %.3f CPU-s per 1,000\n", n.engine, round+1, rate, cpu)
		best, rates = max(best, rate), append(rates, rate)
		if bestCPU == 0 || cpu < bestCPU {
			bestCPU = cpu
		}
	}
	seen, err := n.count("messages")
	if err != nil {
		return err
	}
	if seen != total {
		return fmt.Errorf("%d messages were acknowledged and %d are listed", total, seen)
	}
	size := fmt.Sprintf("%d contacts, %d messages", contacts, total)
	target := map[string][4]float64{"sqlite": {3000, 0.45}, "postgres": {2500, 0.8}}[n.engine]
	res.add(row{"P1", "inbound stored and visible, per second", n.engine, f0(best), "≥ " + f0(target[0]), best >= target[0], size, bestCPU})
	res.add(row{"P2", "CPU-s per 1,000 of P1, all processes", n.engine, f3(bestCPU), "≤ " + f3(target[1]), bestCPU <= target[1], size, bestCPU})
	if err := n.acknowledge(o, slices.Sorted(slices.Values(rates))[len(rates)/2]/2, size, res); err != nil {
		return err
	}
	if err := n.live(o, size, res); err != nil {
		return err
	}
	if n.pg == nil {
		n.stop()
		return disk(n, res)
	}
	return nil
}

// flood sends messages as fast as they are answered and waits until the last
// is recorded.
func (n *node) flood(count int, name string) (rate, cpuPer1000 float64, err error) {
	return n.floodOf(n.hooks(count), name)
}

func (n *node) floodOf(hooks []hook, name string) (rate, cpuPer1000 float64, err error) {
	count := len(hooks)
	before, err := n.received()
	if err != nil {
		return 0, 0, err
	}
	n.takeProfile(name, 4)
	cpu, began := n.cpu(), time.Now()
	if _, err := n.fire(hooks, 0, nil); err != nil {
		return 0, 0, err
	}
	took, err := n.settle(before+count, began)
	return float64(count) / took.Seconds(), (n.cpu() - cpu) / float64(count) * 1000, err
}

// settle waits until the server has recorded so many events.
func (n *node) settle(want int, began time.Time) (time.Duration, error) {
	for {
		have, err := n.received()
		if err != nil || have >= want {
			return time.Since(began), err
		}
		if time.Since(began) > time.Minute {
			return 0, fmt.Errorf("%d of %d events are recorded after a minute", have, want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// acknowledge measures P3: the answer to a webhook at half the capacity.
func (n *node) acknowledge(o options, rate float64, size string, res *results) error {
	var p50, p99, per float64
	for round := range 3 {
		hooks := n.hooks(int(rate * 4))
		before, err := n.received()
		if err != nil {
			return err
		}
		cpu, began := n.cpu(), time.Now()
		took, err := n.fire(hooks, rate, nil)
		if err != nil {
			return err
		}
		if _, err := n.settle(before+len(hooks), began); err != nil {
			return err
		}
		a, b := quantile(took, 0.5), quantile(took, 0.99)
		used := (n.cpu() - cpu) / float64(len(hooks)) * 1000
		fmt.Printf("   %s acknowledgement at %.0f/s: %.1f / %.1f ms, %.3f CPU-s per 1,000\n", n.engine, rate, a, b, used)
		if round == 0 || b < p99 {
			p50, p99, per = a, b, used
		}
	}
	res.add(row{"P3", fmt.Sprintf("acknowledgement p50 / p99 at %.0f/s, ms", rate), n.engine, f1(p50) + " / " + f1(p99), "≤ 4 / 25", p50 <= 4 && p99 <= 25, size, per})
	return nil
}

// live measures P4: from a webhook to the event at a stream.
func (n *node) live(o options, size string, res *results) error {
	var p50, p99, per float64
	for round := range 3 {
		hooks := n.hooks(500 * 5)
		at := make([]time.Time, len(hooks))
		index := make(map[string]int, len(hooks))
		for i, h := range hooks {
			index[h.id] = i
		}
		var mu sync.Mutex
		var took []time.Duration
		all := make(chan struct{})
		end, err := n.watch(func(id string, now time.Time) {
			if i, ok := index[id]; ok {
				mu.Lock()
				took = append(took, now.Sub(at[i]))
				if len(took) == len(hooks) {
					close(all)
				}
				mu.Unlock()
			}
		})
		if err != nil {
			return err
		}
		cpu := n.cpu()
		if _, err := n.fire(hooks, 500, func(i int, t time.Time) { mu.Lock(); at[i] = t; mu.Unlock() }); err != nil {
			return err
		}
		select {
		case <-all:
		case <-time.After(10 * time.Second):
			return errors.New("not every message came as a live event")
		}
		end()
		a, b := quantile(took, 0.5), quantile(took, 0.99)
		used := (n.cpu() - cpu) / float64(len(hooks)) * 1000
		fmt.Printf("   %s live at 500/s: %.1f / %.1f ms, %.3f CPU-s per 1,000\n", n.engine, a, b, used)
		if round == 0 || b < p99 {
			p50, p99, per = a, b, used
		}
	}
	res.add(row{"P4", "webhook to live event at 500/s p50 / p99, ms", n.engine, f1(p50) + " / " + f1(p99), "≤ 15 / 80", p50 <= 15 && p99 <= 80, size, per})
	return nil
}

// watch opens an event stream and calls seen for each new message.
func (n *node) watch(seen func(id string, at time.Time)) (end func(), err error) {
	req, err := http.NewRequest("GET", "http://"+n.listen+"/rest/v1/events", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+n.token)
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if r.StatusCode != 200 {
		r.Body.Close()
		return nil, fmt.Errorf("event stream: %s", r.Status)
	}
	in := bufio.NewReaderSize(r.Body, 256<<10)
	if _, err := in.ReadSlice('\n'); err != nil { // it says something at once
		return nil, err
	}
	go func() {
		created, field := false, []byte(`"provider_message_id":"`)
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return
			}
			switch {
			case bytes.HasPrefix(line, []byte("event: ")):
				created = bytes.HasPrefix(line, []byte("event: message.created"))
			case created && bytes.HasPrefix(line, []byte("data: ")):
				if _, rest, ok := bytes.Cut(line, field); ok {
					id, _, _ := bytes.Cut(rest, []byte(`"`))
					seen(string(id), time.Now())
				}
			}
		}
	}()
	return func() { r.Body.Close() }, nil
}

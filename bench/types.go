package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// further are the types measured against the first one, each with what connects
// it and what its provider writes.
var further = []struct {
	name, id string
	settings map[string]string
	hooks    func(n *node, channel string, count int) []hook
}{
	{"Telegram", "TELEGRAM", map[string]string{"bot_token": "7002000901:bench-token-of-nobody", "verify_token": "bench-secret"}, (*node).updates},
}

// mostOver is how much more CPU a message of a further type may cost.
const mostOver = 1.3

// types measures P1 and P2 for each further inbound type. Its rounds alternate
// with the first type's, so that a busy machine slows both; the best of each
// counts.
func types(o options, n *node, res *results) error {
	if _, _, err := n.flood(2000, "warm"); err != nil {
		return err
	}
	for _, t := range further {
		channel, err := n.connect(t.name, t.id, t.settings)
		if err != nil {
			return err
		}
		if _, _, err := n.floodOf(t.hooks(n, channel, 2000), "warm"); err != nil {
			return err
		}
		if err := n.analyze(); err != nil {
			return err
		}
		var rate, cpu, first float64
		for round := range o.rounds {
			_, base, err := n.flood(o.messages, fmt.Sprintf("first-%d", round))
			if err != nil {
				return err
			}
			r, c, err := n.floodOf(t.hooks(n, channel, o.messages), fmt.Sprintf("%s-%d", t.name, round))
			if err != nil {
				return err
			}
			fmt.Printf("   %s %s round %d: %.0f/s, %.3f CPU-s per 1,000 beside %.3f\n", n.engine, t.name, round+1, r, c, base)
			rate = max(rate, r)
			if cpu == 0 || c < cpu {
				cpu = c
			}
			if first == 0 || base < first {
				first = base
			}
		}
		size := fmt.Sprintf("%d contacts, %d messages a round", contacts, o.messages)
		target := map[string]float64{"sqlite": 3000, "postgres": 2500}[n.engine]
		res.add(row{"P1", "inbound of " + t.name + " stored and visible, per second", n.engine, f0(rate), "≥ " + f0(target), rate >= target, size, cpu})
		res.add(row{"P2", "CPU of " + t.name + " per 1,000, ratio to WhatsApp", n.engine, fmt.Sprintf("%.2f", cpu/first), fmt.Sprintf("≤ %.1f", mostOver), cpu/first <= mostOver, size, cpu})
	}
	return nil
}

// connect makes an active channel and gives its id.
func (n *node) connect(name, typ string, settings map[string]string) (string, error) {
	_, b, err := n.request("POST", "/rest/v1/channel_accounts", "return=representation",
		map[string]any{"name": "Bench " + name, "type": typ, "is_active": true, "settings": settings})
	if err != nil {
		return "", err
	}
	var made []struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(b, &made); err != nil || len(made) != 1 {
		return "", fmt.Errorf("no channel in %s: %w", b, err)
	}
	return made[0].ID, nil
}

// updates are messages to a bot, as Telegram writes them.
func (n *node) updates(channel string, count int) []hook {
	first := time.Now().UnixNano() / 1000
	out := make([]hook, count)
	for i := range out {
		who := 9_100_000_000 + rand.IntN(contacts)
		text := words[rand.IntN(len(words))]
		for range 3 + rand.IntN(16) {
			text += " " + words[rand.IntN(len(words))]
		}
		number := first + int64(i)
		body := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Visitor","last_name":"%d","username":"visitor_%d","language_code":"en"},`+
			`"chat":{"id":%d,"first_name":"Visitor","last_name":"%d","username":"visitor_%d","type":"private"},"date":%d,"text":"%s"}}`,
			number, number, who, who, who, who, who, who, time.Now().Unix(), text)
		out[i] = hook{fmt.Sprintf("%d:%d", who, number), fmt.Appendf(nil, "POST /webhooks/telegram/%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: bench-secret\r\nContent-Length: %d\r\n\r\n%s",
			channel, n.listen, len(body), body)}
	}
	return out
}

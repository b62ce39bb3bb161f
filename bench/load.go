package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	contacts    = 2000
	connections = 32
)

// hook is one signed webhook, ready to be written to a connection.
type hook struct {
	id  string // the provider's message id
	raw []byte // the whole HTTP request
}

var words = strings.Fields(`hello thanks order number please delivery when tomorrow invoice could you send again the lamp arrived
	broken today I would like to change my address for next week is it possible pay by card refund size color blue available
	shop open saturday phone call me back appointment morning after noon great problem account password question about price`)

// hooks makes n distinct messages of the contacts, as Meta writes them.
func (n *node) hooks(count int) []hook {
	r := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	out := make([]hook, count)
	for i := range out {
		c := r.IntN(contacts)
		from := strconv.Itoa(491550000000 + c)
		var id [24]byte
		for j := range id {
			id[j] = byte(r.Uint32())
		}
		wamid := "wamid.HBgL" + base64.StdEncoding.EncodeToString(id[:])
		var text strings.Builder
		for w := 0; w < 4+r.IntN(16); w++ {
			if w > 0 {
				text.WriteByte(' ')
			}
			text.WriteString(words[r.IntN(len(words))])
		}
		body := fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"411000000000021","changes":[{"value":{"messaging_product":"whatsapp",`+
			`"metadata":{"display_phone_number":"12025550131","phone_number_id":"%s"},"contacts":[{"profile":{"name":"Visitor %d"},"wa_id":"%s","user_id":"DE.%016d"}],`+
			`"messages":[{"from":"%s","from_user_id":"DE.%016d","id":"%s","timestamp":"%d","text":{"body":"%s"},"type":"text"}]},"field":"messages"}]}]}`,
			phoneID, c, from, c, from, c, wamid, time.Now().Unix(), text.String())
		m := hmac.New(sha256.New, []byte(appSecret))
		m.Write([]byte(body))
		out[i] = hook{wamid, fmt.Appendf(nil, "POST /webhooks/whatsapp_cloud/%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256=%s\r\nContent-Length: %d\r\n\r\n%s",
			n.channel, n.listen, hex.EncodeToString(m.Sum(nil)), len(body), body)}
	}
	return out
}

// client is one keep-alive connection that costs the machine as little as it can.
type client struct {
	c net.Conn
	r *bufio.Reader
}

func (n *node) dial() (*client, error) {
	c, err := net.Dial("tcp", n.listen)
	if err != nil {
		return nil, err
	}
	return &client{c, bufio.NewReaderSize(c, 64<<10)}, nil
}

// do writes a request and reads its answer; the body's length comes back.
func (c *client) do(raw []byte) (int, error) {
	if _, err := c.c.Write(raw); err != nil {
		return 0, err
	}
	return c.answer()
}

var contentLength = []byte("Content-Length: ")

func (c *client) answer() (int, error) {
	status, length := 0, -1
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if status == 0 && len(line) > 12 {
			status, _ = strconv.Atoi(string(line[9:12]))
		}
		if v, ok := bytes.CutPrefix(line, contentLength); ok {
			length, _ = strconv.Atoi(strings.TrimSpace(string(v)))
		}
		if len(line) <= 2 {
			break
		}
	}
	if length < 0 {
		return 0, fmt.Errorf("an answer %d without length", status)
	}
	if _, err := io.CopyN(io.Discard, c.r, int64(length)); err != nil {
		return 0, err
	}
	if status != 200 {
		return length, fmt.Errorf("answer %d", status)
	}
	return length, nil
}

// fire sends all hooks over the connections: as fast as they are answered, or
// rate per second at fixed times. sent hears when each was put on the wire. A
// connection that is late counts from the time it should have sent.
func (n *node) fire(hooks []hook, rate float64, sent func(i int, at time.Time)) ([]time.Duration, error) {
	took := make([]time.Duration, len(hooks))
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, connections)
	began := time.Now().Add(5 * time.Millisecond)
	for range connections {
		c, err := n.dial()
		if err != nil {
			return nil, err
		}
		wg.Go(func() {
			defer c.c.Close()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(hooks) {
					return
				}
				at := time.Now()
				if rate > 0 {
					due := began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
					if wait := time.Until(due); wait > 0 {
						time.Sleep(wait)
						at = time.Now() // the sleep's own lateness is not the server's
					} else {
						at = due
					}
				}
				if sent != nil {
					sent(i, at)
				}
				if _, err := c.do(hooks[i].raw); err != nil {
					errs <- err
					return
				}
				took[i] = time.Since(at)
			}
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return nil, err
	default:
		return took, nil
	}
}

// quantile of durations, in milliseconds.
func quantile(d []time.Duration, q float64) float64 {
	if len(d) == 0 {
		return 0
	}
	d = slices.Clone(d)
	slices.Sort(d)
	return float64(d[min(int(q*float64(len(d))), len(d)-1)].Microseconds()) / 1000
}

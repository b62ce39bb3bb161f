package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"switchboard/internal/platform/db/dbtest/pgcluster"
)

// node is one server process on a database of its own, with an organization,
// a token and a channel.
type node struct {
	binary, engine, data, url string
	pg                        *pgcluster.Cluster
	profile, pprof            string

	listen              string
	org, token, channel string
	cmd                 *exec.Cmd
	log                 *os.File
}

const (
	appSecret = "bench-app-secret"
	phoneID   = "520000000000031"
)

func newNode(o options, engine, data, name string, pg *pgcluster.Cluster) (*node, error) {
	n := &node{binary: o.binary, engine: engine, data: data, pg: pg, profile: o.profile}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	if pg != nil {
		ctx := context.Background()
		c, err := pgx.Connect(ctx, pg.URL("postgres"))
		if err != nil {
			return nil, err
		}
		defer c.Close(ctx)
		if _, err := c.Exec(ctx, "CREATE DATABASE bench_"+name); err != nil {
			return nil, err
		}
		n.url = pg.URL("bench_" + name)
	}
	var err error
	if n.log, err = os.Create(filepath.Join(data, "server.log")); err != nil {
		return nil, err
	}
	if n.org, err = n.command("Vq7-larkspur-Tundra-91\n", "admin", "create", "--email", "bench@example.com", "--organization", "Bench", "--password-stdin"); err != nil {
		return nil, err
	}
	if n.token, err = n.command("", "token", "create", "--organization", n.org, "--name", "bench"); err != nil {
		return nil, err
	}
	if _, err := n.start(); err != nil {
		return nil, err
	}
	return n, n.makeChannel()
}

// analyze does what autovacuum does within a minute: without statistics
// PostgreSQL keeps the plans it made while the tables were empty.
func (n *node) analyze() error {
	if n.pg == nil {
		return nil
	}
	ctx := context.Background()
	c, err := pgx.Connect(ctx, n.url)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, "ANALYZE")
	return err
}

func (n *node) args(args ...string) []string {
	args = append(args, "--data", n.data)
	if n.url != "" {
		args = append(args, "--database-url", n.url)
	}
	return args
}

func (n *node) command(stdin string, args ...string) (string, error) {
	c := exec.Command(n.binary, n.args(args...)...)
	c.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("switchboard %s: %w: %s", strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(out.String()), nil
}

// start starts the server and tells how long it took until it was ready.
func (n *node) start() (time.Duration, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	n.listen = ln.Addr().String()
	ln.Close()
	n.cmd = exec.Command(n.binary, n.args("serve", "--listen", n.listen, "--log-level", "warn")...)
	n.cmd.Stdout, n.cmd.Stderr = n.log, n.log
	if n.profile != "" {
		if ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return 0, err
		}
		n.pprof = ln.Addr().String()
		ln.Close()
		n.cmd.Env = append(os.Environ(), "SWITCHBOARD_PPROF="+n.pprof)
	}
	began := time.Now()
	if err := n.cmd.Start(); err != nil {
		return 0, err
	}
	for {
		r, err := http.Get("http://" + n.listen + "/readyz")
		if err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return time.Since(began), nil
			}
		}
		if time.Since(began) > 30*time.Second {
			n.cmd.Process.Kill()
			return 0, errors.New("the server is not ready after 30 s; see its log")
		}
		time.Sleep(time.Millisecond)
	}
}

func (n *node) stop() {
	if n.cmd == nil || n.cmd.ProcessState != nil {
		return
	}
	_ = n.cmd.Process.Signal(syscall.SIGTERM)
	_ = n.cmd.Wait()
	if text, err := os.ReadFile(n.log.Name()); err == nil && bytes.Contains(text, []byte("level=")) {
		lines := bytes.SplitAfter(text, []byte("\n"))
		shown := 0
		for _, l := range lines {
			if bytes.Contains(l, []byte("level=")) && shown < 5 {
				shown++
				fmt.Printf("   the server says: %s", l)
			}
		}
	}
}

func (n *node) request(method, path, prefer string, body any) (*http.Response, []byte, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, nil, err
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, "http://"+n.listen+path, in)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+n.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Prefer", prefer)
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, r.Status, b)
	}
	return r, b, err
}

func (n *node) makeChannel() error {
	_, b, err := n.request("POST", "/rest/v1/channel_accounts", "return=representation", map[string]any{"name": "Bench", "type": "WHATSAPP_CLOUD", "is_active": true,
		"settings": map[string]string{"phone_number_id": phoneID, "waba_id": "411000000000021", "app_id": "730000000000011",
			"app_secret": appSecret, "access_token": "bench", "verify_token": "bench"}})
	if err != nil {
		return err
	}
	var made []struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(b, &made); err != nil || len(made) != 1 {
		return fmt.Errorf("no channel in %s: %w", b, err)
	}
	n.channel = made[0].ID
	return nil
}

// count asks the API how many rows a list has.
func (n *node) count(list string) (int, error) {
	r, _, err := n.request("GET", "/rest/v1/"+list+"?limit=1", "count=exact", nil)
	if err != nil {
		return 0, err
	}
	_, total, _ := strings.Cut(r.Header.Get("Content-Range"), "/")
	return strconv.Atoi(total)
}

// received is how many events the server has recorded since it started.
func (n *node) received() (int, error) {
	r, err := http.Get("http://" + n.listen + "/metrics")
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	s := bufio.NewScanner(r.Body)
	for s.Scan() {
		if v, ok := strings.CutPrefix(s.Text(), "switchboard_events_received_total "); ok {
			f, err := strconv.ParseFloat(v, 64)
			return int(f), err
		}
	}
	return 0, errors.New("no events_received_total in /metrics")
}

// takeProfile fetches a CPU profile of the next seconds, when asked for.
func (n *node) takeProfile(name string, seconds int) {
	if n.profile == "" {
		return
	}
	go func() {
		r, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", n.pprof, seconds))
		if err != nil {
			return
		}
		defer r.Body.Close()
		if b, err := io.ReadAll(r.Body); err == nil {
			_ = os.WriteFile(filepath.Join(n.profile, name+"-"+n.engine+".cpu"), b, 0o600)
		}
	}()
}

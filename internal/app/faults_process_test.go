package app

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"switchboard/internal/domain/inbox"
	"switchboard/internal/platform/db/dbtest"
	"switchboard/internal/platform/db/dbtest/pgcluster"
	"switchboard/internal/simulator"
)

// binary builds the real program once per run.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "switchboard-faults-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "switchboard")
	out, err := exec.Command("go", "build", "-o", path, "switchboard/cmd/switchboard").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return path, err
})

// process is a real server on a port of its own.
type process struct {
	cmd *exec.Cmd
	url string
	end chan error
}

// process starts the real program on the scene's storage.
func (s *scene) process(listen string, more ...string) *process {
	s.Helper()
	path, err := binary()
	if err != nil {
		s.Fatal(err)
	}
	args := []string{"serve", "--listen", listen, "--data", s.cfg.Data, "--public-url", "http://" + listen, "--log-level", "debug",
		"--provider-url", simulator.TypeWhatsAppCloud + "=" + s.cfg.ProviderURLs[simulator.TypeWhatsAppCloud]}
	if s.cfg.DatabaseURL != "" {
		args = append(args, "--database-url", s.cfg.DatabaseURL)
	}
	args = append(args, more...)
	p := &process{cmd: exec.Command(path, args...), url: "http://" + listen, end: make(chan error, 1)}
	p.cmd.Stderr = s.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		s.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = p.cmd.Process.Kill() })
	ready := make(chan bool, 1)
	go func() {
		sc := bufio.NewScanner(out)
		for sc.Scan() {
			if strings.Contains(sc.Text(), "listens on") {
				ready <- true
			}
		}
		_, _ = io.Copy(io.Discard, out)
		p.end <- p.cmd.Wait()
	}()
	select {
	case <-ready:
	case err := <-p.end:
		s.Fatal("the server did not start: ", err)
	case <-time.After(30 * time.Second):
		s.Fatal("the server does not start")
	}
	return p
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.end
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// withChannel makes channels with a node that is gone before the test begins.
func (s *scene) withChannel() simulator.Account {
	s.Helper()
	n := s.node()
	_, a := s.channel(n, s.admin, true, nil)
	n.stop()
	return a
}

// Kill -9 in the middle of webhooks, again and again, with a sender that
// repeats until it is answered 200.
func TestFaultKilledWhileReceiving(t *testing.T) {
	onEach(t, func(s *scene) {
		a := s.withChannel()
		s.knobs(a, simulator.Knobs{Duplicate: 1})
		kills, events, people := scaled(20), scaled(20_000), 200
		rnd := rand.New(rand.NewPCG(1, 2))
		feed := make(chan error, 1)
		go func() {
			for i := range events {
				if i%50 == 0 { // no more than the simulator has in hand at once
					for s.sim.Truth(simulator.TruthQuery{Limit: 1, NoBodies: true}).Summary.Pending > 500 {
						wait(5 * time.Millisecond)
					}
				}
				if _, err := s.sim.Inbound(a.PhoneNumberID, simulator.Inbound{Visitor: fmt.Sprintf("120255%05d", i%people), Text: fmt.Sprint(i)}); err != nil {
					feed <- err
					return
				}
			}
			feed <- nil
		}()
		acked := func() int { return s.sim.Truth(simulator.TruthQuery{Limit: 1, NoBodies: true}).Summary.Acked }
		for k := range kills {
			p := s.process(freePort(t))
			s.front.to(p.url)
			// Spread over the whole run, at a moment of chance.
			goal := (k + 1) * events / (kills + 1)
			s.until(120*time.Second, "progress", func() bool { return acked() >= goal })
			wait(time.Duration(rnd.IntN(100)) * time.Millisecond)
			p.kill()
		}
		p := s.process(freePort(t))
		s.front.to(p.url)
		if err := <-feed; err != nil {
			t.Fatal(err)
		}
		s.idle(120 * time.Second)
		s.want("messages", s.settled(), events)
		s.oneOfEach(min(people, events))
		t.Logf("%d webhooks, %d kills: 0 lost, 0 twice if this passed; %d calls", events, kills, tries(s.sim))
		p.kill()
	})
}

func tries(sim *simulator.Simulator) (n int) {
	for _, e := range sim.Truth(simulator.TruthQuery{NoBodies: true}).Events {
		n += e.Tries
	}
	return n
}

// wait is for chance, never for a condition.
func wait(d time.Duration) { <-time.After(d) }

// SIGTERM in a burst: what was acknowledged is there, the process ends by itself.
func TestFaultTerminatedInABurst(t *testing.T) {
	onEach(t, func(s *scene) {
		a := s.withChannel()
		for range max(scaled(10), 3) {
			p := s.process(freePort(t))
			s.front.to(p.url)
			before := s.sim.Truth(simulator.TruthQuery{Limit: 1}).Summary.Acked
			s.inbound(a, simulator.Inbound{Visitor: "12025550100", Text: "burst", Count: 300})
			s.until(30*time.Second, "some of it", func() bool {
				return s.sim.Truth(simulator.TruthQuery{Limit: 1, NoBodies: true}).Summary.Acked > before+20
			})
			_ = p.cmd.Process.Signal(syscall.SIGTERM)
			select {
			case err := <-p.end:
				if err != nil {
					t.Error("exit:", err)
				}
			case <-time.After(25 * time.Second):
				t.Fatal("does not end within 25 s")
			}
		}
		p := s.process(freePort(t))
		s.front.to(p.url)
		s.idle(60 * time.Second)
		s.settled()
		s.oneOfEach(1)
	})
}

// Kill -9 while sending: at most what was on its way is uncertain, nothing is
// sent twice, everything else goes in order after the restart.
func TestFaultKilledWhileSending(t *testing.T) {
	onOne(t, "postgres", func(s *scene) {
		n, _, a := s.one()
		convs := s.people(n, a, 50)
		n.stop()
		p := s.process(freePort(t))
		s.front.to(p.url)
		s.knobs(a, simulator.Knobs{DelayAnswersMS: 100, HoldStatuses: true})
		// The messages are accepted by a server that never sends: storage alone.
		each := scaled(100)
		q := s.quietNode()
		for i := range each {
			for _, c := range convs {
				s.send(q, c.ID, fmt.Sprint("text ", i))
			}
		}
		total, kills := each*len(convs), scaled(20)
		for k := range kills {
			goal := (k + 1) * total / (kills + 1)
			s.until(120*time.Second, "progress", func() bool { return len(s.sends(a)) >= goal })
			p.kill()
			p = s.process(freePort(t))
			s.front.to(p.url)
		}
		s.until(5*time.Minute, "nothing waits but what is uncertain", func() bool { return s.count(`SELECT count(*) FROM outbox WHERE state <> 'uncertain'`) == 0 })
		got := s.tally(`SELECT status FROM message WHERE direction = 'outbound'`)
		t.Logf("%d messages, %d kills: %v, accepted %d", total, kills, got, len(s.sends(a)))
		if got["uncertain"] > kills*40 {
			t.Errorf("%d uncertain after %d kills", got["uncertain"], kills)
		}
		s.want("sent or uncertain", got["sent"]+got["uncertain"], total)
		// The statuses that were held settle what the provider has taken.
		s.knobs(a, simulator.Knobs{})
		s.idle(60 * time.Second)
		s.until(60*time.Second, "all that arrived is known", func() bool {
			return s.count(`SELECT count(*) FROM message WHERE direction = 'outbound' AND status = 'delivered'`) == len(s.sends(a))
		})
		s.sentOnce()
		s.inOrder(a)
		p.kill()
	})
}

// quietNode accepts messages but has no gateway at work, so that only the
// process under test sends.
func (s *scene) quietNode() *node {
	s.Helper()
	n, err := newServer(s.cfg.withDefaults(), s.look, nil)
	if err != nil {
		s.Fatal(err)
	}
	return &node{server: n}
}

// A holder that was stopped for longer than its lease sends nothing of what
// another has taken over (a zombie).
func TestFaultStoppedHolder(t *testing.T) {
	if !full() {
		t.Skip("takes longer than a lease; part of make faults")
	}
	s := newScene(t, dbtest.PostgresURL(t))
	n, _, a := s.one()
	convs := s.people(n, a, 50)
	n.stop()
	p := s.process(freePort(t))
	s.front.to(p.url)
	s.knobs(a, simulator.Knobs{DelayAnswersMS: 50})
	q := s.quietNode()
	for i := range 20 {
		for _, c := range convs {
			s.send(q, c.ID, fmt.Sprint("text ", i))
		}
	}
	s.until(60*time.Second, "half", func() bool { return len(s.sends(a)) > 300 })
	_ = p.cmd.Process.Signal(syscall.SIGSTOP)
	second := s.process(freePort(t))
	s.front.to(second.url)
	s.until(90*time.Second, "the other has taken over", func() bool { return len(s.sends(a)) > 600 })
	_ = p.cmd.Process.Signal(syscall.SIGCONT)
	s.until(120*time.Second, "nothing waits", func() bool { return s.count(`SELECT count(*) FROM outbox`) == 0 })
	s.idle(60 * time.Second)
	s.sentOnce()
	s.inOrder(a)
	got := s.tally(`SELECT status FROM message WHERE direction = 'outbound'`)
	t.Logf("%v, accepted %d", got, len(s.sends(a)))
	s.want("delivered or uncertain", got["delivered"]+got["uncertain"], 1000)
}

// Two processes on one PostgreSQL, one killed again and again.
func TestFaultTwoProcesses(t *testing.T) {
	s := newScene(t, dbtest.PostgresURL(t))
	a := s.withChannel()
	stay := s.process(freePort(t))
	events := scaled(10_000)
	for k := range max(scaled(20), 3) {
		other := s.process(freePort(t))
		s.front.to(stay.url, other.url)
		s.front.repeat(2)
		s.inbound(a, simulator.Inbound{Visitor: fmt.Sprintf("120255%05d", k), Text: "Hello", Count: events / max(scaled(20), 3)})
		before := s.sim.Truth(simulator.TruthQuery{Limit: 1}).Summary.Acked
		s.until(60*time.Second, "progress", func() bool {
			return s.sim.Truth(simulator.TruthQuery{Limit: 1, NoBodies: true}).Summary.Acked > before+10
		})
		other.kill()
		s.front.to(stay.url)
	}
	s.idle(120 * time.Second)
	s.settled()
	s.oneOfEach(max(scaled(20), 3))
	s.want("deadlocks", s.count(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`), 0)
}

// The database goes away for a while and comes back.
func TestFaultDatabaseGone(t *testing.T) {
	c, err := pgcluster.Start(pgcluster.Options{})
	if err != nil {
		dbtest.Without(t, err)
	}
	t.Cleanup(c.Stop)
	s := newScene(t, c.URL("postgres"))
	n, ch, a := s.one()
	convs := s.people(n, a, 20)
	for range max(scaled(10), 2) {
		s.knobs(a, simulator.Knobs{DelayAnswersMS: 200})
		for i := range 3 {
			for _, c := range convs {
				s.send(n, c.ID, fmt.Sprint("text ", i))
			}
		}
		if err := c.Crash(); err != nil {
			t.Fatal(err)
		}
		body := textBody(a.PhoneNumberID, "wamid.refused", "Hello")
		began := time.Now()
		status, code := s.call(n.url, ch.ID, body, sign(a.AppSecret, body))
		if status != 503 || time.Since(began) > 11*time.Second {
			t.Errorf("%d %s after %s", status, code, time.Since(began))
		}
		if _, _, err := n.inbox.Send(t.Context(), s.admin, convs[0].ID, inbox.Draft{Text: "x"}); !isCode(err, "storage_unavailable") {
			t.Error(err)
		}
		s.inbound(a, simulator.Inbound{Visitor: visitors(1)[0], Text: "While you were away", Count: 50})
		if err := c.Restart(); err != nil {
			t.Fatal(err)
		}
		s.until(30*time.Second, "webhooks are taken again", func() bool {
			return s.sim.Truth(simulator.TruthQuery{Limit: 1, NoBodies: true}).Summary.Pending == 0
		})
		s.until(60*time.Second, "everything is sent", func() bool { return s.count(`SELECT count(*) FROM outbox`) == 0 })
	}
	s.idle(60 * time.Second)
	s.settled()
	s.sentOnce()
	got := s.tally(`SELECT status FROM message WHERE direction = 'outbound'`)
	t.Logf("%v, accepted %d", got, len(s.sends(a)))
	s.want("delivered", got["delivered"], 60*max(scaled(10), 2))
	s.oneOfEach(20)
}

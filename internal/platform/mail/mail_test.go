package mail

import (
	"bufio"
	"encoding/base64"
	"net"
	"strings"
	"testing"

	gomail "github.com/wneessen/go-mail"
)

// fakeServer speaks enough SMTP to take mails, and keeps what it was told.
func fakeServer(t *testing.T, refuse bool) (address string, got chan string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	got = make(chan string, 1)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go talk(c, refuse, got)
		}
	}()
	return ln.Addr().String(), got
}

func talk(c net.Conn, refuse bool, got chan string) {
	defer c.Close()
	var told strings.Builder
	say := func(s string) { _, _ = c.Write([]byte(s + "\r\n")) }
	say("220 fake")
	in := bufio.NewReader(c)
	data := false
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		told.WriteString(line)
		word := strings.ToUpper(strings.TrimSpace(line))
		switch {
		case data && line == ".\r\n":
			data = false
			say("250 taken")
			got <- told.String()
		case data:
		case strings.HasPrefix(word, "EHLO"):
			say("250-fake\r\n250 AUTH PLAIN")
		case strings.HasPrefix(word, "AUTH"):
			say("235 welcome")
		case strings.HasPrefix(word, "RCPT") && refuse:
			say("550 no such person")
		case word == "DATA":
			data = true
			say("354 go on")
		case word == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func TestMailArrives(t *testing.T) {
	address, got := fakeServer(t, false)
	s, err := New("smtp://desk:s3cret@"+address, "Switchboard <noreply@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), Message{To: "ada@example.com", Subject: "Grüße", Text: "Open https://chat.example.com/reset-password#abc\n"}); err != nil {
		t.Fatal(err)
	}
	told := <-got
	for _, want := range []string{"MAIL FROM:<noreply@example.com>", "RCPT TO:<ada@example.com>", "To: <ada@example.com>", "Auto-Submitted: auto-generated",
		"https://chat.example.com/reset-password#abc", base64.StdEncoding.EncodeToString([]byte("\x00desk\x00s3cret"))} {
		if !strings.Contains(told, want) {
			t.Errorf("%q is not in\n%s", want, told)
		}
	}
}

func TestRefusedMailIsAnError(t *testing.T) {
	address, _ := fakeServer(t, true)
	s, err := New("smtp://"+address, "noreply@example.com")
	if err != nil {
		t.Fatal(err)
	}
	err = s.Send(t.Context(), Message{To: "ada@example.com", Subject: "x", Text: "y"})
	if err == nil || !strings.Contains(err.Error(), "no such person") {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), Message{To: "ada@example.com\r\nBcc: eve@example.com", Subject: "x", Text: "y"}); err == nil {
		t.Fatal("a second address got into the mail")
	}
}

// A password is not sent to another machine in the clear.
func TestPasswordNeedsEncryption(t *testing.T) {
	s, err := New("smtp://desk:s3cret@mail.example.com", "noreply@example.com")
	if err != nil || s.(*server).tls != gomail.TLSMandatory {
		t.Fatal(s, err)
	}
}

func TestWrongSettings(t *testing.T) {
	for _, c := range [][2]string{{"mail.example.com:587", "a@example.com"}, {"http://mail.example.com", "a@example.com"}, {"smtp://", "a@example.com"},
		{"smtp://h:99999", "a@example.com"}, {"smtp://h/path", "a@example.com"}, {"smtp://h", ""}, {"smtp://h", "nobody"}} {
		if _, err := New(c[0], c[1]); err == nil {
			t.Errorf("%q with %q was taken", c[0], c[1])
		}
	}
	_, err := New("smtp://desk:s3cret@h/x", "a@example.com")
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Fatal(err)
	}
}

// Package mail sends the server's own mail: invitations and links to choose a
// new password. It knows one mail server, the operator's, and nothing of what
// the mails are about.
package mail

import (
	"context"
	"fmt"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Message is a plain text to one person.
type Message struct {
	To      string
	Subject string
	Text    string
}

// Sender sends a message, or says why it cannot.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// timeout bounds a whole delivery.
const timeout = 20 * time.Second

type server struct {
	host string
	from string
	tls  gomail.TLSPolicy
	opts []gomail.Option
}

// New reads --smtp-url and --mail-from: smtp://user:password@host:587 upgrades
// to TLS, smtps:// begins with it. A password never travels unencrypted, except
// to this machine itself. from may be left out when the user is an address.
func New(smtpURL, from string) (Sender, error) {
	u, err := url.Parse(strings.TrimSpace(smtpURL))
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		// The text may hold a password: it is not repeated.
		return nil, fmt.Errorf("--smtp-url must be smtp:// or smtps:// with a host, such as smtp://user:password@mail.example.com:587")
	}
	if from == "" {
		from = u.User.Username()
	}
	address, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("--mail-from %q is not a mail address; give the address that mails of this server come from", from)
	}
	s := &server{host: u.Hostname(), from: address.String(), tls: gomail.TLSOpportunistic, opts: []gomail.Option{gomail.WithTimeout(timeout)}}
	port := 587
	switch {
	case u.Scheme == "smtps":
		port = 465
		s.opts = append(s.opts, gomail.WithSSL())
	case u.User != nil && !local(s.host):
		s.tls = gomail.TLSMandatory
	}
	s.opts = append(s.opts, gomail.WithTLSPolicy(s.tls))
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil || port < 1 || port > 65535 {
			return nil, fmt.Errorf("--smtp-url has the port %q; expected 1 to 65535", p)
		}
	}
	s.opts = append(s.opts, gomail.WithPort(port))
	if u.User != nil {
		password, _ := u.User.Password()
		how := gomail.SMTPAuthAutoDiscover
		if u.Scheme == "smtp" && local(s.host) {
			how = gomail.SMTPAuthPlainNoEnc
		}
		s.opts = append(s.opts, gomail.WithSMTPAuth(how), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	return s, nil
}

func local(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// Send implements Sender.
func (s *server) Send(ctx context.Context, m Message) error {
	msg := gomail.NewMsg()
	if err := msg.From(s.from); err != nil {
		return err
	}
	if err := msg.To(m.To); err != nil {
		return fmt.Errorf("the address cannot be written to: %w", err)
	}
	msg.Subject(m.Subject)
	msg.SetMessageID()
	msg.SetDate()
	// Out-of-office replies to a link nobody reads.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	client, err := gomail.NewClient(s.host, s.opts...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("the mail server %s did not take a mail: %w", client.ServerAddr(), err)
	}
	return nil
}

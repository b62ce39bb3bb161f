package simulator

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// TypeThirdParty is the open channel type, whose other side is an Outside.
const TypeThirdParty = "THIRD_PARTY"

// Outside is a system of somebody else, connected by the open channel: it
// answers challenges, keeps what is posted to it, verifies every signature with
// code of its own, and posts what its visitors write. Safe for concurrent use.
type Outside struct {
	client *http.Client

	mu    sync.Mutex
	knobs OutsideKnobs
	keys  OutsideKeys
	got   []Posted
	told  chan struct{} // closed and renewed when something comes
}

// OutsideKeys are what was issued to the system.
type OutsideKeys struct {
	IncomingURL   string `json:"incoming_url"` // …/{source_id}
	AccessToken   string `json:"access_token"`
	SigningSecret string `json:"signing_secret"`
}

// OutsideKnobs are the troubles it can make.
type OutsideKnobs struct {
	// Answers are the statuses of the next deliveries; 200 when there are none
	// left. 0 breaks the line.
	Answers []int `json:"answers,omitempty"`
	// Always is the status of every delivery once Answers are used up.
	Always     int           `json:"always,omitempty"`
	RetryAfter string        `json:"retry_after,omitempty"`
	Body       string        `json:"body,omitempty"` // of answers to deliveries
	Slow       time.Duration `json:"slow,omitempty"` // before each answer
	// Challenge is the form of the answer to a challenge: "" and "object",
	// "result", "text" (result as a JSON text), "bare"; "wrong", "status",
	// "redirect", "silent" fail it.
	Challenge string `json:"challenge,omitempty"`
}

// Posted is one call the system got.
type Posted struct {
	At       time.Time       `json:"at"`
	Type     string          `json:"type"`
	Delivery string          `json:"delivery"`
	Attempt  string          `json:"attempt"`
	Time     int64           `json:"time"` // t of X-Signature
	Body     json.RawMessage `json:"body"`
	Header   http.Header     `json:"header"`
	// Signed tells how many of the two signatures are right: 2 is right.
	Signed int `json:"signed"`
	Status int `json:"status"` // what was answered
}

// Text is the text of a posted message.
func (p Posted) Text() string {
	var b struct {
		Message struct {
			Text string `json:"text"`
		} `json:"message"`
	}
	_ = json.Unmarshal(p.Body, &b) // not a message: no text
	return b.Message.Text
}

// NewOutside makes a system that knows nobody yet.
func NewOutside() *Outside {
	return &Outside{client: &http.Client{Timeout: 20 * time.Second}, told: make(chan struct{})}
}

// Trust gives the system what was issued to it.
func (o *Outside) Trust(k OutsideKeys) {
	o.mu.Lock()
	o.keys = k
	o.mu.Unlock()
}

// Set turns the knobs.
func (o *Outside) Set(k OutsideKnobs) {
	o.mu.Lock()
	o.knobs = k
	o.mu.Unlock()
}

// Got lists what was posted, challenges left out, oldest first.
func (o *Outside) Got() []Posted {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]Posted(nil), o.got...)
}

// Handler serves the system: its webhook under /hook, and what tests and people
// do with it under /control.
func (o *Outside) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/hook", o)
	answer := func(w http.ResponseWriter, v any, err error) {
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			v = map[string]string{"error": err.Error()}
		}
		_ = json.NewEncoder(w).Encode(v) // the caller may be gone
	}
	mux.HandleFunc("GET /control/got", func(w http.ResponseWriter, _ *http.Request) { answer(w, o.Got(), nil) })
	mux.HandleFunc("PUT /control/knobs", func(w http.ResponseWriter, r *http.Request) {
		var k OutsideKnobs
		err := json.NewDecoder(io.LimitReader(r.Body, 64<<10)).Decode(&k)
		if err == nil {
			o.Set(k)
		}
		answer(w, k, err)
	})
	mux.HandleFunc("POST /control/call/{call}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return
		}
		a, err := o.Call(r.Context(), r.PathValue("call"), body)
		answer(w, a, err)
	})
	return mux
}

// ServeHTTP is the outgoing webhook's address.
func (o *Outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	var in struct {
		Type      string `json:"type"`
		Challenge string `json:"challenge"`
	}
	_ = json.Unmarshal(body, &in) // kept as it is
	if in.Type == "challenge" {
		o.challenge(w, r, in.Challenge)
		return
	}
	p := Posted{At: time.Now().UTC(), Type: in.Type, Delivery: r.Header.Get("X-Delivery-Id"), Attempt: r.Header.Get("X-Delivery-Attempt"),
		Body: body, Header: r.Header.Clone()}
	o.mu.Lock()
	p.Signed, p.Time = o.keys.verify(r.Header, body)
	p.Status = http.StatusOK
	if o.knobs.Always != 0 {
		p.Status = o.knobs.Always
	}
	if len(o.knobs.Answers) > 0 {
		p.Status, o.knobs.Answers = o.knobs.Answers[0], o.knobs.Answers[1:]
	}
	knobs := o.knobs
	o.got = append(o.got, p)
	close(o.told)
	o.told = make(chan struct{})
	o.mu.Unlock()
	if knobs.Slow > 0 {
		t := time.NewTimer(knobs.Slow)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
			return
		}
	}
	if p.Status == 0 {
		panic(http.ErrAbortHandler)
	}
	if knobs.RetryAfter != "" && p.Status != http.StatusOK {
		w.Header().Set("Retry-After", knobs.RetryAfter)
	}
	w.WriteHeader(p.Status)
	_, _ = io.WriteString(w, knobs.Body) // the caller may be gone
}

func (o *Outside) challenge(w http.ResponseWriter, r *http.Request, value string) {
	o.mu.Lock()
	form := o.knobs.Challenge
	o.mu.Unlock()
	text, _ := json.Marshal(map[string]string{"challenge": value})
	quoted, _ := json.Marshal(string(text))
	switch form {
	case "", "object":
		fmt.Fprintf(w, "%s", text)
	case "result":
		fmt.Fprintf(w, `{"code":0,"result":%s}`, text)
	case "text":
		fmt.Fprintf(w, `{"code":0,"result":%s}`, quoted)
	case "bare":
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "%s\n", value)
	case "wrong":
		fmt.Fprint(w, `{"challenge":"something else"}`)
	case "status":
		http.Error(w, "not here", http.StatusNotFound)
	case "redirect":
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	case "silent":
		<-r.Context().Done()
	}
}

// verify checks both signatures of a call, as the documentation tells a
// receiver to.
func (k OutsideKeys) verify(h http.Header, body []byte) (right int, at int64) {
	t, rest, _ := strings.Cut(strings.TrimPrefix(h.Get("X-Signature"), "t="), ",")
	at, _ = strconv.ParseInt(t, 10, 64)
	mac := hmac.New(sha256.New, []byte(k.AccessToken))
	fmt.Fprintf(mac, "%s.%s", t, body)
	want := "v1=" + hex.EncodeToString(mac.Sum(nil))
	for _, got := range strings.Split(rest, ",") {
		if hmac.Equal([]byte(got), []byte(want)) {
			right++
			break
		}
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(k.SigningSecret, "whsec_"))
	if err != nil {
		return right, at
	}
	mac = hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", h.Get("webhook-id"), h.Get("webhook-timestamp"), body)
	want = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, got := range strings.Fields(h.Get("webhook-signature")) {
		if hmac.Equal([]byte(got), []byte(want)) {
			right++
			break
		}
	}
	return right, at
}

// Answered is what an incoming call was told.
type Answered struct {
	Status int
	Header http.Header
	Code   int    `json:"code"`
	Text   string `json:"message"`
	Errors []struct {
		Field  string `json:"field"`
		Reason string `json:"reason"`
	} `json:"errors"`
	Result struct {
		MessageID string `json:"messageId"`
		Room      string `json:"roomId"`
		Enquiry   string `json:"enquiryId"`
		Number    string `json:"displayCaseNumber"`
		Status    string `json:"status"`
		Duplicate bool   `json:"duplicate"`
		Matched   *bool  `json:"matched"`
	} `json:"result"`
}

// Call posts a body to one of the calls of the source.
func (o *Outside) Call(ctx context.Context, call string, body any) (Answered, error) {
	o.mu.Lock()
	k := o.keys
	o.mu.Unlock()
	if k.IncomingURL == "" {
		return Answered{}, errors.New("simulator: the outside system is not connected")
	}
	raw, ok := body.([]byte)
	if !ok {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return Answered{}, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, k.IncomingURL+"/"+call, bytes.NewReader(raw))
	if err != nil {
		return Answered{}, err
	}
	req.Header.Set("Authorization", "Bearer "+k.AccessToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := o.client.Do(req)
	if err != nil {
		return Answered{}, err
	}
	defer resp.Body.Close()
	out := Answered{Status: resp.StatusCode, Header: resp.Header}
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	return out, err
}

// Say has a visitor write a text.
func (o *Outside) Say(ctx context.Context, messageID, user, name, text string) (Answered, error) {
	return o.Call(ctx, "messages", map[string]any{"messageId": messageID, "timestamp": time.Now().UTC().Format(time.RFC3339Nano),
		"user": map[string]string{"id": user, "name": name}, "message": map[string]string{"type": "text", "text": text}})
}

package simulator

import (
	"bytes"
	"net/http"
	"time"
)

// mediaFault plays a queued fault on a media call; true if it has answered. step
// is upload, resolve or download, file what the call is about.
func (c *call) mediaFault(step string, file *media) bool {
	if c.acct == nil {
		return false
	}
	c.s.mu.Lock()
	f := c.s.takeFault(c.acct, "media")
	if f.Fault == "" {
		f = c.s.takeFault(c.acct, step)
	}
	delay := time.Duration(c.s.knobs(c.acct).DelayAnswersMS) * time.Millisecond
	c.s.mu.Unlock()
	if !c.wait(delay) {
		return true
	}
	junk := bytes.Repeat([]byte("not the file "), 20)
	body := junk
	if step == "download" {
		body = file.data
	}
	switch f.Fault {
	case "":
		return false
	case "429":
		if f.RetryAfter != "" {
			c.w.Header().Set("Retry-After", f.RetryAfter)
		}
		c.fail(&graphError{code: 4, message: "Application request limit reached", status: http.StatusTooManyRequests})
	case "500", "500_after_accept":
		c.fail(&graphError{code: 131000})
	case "500_html":
		c.html(http.StatusBadGateway)
	case "404":
		c.answer(http.StatusNotFound, nil)
	case "expired":
		if step == "upload" {
			c.fail(&graphError{code: 131000})
		} else {
			c.fail(errUnknownObject(file.id, c.r.Method))
		}
	case "half_body":
		c.half(http.StatusOK, body)
	case "slow":
		c.drip(body)
	case "wrong_length": // whole by its own word, and yet not the file
		c.w.Header().Set("Content-Type", "image/jpeg")
		_, _ = c.w.Write(body[:len(body)/2])
		c.log(http.StatusOK, "wrong length", nil)
	case "reset", "reset_after_accept":
		c.reset()
	case "timeout", "timeout_after_accept":
		c.hang()
	case "wrong_bytes", "garbage":
		c.w.Header().Set("Content-Type", "image/jpeg")
		_, _ = c.w.Write(junk)
		c.log(http.StatusOK, "wrong bytes", junk)
	default:
		c.fail(&graphError{code: atoi(f.Fault), details: "Injected by the simulator."})
	}
	return true
}

// drip sends a body in a hundred pieces, 10 ms apart.
func (c *call) drip(body []byte) {
	c.w.Header().Set("Content-Length", itoa(len(body)))
	for piece := max(len(body)/100, 1); len(body) > 0; body = body[piece:] {
		piece = min(piece, len(body))
		if _, err := c.w.Write(body[:piece]); err != nil || !c.wait(10*time.Millisecond) {
			return
		}
		_ = http.NewResponseController(c.w).Flush()
	}
	c.log(http.StatusOK, "slow", nil)
}

package blob

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeS3 speaks as much of S3 as a store needs, path-style, and checks every
// signature by its own reading of AWS's rules (Signature Version 4). Its faults
// are played one by one.
type fakeS3 struct {
	*httptest.Server
	mu     sync.Mutex
	files  map[string][]byte
	faults []string
	calls  []string
	bad    []string
}

const (
	fakeKey    = "AKIDEXAMPLE"
	fakeSecret = "canary-s3-secret"
	fakeRegion = "eu-central-1"
)

func newFakeS3(t *testing.T) *fakeS3 {
	f := &fakeS3{files: map[string][]byte{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(func() {
		f.Close()
		for _, b := range f.bad {
			t.Error("the fake refused a signature:", b)
		}
	})
	return f
}

func (f *fakeS3) fail(faults ...string) {
	f.mu.Lock()
	f.faults = append(f.faults, faults...)
	f.mu.Unlock()
}

func (f *fakeS3) said(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>fake</Message></Error>`, code)
}

func (f *fakeS3) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	fault := ""
	if len(f.faults) > 0 {
		fault, f.faults = f.faults[0], f.faults[1:]
	}
	f.calls = append(f.calls, r.Method+" "+r.URL.Path+" "+r.Header.Get("Range"))
	f.mu.Unlock()
	body, err := readBody(r)
	if err != nil {
		f.said(w, 400, "IncompleteBody")
		return
	}
	if !f.signed(r) {
		f.said(w, 403, "SignatureDoesNotMatch")
		return
	}
	if fault == "503" {
		f.said(w, 503, "SlowDown")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if bucket != "files" {
		f.said(w, 404, "NoSuchBucket")
		return
	}
	data, ok := f.files[key]
	switch r.Method {
	case http.MethodPut:
		f.files[key] = body
		w.Header().Set("ETag", `"x"`)
	case http.MethodDelete:
		delete(f.files, key)
		w.WriteHeader(204)
	case http.MethodHead:
		if key != "" && !ok {
			w.WriteHeader(404)
		}
	case http.MethodGet:
		if !ok {
			f.said(w, 404, "NoSuchKey")
			return
		}
		status := 200
		if from, found := strings.CutPrefix(r.Header.Get("Range"), "bytes="); found {
			n, _ := strconv.Atoi(strings.TrimSuffix(from, "-"))
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", n, len(data)-1, len(data)))
			data, status = data[n:], 206
		}
		switch fault {
		case "wrong length":
			data = append(bytes.Clone(data), "more"...)
		case "half body":
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			w.WriteHeader(status)
			_, _ = w.Write(data[:len(data)/2])
			panic(http.ErrAbortHandler)
		case "half chunked": // no length told: only the size in the database shows it
			w.WriteHeader(status)
			_, _ = w.Write(data[:len(data)/2])
			w.(http.Flusher).Flush()
			return
		case "slow":
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			w.WriteHeader(status)
			for i := range data {
				_, _ = w.Write(data[i : i+1])
				w.(http.Flusher).Flush()
			}
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		w.WriteHeader(status)
		_, _ = w.Write(data)
	}
}

// readBody undoes the chunks that are signed one by one.
func readBody(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return io.ReadAll(r.Body)
	}
	in := bufio.NewReader(r.Body)
	var out []byte
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, err := strconv.ParseInt(size, 16, 64)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		part := make([]byte, n+2)
		if _, err := io.ReadFull(in, part); err != nil {
			return nil, err
		}
		out = append(out, part[:n]...)
	}
	if want := r.Header.Get("X-Amz-Decoded-Content-Length"); want != strconv.Itoa(len(out)) {
		return nil, fmt.Errorf("%s bytes promised, %d sent", want, len(out))
	}
	return out, nil
}

// signed checks the signature, in the header or in the query of a presigned
// link.
func (f *fakeS3) signed(r *http.Request) bool {
	q := r.URL.Query()
	var names, given, stamp, scope, payload string
	if a := r.Header.Get("Authorization"); a != "" {
		for _, part := range strings.Split(strings.TrimPrefix(a, "AWS4-HMAC-SHA256 "), ",") {
			k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
			switch k {
			case "Credential":
				scope = v
			case "SignedHeaders":
				names = v
			case "Signature":
				given = v
			}
		}
		stamp, payload = r.Header.Get("X-Amz-Date"), r.Header.Get("X-Amz-Content-Sha256")
	} else {
		names, given, scope, stamp, payload = q.Get("X-Amz-SignedHeaders"), q.Get("X-Amz-Signature"), q.Get("X-Amz-Credential"), q.Get("X-Amz-Date"), "UNSIGNED-PAYLOAD"
		q.Del("X-Amz-Signature")
		at, err := time.Parse("20060102T150405Z", stamp)
		life, _ := strconv.Atoi(q.Get("X-Amz-Expires"))
		if err != nil || life == 0 || time.Since(at) > time.Duration(life)*time.Second {
			return false
		}
	}
	var keys []string
	for k := range q {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var query []string
	for _, k := range keys {
		query = append(query, strings.ReplaceAll(url.QueryEscape(k)+"="+url.QueryEscape(q.Get(k)), "+", "%20"))
	}
	headers := ""
	for _, h := range strings.Split(names, ";") {
		v := r.Header.Get(h)
		switch h {
		case "host":
			v = r.Host
		case "content-length":
			v = strconv.FormatInt(r.ContentLength, 10)
		}
		headers += h + ":" + v + "\n"
	}
	canonical := strings.Join([]string{r.Method, r.URL.EscapedPath(), strings.Join(query, "&"), headers, names, payload}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	mac := func(key []byte, s string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(s))
		return h.Sum(nil)
	}
	key := mac(mac(mac(mac([]byte("AWS4"+fakeSecret), stamp[:8]), fakeRegion), "s3"), "aws4_request")
	want := hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256\n"+stamp+"\n"+stamp[:8]+"/"+fakeRegion+"/s3/aws4_request\n"+hex.EncodeToString(sum[:])))
	if want != given || scope != fakeKey+"/"+stamp[:8]+"/"+fakeRegion+"/s3/aws4_request" {
		f.mu.Lock()
		f.bad = append(f.bad, r.Method+" "+r.URL.Path+"\n"+canonical)
		f.mu.Unlock()
		return false
	}
	return true
}

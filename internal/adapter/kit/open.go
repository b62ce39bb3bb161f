package kit

import (
	"context"
	"errors"
	"io"
	"net/http"

	"switchboard/internal/adapter"
)

// Body is an answer whose body is still to be read.
type Body struct {
	io.ReadCloser
	Status int
	Header http.Header
	Length int64 // -1 = not said
}

// Open makes a GET and leaves the body to the caller, who closes it. Asking again
// does no harm, so an error is always Unreachable.
func Open(ctx context.Context, client *http.Client, url string, header http.Header) (*Body, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, &adapter.SendError{Reason: adapter.Rejected, Title: "Request could not be built", Err: errors.New("the provider's URL is not valid")}
	}
	for k, v := range header {
		req.Header[k] = v
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, &adapter.SendError{Reason: adapter.Unreachable, Title: "The provider cannot be reached", Err: Bare(err)}
	}
	return &Body{ReadCloser: resp.Body, Status: resp.StatusCode, Header: resp.Header, Length: resp.ContentLength}, nil
}

package api

import (
	"context"
	"net/http"

	"switchboard/internal/platform/id"
	"switchboard/internal/platform/query"
)

// The functions below complete a Route to one of the shapes of the contract.
// They fix the method, the types and how the answer is written, so that a
// resource file says only what is particular to it.

// None is the body or result of a call that has none.
type None struct{}

// Page is what a list answers: up to List.Limit+1 rows as read, the core cuts
// the one too many and makes the cursor from the last row printed.
type Page[R any] struct {
	Rows []R
	// Total is the number of all rows; nil when it was not asked for or took too
	// long to count.
	Total *int64
	// Last are the order values of the last row, when the printed row does not
	// hold them; leave it nil otherwise.
	Last func(row R) []any
}

// List declares GET (and HEAD) of a collection.
func List[R any](r Route, read func(ctx context.Context, c *Call, l query.List) (Page[R], error)) Route {
	r.Method, r.kind, r.Result = http.MethodGet, kindList, zero[R]()
	r.Handler = func(c *Call) (Response, error) {
		page, err := read(c.Ctx, c, c.List)
		if err != nil {
			return Response{}, err
		}
		p := rawPage{total: page.Total, more: len(page.Rows) > c.List.Limit}
		if p.more {
			page.Rows = page.Rows[:c.List.Limit]
		}
		if n := len(page.Rows); p.more && n > 0 && page.Last != nil {
			p.last = page.Last(page.Rows[n-1])
		}
		if p.rows, err = encodeRows(page.Rows); err != nil {
			return Response{}, err
		}
		return c.page(p)
	}
	return r
}

// One declares GET of one row by the id in its path.
func One[R any](r Route, read func(ctx context.Context, c *Call, v id.ID) (R, error)) Route {
	r.Method, r.kind, r.Result = http.MethodGet, kindOne, zero[R]()
	r.Handler = func(c *Call) (Response, error) {
		row, err := read(c.Ctx, c, c.ID("id"))
		if err != nil {
			return Response{}, err
		}
		return c.row(http.StatusOK, row)
	}
	return r
}

// Create declares POST on a collection, with one object or an array of them:
// all or none are made, so write gets them together. Errors about one member are
// passed through c.At(i, err).
func Create[B, R any](r Route, write func(ctx context.Context, c *Call, bodies []B) ([]R, error)) Route {
	r.Method, r.kind, r.Status = http.MethodPost, kindCreate, http.StatusCreated
	r.Body, r.Result = zero[B](), zero[R]()
	r.Handler = func(c *Call) (Response, error) {
		bodies, err := bindMany[B](c)
		if err != nil {
			return Response{}, err
		}
		if err := c.Rows(len(bodies)); err != nil {
			return Response{}, err
		}
		rows, err := write(c.Ctx, c, bodies)
		if err != nil {
			return Response{}, err
		}
		printed, err := encodeRows(rows)
		if err != nil {
			return Response{}, err
		}
		return c.created(printed)
	}
	return r
}

// Patch declares PATCH of one row by the id in its path (JSON merge patch).
// Inside its transaction change calls c.Match with the row as it was.
func Patch[B, R any](r Route, change func(ctx context.Context, c *Call, v id.ID, body B) (R, error)) Route {
	r.Method, r.kind = http.MethodPatch, kindPatch
	r.Body, r.Result = zero[B](), zero[R]()
	r.Handler = func(c *Call) (Response, error) {
		body, err := bind[B](c)
		if err != nil {
			return Response{}, err
		}
		row, err := change(c.Ctx, c, c.ID("id"), body)
		if err != nil {
			return Response{}, err
		}
		return c.row(http.StatusOK, row)
	}
	return r
}

// Delete declares DELETE of one row by the id in its path. Inside its
// transaction remove calls c.Match with the row as it was.
func Delete(r Route, remove func(ctx context.Context, c *Call, v id.ID) error) Route {
	r.Method, r.kind, r.Status = http.MethodDelete, kindDelete, http.StatusNoContent
	r.Handler = func(c *Call) (Response, error) {
		if err := remove(c.Ctx, c, c.ID("id")); err != nil {
			return Response{}, err
		}
		return Response{Status: http.StatusNoContent}, nil
	}
	return r
}

// PatchWhere declares PATCH of all rows a filter selects. change reads them with
// List (one above the bound), calls c.Rows with their number before it commits,
// and returns them as they are now.
func PatchWhere[B, R any](r Route, change func(ctx context.Context, c *Call, l query.List, body B) ([]R, error)) Route {
	r.Method, r.kind, r.Status = http.MethodPatch, kindPatchWhere, http.StatusNoContent
	r.Body, r.Result = zero[B](), zero[R]()
	r.Handler = func(c *Call) (Response, error) {
		body, err := bind[B](c)
		if err != nil {
			return Response{}, err
		}
		rows, err := change(c.Ctx, c, c.List, body)
		if err != nil {
			return Response{}, err
		}
		return changed(c, rows)
	}
	return r
}

// DeleteWhere declares DELETE of all rows a filter selects; remove calls c.Rows
// with their number before it commits and returns them as they were.
func DeleteWhere[R any](r Route, remove func(ctx context.Context, c *Call, l query.List) ([]R, error)) Route {
	r.Method, r.kind, r.Status = http.MethodDelete, kindDeleteWhere, http.StatusNoContent
	r.Result = zero[R]()
	r.Handler = func(c *Call) (Response, error) {
		rows, err := remove(c.Ctx, c, c.List)
		if err != nil {
			return Response{}, err
		}
		return changed(c, rows)
	}
	return r
}

func changed[R any](c *Call, rows []R) (Response, error) {
	printed, err := encodeRows(rows)
	if err != nil {
		return Response{}, err
	}
	return c.changed(printed)
}

// Action declares any other call with a typed body and answer: POST …/{id}/close,
// GET …/counts. The method is POST unless the route names one; None stands for no
// body or an answer of 204. Call.SetStatus changes the status of one answer.
func Action[B, R any](r Route, act func(ctx context.Context, c *Call, body B) (R, error)) Route {
	if r.Method == "" {
		r.Method = http.MethodPost
	}
	r.kind, r.Body, r.Result = kindAction, zero[B](), zero[R]()
	if r.Method == http.MethodGet {
		r.Body = nil
	}
	if _, none := r.Result.(None); none {
		r.Result = nil
		if r.Status == 0 {
			r.Status = http.StatusNoContent
		}
	}
	r.Handler = func(c *Call) (Response, error) {
		body, err := bind[B](c)
		if err != nil {
			return Response{}, err
		}
		answer, err := act(c.Ctx, c, body)
		if err != nil {
			return Response{}, err
		}
		if _, none := any(answer).(None); none {
			return Response{Status: c.status(http.StatusNoContent)}, nil
		}
		return c.row(c.status(r.status()), answer)
	}
	return r
}

// Plain declares a route that writes its own answer.
func Plain(r Route, serve func(w http.ResponseWriter, c *Call) error) Route {
	r.kind, r.Plain = kindPlain, serve
	return r
}

func zero[T any]() any {
	var v T
	return v
}

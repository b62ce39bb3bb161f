package hooks

import (
	"net/http"
	"slices"
	"strings"

	"switchboard/internal/gateway"
	"switchboard/internal/platform/fault"
	"switchboard/internal/platform/id"
)

// Inlets answers the interfaces of ours that outside systems call: POST
// {path}/{source}/{call}. They have an envelope of their own, also for what goes
// wrong, know no cookies, and wait for what came of a call. address tells where a
// request comes from.
func Inlets(g *gateway.Gateway, mount func(pattern string, h http.Handler), address func(*http.Request) string) {
	for _, in := range g.Inlets() {
		mount(in.Path+"/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			literally(w, inlet(g, in, w, r, address))
		}))
	}
}

func inlet(g *gateway.Gateway, in *gateway.Inlet, w http.ResponseWriter, r *http.Request, address func(*http.Request) string) gateway.Response {
	source, call, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, in.Path+"/"), "/")
	switch {
	case !ok || !slices.Contains(in.Calls, call):
		return in.Refuse(gateway.NoSource, 0)
	case r.Method != http.MethodPost:
		return in.Refuse(gateway.NoMethod, 0)
	}
	req := gateway.Request{Method: r.Method, Header: r.Header, Query: r.URL.Query()}
	var err error
	if req.Body, err = readBody(w, r, in.Limit); err != nil {
		if fault.As(err).Kind == fault.TooLarge {
			return in.Refuse(gateway.TooLarge, 0)
		}
		return in.Refuse(gateway.Failing, 0)
	}
	v, err := id.Parse(source)
	if err != nil {
		v = id.Zero // there is none, which takes as long to say
	}
	return g.Call(r.Context(), in, v, call, address(r), req)
}

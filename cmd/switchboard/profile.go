//go:build profile

package main

import (
	"net/http"
	_ "net/http/pprof" // registers itself with the default mux
	"os"
)

// A program built with -tags profile serves pprof on the address in
// SWITCHBOARD_PPROF. No other build can.
func init() {
	if address := os.Getenv("SWITCHBOARD_PPROF"); address != "" {
		go func() { _ = http.ListenAndServe(address, nil) }() // without it there is no profile
	}
}

// Package kit holds what most adapters need: signatures, tolerant JSON, JSON
// over HTTP and the question whether a failed request may have arrived. It
// knows no provider, keeps no state, retries nothing and decides nothing that
// belongs to the gateway.
package kit

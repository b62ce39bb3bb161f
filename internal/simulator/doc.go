// Package simulator plays the outside providers: it speaks their real wire
// formats so that the product can be tried, taught and tested without an
// account anywhere. Today it plays WhatsApp Cloud (Meta's Graph API, version
// prefix or none); every further provider gets its own files beside it.
//
// It also serves the visitor phone, a page on which a person plays the
// customer, and a control API by which tests make trouble (duplicates, wrong
// order, rate limits, cut connections) and afterwards read the truth: every
// event issued, every answer seen, every send received.
//
// It never imports anything else of this module, never touches a database or
// a disk, and never reaches a real provider: the only addresses it calls are
// webhook callbacks registered with it and media links sent through it. It
// checks credentials as the provider does but protects nothing: whoever can
// reach the control API can read every secret registered there, so it belongs
// on a loopback or private address.
package simulator

// Package simulator plays the outside providers: it speaks their real wire
// formats so that the product can be tried, taught and tested without an
// account anywhere. It plays WhatsApp Cloud (Meta's Graph API, version prefix or
// none: the files graph*.go) and Telegram's Bot API (telegram*.go). Every further
// provider gets files of its own and implements the interface provider; truth,
// knobs, delivery, wire log and phone are shared.
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

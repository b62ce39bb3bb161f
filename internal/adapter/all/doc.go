// Package all lists every channel type. The list is made from the folders
// beside this one; nothing is registered by side effects, and nothing else
// belongs here.
package all

//go:generate go run generate.go
//go:generate go run switchboard/scripts/channeldocs -o ../../../docs/channels.md -guides ../../../docs/guides

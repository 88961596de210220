// Package privacy knows what personal data looks like in a text: it finds it, puts its kind in its place,
// keeps it out of a stream whatever way the text is cut, and says whether a question about patients asks for it.
//
// It is text in, text out, in time linear in the text. It must never know a model, HTTP, a database, a tenant or
// a catalogue, and it never keeps, logs or returns a value it found: a Finding says where and what kind.
//
// Read in this order: kind.go (what is found), fold.go (how a text is read, so that disguises do not help),
// find.go (the one pass), then one file per kind. redact.go, filter.go and guard.go are what others use.
// docs/privacy.md says what is not found.
package privacy

// Package schedtest tests what schedules and what is scheduled: a scripted fake Backend with fault
// injection, in the manner of database/sql's fakedb_test.go, and Exercise, a suite that the fake
// and the real Backend both pass.
//
// The fake keeps what every sequence holds, token by token, and derives the next token from exactly
// that: a scheduler that mixes two sequences up, loses a token or reuses a slot without clearing it
// gives another text, so tests need only compare texts.
//
// The package is for tests. It must never know cgo, a model file or what a prompt means.
package schedtest

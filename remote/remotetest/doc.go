// Package remotetest is an OpenAI-compatible server that does what a test tells it: it streams, stalls, breaks off
// and lies. It knows the wire format alone, and must never know what the texts are for or who asks.
package remotetest

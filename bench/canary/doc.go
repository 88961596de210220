// Package canary makes secrets that belong to one owner each, and finds them in whatever anybody else gets to see.
//
// A secret is a word of letters: it survives lower-casing, tokenizers, JSON, URLs and HTML as it is, and half of it
// is enough to know it by. Base64 and compression hide it; whoever looks decodes first.
//
// The package knows words, owners and texts. It must never know what an owner is, where a text comes from, HTTP or
// a model; it imports the standard library only.
package canary

// Package ilsai holds the words every other package shares: tenant identity, the request id
// carried in a context, and the error vocabulary. It imports the standard library only and
// must never know a technology (no HTTP, no SQL, no model) nor a business rule.
package ilsai

// Package jwks fetches public keys from an identity provider's JSON Web Key Set (RFC 7517) behind an
// https URL. It is a tenancy.KeySource.
//
// It knows HTTP and key sets. It must never know tokens, tenants or a database.
//
// The keyfunc module (v3.9.1, over jwkset v0.11.4) is not used: it reads answers without a bound, renews
// sets in a goroutine of its own by the wall clock, and ties a key to an algorithm only when the set names one.
package jwks

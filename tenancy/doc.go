// Package tenancy holds the rules of a subscription: who a tenant is, what its tier includes and
// limits, which token proves a user, who may administer what, and what a usage record says. It
// declares the stores it needs as interfaces; package store implements them.
//
// It knows the subscriber usage guide and JSON Web Tokens. It must never know a database, HTTP, a
// model, or how a question is answered.
package tenancy

// Package tenantdbtest is what the tests of tenants' databases share: a small schema with a canary for each
// tenant and domain, the suite that both engines pass, the attack corpora, and PostgreSQL tenants on a
// server of a test's own.
//
// It is never linked into the program. It must never know a catalogue or a model.
package tenantdbtest

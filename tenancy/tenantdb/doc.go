// Package tenantdb keeps each tenant's own data, one SQLite file per tenant and domain, and lends
// read-only snapshots of it. It is the wall between shops: whatever SQL arrives here, it can read the
// ordinary tables of the one file it was lent, and change nothing.
//
// The wall is SQLite's authorizer, asked while a statement is compiled; read-only mode and pragmas
// alone do not isolate, because ATTACH opens any file and a pragma can be undone. Around it stand a
// single-statement check, lowered limits, a deadline for every statement and file modes.
//
// It knows SQL, files and pools. It must never know what a question is, a tier, a token, HTTP or a
// model, nor the meaning of any table.
//
// Files are never changed in place: a new one is built beside the old and renamed over it, so a
// reader sees a whole file, and a crash leaves either the old one or the new one.
package tenantdb

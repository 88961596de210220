// Package provision makes, hardens, hands over and removes the PostgreSQL databases of tenants, as a
// superuser of the server. What it grants is the wall between shops:
//
//   - Each database belongs to the administrator; PUBLIC may not connect to it, nor make anything in it.
//   - A tenant's role may log in, connect to its own databases and read the tables of their schema public.
//     It is a member of nothing, owns nothing, and inherits nothing. Patient data has a role of its own.
//   - In each database, PUBLIC may run the functions sqlguard.Functions lists and those behind operators and
//     casts; no others, no procedural language, and no system table but the two that list the database's own
//     tables. So there is no function left that writes, sleeps, locks, reads files or tells of other tenants.
//
// Making is idempotent and can be resumed: what is to be made is recorded as not ready before it exists,
// each step accepts what an earlier run did, and readiness is recorded last.
//
// It knows roles, databases, grants and passwords. It must never know who asks questions, nor read a
// tenant's rows but for the final export.
package provision

// Package store keeps the control database: tenants, subscriptions, users, keys, the ledger and the
// usage log, on SQLite (Open) or PostgreSQL (OpenPostgres). Administration goes through gorm; the
// ledger, which every question passes, through prepared statements.
//
// It knows SQL, migrations, files and locks. It must never know a shop's own data (package
// tenantdb), a token, a tier's rules, HTTP or a model.
//
// An SQLite data directory belongs to one process at a time: Open takes an exclusive lock on it that
// the kernel releases when the process ends, however it ends. A PostgreSQL database may serve several.
//
// # The ledger
//
// Admit, Settle, Refund and AppendUsage are operations of one queue. Whatever waits in it while a
// transaction is written becomes the next transaction, so under load many operations share one sync
// to disk, and none waits for a timer. A transaction holds the head of the usage log's hash chain from
// its first statement on, in this process and in all others: operations happen one after the other,
// which makes quotas, keys and ids exact without further locks. A failing operation never costs its
// neighbours: the transaction is then written again with a savepoint for each.
//
// Every operation recognizes its own work by its event id. Therefore one whose outcome is unknown
// (connection lost while it committed, process killed) may be repeated, by the store or its caller.
//
// # Metrics
//
// Figures are summed up from the usage log, from the counts of refused questions and from the minutes
// in which a server was ready. The last two are written beside the ledger: they are for statistics, and
// nothing is billed by them.
package store

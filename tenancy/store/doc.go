// Package store keeps the control database: tenants and the usage log, through gorm on SQLite.
//
// It knows SQL, migrations, files and locks. It must never know a shop's own data (package
// tenantdb), a token, a tier's rules, HTTP or a model.
//
// The data directory belongs to one process at a time: Open takes an exclusive lock on it that the
// kernel releases when the process ends, however it ends.
package store

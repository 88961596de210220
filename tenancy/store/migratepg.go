package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// migrationLock is the advisory lock of whoever changes the schema; the number is arbitrary and fixed.
const migrationLock = 0x696c736169 // "ilsai"

// migratePostgres brings a PostgreSQL schema up to date in one transaction. Processes that start at
// the same time wait for each other, and the later ones find nothing left to do.
func migratePostgres(ctx context.Context, db *sql.DB, steps []migration) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL)"); err != nil {
		return fmt.Errorf("migrations table: %w", err)
	}
	var current int
	if err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM schema_migrations").Scan(&current); err != nil {
		return fmt.Errorf("schema version: %w", err)
	}
	if current > len(steps) {
		return newerError(current, len(steps))
	}
	for _, m := range steps[current:] {
		for _, statement := range splitStatements(m.sql) {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("migration %s: %w", m.name, err)
			}
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO schema_migrations (version, name) VALUES ($1, $2)", m.version, m.name); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	return tx.Commit()
}

// splitStatements cuts a migration at each semicolon that ends a line, except inside $$ … $$: the
// extended protocol takes one statement at a time.
func splitStatements(text string) []string {
	var out []string
	var current strings.Builder
	quoted := false
	for line := range strings.Lines(text) {
		current.WriteString(line)
		if strings.Count(line, "$$")%2 == 1 {
			quoted = !quoted
		}
		if !quoted && strings.HasSuffix(strings.TrimSpace(line), ";") {
			out = append(out, current.String())
			current.Reset()
		}
	}
	if rest := strings.TrimSpace(current.String()); rest != "" {
		out = append(out, rest)
	}
	return out
}

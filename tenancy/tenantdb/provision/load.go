package provision

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/ils-platform/ilsai"
)

// Content is what Load writes into one table. Cells are int64, string (days as YYYY-MM-DD) or nil.
type Content struct {
	Table   string
	Columns []string
	Rows    iter.Seq[[]any]
}

// Load replaces the rows of a provisioned database's tables in one transaction; a table comes after those
// it refers to.
func (c *Cluster) Load(ctx context.Context, tenant ilsai.TenantID, domain string, contents []Content) error {
	return c.classify(c.within(ctx, DatabaseName(tenant, domain), func(conn *pgx.Conn) error {
		tx, err := conn.Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback(context.WithoutCancel(ctx)) // after Commit it does nothing
		var names []string
		for _, t := range contents {
			names = append(names, identifier(t.Table))
		}
		if _, err := tx.Exec(ctx, "TRUNCATE "+strings.Join(names, ", ")); err != nil {
			return err
		}
		check, err := dropReferences(ctx, tx, contents)
		if err != nil {
			return err
		}
		for _, t := range contents {
			next, stop := iter.Pull(t.Rows)
			defer stop()
			_, err := tx.CopyFrom(ctx, pgx.Identifier{t.Table}, t.Columns, pgx.CopyFromFunc(func() ([]any, error) {
				row, _ := next() // nil ends it
				return row, nil
			}))
			if err != nil {
				return fmt.Errorf("%s: %w", t.Table, err)
			}
		}
		for _, statement := range check {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		if err := tx.Commit(ctx); err != nil {
			return err
		}
		return settle(ctx, conn)
	}))
}

// settle tells the planner what there is, and marks the pages as read by all, so that queries find what they need in indices
// alone from the first one on. Those that triggers fill are among them; the catalogue of PostgreSQL itself, ten times as many, is not.
func settle(ctx context.Context, conn *pgx.Conn) error {
	var tables string
	if err := conn.QueryRow(ctx, "SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables WHERE schemaname = 'public'").Scan(&tables); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "VACUUM (ANALYZE) "+tables)
	return err
}

// dropReferences drops the foreign keys of the tables and returns the statements that add them again, which checks all rows at
// once: four keys of a million rows checked row by row take minutes.
func dropReferences(ctx context.Context, tx pgx.Tx, contents []Content) (add []string, err error) {
	for _, t := range contents {
		rows, err := tx.Query(ctx, `SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
			WHERE contype = 'f' AND conrelid = $1::regclass ORDER BY conname`, identifier(t.Table))
		if err != nil {
			return nil, err
		}
		type key struct{ Name, Definition string }
		keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[key])
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			if _, err := tx.Exec(ctx, fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", identifier(t.Table), identifier(k.Name))); err != nil {
				return nil, err
			}
			add = append(add, fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s %s", identifier(t.Table), identifier(k.Name), k.Definition))
		}
	}
	return add, nil
}

// LastDay is the latest value of a DATE column, as YYYY-MM-DD, or "" when the table is empty.
func (c *Cluster) LastDay(ctx context.Context, tenant ilsai.TenantID, domain, table, column string) (day string, err error) {
	err = c.within(ctx, DatabaseName(tenant, domain), func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, fmt.Sprintf("SELECT coalesce(to_char(max(%s), 'YYYY-MM-DD'), '') FROM %s", identifier(column), identifier(table))).Scan(&day)
	})
	return day, c.classify(err)
}

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
		if err := analyze(ctx, tx); err != nil {
			return err
		}
		return tx.Commit(ctx)
	}))
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

// analyze counts the shop's tables, those that triggers fill included; PostgreSQL's own catalogue, which a bare ANALYZE
// would read as well, is ten times as many.
func analyze(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1")
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil && len(tables) > 0 {
		_, err = tx.Exec(ctx, "ANALYZE "+strings.Join(tables, ", "))
	}
	return err
}

// LastDay is the latest value of a DATE column, as YYYY-MM-DD, or "" when the table is empty.
func (c *Cluster) LastDay(ctx context.Context, tenant ilsai.TenantID, domain, table, column string) (day string, err error) {
	err = c.within(ctx, DatabaseName(tenant, domain), func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, fmt.Sprintf("SELECT coalesce(to_char(max(%s), 'YYYY-MM-DD'), '') FROM %s", identifier(column), identifier(table))).Scan(&day)
	})
	return day, c.classify(err)
}

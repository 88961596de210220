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
		if _, err := tx.Exec(ctx, "ANALYZE"); err != nil {
			return err
		}
		return tx.Commit(ctx)
	}))
}

// LastDay is the latest value of a DATE column, as YYYY-MM-DD, or "" when the table is empty.
func (c *Cluster) LastDay(ctx context.Context, tenant ilsai.TenantID, domain, table, column string) (day string, err error) {
	err = c.within(ctx, DatabaseName(tenant, domain), func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, fmt.Sprintf("SELECT coalesce(to_char(max(%s), 'YYYY-MM-DD'), '') FROM %s", identifier(column), identifier(table))).Scan(&day)
	})
	return day, c.classify(err)
}

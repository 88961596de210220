package store

import (
	"context"
	"database/sql"
)

// EachRow gives every row of every table to visit, as it is stored and from one state of the database: for audits
// that look for what should not be there. Values are as the driver has them, texts and bytes as []byte or string.
// They are visit's only until it returns. An error of visit ends it and is returned as it is.
func (s *Store) EachRow(ctx context.Context, visit func(table string, columns []string, values []any) error) error {
	tables, err := s.db.WithContext(ctx).Migrator().GetTables()
	if err != nil {
		return s.classify(err)
	}
	var stopped error
	err = s.snapshot(ctx, func(ses *session) error {
		for _, table := range tables {
			err := ses.each(ctx, `SELECT * FROM "`+table+`"`, nil, func(rows *sql.Rows) error {
				columns, err := rows.Columns()
				if err != nil {
					return err
				}
				values := make([]any, len(columns))
				targets := make([]any, len(columns))
				for i := range values {
					targets[i] = &values[i]
				}
				if err := rows.Scan(targets...); err != nil {
					return err
				}
				stopped = visit(table, columns, values)
				return stopped
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if stopped != nil {
		return stopped
	}
	return err
}

package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// insertBatch is how many rows one INSERT holds: each costs a call into SQLite.
const insertBatch = 40

// insert writes a table's rows, from the given row on.
func insert(ctx context.Context, tx *sql.Tx, t Table, from int) (err error) {
	prepare := func(rows int) (*sql.Stmt, error) {
		marks := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(t.Columns)), ", ") + ")"
		return tx.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", t.Name, strings.Join(t.Columns, ", "),
			strings.TrimSuffix(strings.Repeat(marks+", ", rows), ", ")))
	}
	many, err := prepare(insertBatch)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, many.Close()) }()
	var args []any
	n := 0
	for row := range t.Rows {
		if n++; n <= from {
			continue
		}
		if args = append(args, row...); len(args) < insertBatch*len(t.Columns) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := many.Exec(args...); err != nil {
			return fmt.Errorf("demo %s: %w", t.Name, err)
		}
		args = args[:0]
	}
	if len(args) == 0 {
		return nil
	}
	rest, err := prepare(len(args) / len(t.Columns))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rest.Close()) }()
	_, err = rest.Exec(args...)
	return err
}

// Fill writes a whole database, which is empty.
func Fill(ctx context.Context, tx *sql.Tx, tables []Table) error {
	for _, t := range tables {
		if err := insert(ctx, tx, t, 0); err != nil {
			return err
		}
	}
	return nil
}

// refill writes a whole database in place of what there is.
func refill(ctx context.Context, tx *sql.Tx, tables []Table) error {
	for i := len(tables) - 1; i >= 0; i-- {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM %s", tables[i].Name)); err != nil {
			return err
		}
	}
	return Fill(ctx, tx, tables)
}

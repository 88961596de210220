package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// errOutcome says that a statement sent ahead did not do what its sender counted on.
var errOutcome = errors.New("a statement that was sent ahead changed no row")

// deferred collects statements of a transaction on PostgreSQL and sends them together: one trip to
// the server instead of one for each. Their outcome is known when they are sent, so only statements
// whose outcome is foreseen are deferred, and a read sends them first.
type deferred struct {
	batch   pgx.Batch
	certain []bool // by statement: it must change a row
}

func (d *deferred) add(q string, mustChange bool, args []any) {
	d.batch.Queue(q, args...)
	d.certain = append(d.certain, mustChange)
}

// flush sends what is collected and reads every outcome.
func (d *deferred) flush(ctx context.Context, conn *sql.Conn) error {
	if len(d.certain) == 0 {
		return nil
	}
	err := conn.Raw(func(c any) (err error) {
		results := c.(*stdlib.Conn).Conn().SendBatch(ctx, &d.batch)
		defer func() { err = errors.Join(err, results.Close()) }()
		for _, certain := range d.certain {
			tag, err := results.Exec()
			if err != nil {
				return err
			}
			if certain && tag.RowsAffected() == 0 {
				return errOutcome
			}
		}
		return nil
	})
	d.batch, d.certain = pgx.Batch{}, d.certain[:0]
	return err
}

package tenantdb

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/ils-platform/ilsai"
)

// failure is what a client may know of a statement that failed. Classes of codes are those of
// PostgreSQL's manual, appendix A.
func (p *Postgres) failure(ctx context.Context, k key, err error) error {
	var pg *pgconn.PgError
	var long *pgproto3.ExceededMaxBodyLenErr
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return contextError(ctx.Err())
	case errors.As(err, &long):
		return ilsai.Wrap(ilsai.CodeTooLarge, err, "A value of the result is too large.")
	case errors.As(err, &pg):
		return p.serverFailure(k, pg)
	case ctx.Err() != nil:
		return contextError(ctx.Err())
	}
	return storageError(k, err)
}

func (p *Postgres) serverFailure(k key, pg *pgconn.PgError) error {
	switch {
	case pg.Code == "57014": // canceled by statement_timeout, or by us once our own deadline was over
		return contextError(errors.Join(context.DeadlineExceeded, pg))
	case pg.Code == "25P02": // an earlier statement of this snapshot failed
		return ilsai.Wrap(ilsai.CodeUnavailable, pg, "")
	case pg.Code[:2] == "54":
		return ilsai.Wrap(ilsai.CodeTooLarge, pg, "The result, or a value of it, is too large.")
	case pg.Code[:2] == "42", pg.Code[:2] == "22", pg.Code == "25006", pg.Code == "0A000":
		return refused(pg)
	}
	return storageError(k, pg)
}

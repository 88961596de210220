package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"github.com/ils-platform/ilsai/tenancy"
)

var _ tenancy.RefusalStore = (*Store)(nil)

// AddRefusals implements tenancy.RefusalStore. It keeps out of the ledger's queue, so that counting
// never holds up the chain, and it is not repeated after a lost connection: nothing in a count tells
// whether it was added before.
func (s *Store) AddRefusals(ctx context.Context, counts []tenancy.RefusalCount) error {
	if len(counts) == 0 || ctx.Err() != nil {
		return s.classify(ctx.Err())
	}
	// Everybody takes the rows in the same order, so that two replicas never wait for each other.
	counts = slices.Clone(counts)
	slices.SortFunc(counts, func(a, b tenancy.RefusalCount) int { return a.Compare(b.RefusalKey) })
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	// A caller's context that ends inside the transaction would only make its outcome unknown.
	ctx = context.WithoutCancel(ctx)
	if limit := s.engine.timeout; limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	ses, err := s.openSession(ctx)
	if err != nil {
		return s.classify(err)
	}
	if err := ses.addRefusals(ctx, counts); err != nil {
		ses.discard()
		return s.classify(err)
	}
	return s.classify(ses.close())
}

func (s *session) addRefusals(ctx context.Context, counts []tenancy.RefusalCount) error {
	if err := s.control(ctx, s.engine.begin); err != nil {
		return err
	}
	if s.engine.deferring {
		s.deferred = &deferred{}
	}
	for _, c := range counts {
		err := s.change(ctx, `INSERT INTO usage_refusals (tenant_id, hour, query_type, error_type, refused) VALUES (?1, ?2, ?3, ?4, ?5)
			ON CONFLICT (tenant_id, hour, query_type, error_type) DO UPDATE SET refused = usage_refusals.refused + excluded.refused`,
			string(c.TenantID), c.Hour, storable(string(c.QueryType)), storable(string(c.ErrorType)), c.Count)
		if err != nil {
			return err
		}
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	err := s.control(ctx, "COMMIT")
	if err != nil && !isAnswer(err) {
		return errors.Join(err, tenancy.ErrOutcomeUnknown)
	}
	return err
}

// isAnswer reports whether a failed commit is what the database itself said, and not its end: that of
// the connection (PostgreSQL's class 08) or of the server (57).
func isAnswer(err error) bool {
	var lite sqlite3.Error
	var server *pgconn.PgError
	return errors.As(err, &lite) || errors.As(err, &server) && !strings.HasPrefix(server.Code, "08") && !strings.HasPrefix(server.Code, "57")
}

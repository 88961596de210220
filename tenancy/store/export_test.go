package store

import (
	"context"

	"github.com/ils-platform/ilsai/tenancy"
)

// Intercept runs every statement of the ledger through f; to be called before the first one.
func (s *Store) Intercept(f func(q string, run func() error) error) { s.intercept = f }

// AppendAnd appends an event and runs a statement of the caller's, as one operation.
func (s *Store) AppendAnd(ctx context.Context, e *tenancy.UsageEvent, q string) error {
	return s.write(ctx, e.TenantID, func(tx *ledgerTx) error {
		if _, err := tx.appendEvent(e, ""); err != nil {
			return err
		}
		return tx.change(ctx, q)
	})
}

package store

import (
	"context"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Quota implements tenancy.Ledger. An unknown tenant has used nothing.
func (s *Store) Quota(ctx context.Context, tenant ilsai.TenantID, month tenancy.Month) (tenancy.Quota, error) {
	var q tenancy.Quota
	err := s.sql.QueryRowContext(ctx, s.engine.rebind(`SELECT
		COALESCE((SELECT used FROM monthly_counters WHERE tenant_id = ?1 AND month = ?2), 0),
		(SELECT COUNT(*) FROM quota_reservations WHERE tenant_id = ?1 AND month = ?2 AND lease_until > ?3)`),
		string(tenant), string(month), s.now().UnixMilli()).Scan(&q.Used, &q.Reserved)
	if err != nil {
		return tenancy.Quota{}, s.classify(err)
	}
	return q, nil
}

// ReapLedger implements tenancy.Ledger. A claim whose lease is over stays until its key expires: it
// binds nobody, but the late answer of its request may still be kept for the key.
func (s *Store) ReapLedger(ctx context.Context, now time.Time) error {
	at := now.UnixMilli()
	return s.write(ctx, "", func(tx *ledgerTx) error {
		if _, err := tx.exec(tx.ctx, "DELETE FROM quota_reservations WHERE lease_until <= ?1", at); err != nil {
			return err
		}
		_, err := tx.exec(tx.ctx, "DELETE FROM idempotency_keys WHERE expires_at <= ?1 AND (state = 'done' OR lease_until <= ?1)", at)
		return err
	})
}

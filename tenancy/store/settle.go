package store

import (
	"context"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Settle implements tenancy.Ledger.
func (s *Store) Settle(ctx context.Context, st tenancy.Settlement) error {
	if err := st.Validate(); err != nil {
		return err
	}
	return s.write(ctx, st.Event.TenantID, func(tx *ledgerTx) error { return tx.end(st) })
}

// Refund implements tenancy.Ledger.
func (s *Store) Refund(ctx context.Context, st tenancy.Settlement) error {
	if err := st.Validate(); err != nil {
		return err
	}
	if st.Event.Success {
		return ilsai.Errorf(ilsai.CodeInvalid, "a question that was answered is settled, not refunded")
	}
	st.Reply = nil
	return s.write(ctx, st.Event.TenantID, func(tx *ledgerTx) error { return tx.end(st) })
}

// end writes the row of an admission and ends its reservation and its claim. The row comes first and
// decides: when it is there already, the rest was done with it.
func (tx *ledgerTx) end(st tenancy.Settlement) error {
	added, err := tx.appendEvent(&st.Event, st.Month)
	if err != nil || !added {
		return err
	}
	tenant, event := string(st.Event.TenantID), st.Event.EventID
	if err := tx.change(tx.ctx, "DELETE FROM quota_reservations WHERE tenant_id = ?1 AND event_id = ?2", tenant, event); err != nil || st.Key == "" {
		return err
	}
	// A claim that another request took over has that one's event id, and is left to it.
	if st.Reply == nil {
		return tx.change(tx.ctx, "DELETE FROM idempotency_keys WHERE tenant_id = ?1 AND key = ?2 AND event_id = ?3 AND state = 'in_flight'",
			tenant, st.Key, event)
	}
	body := st.Reply.Body
	if body == nil {
		body = []byte{}
	}
	return tx.change(tx.ctx, `UPDATE idempotency_keys SET state = 'done', status = ?4, content_type = ?5, body = ?6
		WHERE tenant_id = ?1 AND key = ?2 AND event_id = ?3 AND state = 'in_flight'`, tenant, st.Key, event,
		st.Reply.Status, storable(st.Reply.ContentType), body)
}

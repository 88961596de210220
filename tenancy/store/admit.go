package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

const (
	stateInFlight = "in_flight"
	stateDone     = "done"
)

// Admit implements tenancy.Ledger. Repeating an admission with the same event id is one admission.
func (s *Store) Admit(ctx context.Context, a tenancy.Admission) (tenancy.Admitted, error) {
	if err := a.Validate(); err != nil {
		return tenancy.Admitted{}, err
	}
	var out tenancy.Admitted
	err := s.write(ctx, a.TenantID, func(tx *ledgerTx) (err error) {
		out, err = tx.admit(a)
		return err
	})
	if err != nil {
		return tenancy.Admitted{}, err
	}
	return out, nil
}

// admit decides before it writes, so that a refusal leaves nothing behind.
func (tx *ledgerTx) admit(a tenancy.Admission) (tenancy.Admitted, error) {
	if _, err := tx.zone(a.TenantID); err != nil { // the tenant exists
		return tenancy.Admitted{}, err
	}
	if a.Key != nil {
		if replay, err := tx.lookUpKey(a); replay != nil || err != nil {
			return tenancy.Admitted{Replay: replay}, err
		}
	}
	var out tenancy.Admitted
	used, err := tx.countOthers(a)
	if err != nil {
		return out, err
	}
	out.Used = used + 1
	if a.Limit != tenancy.Unlimited && out.Used > a.Limit {
		if !a.Shadow {
			return tenancy.Admitted{}, ilsai.Errorf(ilsai.CodeQuotaExceeded, "The %d questions of this month are used up.", a.Limit)
		}
		out.Exceeded = true
	}
	err = tx.change(tx.ctx, `INSERT INTO quota_reservations (tenant_id, event_id, month, lease_until) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (tenant_id, event_id) DO UPDATE SET month = excluded.month, lease_until = excluded.lease_until`,
		string(a.TenantID), a.EventID, string(a.Month), a.Now.Add(a.Lease).UnixMilli())
	if err == nil && a.Key != nil {
		err = tx.claimKey(a)
	}
	return out, err
}

// countOthers counts the month's queries, settled and reserved, without this admission.
func (tx *ledgerTx) countOthers(a tenancy.Admission) (int, error) {
	var n int
	err := tx.row(tx.ctx, `SELECT COALESCE((SELECT used FROM monthly_counters WHERE tenant_id = ?1 AND month = ?2), 0) +
		(SELECT COUNT(*) FROM quota_reservations WHERE tenant_id = ?1 AND month = ?2 AND lease_until > ?3 AND event_id <> ?4)`,
		[]any{string(a.TenantID), string(a.Month), a.Now.UnixMilli(), a.EventID}, []any{&n})
	return n, err
}

// lookUpKey finds the stored reply of a's key, or why it may not be claimed. Both nil: it is free,
// because nobody used it, because its stored reply expired, or because its holder's lease is over.
func (tx *ledgerTx) lookUpKey(a tenancy.Admission) (*tenancy.StoredReply, error) {
	var (
		fingerprint, body         []byte
		user, event, state, ctype string
		lease, expires            int64
		status                    int
	)
	err := tx.row(tx.ctx, `SELECT fingerprint, user_id, event_id, state, lease_until, expires_at, status, content_type, body
		FROM idempotency_keys WHERE tenant_id = ?1 AND key = ?2`, []any{string(a.TenantID), a.Key.Key},
		[]any{&fingerprint, &user, &event, &state, &lease, &expires, &status, &ctype, &body})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	now := a.Now.UnixMilli()
	switch {
	case state == stateDone && expires <= now, state == stateInFlight && (lease <= now || event == a.EventID):
		return nil, nil
	case subtle.ConstantTimeCompare(fingerprint, a.Key.Fingerprint[:]) != 1 || user != storable(string(a.UserID)):
		return nil, ilsai.Errorf(ilsai.CodeKeyReused, "This idempotency key was used with another request. Use a new key.")
	case state == stateInFlight:
		after := time.Duration(lease-now) * time.Millisecond
		return nil, ilsai.Wrap(ilsai.CodeConflict, &tenancy.RetryError{After: after},
			"A request with this idempotency key is being answered. Try again in a moment.")
	default:
		return &tenancy.StoredReply{Status: status, ContentType: ctype, Body: body}, nil
	}
}

func (tx *ledgerTx) claimKey(a tenancy.Admission) error {
	return tx.change(tx.ctx, `INSERT INTO idempotency_keys
			(tenant_id, key, fingerprint, user_id, event_id, state, lease_until, expires_at, status, content_type, body)
		VALUES (?1, ?2, ?3, ?4, ?5, 'in_flight', ?6, ?7, 0, '', NULL)
		ON CONFLICT (tenant_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, user_id = excluded.user_id,
			event_id = excluded.event_id, state = excluded.state, lease_until = excluded.lease_until,
			expires_at = excluded.expires_at, status = 0, content_type = '', body = NULL`,
		string(a.TenantID), a.Key.Key, a.Key.Fingerprint[:], storable(string(a.UserID)), a.EventID,
		a.Now.Add(a.Lease).UnixMilli(), a.Now.Add(a.Key.TTL).UnixMilli())
}

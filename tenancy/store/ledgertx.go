package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// ledgerTx is one transaction of the ledger, shared by the operations of a batch.
type ledgerTx struct {
	*session
	ctx      context.Context
	chain    chain
	appended bool
	zones    map[ilsai.TenantID]*time.Location // of tenants this transaction has seen
}

func (s *Store) beginLedger(ctx context.Context, ses *session) (*ledgerTx, error) {
	if err := ses.control(ctx, s.engine.begin); err != nil {
		return nil, err
	}
	tx := &ledgerTx{session: ses, ctx: ctx, zones: make(map[ilsai.TenantID]*time.Location)}
	var hash []byte
	err := tx.row(ctx, "SELECT last_id, hash FROM usage_chain WHERE id = 1"+s.engine.lockRow, nil, []any{&tx.chain.id, &hash})
	if err == nil && copy(tx.chain.hash[:], hash) != len(tx.chain.hash) {
		err = errors.New("the head of the usage log is damaged")
	}
	if err != nil {
		return nil, err
	}
	return tx, nil
}

func (tx *ledgerTx) commit() error {
	if tx.appended {
		if err := tx.change(tx.ctx, "UPDATE usage_chain SET last_id = ?1, hash = ?2 WHERE id = 1", tx.chain.id, tx.chain.hash[:]); err != nil {
			return err
		}
	}
	return tx.control(tx.ctx, "COMMIT")
}

// zone is a tenant's time zone; ilsai.CodeNotFound for an unknown tenant.
func (tx *ledgerTx) zone(id ilsai.TenantID) (*time.Location, error) {
	if zone, ok := tx.zones[id]; ok {
		return zone, nil
	}
	var name string
	err := tx.row(tx.ctx, "SELECT time_zone FROM tenants WHERE id = ?1", []any{string(id)}, []any{&name})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ilsai.Wrap(ilsai.CodeNotFound, err, "There is no tenant with the id %q.", id)
	}
	if err != nil {
		return nil, err
	}
	zone, err := tenancy.LoadTimeZone(name)
	if err != nil {
		return nil, err
	}
	tx.zones[id] = zone
	return zone, nil
}

// loadZones reads the zones of a batch's tenants at once. Unknown tenants are left to zone.
func (tx *ledgerTx) loadZones(batch []*operation) error {
	ids := make([]string, len(batch))
	for i, op := range batch {
		ids[i] = string(op.tenant)
	}
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) < 2 {
		return nil // zone asks for one
	}
	return tx.each(tx.ctx, "SELECT id, time_zone FROM tenants WHERE id = ANY(?1)", []any{ids}, func(rows *sql.Rows) error {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		zone, err := tenancy.LoadTimeZone(name)
		if err == nil {
			tx.zones[ilsai.TenantID(id)] = zone
		}
		return err
	})
}

// appendEvent adds a row to the usage log and counts it. month "" means that of the event's time. An event
// that is there already stays as it is: added is false then, and ilsai.CodeConflict says that its content differs.
func (tx *ledgerTx) appendEvent(e *tenancy.UsageEvent, month tenancy.Month) (added bool, err error) {
	zone, err := tx.zone(e.TenantID)
	if err != nil {
		return false, err
	}
	if month == "" {
		month = tenancy.MonthOf(e.Timestamp, zone)
	}
	row := toUsageRow(*e)
	row.Month = string(month)
	next := tx.chain.next(&row)
	isNew, err := tx.insert(tx.ctx, insertUsage, append(row.values(), next.hash[:])...)
	if err != nil {
		return false, err
	}
	if !isNew {
		return false, tx.sameEvent(e, row)
	}
	e.ID, tx.chain, tx.appended = row.ID, next, true
	if !row.Success || row.FromCache {
		return true, nil
	}
	err = tx.change(tx.ctx, `INSERT INTO monthly_counters (tenant_id, month, used) VALUES (?1, ?2, 1)
		ON CONFLICT (tenant_id, month) DO UPDATE SET used = monthly_counters.used + 1`, row.TenantID, row.Month)
	return true, err
}

// sameEvent compares an event with the row that has its id.
func (tx *ledgerTx) sameEvent(e *tenancy.UsageEvent, row usageRow) error {
	var first usageRow
	if err := tx.row(tx.ctx, selectUsage+" WHERE tenant_id = ?1 AND event_id = ?2", []any{row.TenantID, row.EventID}, first.fields()); err != nil {
		return err
	}
	row.ID, row.Month = first.ID, first.Month // the tenant may have moved to another zone in between
	if first.Timestamp = first.Timestamp.UTC(); first != row {
		return ilsai.Errorf(ilsai.CodeConflict, "The usage event %s was recorded already, with another content.", e.EventID)
	}
	e.ID = first.ID
	return nil
}

package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

// Config says where and for when the shops are made. Every field is required.
type Config struct {
	Tenants tenancy.TenantStore
	Data    *tenantdb.DB
	Schema  string    // the sales schema for SQLite that goes with the shipped catalogue
	Now     time.Time // each shop's history ends on its own calendar day at this instant
	Seed    uint64    // the same seed and days give the same rows
}

// Result tells what Seed did, in the order of Shops.
type Result struct {
	Created  []ilsai.TenantID // made from nothing
	Extended []ilsai.TenantID // had data that ended before today, and has it up to today now
}

// Seed makes the demo shops that are missing and brings the others up to today. It never replaces
// what is there: tenants keep a changed tier or status, and data that another seed or another
// program made stays as it is. A shop's tenant is stored after its data, so a crash at any point
// leaves nothing that the next Seed does not complete. Errors: the stores' own.
func Seed(ctx context.Context, c Config) (Result, error) {
	var r Result
	for i := range shops {
		s := &shops[i]
		today, err := s.today(c.Now)
		if err != nil {
			return r, err
		}
		exists, err := c.Data.Exists(s.tenant.ID, tenantdb.DomainSales)
		if err != nil {
			return r, err
		}
		if !exists {
			if err := create(ctx, c, s, today); err != nil {
				return r, err
			}
			r.Created = append(r.Created, s.tenant.ID)
		} else {
			extended, err := extend(ctx, c, s, today)
			if err != nil {
				return r, err
			}
			if extended {
				r.Extended = append(r.Extended, s.tenant.ID)
			}
		}
		if err := ensureTenant(ctx, c, s.tenant); err != nil {
			return r, err
		}
	}
	return r, nil
}

func ensureTenant(ctx context.Context, c Config, t tenancy.Tenant) error {
	_, err := c.Tenants.Tenant(ctx, t.ID)
	if ilsai.ErrorCode(err) != ilsai.CodeNotFound {
		return err
	}
	t.CreatedAt = c.Now
	return c.Tenants.CreateTenant(ctx, t)
}

func create(ctx context.Context, c Config, s *shop, today date) error {
	h := newHistory(s, c.Seed, historyStart(today))
	return c.Data.Create(ctx, s.tenant.ID, tenantdb.DomainSales, c.Schema, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", signature(c.Seed))); err != nil {
			return err
		}
		if err := insertMasterData(ctx, tx, h); err != nil {
			return err
		}
		return insertDays(ctx, tx, h, h.start, h.start, today)
	})
}

// errUpToDate stops an Update that has nothing to change.
var errUpToDate = errors.New("nothing to add")

// extend appends the days since the last one. The last day is written anew, because it was not over.
func extend(ctx context.Context, c Config, s *shop, today date) (bool, error) {
	first, last, err := dataSpan(ctx, c.Data, s.tenant.ID)
	if err != nil || last >= today {
		return false, err
	}
	err = c.Data.Update(ctx, s.tenant.ID, tenantdb.DomainSales, func(tx *sql.Tx) error {
		var version uint32
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		if version != signature(c.Seed) {
			return errUpToDate // not ours to continue
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM sale_lines WHERE business_date >= ?", last.String()); err != nil {
			return err
		}
		y, m, _ := first.time().Date()
		h := newHistory(s, c.Seed, dateOf(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)))
		return insertDays(ctx, tx, h, max(h.start, last-2*maxReturnDays), last, today)
	})
	if errors.Is(err, errUpToDate) {
		return false, nil
	}
	return err == nil, err
}

func dataSpan(ctx context.Context, db *tenantdb.DB, id ilsai.TenantID) (first, last date, err error) {
	snap, err := db.Snapshot(ctx, id, tenantdb.DomainSales)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, snap.Close()) }()
	_, rows, err := snap.Query(ctx, "SELECT MIN(business_date), MAX(business_date) FROM sale_lines", nil, 1)
	if err != nil {
		return 0, 0, err
	}
	from, _ := rows[0][0].(string)
	to, _ := rows[0][1].(string)
	if first, err = parseDate(from); err != nil {
		return 0, 0, fmt.Errorf("first day: %w", err)
	}
	if last, err = parseDate(to); err != nil {
		return 0, 0, fmt.Errorf("last day: %w", err)
	}
	return first, last, nil
}

// signature marks a file as made by this generator with this seed; it is kept in SQLite's
// user_version. Change the word when the generator's output changes, so that old data is left alone.
func signature(seed uint64) uint32 {
	return crc32.ChecksumIEEE(fmt.Appendf(nil, "ilsai demo 1, seed %d", seed)) >> 1
}

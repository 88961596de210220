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
	Schemas map[string]string // for SQLite, those that go with the shipped catalogues, by tenantdb.Domain…
	Now     time.Time         // each shop's history ends on its own calendar day at this instant
	Seed    uint64            // the same seed and days give the same rows

	shops []shop // nil: all, as they are
}

// Result tells what Seed did, in the order of Shops.
type Result struct {
	Created  []ilsai.TenantID // made from nothing
	Extended []ilsai.TenantID // had data that ended before today or lacked a domain, and has all of it up to today now
}

// Domains lists the databases of a demo shop.
func Domains() []string {
	return []string{tenantdb.DomainSales, tenantdb.DomainInventory, tenantdb.DomainPatients}
}

// Seed makes the demo shops that are missing and brings the others up to today. It never replaces
// what is there: tenants keep a changed tier or status, and data that another seed or another
// program made stays as it is. A shop's tenant is stored after its data, so a crash at any point
// leaves nothing that the next Seed does not complete. Errors: the stores' own.
func Seed(ctx context.Context, c Config) (Result, error) {
	var r Result
	all := c.shops
	if all == nil {
		all = shops
	}
	for i := range all {
		s := &all[i]
		today, err := s.today(c.Now)
		if err != nil {
			return r, err
		}
		exists, err := c.Data.Exists(s.tenant.ID, tenantdb.DomainSales)
		if err != nil {
			return r, err
		}
		changed, err := seedShop(ctx, c, s, today, exists)
		if err != nil {
			return r, err
		}
		switch {
		case !exists:
			r.Created = append(r.Created, s.tenant.ID)
		case changed:
			r.Extended = append(r.Extended, s.tenant.ID)
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

// seedShop makes or extends the shop's databases, the sales first: the others follow from them.
func seedShop(ctx context.Context, c Config, s *shop, today date, exists bool) (changed bool, err error) {
	start, last := historyStart(today), date(0)
	complete := true
	for _, domain := range Domains() {
		there, err := c.Data.Exists(s.tenant.ID, domain)
		if err != nil {
			return false, err
		}
		complete = complete && there
	}
	if exists {
		var first date
		if first, last, err = dataSpan(ctx, c.Data, s.tenant.ID); err != nil {
			return false, err
		}
		y, m, _ := first.time().Date()
		start = dateOf(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC))
	}
	var shared *past // generated once, when the first database needs it
	history := func() *past {
		if shared == nil {
			shared = newPast(s, c.Seed, start, max(today, last))
		}
		return shared
	}
	if complete && last >= today {
		return false, nil
	}
	if exists {
		if ours, err := isOurs(ctx, c, s.tenant.ID); err != nil || !ours {
			return false, err
		}
	}
	for _, domain := range Domains() {
		did, err := seedDomain(ctx, c, s, domain, last < today, history)
		if err != nil {
			return changed, err
		}
		changed = changed || did
	}
	return changed, nil
}

// isOurs says whether this generator made the shop's sales with this seed. It asks only when there may be something to do.
func isOurs(ctx context.Context, c Config, id ilsai.TenantID) (bool, error) {
	ours := false
	err := c.Data.Update(ctx, id, tenantdb.DomainSales, func(tx *sql.Tx) error {
		version, err := versionOf(ctx, tx)
		ours = version == signature(tenantdb.DomainSales, c.Seed)
		return errors.Join(err, errNotOurs) // nothing is to be changed
	})
	if errors.Is(err, errNotOurs) {
		err = nil
	}
	return ours, err
}

func versionOf(ctx context.Context, tx *sql.Tx) (version uint32, err error) {
	err = tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	return version, err
}

// errNotOurs stops an Update of data that this generator did not make with this seed.
var errNotOurs = errors.New("made by somebody else")

func seedDomain(ctx context.Context, c Config, s *shop, domain string, behind bool, history func() *past) (bool, error) {
	exists, err := c.Data.Exists(s.tenant.ID, domain)
	if err != nil {
		return false, err
	}
	tables := func() ([]Table, error) { return history().tables(domain) }
	switch {
	case !exists:
		err = c.Data.Create(ctx, s.tenant.ID, domain, c.Schemas[domain], func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", signature(domain, c.Seed))); err != nil {
				return err
			}
			t, err := tables()
			if err != nil {
				return err
			}
			return Fill(ctx, tx, t)
		})
	case behind:
		err = c.Data.Update(ctx, s.tenant.ID, domain, func(tx *sql.Tx) error {
			if version, err := versionOf(ctx, tx); err != nil || version != signature(domain, c.Seed) {
				return errors.Join(err, errNotOurs)
			}
			t, err := tables()
			if err != nil {
				return err
			}
			return refill(ctx, tx, t)
		})
	default:
		return false, nil
	}
	if errors.Is(err, errNotOurs) {
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
// user_version. Change the number when the generator's output changes, so that old data is left alone.
func signature(domain string, seed uint64) uint32 {
	name := "ilsai demo 1"
	if domain != tenantdb.DomainSales {
		name = "ilsai demo 1 " + domain
	}
	return crc32.ChecksumIEEE(fmt.Appendf(nil, "%s, seed %d", name, seed)) >> 1
}

package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

func TestMetricsConform(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		storetest.ExerciseMetrics(t, func(t *testing.T, now func() time.Time) storetest.MetricsStore {
			return openWith(t, t.TempDir(), store.Options{Now: now})
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		storetest.ExerciseMetrics(t, func(t *testing.T, now func() time.Time) storetest.MetricsStore {
			return openPostgres(t, postgresDSN(t), store.Options{Now: now})
		})
	})
}

// fillLog writes a year of questions of many tenants, without their hashes: nobody verifies them here.
var fillLog = map[string]string{
	"sqlite": `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %[1]d)
		INSERT INTO ai_usage_logs SELECT i, 'shop-' || (i %% %[2]d), '7', CASE i %% 3 WHEN 0 THEN 'sales' ELSE 'inventory' END,
		'What were our top selling products of the month before the last one?', 150, i %% 4 = 0, 850, i %% 25 <> 0,
		strftime('%%Y-%%m-%%d %%H:%%M:%%S+00:00', %[3]d + i * %[4]d, 'unixepoch'), 'e' || i, '', 'm', 120, 0, 30, CASE i %% 25 WHEN 0 THEN 'timeout' ELSE '' END, '2026-01', NULL FROM n`,
	"postgres": `INSERT INTO ai_usage_logs SELECT i, 'shop-' || (i %% %[2]d), '7', CASE i %% 3 WHEN 0 THEN 'sales' ELSE 'inventory' END,
		'What were our top selling products of the month before the last one?', 150, i %% 4 = 0, 850, i %% 25 <> 0,
		to_timestamp(%[3]d + i * %[4]d), 'e' || i, '', 'm', 120, 0, 30, CASE i %% 25 WHEN 0 THEN 'timeout' ELSE '' END, '2026-01', NULL
		FROM generate_series(1, %[1]d) AS n(i)`,
}

// vacuum marks every page of the log as visible to all, which an index that is read alone needs. Another
// transaction in the database, such as an automatic ANALYZE, can keep one round from it.
func vacuum(t *testing.T, db *sql.DB) {
	t.Helper()
	for round := 1; ; round++ {
		if _, err := db.ExecContext(t.Context(), "VACUUM ANALYZE ai_usage_logs"); err != nil {
			t.Fatal(err)
		}
		var pages, visible int
		const count = "SELECT relpages, relallvisible FROM pg_class WHERE oid = 'ai_usage_logs'::regclass"
		if err := db.QueryRowContext(t.Context(), count).Scan(&pages, &visible); err != nil {
			t.Fatal(err)
		}
		if visible == pages {
			return
		}
		if round == 1000 {
			t.Fatalf("%d of %d pages are visible to all after %d rounds", visible, pages, round)
		}
	}
}

// With many rows of many tenants, the metrics of a month read the part of an index that is theirs, and
// no row of the log.
func TestMetricsReadAnIndex(t *testing.T) {
	t.Parallel()
	rows := 40_000 // a thousand pages: the planner has a choice
	if os.Getenv("ILSAI_BARS") == "full" {
		rows = 200_000
	}
	tenants := rows / 1000
	dir, dsn := t.TempDir(), postgresDSN(t)
	open := map[string]func() (*store.Store, *sql.DB, error){
		"sqlite": func() (*store.Store, *sql.DB, error) {
			db, err := sql.Open("sqlite3", filepath.Join(dir, "ilsai.db"))
			return open(t, dir), db, err
		},
		"postgres": func() (*store.Store, *sql.DB, error) {
			db, err := sql.Open("pgx", dsn)
			return openPostgres(t, dsn, store.Options{}), db, err
		},
	}
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	from, to := begin.AddDate(0, 5, 0), begin.AddDate(0, 6, 0)
	days := []time.Time{}
	for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
		days = append(days, d)
	}
	for engine, open := range open {
		t.Run(engine, func(t *testing.T) {
			s, db, err := open()
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			for i := range tenants {
				if err := s.CreateTenant(t.Context(), storetest.Tenant(ilsai.TenantID(fmt.Sprintf("shop-%d", i)))); err != nil {
					t.Fatal(err)
				}
			}
			statements := []string{fmt.Sprintf(fillLog[engine], rows, tenants, begin.Unix(), 365*24*3600/rows)}
			if engine == "postgres" { // its own vacuum would come in between
				statements = append([]string{"ALTER TABLE ai_usage_logs SET (autovacuum_enabled = false)"}, append(statements, "ANALYZE tenants")...)
			}
			for _, q := range statements {
				if _, err := db.ExecContext(t.Context(), q); err != nil {
					t.Fatal(err)
				}
			}
			if engine == "postgres" {
				vacuum(t, db)
			}
			for name, plan := range store.MetricsPlans(t, s, "shop-7", from, to) {
				if !strings.Contains(plan, "ai_usage_logs_by_tenant_time") || strings.Contains(plan, "Seq Scan on ai_usage_logs") || strings.Contains(plan, "SCAN l") {
					t.Errorf("%s does not read the index:\n%s", name, plan)
				}
				if !strings.Contains(plan, "COVERING INDEX ai_usage_logs_by_tenant_time") && !strings.Contains(plan, "Index Only Scan using ai_usage_logs_by_tenant_time") {
					t.Errorf("%s reads rows of the log:\n%s", name, plan)
				}
			}
			report := func(what string, run func() error) {
				began := time.Now()
				if err := run(); err != nil {
					t.Errorf("%s: %v", what, err)
				}
				t.Logf("%s, %d rows: %s in %v", engine, rows, what, time.Since(began).Round(10*time.Microsecond))
			}
			for range 2 {
				report("one tenant's month", func() error {
					m, err := s.TenantMetrics(t.Context(), "shop-7", from, to)
					if m.QueriesTotal != m.QueriesSuccessful+m.QueriesFailed || m.QueriesTotal < 80 {
						t.Errorf("got %+v", m)
					}
					return err
				})
				report("one tenant's days", func() error { _, err := s.UsageByDay(t.Context(), "shop-7", days); return err })
				report("the platform's month", func() error {
					p, err := s.PlatformMetrics(t.Context(), from, to)
					if p.ActiveTenants != tenants || p.TotalQueries < rows/13 {
						t.Errorf("got %+v", p)
					}
					return err
				})
			}
		})
	}
}

package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

// tampered is a store of 9 rows of two tenants whose file somebody else edits.
func tampered(t *testing.T, edits ...string) *store.Store {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s, 9)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "ilsai.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, edit := range append([]string{"DROP TRIGGER ai_usage_logs_no_update", "DROP TRIGGER ai_usage_logs_no_delete"}, edits...) {
		if _, err := db.Exec(edit); err != nil {
			t.Fatalf("%s: %v", edit, err)
		}
	}
	return open(t, dir)
}

// fill writes n rows of two tenants; every third is from the cache.
func fill(t *testing.T, s *store.Store, n int) {
	t.Helper()
	for _, id := range []ilsai.TenantID{"abc123", "xyz789"} {
		if err := s.CreateTenant(t.Context(), storetest.Tenant(id)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		e := storetest.Event(t, []ilsai.TenantID{"abc123", "xyz789"}[i%2], i)
		if i%3 == 2 {
			e.FromCache, e.TokensUsed = true, 0
		}
		if err := s.AppendUsage(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestVerifyFindsTampering(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit string
		kind store.ProblemKind
		id   int64
	}{
		"nothing":           {edit: "SELECT 1"},
		"changed tokens":    {"UPDATE ai_usage_logs SET tokens_used = 1 WHERE id = 4", store.ProblemChain, 4},
		"changed question":  {"UPDATE ai_usage_logs SET question = question || ' ' WHERE id = 7", store.ProblemChain, 7},
		"changed month":     {"UPDATE ai_usage_logs SET month = '2026-10' WHERE id = 3", store.ProblemChain, 3},
		"changed tenant":    {"UPDATE ai_usage_logs SET tenant_id = 'xyz789' WHERE id = 5", store.ProblemChain, 5},
		"removed":           {"DELETE FROM ai_usage_logs WHERE id = 5", store.ProblemChain, 6},
		"removed first":     {"DELETE FROM ai_usage_logs WHERE id = 1", store.ProblemChain, 2},
		"removed and moved": {"DELETE FROM ai_usage_logs WHERE id = 5; UPDATE ai_usage_logs SET id = id - 1 WHERE id > 5", store.ProblemChain, 5},
		"truncated":         {"DELETE FROM ai_usage_logs WHERE id > 6", store.ProblemHead, 7},
		"emptied":           {"DELETE FROM ai_usage_logs", store.ProblemHead, 1},
		"swapped":           {"UPDATE ai_usage_logs SET id = 100 WHERE id = 3; UPDATE ai_usage_logs SET id = 3 WHERE id = 4; UPDATE ai_usage_logs SET id = 4 WHERE id = 100", store.ProblemChain, 3},
		"added": {"INSERT INTO ai_usage_logs SELECT 10, tenant_id, user_id, query_type, question, tokens_used, 1, response_time_ms, success, timestamp, " +
			"'e', request_id, model, 0, 0, 0, '', month, hash FROM ai_usage_logs WHERE id = 9", store.ProblemChain, 10},
		"no hash":     {"UPDATE ai_usage_logs SET hash = NULL WHERE id = 2", store.ProblemChain, 2},
		"head":        {"UPDATE usage_chain SET hash = zeroblob(32)", store.ProblemHead, 10},
		"counter":     {"UPDATE monthly_counters SET used = used - 1 WHERE tenant_id = 'abc123'", store.ProblemCounter, 0},
		"no counter":  {"DELETE FROM monthly_counters WHERE tenant_id = 'abc123'", store.ProblemCounter, 0},
		"reservation": {"INSERT INTO quota_reservations SELECT tenant_id, event_id, month, 1 FROM ai_usage_logs WHERE id = 6", store.ProblemReservation, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tampered(t, c.edit)
			r, err := s.VerifyUsage(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.kind == "" {
				if !r.OK() || r.Rows != 9 || len(r.Head) != 64 {
					t.Errorf("got %+v, want 9 sound rows", r)
				}
				return
			}
			if r.OK() || r.Problems[0].Kind != c.kind || r.Problems[0].ID != c.id {
				t.Errorf("got %+v, want %s at row %d first", r.Problems, c.kind, c.id)
			}
			chains := 0
			for _, p := range r.Problems {
				if p.Kind == store.ProblemChain {
					chains++
				}
			}
			if chains > 1 {
				t.Errorf("got %+v, want the first broken row only", r.Problems)
			}
		})
	}
}

// Rows older than the chain are covered as a whole.
func TestVerifyRowsOlderThanTheChain(t *testing.T) {
	t.Parallel()
	unhash := []string{"UPDATE ai_usage_logs SET hash = NULL WHERE id <= 5", "DELETE FROM ai_usage_logs WHERE id > 5 OR id = 2",
		"UPDATE usage_chain SET last_id = 5, anchor_id = 5, hash = NULL", "UPDATE ai_usage_logs SET month = ''", "DELETE FROM monthly_counters"}
	s := tampered(t, unhash...)
	e := storetest.Event(t, "abc123", 20)
	if err := s.AppendUsage(t.Context(), &e); err != nil || e.ID != 6 {
		t.Fatalf("got id %d, %v, want 6", e.ID, err)
	}
	if r, err := s.VerifyUsage(t.Context(), nil); err != nil || !r.OK() || r.Rows != 5 {
		t.Errorf("got %+v, %v, want 5 sound rows", r, err)
	}
	dir := s.Dir()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "ilsai.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE ai_usage_logs SET tokens_used = 3 WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	if r, err := open(t, dir).VerifyUsage(t.Context(), nil); err != nil || len(r.Problems) != 1 || r.Problems[0].Kind != store.ProblemChain || r.Problems[0].ID != 5 {
		t.Errorf("got %+v, %v, want the rows up to 5 broken", r, err)
	}
}

func TestVerifyReportsProgress(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	fill(t, s, 4)
	last := 0
	if _, err := s.VerifyUsage(t.Context(), func(n int) { last = n }); err != nil || last != 4 {
		t.Errorf("got %d, %v, want 4 rows", last, err)
	}
}

func forEachEngine(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, open(t, t.TempDir())) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, openPostgres(t, postgresDSN(t), store.Options{})) })
}

func TestExport(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, s *store.Store) {
		fill(t, s, 9)
		edge := storetest.Event(t, "abc123", 0)
		edge.Timestamp = time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC) // December in Paris
		if err := s.AppendUsage(t.Context(), &edge); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			filter store.UsageFilter
			want   string
		}{
			"all":    {store.UsageFilter{}, "[1 2 3 4 5 6 7 8 9 10]"},
			"tenant": {store.UsageFilter{Tenant: "xyz789"}, "[2 4 6 8]"},
			"month":  {store.UsageFilter{Month: "2026-12"}, "[10]"},
			"after":  {store.UsageFilter{Month: "2026-11", After: 7}, "[8 9]"},
			"times":  {store.UsageFilter{From: storetest.Start.Add(2 * time.Second), To: storetest.Start.Add(5 * time.Second)}, "[3 4 5]"},
			"both":   {store.UsageFilter{Tenant: "abc123", From: storetest.Start.Add(2 * time.Second), Month: "2026-11"}, "[3 5 7 9]"},
			"none":   {store.UsageFilter{Tenant: "nobody"}, "[]"},
		} {
			got := []int64{}
			err := s.ExportUsage(t.Context(), c.filter, func(e tenancy.UsageEvent) error {
				got = append(got, e.ID)
				return nil
			})
			if err != nil || fmt.Sprint(got) != c.want {
				t.Errorf("%s: got %v, %v, want %s", name, got, err, c.want)
			}
		}
		stop, n := errors.New("enough"), 0
		err := s.ExportUsage(t.Context(), store.UsageFilter{}, func(tenancy.UsageEvent) error {
			if n++; n == 3 {
				return stop
			}
			return nil
		})
		if err != stop || n != 3 {
			t.Errorf("got %v after %d rows, want the writer's own error after 3", err, n)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err = s.ExportUsage(ctx, store.UsageFilter{}, func(tenancy.UsageEvent) error {
			cancel()
			return nil
		})
		checkCode(t, "canceled on the way", err, ilsai.CodeCanceled)
		_, err = s.VerifyUsage(ctx, nil)
		checkCode(t, "canceled before", err, ilsai.CodeCanceled)
		if r, err := s.VerifyUsage(t.Context(), nil); err != nil || !r.OK() {
			t.Errorf("verify: got %+v, %v", r, err)
		}
	})
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, s *store.Store) {
		tenant := storetest.Tenant("abc123")
		if err := s.CreateTenant(t.Context(), tenant); err != nil {
			t.Fatal(err)
		}
		for _, edit := range []func(){
			func() { tenant.Name = "Other name" }, // no change of the subscription
			func() { tenant.Tier = tenancy.TierBasic },
			func() { tenant.Status = tenancy.StatusSuspended },
		} {
			edit()
			if err := s.UpdateTenant(t.Context(), tenant); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Subscriptions(t.Context(), "abc123")
		if err != nil {
			t.Fatal(err)
		}
		var text []string
		for _, g := range got {
			text = append(text, string(g.Tier)+"/"+string(g.Status))
		}
		if want := "professional/active basic/active basic/suspended"; strings.Join(text, " ") != want {
			t.Errorf("got %v, want %s", text, want)
		}
		if len(got) > 0 && got[0].ChangedAt != storetest.Start {
			t.Errorf("got %v, want the tenant's creation %v", got[0].ChangedAt, storetest.Start)
		}
	})
}

func TestLimits(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, s *store.Store) {
		if err := s.CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
			t.Fatal(err)
		}
		monthly, tokens := tenancy.Unlimited, 700
		for _, want := range []tenancy.LimitsOverride{{}, {QueriesPerMonth: &monthly, MaxTokensPerQuery: &tokens}, {}} {
			if err := s.SetLimits(t.Context(), "abc123", want); err != nil {
				t.Fatal(err)
			}
			base := tenancy.PlanOf(tenancy.TierBasic).Limits
			got, err := s.Limits(t.Context(), "abc123")
			if err != nil || got.Apply(base) != want.Apply(base) {
				t.Errorf("got %+v, %v, want %+v", got.Apply(base), err, want.Apply(base))
			}
		}
		_, err := s.Limits(t.Context(), "nobody")
		checkCode(t, "unknown", err, ilsai.CodeNotFound)
		checkCode(t, "unknown", s.SetLimits(t.Context(), "nobody", tenancy.LimitsOverride{}), ilsai.CodeNotFound)
		none := 0
		checkCode(t, "no tokens", s.SetLimits(t.Context(), "abc123", tenancy.LimitsOverride{MaxTokensPerQuery: &none}), ilsai.CodeInvalid)
	})
}

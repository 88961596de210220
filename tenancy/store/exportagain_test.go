package store_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

// exported reads an export as an importer does that counts each event id once, up to stop rows.
func exported(t *testing.T, s *store.Store, f store.UsageFilter, seen map[string]tenancy.UsageEvent, stop int) []string {
	t.Helper()
	var ids []string
	enough := errors.New("the importer dies")
	err := s.ExportUsage(t.Context(), f, func(e tenancy.UsageEvent) error {
		if len(ids) == stop {
			return enough
		}
		ids = append(ids, e.EventID)
		if first, ok := seen[e.EventID]; ok && first != e {
			t.Errorf("event %s is exported as %+v, and before as %+v", e.EventID, e, first)
		}
		seen[e.EventID] = e
		return nil
	})
	if err != nil && !errors.Is(err, enough) {
		t.Fatal(err)
	}
	return ids
}

// An export gives the same events each time it is made, however often it was broken off before, and
// while rows are added: those come behind.
func TestExportAgain(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, s *store.Store) {
		fill(t, s, 200)
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 0))
		seen := map[string]tenancy.UsageEvent{}
		whole := exported(t, s, store.UsageFilter{}, seen, -1)
		if again := exported(t, s, store.UsageFilter{}, seen, -1); !slices.Equal(again, whole) || len(whole) != 200 {
			t.Fatalf("%d events, then %d", len(whole), len(again))
		}
		imported := map[string]tenancy.UsageEvent{}
		for i := range 50 {
			exported(t, s, store.UsageFilter{}, imported, rng.IntN(len(whole)))
			if i%10 == 0 {
				e := storetest.Event(t, "abc123", 1000+i)
				if err := s.AppendUsage(t.Context(), &e); err != nil {
					t.Fatal(err)
				}
			}
		}
		last := exported(t, s, store.UsageFilter{}, imported, -1)
		if len(last) != 205 || len(imported) != 205 || !slices.Equal(last[:200], whole) {
			t.Errorf("%d events in the last export, %d imported, want 205", len(last), len(imported))
		}
	})
}

// An event that comes late is one more row of the month it happened in, in the shop's time zone: no row
// of a month that is over is changed.
func TestLateEvents(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, s *store.Store) {
		fill(t, s, 20)
		november, december := store.UsageFilter{Month: "2026-11"}, store.UsageFilter{Month: "2026-12"}
		seen := map[string]tenancy.UsageEvent{}
		before := exported(t, s, november, seen, -1)
		for name, c := range map[string]struct {
			at    time.Time
			month store.UsageFilter
		}{
			"35 days late": {time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC), november},
			"last instant": {time.Date(2026, 11, 30, 22, 59, 59, 999e6, time.UTC), november}, // in Paris
			"next instant": {time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC), december},
		} {
			e := storetest.Event(t, "abc123", 0)
			e.Timestamp = c.at
			if err := s.AppendUsage(t.Context(), &e); err != nil {
				t.Fatal(err)
			}
			if ids := exported(t, s, c.month, seen, -1); ids[len(ids)-1] != e.EventID {
				t.Errorf("%s: it is not the last row of its month", name)
			}
		}
		after := exported(t, s, november, seen, -1)
		if !slices.Equal(after[:len(before)], before) || len(after) != len(before)+2 {
			t.Errorf("%d rows of November, %d before", len(after), len(before))
		}
		if r, err := s.VerifyUsage(t.Context(), nil); err != nil || !r.OK() {
			t.Errorf("verify: %+v, %v", r, err)
		}
	})
}

package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func mustAppend(t *testing.T, s tenancy.Store, events ...*tenancy.UsageEvent) {
	t.Helper()
	for _, e := range events {
		if err := s.AppendUsage(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func allUsage(t *testing.T, s tenancy.Store, id ilsai.TenantID) []tenancy.UsageEvent {
	t.Helper()
	got, err := s.Usage(t.Context(), id, time.Time{}, time.Time{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func appendUsage(t *testing.T, s tenancy.Store) {
	mustCreate(t, s, "abc123", "xyz789")
	ok := Event(t, "abc123", 1)
	failed := Event(t, "abc123", 2)
	failed.Success, failed.ErrorType, failed.TokensUsed = false, ilsai.CodeDeadline, 0
	cached := Event(t, "abc123", 3)
	cached.FromCache, cached.TokensUsed = true, 0
	cached.Timestamp = cached.Timestamp.Add(987_654_321).In(time.FixedZone("", -7*3600))
	other := Event(t, "xyz789", 1)
	mustAppend(t, s, &ok, &failed, &cached, &other)
	cached.Timestamp = cached.Timestamp.UTC().Truncate(time.Millisecond)
	got := allUsage(t, s, "abc123")
	want := []tenancy.UsageEvent{ok, failed, cached}
	if len(got) != len(want) {
		t.Fatalf("got %d events, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("event %d:\ngot  %+v\nwant %+v", i, got[i], want[i])
		}
		if want[i].ID <= 0 || i > 0 && want[i].ID <= want[i-1].ID {
			t.Errorf("event %d: id %d is not ascending", i, want[i].ID)
		}
	}
	if got := allUsage(t, s, "xyz789"); len(got) != 1 || got[0] != other {
		t.Errorf("other tenant: got %+v, want its one event", got)
	}
}

func appendUsageTwice(t *testing.T, s tenancy.Store) {
	mustCreate(t, s, "abc123", "xyz789")
	first := Event(t, "abc123", 1)
	again := first
	mustAppend(t, s, &first, &again)
	if first.ID == 0 || again.ID != first.ID {
		t.Errorf("ids: got %d and %d, want the same", first.ID, again.ID)
	}
	changed := first
	changed.TokensUsed++
	wantCode(t, "another content", s.AppendUsage(t.Context(), &changed), ilsai.CodeConflict)
	elsewhere := first
	elsewhere.TenantID = "xyz789"
	mustAppend(t, s, &elsewhere) // event ids are a tenant's own
	if got := allUsage(t, s, "abc123"); len(got) != 1 || got[0] != first {
		t.Errorf("got %+v, want the first event alone", got)
	}
}

func appendUsageInvalid(t *testing.T, s tenancy.Store) {
	mustCreate(t, s, "abc123")
	bad := Event(t, "abc123", 1)
	bad.EventID = "1"
	wantCode(t, "bad event id", s.AppendUsage(t.Context(), &bad), ilsai.CodeInvalid)
	unknown := Event(t, "xyz789", 1)
	wantCode(t, "unknown tenant", s.AppendUsage(t.Context(), &unknown), ilsai.CodeNotFound)
	if got := allUsage(t, s, "abc123"); len(got) != 0 {
		t.Errorf("got %+v, want nothing", got)
	}
}

// Many writers at once, each sending every event twice: all are recorded, none twice.
func appendUsageAtOnce(t *testing.T, s tenancy.Store) {
	const writers, each = 8, 20
	ids := []ilsai.TenantID{"a", "b", "c"}
	mustCreate(t, s, ids...)
	want := make([]map[string]int64, writers)
	var wg sync.WaitGroup
	for w := range writers {
		want[w] = make(map[string]int64)
		wg.Go(func() {
			for n := range each {
				e := Event(t, ids[w%len(ids)], n)
				again := e
				if err := s.AppendUsage(t.Context(), &e); err != nil {
					t.Error(err)
					return
				}
				if err := s.AppendUsage(t.Context(), &again); err != nil || again.ID != e.ID {
					t.Errorf("second append: id %d, %v, want %d", again.ID, err, e.ID)
					return
				}
				want[w][e.EventID] = e.ID
			}
		})
	}
	wg.Wait()
	got := make(map[string]int64)
	for _, id := range ids {
		for _, e := range allUsage(t, s, id) {
			got[e.EventID] = e.ID
		}
	}
	for _, m := range want {
		for event, id := range m {
			if got[event] != id {
				t.Errorf("event %s: got id %d, want %d", event, got[event], id)
			}
		}
	}
	if len(got) != writers*each {
		t.Errorf("got %d events, want %d", len(got), writers*each)
	}
}

func appendUsageStrayBytes(t *testing.T, s tenancy.Store) {
	mustCreate(t, s, "abc123")
	e := Event(t, "abc123", 1)
	e.Question = "a\x00b\xffc 'quoted' \"x\"; DROP TABLE tenants; -- é 漢 \u202e"
	again := e
	mustAppend(t, s, &e, &again)
	want := "a\uFFFDb\uFFFDc 'quoted' \"x\"; DROP TABLE tenants; -- é 漢 \u202e"
	if got := allUsage(t, s, "abc123"); len(got) != 1 || got[0].Question != want {
		t.Errorf("got %+v, want the question %q once", got, want)
	}
}

func usagePages(t *testing.T, s tenancy.Store) {
	mustCreate(t, s, "abc123", "xyz789")
	for n := range 7 {
		e, other := Event(t, "abc123", n), Event(t, "xyz789", n)
		mustAppend(t, s, &e, &other)
	}
	var got []string
	after := int64(0)
	for {
		page, err := s.Usage(t.Context(), "abc123", time.Time{}, time.Time{}, after, 3)
		if err != nil || len(page) > 3 {
			t.Fatalf("got %d events, %v, want at most 3", len(page), err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			got = append(got, e.RequestID)
		}
		after = page[len(page)-1].ID
	}
	if want := "[req-0 req-1 req-2 req-3 req-4 req-5 req-6]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func usageTimes(t *testing.T, s tenancy.Store) {
	mustCreate(t, s, "abc123")
	for _, offset := range []time.Duration{-time.Millisecond, 0, time.Millisecond, 999 * time.Millisecond, time.Second, 10 * time.Second} {
		e := Event(t, "abc123", 0)
		e.Timestamp = Start.Add(offset)
		e.RequestID = offset.String()
		mustAppend(t, s, &e)
	}
	zone := time.FixedZone("", 5*3600)
	for _, c := range []struct {
		from, to time.Time
		want     string
	}{
		{Start, Start.Add(time.Second), "[0s 1ms 999ms]"},
		{Start.In(zone), Start.Add(time.Second).In(zone), "[0s 1ms 999ms]"},
		{time.Time{}, Start, "[-1ms]"},
		{Start.Add(time.Second), time.Time{}, "[1s 10s]"},
		{Start.Add(time.Millisecond), Start.Add(time.Millisecond), "[]"},
	} {
		events, err := s.Usage(t.Context(), "abc123", c.from, c.to, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, e := range events {
			got = append(got, e.RequestID)
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%v to %v: got %v, want %s", c.from, c.to, got, c.want)
		}
		sum, err := s.SumUsage(t.Context(), "abc123", c.from, c.to)
		if err != nil || sum.Queries != len(got) {
			t.Errorf("%v to %v: sum %+v, %v, want %d queries", c.from, c.to, sum, err, len(got))
		}
	}
}

func sumUsage(t *testing.T, s tenancy.Store) {
	mustCreate(t, s, "abc123", "xyz789")
	if got, err := s.SumUsage(t.Context(), "abc123", time.Time{}, time.Time{}); err != nil || got != (tenancy.UsageTotals{}) {
		t.Errorf("nothing yet: got %+v, %v", got, err)
	}
	a, b, c, other := Event(t, "abc123", 0), Event(t, "abc123", 1), Event(t, "abc123", 2), Event(t, "xyz789", 0)
	b.FromCache, b.TokensUsed = true, 0
	c.Success, c.TokensUsed = false, 7
	mustAppend(t, s, &a, &b, &c, &other)
	want := tenancy.UsageTotals{Queries: 3, Successful: 2, Cached: 1, TokensUsed: 157}
	if got, err := s.SumUsage(t.Context(), "abc123", time.Time{}, time.Time{}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

package assistant_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// counting counts the queries for values that reach a shop.
type counting struct {
	*shops
	loads int
}

func (c *counting) Snapshot(ctx context.Context, tenant tenantID, domain string) (assistant.Snapshot, error) {
	s, err := c.shops.Snapshot(ctx, tenant, domain)
	if err != nil {
		return nil, err
	}
	return countingSnapshot{s, c}, nil
}

type countingSnapshot struct {
	assistant.Snapshot
	c *counting
}

func (s countingSnapshot) Query(ctx context.Context, q string, args []any, limit int) ([]string, [][]any, error) {
	if q == semantic.Sales().Dimension("brand").Values {
		s.c.loads++
	}
	return s.Snapshot.Query(ctx, q, args, limit)
}

// TestValuesAreKeptForAWhile: filters cost no scan per question, and what a shop has just added is found.
func TestValuesAreKeptForAWhile(t *testing.T) {
	db := quietShop(t)
	now := monday
	source := &counting{shops: &shops{dbs: dbsOf(db)}}
	s := &script{plan: `{"metric":"units","where":[" oakley"],"period":"all_time"}`, answer: "It is {r1.units}."}
	a, err := assistant.New(assistant.Options{Generator: s, Data: source, Catalogues: salesOnly(), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(step string, loads int, answer string) {
		t.Helper()
		got := ask(t, a, "oakley persol zeiss")
		if source.loads != loads || !strings.HasPrefix(got.Answer, answer) {
			t.Errorf("%s: %d loads, %q; want %d, %q", step, source.loads, got.Answer, loads, answer)
		}
	}
	expect("first", 1, "It is 4.")
	expect("second", 1, "It is 4.")
	now = now.Add(4 * time.Minute)
	expect("four minutes later", 1, "It is 4.")
	now = now.Add(2 * time.Minute)
	expect("six minutes later", 2, "It is 4.")

	s.plan = `{"metric":"units","where":[" persol"],"period":"all_time"}`
	expect("unknown just after a load", 2, "I found nothing")
	run(t, db, "UPDATE products SET brand = 'Persol' WHERE id = 2")
	now = now.Add(20 * time.Second)
	expect("added since", 3, "It is 4.")
	now = now.Add(20 * time.Second)
	s.plan = `{"metric":"units","where":[" zeiss"],"period":"all_time"}`
	expect("still unknown", 4, "I found nothing")
	expect("asked again at once", 4, "I found nothing")
}

// TestNamesAreToldApartWhateverTheirAge: to write a plan the shop's names need not be fresh, so a shop that asks without filters
// pays for them once.
func TestNamesAreToldApartWhateverTheirAge(t *testing.T) {
	now := monday
	source := &counting{shops: &shops{dbs: dbsOf(quietShop(t))}}
	s := &script{plan: `{"metric":"units","period":"all_time"}`, answer: "It is {r1.units}."}
	a, err := assistant.New(assistant.Options{Generator: s, Data: source, Catalogues: salesOnly(), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for i, later := range []time.Duration{0, time.Hour, 24 * time.Hour} {
		now = now.Add(later)
		ask(t, a, "oakley")
		if source.loads != 1 {
			t.Errorf("question %d: %d loads", i+1, source.loads)
		}
		if got := s.seen[2*i].User; got != "brand > oakley\noakley" {
			t.Errorf("question %d: the prompt is %q", i+1, got)
		}
	}
}

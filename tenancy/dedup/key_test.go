package dedup_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/dedup"
)

// part draws from few short strings, so that lists meet which differ only in where a part ends.
func part() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune("ab:\x00\x01")), 0, 3, -1)
}

func TestDifferentListsHaveDifferentKeys(t *testing.T) {
	checks(t, "10000")
	seen := map[dedup.Key]string{}
	rapid.Check(t, func(r *rapid.T) {
		tenant := ilsai.TenantID(part().Draw(r, "tenant"))
		parts := rapid.SliceOfN(part(), 0, 4).Draw(r, "parts")
		list := fmt.Sprintf("%q", append([]string{string(tenant)}, parts...))
		key := dedup.NewKey(tenant, parts...)
		if was, ok := seen[key]; ok && was != list {
			r.Fatalf("%s and %s have the same key", was, list)
		}
		seen[key] = list
		if dedup.NewKey(tenant, slices.Clone(parts)...) != key {
			r.Fatalf("%s has two keys", list)
		}
	})
	t.Logf("%d lists", len(seen))
}

// TestNoAnswerCrosses draws who asks and what, from few values of each so that they meet often. An
// answer names all it was made from, so one that crossed over names somebody else.
func TestNoAnswerCrosses(t *testing.T) {
	checks(t, "10000")
	c, now := newCache(t, dedup.Options{})
	made := map[string]bool{}
	hits, cases := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		of := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(r, name) }
		tenant := of("tenant", "shop", "shop-1", "shop-11", "1-shop")
		parts := []string{of("type", "sales", "inventory"), of("question", "top products", "1top products", ""),
			of("model", "m1", "m"), of("prompt", "1", "11"), of("role", "admin", "staff", ""), of("tier", "basic", "professional", "enterprise"),
			of("data", "7", "77")}
		list := fmt.Sprintf("%q", append([]string{tenant}, parts...))
		if cases++; cases%2000 == 0 {
			now.advance(dedup.TTL)
			clear(made)
		}
		got, source := ask(t, c, dedup.NewKey(ilsai.TenantID(tenant), parts...), ilsai.TenantID(tenant), says(list))
		if got != list {
			r.Fatalf("%s was answered with what was made for %s", list, got)
		}
		if source == dedup.Cached {
			hits++
			if !made[list] {
				r.Fatalf("%s came from the cache and was never made", list)
			}
		}
		made[list] = true
	})
	s := c.Stats()
	t.Logf("%d hits within a list, 0 across; %+v", hits, s)
	if hits < 1000 || s.Mismatches != 0 {
		t.Errorf("%d hits, %d mismatches: the test did not test", hits, s.Mismatches)
	}
}

// TestWrongKeyIsAMiss gives two tenants the same key, as a defect would.
func TestWrongKeyIsAMiss(t *testing.T) {
	c, _ := newCache(t, dedup.Options{})
	var same dedup.Key
	ask(t, c, same, "shop-a", says("a's"))
	if got, source := ask(t, c, same, "shop-b", says("b's")); got != "b's" || source != dedup.Generated {
		t.Errorf("shop-b was told %q, %s", got, source)
	}
	if got := c.Stats().Mismatches; got != 1 {
		t.Errorf("%d mismatches counted, want 1", got)
	}
	if got, source := ask(t, c, same, "shop-a", says("a's again")); got != "a's again" || source != dedup.Generated {
		t.Errorf("shop-a was told %q, %s", got, source)
	}
}

// TestWrongKeyInFlightIsAMiss does the same while the first answer is being made.
func TestWrongKeyInFlightIsAMiss(t *testing.T) {
	c, _ := newCache(t, dedup.Options{})
	var same dedup.Key
	started, release, told := make(chan struct{}), make(chan struct{}), make(chan string)
	go func() {
		value, _, _ := c.Do(context.Background(), same, "shop-a", func(context.Context) ([]byte, bool, error) {
			close(started)
			<-release
			return []byte("a's"), true, nil
		})
		told <- string(value)
	}()
	<-started
	if got, source := ask(t, c, same, "shop-b", says("b's")); got != "b's" || source != dedup.Generated {
		t.Errorf("shop-b was told %q, %s", got, source)
	}
	close(release)
	if got := <-told; got != "a's" {
		t.Errorf("shop-a was told %q", got)
	}
	if got := c.Stats(); got.Mismatches != 1 || got.Coalesced != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                 "",
		" \t\n":                            "",
		"Top  products\u00a0last\n month?": "top products last month?",
		"ÉTÉ":                              "été",
		"top products, last month":         "top products, last month",
	} {
		if got := dedup.Normalize(in); got != want {
			t.Errorf("Normalize(%q) = %q, want %q", in, got, want)
		}
	}
	if dedup.Normalize("top 10") == dedup.Normalize("top 100") || strings.Contains(dedup.Normalize("a b"), "  ") {
		t.Error("normalizing changed what is asked")
	}
}

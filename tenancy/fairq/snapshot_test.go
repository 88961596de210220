package fairq

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSnapshotSaysWhoIsNext(t *testing.T) {
	q := New[string](Options{SoftInFlight: 1})
	put(t, q, "a", "a1", 1, 10)
	put(t, q, "a", "a2", 1, 10)
	put(t, q, "b", "b1", 4, 10)
	first := q.Take(epoch)
	s := q.Snapshot(epoch)
	if s.Waiting != 2 || s.Running != 1 || len(s.Tenants) != 2 {
		t.Fatalf("%+v", s)
	}
	b, a := s.Tenants[0], s.Tenants[1]
	if b.Tenant != "b" || !b.Next.Waiting || b.Next.Position != 0 || b.Weight != 4 || a.Tenant != "a" || a.Waiting != 1 || a.Running != 1 || a.VirtualTime != 10 {
		t.Errorf("b is next, a runs one and is charged for it: %+v", s.Tenants)
	}
	q.Finish(first, 30, epoch.Add(time.Second))
	if s := q.Snapshot(epoch.Add(time.Second)); s.Tenants[1].Served != 30 || s.Tenants[1].VirtualTime != 30 || s.Tenants[0].Served != 0 {
		t.Errorf("a was given 30: %+v", s.Tenants)
	}
}

func TestSnapshotForgetsWhatIsLongAgo(t *testing.T) {
	q := New[string](Options{})
	put(t, q, "shop", "x", 1, 10)
	q.Finish(q.Take(epoch), 7, epoch)
	for _, c := range []struct {
		after time.Duration
		want  float64
	}{{0, 7}, {Window - 2*Window/windowParts, 7}, {-time.Hour, 7}, {Window + Window/windowParts, 0}, {100 * Window, 0}} {
		if got := q.Snapshot(epoch.Add(c.after)).served(); got != c.want {
			t.Errorf("after %v: %v, want %v", c.after, got, c.want)
		}
	}
}

func (s Snapshot) served() (sum float64) {
	for _, l := range s.Tenants {
		sum += l.Served
	}
	return sum
}

// Whatever happens, a Snapshot adds up to what the queue counts, and its first tenant that may start is the one taken.
func TestSnapshotAgreesWithTheQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := New[int](Options{})
		var runs []*Item[int]
		given, now := 0.0, epoch
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				i := &Item[int]{Tenant: fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "tenant")), Weight: float64(rapid.IntRange(1, 4).Draw(t, "weight")), Cost: float64(rapid.IntRange(1, 100).Draw(t, "cost"))}
				if err := q.Put(i); err != nil {
					t.Fatal(err)
				}
			case 1:
				next := ""
				if s := q.Snapshot(now); s.Waiting > 0 {
					next = s.Tenants[0].Tenant
				}
				i := q.Take(now)
				if (i == nil) != (next == "") {
					t.Fatalf("took %v, the snapshot said %q", i, next)
				}
				if i == nil {
					continue
				}
				runs = append(runs, i)
			case 2:
				if len(runs) > 0 {
					cost := float64(rapid.IntRange(0, 100).Draw(t, "real"))
					q.Finish(runs[0], cost, now)
					runs, given = runs[1:], given+cost
				}
			}
			s, stats := q.Snapshot(now), q.Stats()
			waiting, running := 0, 0
			for _, l := range s.Tenants {
				waiting, running = waiting+l.Waiting, running+l.Running
				if l.Next.Waiting != (l.Waiting > 0) {
					t.Fatalf("%+v", l)
				}
			}
			if waiting != stats.Waiting || running != stats.Running || s.Waiting != waiting || s.Running != running || math.Abs(s.served()-given) > 1e-6 {
				t.Fatalf("%+v, the queue says %+v, %v given", s, stats, given)
			}
		}
	})
}

package sched

import (
	"context"
	"testing"

	"pgregory.net/rapid"
)

// Whoever has something to feed waits for at most as many steps as there are adapters with something to feed
// meanwhile, its own included.
func TestTurnsStarveNobody(t *testing.T) {
	longest := 0
	rapid.Check(t, func(r *rapid.T) {
		s, err := New(Options{Backend: stub{Shape{Sequences: 12, ContextPerSeq: 4096, BatchTokens: 32, Vocab: 1000}}, PrefixSlots: 2, Source: NewFIFO(1000)})
		if err != nil {
			r.Fatal(err)
		}
		defer s.Stop(context.Background())
		waits, met := map[int]int{}, map[int]map[int]bool{}
		var streams []*Stream
		for range rapid.IntRange(1, 150).Draw(r, "steps") {
			for range rapid.IntRange(0, 2).Draw(r, "requests") {
				st, err := s.Submit(context.Background(), Request{
					Adapter: rapid.IntRange(0, 5).Draw(r, "adapter"),
					Prompt:  make([]Token, rapid.IntRange(1, 200).Draw(r, "prompt")), MaxTokens: rapid.IntRange(1, 20).Draw(r, "max"),
					PublicPrefix: rapid.IntRange(0, 1).Draw(r, "public"),
				})
				if err != nil {
					r.Fatal(err)
				}
				streams = append(streams, st)
			}
			if len(streams) > 0 && rapid.IntRange(0, 3).Draw(r, "cancel") == 0 {
				rapid.SampledFrom(streams).Draw(r, "victim").Cancel()
			}
			s.reap(s.now())
			s.pull(s.now())
			ready := map[int]bool{}
			for _, q := range s.sequences {
				if len(q.pending) > 0 {
					ready[q.adapter] = true
				}
			}
			if s.step() != (len(ready) > 0) {
				r.Fatal("a step that does not do what is ready")
			}
			if len(ready) > 0 && !ready[s.turn] {
				r.Fatalf("a turn of %d, ready are %v", s.turn, ready)
			}
			for id := range 6 {
				if !ready[id] {
					delete(waits, id)
					continue
				}
				if waits[id]++; waits[id] == 1 {
					met[id] = map[int]bool{}
				}
				for other := range ready {
					met[id][other] = true
				}
				if waits[id] > len(met[id]) {
					r.Errorf("adapter %d was not served in %d steps, with %d adapters active", id, waits[id], len(met[id]))
				}
				if id == s.turn {
					longest = max(longest, waits[id])
					waits[id] = 0
				}
			}
		}
	})
	t.Logf("the longest wait was %d steps", longest)
}

package sched

import "sync/atomic"

// Stats are counts since the start, and two gauges.
type Stats struct {
	Active  int // requests in slots
	Waiting int // requests in the Source
	Slots   int

	Steps            int64 // batches run
	PromptTokens     int64 // computed
	CachedTokens     int64 // taken from public prefixes
	CompletionTokens int64 // sampled and forced
	ForcedTokens     int64 // of those, put there by Guides
	KVFull           int64 // steps that found no room
	Failed           int64 // steps that failed
}

type counters struct {
	active, steps, prompt, cached, completion, forced, kvFull, failed atomic.Int64
}

// Stats may be called from any goroutine.
func (s *Scheduler) Stats() Stats {
	return Stats{
		Active:           int(s.stats.active.Load()),
		Waiting:          s.source.Len(),
		Slots:            len(s.slots),
		Steps:            s.stats.steps.Load(),
		PromptTokens:     s.stats.prompt.Load(),
		CachedTokens:     s.stats.cached.Load(),
		CompletionTokens: s.stats.completion.Load(),
		ForcedTokens:     s.stats.forced.Load(),
		KVFull:           s.stats.kvFull.Load(),
		Failed:           s.stats.failed.Load(),
	}
}

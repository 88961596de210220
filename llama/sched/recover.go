package sched

import (
	"errors"
	"time"

	"github.com/ils-platform/ilsai"
)

// recover deals with a failed step: the loop lives on.
func (s *Scheduler) recover(err error, now time.Time) {
	if errors.Is(err, ErrKVFull) {
		s.stats.kvFull.Add(1)
		s.putBackNewest(err, now)
	} else {
		s.stats.failed.Add(1)
		s.logger.Error("a step of the model failed", "error", err, "rows", len(s.rows))
		s.failBatch(ilsai.Wrap(ilsai.CodeGenerationFailed, err, "the model's step failed"), now)
	}
	for _, q := range s.sequences {
		q.take = 0
	}
}

// failBatch fails every request that took part in a step, and those that wait for a prefix of it.
func (s *Scheduler) failBatch(err error, now time.Time) {
	for _, sl := range s.slots {
		if sl.job != nil && (sl.take > 0 || sl.phase == phasePrefix && sl.prefix.take > 0) {
			s.release(sl, FinishError, err, now)
		}
	}
	for _, p := range s.prefixes {
		if p.take > 0 {
			s.forgetPrefix(p)
		}
	}
}

// maxStalls is how often a request that has the cache to itself is tried again without getting a token further.
const maxStalls = 3

// putBackNewest frees room although, by what was reserved, there is enough. It gives up what is worth least: a
// prefix being computed, else the newest request, which is put back and goes on later where it stopped. A
// request that is alone gets all that is only kept for later, and starts anew; if that does not help, it fails.
func (s *Scheduler) putBackNewest(err error, now time.Time) {
	for _, p := range s.prefixes {
		if p.tokens != nil && !p.ready {
			s.dropPrefix(p)
			return
		}
	}
	var newest *slot
	n := 0
	for _, sl := range s.slots {
		if sl.job != nil {
			n++
			if newest == nil || sl.age > newest.age {
				newest = sl
			}
		}
	}
	j := newest.job
	if n == 1 {
		for s.evict() > 0 {
		}
		if said := len(j.result.Tokens); said != j.stalled {
			j.stalls, j.stalled = 0, said
		}
		if j.stalls++; j.stalls > maxStalls {
			s.release(newest, FinishError, ilsai.Wrap(ilsai.CodeGenerationFailed, err, "the model has no room for this request"), now)
			return
		}
	}
	j.result.PutBack++
	s.vacate(newest)
	s.full = n > 1
	s.source.PutBack(j)
}

// dropPrefix lets those who wait for p compute it themselves.
func (s *Scheduler) dropPrefix(p *prefix) {
	for _, sl := range s.slots {
		if sl.phase == phasePrefix && sl.prefix == p {
			p.waiters--
			s.startPrefill(sl, 0)
		}
	}
	s.forgetPrefix(p)
}

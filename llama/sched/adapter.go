package sched

import (
	"time"

	"github.com/ils-platform/ilsai"
)

// A step computes with one adapter, so adapters take turns. The turn goes round the circle of ids: between two
// turns of one adapter every other has at most one, so whoever has something to feed waits for at most as many
// steps as there are adapters with something to feed. A turn feeds one token of every answer, however many
// there are: answers keep the same pace whatever they are computed with.

// nextTurn gives the turn to the next adapter that has anything to feed; false if none has.
func (s *Scheduler) nextTurn() bool {
	lowest, next := -1, -1
	for _, q := range s.sequences {
		if len(q.pending) == 0 {
			continue
		}
		if lowest < 0 || q.adapter < lowest {
			lowest = q.adapter
		}
		if q.adapter > s.turn && (next < 0 || q.adapter < next) {
			next = q.adapter
		}
	}
	if next < 0 {
		next = lowest
	}
	if next < 0 {
		return false
	}
	s.turn = next
	return true
}

// setAdapter tells the Backend whose turn it is.
func (s *Scheduler) setAdapter() error {
	if s.adapter == s.turn {
		return nil
	}
	s.adapter = -1
	if err := s.backend.SetAdapter(s.turn); err != nil {
		return err
	}
	s.adapter = s.turn
	return nil
}

// failAdapter fails every request in a slot whose adapter cannot be set, and no other.
func (s *Scheduler) failAdapter(err error, now time.Time) {
	s.stats.failed.Add(1)
	s.logger.Error("an adapter cannot be used", "error", err, "adapter", s.turn)
	err = ilsai.Wrap(ilsai.CodeGenerationFailed, err, "the model's adapter cannot be used")
	for _, sl := range s.slots {
		sl.take = 0
		if sl.job != nil && sl.adapter == s.turn {
			s.release(sl, FinishError, err, now)
		}
	}
	for _, p := range s.prefixes {
		p.take = 0
		if p.adapter == s.turn && !p.ready {
			s.forgetPrefix(p)
		}
	}
}

package sched

import (
	"runtime"
	"time"

	"github.com/ils-platform/ilsai"
)

// loop owns the Backend. It holds its OS thread because OpenMP keeps a team of workers for each
// thread that calls in.
func (s *Scheduler) loop() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(s.done)
	for {
		if s.step() {
			continue
		}
		// In this order: after closing nothing can be put in any more.
		if s.closing() && s.source.Len() == 0 {
			return
		}
		<-s.wakeup
	}
}

// step is one turn of the loop. It returns false when there was nothing to do.
func (s *Scheduler) step() bool {
	now := s.now()
	s.reap(now)
	s.pull(now)
	if !s.schedule() {
		return false
	}
	if err := s.setAdapter(); err != nil {
		s.failAdapter(err, now)
		return true
	}
	began := s.now()
	err := s.run()
	now = s.now()
	if err == nil {
		s.pace.observe(s.promptRows, len(s.rows), now.Sub(began))
	}
	if err != nil {
		s.recover(err, now)
	} else {
		s.deliver(now)
	}
	return true
}

// reap finishes jobs that are over, waiting or running.
func (s *Scheduler) reap(now time.Time) {
	if s.aborted.Load() {
		s.cancelAll(now)
	}
	s.expired = s.source.Expired(s.expired[:0], now)
	if len(s.expired) > 0 {
		s.full = false // perhaps it was one of these that waited for room
	}
	for i, j := range s.expired {
		finish, err := j.overError()
		s.endJob(j, finish, err, now)
		s.expired[i] = nil
	}
	for _, sl := range s.slots {
		if sl.job != nil && sl.job.Over(now) {
			finish, err := sl.job.overError()
			s.release(sl, finish, err, now)
		}
	}
}

func (s *Scheduler) cancelAll(now time.Time) {
	stopping := ilsai.Errorf(ilsai.CodeCanceled, "the server is stopping")
	for j := s.source.Next(now); j != nil; j = s.source.Next(now) {
		s.endJob(j, FinishCancel, stopping, now)
	}
	for _, sl := range s.slots {
		if sl.job != nil {
			s.release(sl, FinishCancel, stopping, now)
		}
	}
}

// pull fills free slots, lowest first: neighbouring sequences decode in one pass.
func (s *Scheduler) pull(now time.Time) {
	for _, sl := range s.slots {
		if s.full {
			return
		}
		if sl.phase != phaseIdle {
			continue
		}
		j := s.source.Next(now)
		for j != nil && j.Over(now) {
			finish, err := j.overError()
			s.endJob(j, finish, err, now)
			j = s.source.Next(now)
		}
		if j == nil {
			return
		}
		if !s.fits(j) {
			s.full = true
			s.source.PutBack(j)
			return
		}
		s.admit(sl, j, now)
	}
}

func (s *Scheduler) admit(sl *slot, j *Job, now time.Time) {
	s.admissions++
	s.stats.active.Add(1)
	sl.job, sl.age, sl.adapter, sl.cells = j, s.admissions, j.req.Adapter, j.cells()
	s.hold(sl)
	if j.admitted.IsZero() {
		j.admitted = now
	}
	if s.startKept(sl) {
		return
	}
	if n := j.req.PublicPrefix; n > 0 {
		p := s.prefixes.find(j.req.Adapter, j.req.Prompt[:n], s.admissions)
		if sl.first = p == nil; sl.first {
			p = s.newPrefix(j.req.Adapter, j.req.Prompt[:n])
		}
		if p != nil {
			s.await(sl, p)
			return
		}
	}
	s.startPrefill(sl, 0)
}

// newPrefix makes a prefix to be computed; nil if there is no sequence or no room for it.
func (s *Scheduler) newPrefix(adapter int, tokens []Token) *prefix {
	p := s.prefixes.victim()
	if p == nil {
		return nil
	}
	s.forgetPrefix(p)
	if !s.makeRoom(len(tokens)) {
		return nil
	}
	p.adapter, p.tokens, p.pending, p.used = adapter, tokens, tokens, s.admissions
	return p
}

// cached notes what a job need not compute. Only its first start counts: a job that was put back pays and
// gains nothing by its second.
func (s *Scheduler) cached(j *Job, n int) {
	if j.result.PutBack == 0 {
		j.result.CachedTokens = n
		s.stats.cached.Add(int64(n))
	}
}

// await makes a slot continue from p, now or when p is ready.
func (s *Scheduler) await(sl *slot, p *prefix) {
	if p.ready {
		s.startFrom(sl, p)
		return
	}
	sl.phase, sl.prefix = phasePrefix, p
	p.waiters++
}

func (s *Scheduler) startFrom(sl *slot, p *prefix) {
	if err := s.backend.CopySequence(int(p.seq), int(sl.seq), len(p.tokens)); err != nil {
		s.logger.Error("copying a public prefix failed", "error", err)
		s.clear(&sl.sequence)
		s.startPrefill(sl, 0)
		return
	}
	if !sl.first {
		s.cached(sl.job, len(p.tokens))
	}
	s.startPrefill(sl, len(p.tokens))
}

// startKept continues from what an earlier request of the same scope left, if that saves more than the
// public prefix does.
func (s *Scheduler) startKept(sl *slot) bool {
	j := sl.job
	k, n := s.keeps.find(&j.req, s.admissions)
	if k == nil {
		return false
	}
	if err := s.backend.CopySequence(int(k.seq), int(sl.seq), n); err != nil {
		s.logger.Error("copying a kept sequence failed", "error", err)
		s.forgetKept(k)
		s.clear(&sl.sequence)
		return false
	}
	s.cached(j, n)
	s.startPrefill(sl, n)
	return true
}

// keep saves what a finished request holds for later ones of its scope: its prompt and the first said tokens
// of its answer. What came last was not fed any more.
func (s *Scheduler) keep(sl *slot, said int) {
	j := sl.job
	if !j.req.Keep || j.req.Scope == "" || len(s.keeps) == 0 {
		return
	}
	held := append(append(make([]Token, 0, len(j.req.Prompt)+said), j.req.Prompt...), j.result.Tokens[:said]...)
	k := s.keeps.victim(j.req.Scope, j.req.Adapter, held)
	s.forgetKept(k)
	sl.cells = len(held)
	if !s.makeRoom(len(held)) {
		return
	}
	k.scope, k.adapter, k.tokens, k.used = j.req.Scope, j.req.Adapter, held, s.admissions
	if err := s.backend.CopySequence(int(sl.seq), int(k.seq), len(held)); err != nil {
		s.logger.Error("keeping a sequence failed", "error", err)
		s.forgetKept(k)
	}
}

func (s *Scheduler) startPrefill(sl *slot, skip int) {
	sl.phase, sl.prefix = phasePrefill, nil
	sl.pending = sl.job.start(skip)
	s.prefilling = append(s.prefilling, sl)
}

// schedule decides whose turn it is and how many tokens each sequence feeds. Decode rows come first, and
// beside running answers, also those of other adapters, only so much prompt that they keep their pace; prefixes
// next, because several jobs may wait for one; then prompts, oldest first. What crowded scopes have comes after
// all that, as far as the others' pace allows. It returns false when nobody has anything to feed.
func (s *Scheduler) schedule() bool {
	if !s.nextTurn() {
		return false
	}
	crowded := s.markCrowded()
	left := s.scheduleDecode(s.shape.BatchTokens)
	s.promptRows = 0
	for _, p := range s.prefixes {
		if p.adapter == s.turn {
			left -= s.feedPrompt(&p.sequence, left)
		}
	}
	for _, sl := range s.prefilling {
		if sl.adapter == s.turn && !sl.tally.crowded {
			left -= s.feedPrompt(&sl.sequence, left)
		}
	}
	if crowded {
		s.scheduleCrowded(left)
	}
	return true
}

// scheduleDecode gives a row to every running answer but those of crowded scopes, and what is forced after
// the sampled token, as far as there is room. It returns the room that is left.
func (s *Scheduler) scheduleDecode(room int) int {
	s.decoding = false
	for _, sl := range s.slots {
		if sl.phase == phaseDecode {
			s.decoding = true
			if sl.adapter == s.turn && !sl.tally.crowded {
				sl.take = 1
				room--
			}
		}
	}
	for _, sl := range s.slots {
		if sl.take == 1 {
			more := min(len(sl.pending)-1, room)
			sl.take += more
			room -= more
		}
	}
	return room
}

// feedPrompt gives rows to a prompt, as far as the step's pace and the room allow, and returns how many.
func (s *Scheduler) feedPrompt(q *sequence, room int) int {
	limit := room + s.promptRows
	if s.decoding {
		limit = s.pace.promptRows(limit)
	}
	q.take = max(0, min(len(q.pending), limit-s.promptRows))
	s.promptRows += q.take
	return q.take
}

// scheduleCrowded feeds slots of crowded scopes with what is left, in turns, answers before prompts. Beside others
// it may lengthen steps by slack; what that leaves over, being less than a row, is kept for the next step.
func (s *Scheduler) scheduleCrowded(room int) {
	others := 0
	for _, q := range s.sequences {
		others += q.take
	}
	answer, prompt, base := s.pace.costs()
	s.crowdSpare += slack * (base + answer*float64(others-s.promptRows) + prompt*float64(s.promptRows))
	affordable := func(cost float64) int {
		if others == 0 || cost == 0 {
			return room
		}
		return min(room, int(s.crowdSpare/cost))
	}
	for i, rows := 0, affordable(answer); i < len(s.slots); i++ {
		at := (s.crowdTurn + i) % len(s.slots)
		sl := s.slots[at]
		if sl.phase != phaseDecode || sl.adapter != s.turn || !sl.tally.crowded {
			continue
		}
		if rows == 0 {
			s.crowdTurn = at
			break
		}
		sl.take = 1
		rows--
		room--
		s.crowdSpare -= answer
	}
	for _, sl := range s.slots { // beside others, what is forced goes on a row a step
		if sl.phase == phaseDecode && sl.take == 1 && sl.tally.crowded && others == 0 {
			more := min(len(sl.pending)-1, room)
			sl.take += more
			room -= more
		}
	}
	for _, sl := range s.prefilling {
		if sl.adapter == s.turn && sl.tally.crowded {
			n := s.feedPrompt(&sl.sequence, affordable(prompt))
			room -= n
			s.crowdSpare -= float64(n) * prompt
		}
	}
	s.crowdSpare = max(0, min(s.crowdSpare, max(answer, prompt)))
}

// run lays out the rows in order of their sequences and decodes them.
func (s *Scheduler) run() error {
	s.rows = s.rows[:0]
	for _, q := range s.sequences {
		for _, t := range q.pending[:q.take] {
			s.rows = append(s.rows, Row{Token: t, Seq: q.seq})
		}
		q.last = len(s.rows) - 1
	}
	for _, sl := range s.slots {
		if sl.take > 0 && sl.take == len(sl.pending) {
			s.rows[sl.last].Sampler, s.rows[sl.last].Accept = sl.job.sampler, sl.job.unknown()
		}
	}
	s.stats.steps.Add(1)
	return s.backend.Step(s.rows)
}

// deliver hands out what the step produced.
func (s *Scheduler) deliver(now time.Time) {
	for _, p := range s.prefixes {
		if p.take > 0 {
			s.stats.prompt.Add(int64(p.take))
			p.pending, p.take = p.pending[p.take:], 0
			p.ready = len(p.pending) == 0
		}
	}
	for _, sl := range s.slots {
		if sl.phase == phasePrefix && sl.prefix.ready {
			sl.prefix.waiters--
			s.startFrom(sl, sl.prefix)
		} else if sl.take > 0 {
			s.advance(sl, now)
		}
	}
}

// advance moves a slot on by the tokens it fed.
func (s *Scheduler) advance(sl *slot, now time.Time) {
	j := sl.job
	if sl.phase == phasePrefill {
		s.stats.prompt.Add(int64(sl.take))
	}
	j.result.Steps++
	sl.pending, sl.take = sl.pending[sl.take:], 0
	if len(sl.pending) > 0 {
		return
	}
	if sl.phase == phasePrefill {
		s.leavePrefill(sl)
	}
	row := &s.rows[sl.last]
	if row.Err != nil {
		s.release(sl, FinishError, ilsai.Wrap(ilsai.CodeGenerationFailed, row.Err, "the model could not go on"), now)
		return
	}
	if j.first.IsZero() {
		j.first = now
	}
	r := &j.result
	fed, completion, forced := len(j.said()), r.CompletionTokens, r.ForcedTokens
	finish, over := j.accept(row.Next, row.EOG, s.backend)
	s.stats.completion.Add(int64(r.CompletionTokens - completion))
	s.stats.forced.Add(int64(r.ForcedTokens - forced))
	if over {
		s.keep(sl, fed)
		s.release(sl, finish, nil, now)
		return
	}
	sl.feed(r.Tokens[fed:])
}

func (s *Scheduler) leavePrefill(sl *slot) {
	for i, other := range s.prefilling {
		if other == sl {
			s.prefilling = append(s.prefilling[:i], s.prefilling[i+1:]...)
			return
		}
	}
}

// release ends a slot's job and frees the slot.
func (s *Scheduler) release(sl *slot, finish Finish, err error, now time.Time) {
	j := sl.job
	s.vacate(sl)
	s.endJob(j, finish, err, now)
}

// vacate frees a slot and clears its sequence: nothing of a job is left for the next one.
func (s *Scheduler) vacate(sl *slot) {
	switch sl.phase {
	case phasePrefix:
		sl.prefix.waiters--
	case phasePrefill:
		s.leavePrefill(sl)
	}
	s.clear(&sl.sequence)
	s.letGo(sl)
	sl.job, sl.prefix, sl.phase = nil, nil, phaseIdle
	s.full = false
	s.stats.active.Add(-1)
}

func (s *Scheduler) clear(q *sequence) {
	q.pending, q.take = nil, 0
	s.clearSequence(q.seq)
}

func (s *Scheduler) clearSequence(seq int32) {
	if err := s.backend.ClearSequence(int(seq)); err != nil {
		s.logger.Error("clearing a sequence failed", "error", err, "sequence", seq)
	}
}

func (s *Scheduler) endJob(j *Job, finish Finish, err error, now time.Time) {
	j.end(finish, err, now)
	s.source.Finished(j, &j.result)
}

package sched

// Where sequences share the cells of the KV cache, all that one may come to hold is reserved before it is fed:
// of a job its prompt and MaxTokens, of a public prefix and of what is kept their tokens. The reservations never
// exceed Shape.Cells, so no step lacks room. A job that does not fit goes back to its Source, and nobody is
// admitted before a slot is freed: the Source's order holds, small jobs do not slip past a large one. What
// nobody runs on, kept sequences and idle prefixes, is evicted for whoever needs the room, the least recently
// used first; with no job in a slot that is all there is, so that every job fits then.

// cells is the most that the job will hold.
func (j *Job) cells() int { return len(j.req.Prompt) + j.req.MaxTokens }

// fits makes room for a job, if there can be. What it would start from is evicted last.
func (s *Scheduler) fits(j *Job) bool {
	if s.shape.Cells == 0 {
		return true
	}
	s.keeps.find(&j.req, s.admissions+1)
	s.prefixes.find(j.req.Adapter, j.req.Prompt[:j.req.PublicPrefix], s.admissions+1)
	return s.makeRoom(j.cells())
}

// makeRoom evicts until n more cells can be reserved. If that is impossible it evicts nothing and returns false.
func (s *Scheduler) makeRoom(n int) bool {
	if s.shape.Cells == 0 {
		return true
	}
	free, idle := s.shape.Cells-n, 0
	for _, sl := range s.slots {
		if sl.job != nil {
			free -= sl.cells
		}
	}
	for _, p := range s.prefixes {
		if p.waiters > 0 {
			free -= len(p.tokens)
		} else {
			idle += len(p.tokens)
		}
	}
	for _, k := range s.keeps {
		idle += len(k.tokens)
	}
	if free < 0 {
		return false
	}
	for idle > free {
		idle -= s.evict()
	}
	return true
}

// evict drops what nobody runs on and was least recently of use, and returns how many cells that frees; 0 if
// there is nothing.
func (s *Scheduler) evict() (cells int) {
	var oldest *prefix
	for _, p := range s.prefixes {
		if p.tokens != nil && p.waiters == 0 && (oldest == nil || p.used < oldest.used) {
			oldest = p
		}
	}
	var older *kept
	for _, k := range s.keeps {
		if k.tokens != nil && (oldest == nil || k.used <= oldest.used) && (older == nil || k.used < older.used) {
			older = k
		}
	}
	switch {
	case older != nil:
		cells = len(older.tokens)
		s.forgetKept(older)
	case oldest != nil:
		cells = len(oldest.tokens)
		s.forgetPrefix(oldest)
	}
	return cells
}

func (s *Scheduler) forgetPrefix(p *prefix) {
	p.drop()
	s.clear(&p.sequence)
}

func (s *Scheduler) forgetKept(k *kept) {
	if k.tokens != nil {
		k.drop()
		s.clearSequence(k.seq)
	}
}

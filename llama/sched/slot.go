package sched

// sequence is what a batch is made of: one sequence of the KV cache and the tokens it still has to
// be fed.
type sequence struct {
	seq     int32
	adapter int // what its tokens are computed with
	pending []Token
	take    int // how many of pending are in the current batch
	last    int // the row of the last of them
}

// phase is where a slot's job stands.
type phase int

const (
	phaseIdle    phase = iota // no job
	phasePrefix               // waits for its public prefix to be computed
	phasePrefill              // feeds its prompt
	phaseDecode               // feeds what was sampled, and what is forced after it
)

// slot runs one job at a time.
type slot struct {
	sequence
	phase  phase
	job    *Job
	age    uint64  // admissions before this one: larger is newer
	cells  int     // reserved: the most that the sequence will hold
	prefix *prefix // in phasePrefix
	first  bool    // the prefix is computed at this job's cost
	tally  *tally  // of the job's scope
}

// feed makes these tokens the next to decode.
func (s *slot) feed(tokens []Token) {
	s.pending = tokens
	s.phase = phaseDecode
}

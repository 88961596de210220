package sched

// sequence is what a batch is made of: one sequence of the KV cache and the tokens it still has to
// be fed.
type sequence struct {
	seq     int32
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
	phaseDecode               // feeds what was sampled
)

// slot runs one job at a time.
type slot struct {
	sequence
	phase  phase
	job    *Job
	age    uint64   // admissions before this one: larger is newer
	prefix *prefix  // in phasePrefix
	fed    [1]Token // what pending points to in phaseDecode
}

// feed makes the sampled token the next to decode.
func (s *slot) feed(t Token) {
	s.fed[0] = t
	s.pending = s.fed[:]
	s.phase = phaseDecode
}

package sched

import "slices"

// prefix is a reserved sequence that holds, or is being given, a public prefix. It feeds tokens
// like a slot does but samples none.
type prefix struct {
	sequence
	tokens  []Token // nil: free
	ready   bool
	waiters int    // slots waiting for it
	used    uint64 // when it was last asked for, in admissions
}

// prefixes is a small table with LRU replacement. A table of none makes every job compute its own.
type prefixes []*prefix

// find returns the entry for tokens, and whether someone asked for it before. If there is none it
// takes a free or the least recently used entry, which is then to be filled. nil: all are in use.
func (ps prefixes) find(tokens []Token, now uint64) (p *prefix, known bool) {
	var victim *prefix
	for _, p := range ps {
		if p.tokens != nil && slices.Equal(p.tokens, tokens) {
			p.used = now
			return p, true
		}
		busy := p.tokens != nil && (!p.ready || p.waiters > 0)
		if !busy && (victim == nil || p.tokens == nil && victim.tokens != nil || (p.tokens == nil) == (victim.tokens == nil) && p.used < victim.used) {
			victim = p
		}
	}
	if victim == nil {
		return nil, false
	}
	victim.tokens, victim.ready, victim.used = tokens, false, now
	return victim, false
}

// drop frees an entry.
func (p *prefix) drop() {
	p.tokens, p.ready, p.pending, p.take = nil, false, nil, 0
}

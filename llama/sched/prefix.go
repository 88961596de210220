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

// find returns the entry for tokens under an adapter; nil if nobody has asked for it before.
func (ps prefixes) find(adapter int, tokens []Token, now uint64) *prefix {
	for _, p := range ps {
		if p.tokens != nil && p.adapter == adapter && slices.Equal(p.tokens, tokens) {
			p.used = now
			return p
		}
	}
	return nil
}

// victim returns a free entry or else the least recently used; nil: all are in use.
func (ps prefixes) victim() (victim *prefix) {
	for _, p := range ps {
		busy := p.tokens != nil && (!p.ready || p.waiters > 0)
		if !busy && (victim == nil || p.tokens == nil && victim.tokens != nil || (p.tokens == nil) == (victim.tokens == nil) && p.used < victim.used) {
			victim = p
		}
	}
	return victim
}

// drop frees an entry.
func (p *prefix) drop() {
	p.tokens, p.ready, p.pending, p.take = nil, false, nil, 0
}

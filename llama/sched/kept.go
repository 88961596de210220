package sched

// kept is a reserved sequence that holds what one finished request of a scope left in the KV cache: its
// prompt and its answer. A later request of the same scope that begins alike continues from there. No
// request of another scope ever does, whatever it begins with.
type kept struct {
	seq    int32
	scope  string // "": free
	tokens []Token
	used   uint64 // when it was last of use, in admissions
}

// keeps is a small table with LRU replacement; the number of its sequences bounds its memory.
type keeps []*kept

// find returns the entry of the scope that shares the longest beginning with the prompt, and its length; nil
// if none shares more than above tokens.
func (ks keeps) find(scope string, prompt []Token, above int, now uint64) (best *kept, n int) {
	n = above
	if scope == "" {
		return nil, 0
	}
	for _, k := range ks {
		if k.scope == scope {
			if shared := sharedPrefix(k.tokens, prompt); shared > n {
				best, n = k, shared
			}
		}
	}
	if best != nil {
		best.used = now
	}
	return best, n
}

// place returns the entry that is to hold tokens for a scope: one that they extend, else the least recently
// used, which is the first free one if there is any.
func (ks keeps) place(scope string, tokens []Token, now uint64) *kept {
	victim := ks[0]
	for _, k := range ks {
		if k.scope == scope && sharedPrefix(k.tokens, tokens) == len(k.tokens) {
			victim = k
			break
		}
		if k.used < victim.used {
			victim = k
		}
	}
	victim.scope, victim.tokens, victim.used = scope, tokens, now
	return victim
}

func (k *kept) drop() { k.scope, k.tokens, k.used = "", nil, 0 }

func sharedPrefix(a, b []Token) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

package sched

// kept is a reserved sequence that holds what one finished request of a scope left in the KV cache: its
// prompt and its answer. A later request of the same scope and adapter that begins alike continues from
// there. No request of another scope or adapter ever does, whatever it begins with.
type kept struct {
	seq     int32
	scope   string // "": free
	adapter int
	tokens  []Token
	used    uint64 // when it was last of use, in admissions
}

// keeps is a small table with LRU replacement; the number of its sequences bounds its memory.
type keeps []*kept

// find returns the entry of the request's scope and adapter that shares the longest beginning with its
// prompt, and its length; nil if none shares more than the public prefix.
func (ks keeps) find(r *Request, now uint64) (best *kept, n int) {
	n = r.PublicPrefix
	if r.Scope == "" {
		return nil, 0
	}
	for _, k := range ks {
		if k.scope == r.Scope && k.adapter == r.Adapter {
			if shared := sharedPrefix(k.tokens, r.Prompt[:len(r.Prompt)-1]); shared > n {
				best, n = k, shared
			}
		}
	}
	if best != nil {
		best.used = now
	}
	return best, n
}

// victim returns the entry that is to hold tokens for a scope: one that they extend, else the least recently
// used, which is the first free one if there is any.
func (ks keeps) victim(scope string, adapter int, tokens []Token) *kept {
	victim := ks[0]
	for _, k := range ks {
		if k.scope == scope && k.adapter == adapter && sharedPrefix(k.tokens, tokens) == len(k.tokens) {
			victim = k
			break
		}
		if k.used < victim.used {
			victim = k
		}
	}
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

package canary

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// Leak is a secret that somebody saw who is not its owner.
type Leak struct {
	Owner   string `json:"owner"`
	Planted string `json:"planted"` // the place it was planted in
	SeenBy  string `json:"seen_by"` // "": a text that is nobody's and holds no secret of anybody
	Where   string `json:"where"`
	Excerpt string `json:"excerpt"`
}

// Sightings are secrets that came back to their owners: without them, finding no leak would mean nothing.
type Sightings struct {
	Planted string
	Where   string
	Owners  int // how many saw one of theirs
	Times   int
}

const (
	maxLeaks = 100 // kept; all are counted
	around   = 40  // bytes of an excerpt before and after
)

// Watch looks at texts and keeps account of what is in them. It is safe for concurrent use.
type Watch struct {
	words *Words

	mu    sync.Mutex
	texts int
	bytes int
	leaks []Leak
	count map[string]int // of leaks, by where
	own   map[[2]string]map[string]int
}

// NewWatch looks for the given words.
func NewWatch(words *Words) *Watch {
	return &Watch{words: words, count: map[string]int{}, own: map[[2]string]map[string]int{}}
}

// Saw says that somebody saw a text. by "" is nobody: no secret at all may be in it.
func (w *Watch) Saw(by, where string, text []byte) {
	found := w.words.Find(text)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(len(text))
	for _, f := range found {
		w.account(by, where, text, f)
	}
}

// SawTogether looks at a text whose reader is not known, such as a line of a log: it may be about one owner only.
func (w *Watch) SawTogether(where string, text []byte) {
	found := w.words.Find(text)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(len(text))
	for _, f := range found {
		w.account(found[0].Owner, where, text, f)
	}
}

func (w *Watch) note(bytes int) {
	w.texts++
	w.bytes += bytes
}

func (w *Watch) account(by, where string, text []byte, f Found) {
	if f.Owner != by {
		w.count[where]++
		if len(w.leaks) < maxLeaks {
			excerpt := text[max(0, f.At-around):min(len(text), f.At+window+around)]
			w.leaks = append(w.leaks, Leak{Owner: f.Owner, Planted: f.Place, SeenBy: by, Where: where, Excerpt: string(slices.Clone(excerpt))})
		}
		return
	}
	key := [2]string{f.Place, where}
	if w.own[key] == nil {
		w.own[key] = map[string]int{}
	}
	w.own[key][by]++
}

// Leaks are those found so far, at most a hundred, and how many there were by where.
func (w *Watch) Leaks() (some []Leak, byWhere map[string]int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.leaks), maps.Clone(w.count)
}

// Looked is how many texts were looked at and their bytes.
func (w *Watch) Looked() (texts, bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.texts, w.bytes
}

// Owners counts those that saw a secret of their own that was planted in a place, where counts.
func (w *Watch) Owners(planted string, counts func(where string) bool) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	saw := map[string]bool{}
	for key, owners := range w.own {
		if key[0] == planted && counts(key[1]) {
			for owner := range owners {
				saw[owner] = true
			}
		}
	}
	return len(saw)
}

// Own lists what came back to its owners, by place and where.
func (w *Watch) Own() (all []Sightings) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key, owners := range w.own {
		s := Sightings{Planted: key[0], Where: key[1], Owners: len(owners)}
		for _, n := range owners {
			s.Times += n
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Sightings) int {
		return cmp.Or(cmp.Compare(a.Planted, b.Planted), cmp.Compare(a.Where, b.Where))
	})
	return all
}

package canary

import (
	"math/rand/v2"
	"strings"
	"sync"
)

// letters are those of a secret: consonants, so that hardly any text has a run of them.
const letters = "bcdfghjklmnpqrst"

const (
	mark   = "cnry" // for people who read what was found
	length = 12     // letters after the mark: 48 bits
	window = 8      // letters in a row that give a secret away: 32 bits
)

// Secret is a word that only its owner may see.
type Secret struct {
	Word  string
	Owner string
	Place string // where it was planted
}

type fragment [window]byte

// Words makes secrets and finds them. It is safe for concurrent use.
type Words struct {
	mu        sync.RWMutex
	rng       *rand.Rand
	fragments map[fragment]*Secret
}

// NewWords makes an empty set. The same seed gives the same words.
func NewWords(seed uint64) *Words {
	return &Words{rng: rand.New(rand.NewPCG(seed, 0x63616e617279)), fragments: map[fragment]*Secret{}}
}

// Plant makes the owner's secret for a place. No part of it that Find looks for is part of another's.
func (w *Words) Plant(owner, place string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		word := []byte(mark)
		for range length {
			word = append(word, letters[w.rng.IntN(len(letters))])
		}
		s := &Secret{Word: string(word), Owner: owner, Place: place}
		if w.add(s) {
			return s.Word
		}
	}
}

func (w *Words) add(s *Secret) bool {
	var parts []fragment
	for at := len(mark); at+window <= len(s.Word); at++ {
		f := fragment([]byte(s.Word[at:]))
		if w.fragments[f] != nil {
			return false
		}
		parts = append(parts, f)
	}
	for _, f := range parts {
		w.fragments[f] = s
	}
	return true
}

// Find tells which secrets a text holds in whole or in part, in any case, each once, and the offset of the first
// part found.
func (w *Words) Find(text []byte) (found []Found) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var last fragment
	seen := map[*Secret]bool{}
	run := 0
	for at, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if strings.IndexByte(letters, c) < 0 {
			run = 0
			continue
		}
		copy(last[:], last[1:])
		last[window-1] = c
		if run++; run < window {
			continue
		}
		if s := w.fragments[last]; s != nil && !seen[s] {
			seen[s] = true
			found = append(found, Found{Secret: *s, At: at + 1 - window})
		}
	}
	return found
}

// Found is a secret in a text.
type Found struct {
	Secret
	At int // bytes from the start of the text
}

package knowledge

import (
	"math"
	"slices"
)

// "Who should not have progressives" and "how does a progressive work" hold the same telling word. What
// tells them apart is how they are put, by the very words that terms leave out.

// wording is a text's words and pairs of neighbours, stop words and all, as numbers of a vocabulary:
// each once, sorted.
type wording struct {
	words []uint32
	pairs []uint64
}

// vocabulary numbers the stems of the words of a corpus, from 1.
type vocabulary map[string]uint32

// unknownWord is from where on words are numbered that a vocabulary does not hold.
const unknownWord = 1 << 31

func (v vocabulary) wording(stems []string) wording {
	w := wording{words: make([]uint32, 0, len(stems)), pairs: make([]uint64, 0, len(stems))}
	var before uint32 // 0: the text's beginning
	for i, stem := range stems {
		word := v[stem]
		if word == 0 {
			word = unknownWord + uint32(i)
		}
		w.words = append(w.words, word)
		w.pairs = append(w.pairs, uint64(before)<<32|uint64(word))
		before = word
	}
	slices.Sort(w.words)
	slices.Sort(w.pairs)
	w.words, w.pairs = slices.Compact(w.words), slices.Compact(w.pairs)
	return w
}

// alike says how alike two texts are put, by words and by pairs, each 0 to 1.
func (w wording) alike(other wording) (words, pairs float64) {
	return cosine(w.words, other.words), cosine(w.pairs, other.pairs)
}

// cosine of two sets, sorted.
func cosine[T uint32 | uint64](a, b []T) float64 {
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			both++
			i++
			j++
		}
	}
	if both == 0 {
		return 0
	}
	return float64(both) / math.Sqrt(float64(len(a)*len(b)))
}

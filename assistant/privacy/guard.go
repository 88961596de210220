package privacy

import (
	"slices"
	"strings"
)

// Sentence is what a question about patients is refused with: the words of the subscriber guide.
const Sentence = "Cannot query personally identifiable information. Only anonymized aggregate statistics are available."

// Refusal is why a question about patients is not let through: what it asks for, and what it gives away. It holds no
// word of the question, so it may be stored.
type Refusal struct {
	Terms []string `json:"terms,omitempty"` // name, address, phone, email, ssn, birth date, record number
	Kinds []Kind   `json:"kinds,omitempty"`
}

// Guard says whether a question about patients asks for personal data, or names somebody. A term counts as a word of
// its own, in its plural and in other languages, whatever its letters look like.
func Guard(question string) (Refusal, bool) {
	var r Refusal
	add := func(term string) {
		if term != "" && !slices.Contains(r.Terms, term) {
			r.Terms = append(r.Terms, term)
		}
	}
	ws, joined := plainWords(string(fold(question).s))
	for i := range len(ws) - 1 {
		add(terms[ws[i]+" "+ws[i+1]])
	}
	for _, w := range append(ws, joined...) {
		add(termOf(w))
		for size := range stuckTerms {
			for at := 0; w[0] >= 0x80 && at+size <= len(w); at++ {
				add(stuckTerms[size][w[at:at+size]])
			}
		}
	}
	for _, f := range Find(question) {
		if !slices.Contains(r.Kinds, f.Kind) {
			r.Kinds = append(r.Kinds, f.Kind)
		}
	}
	slices.Sort(r.Terms)
	slices.Sort(r.Kinds)
	return r, len(r.Terms)+len(r.Kinds) > 0
}

// termOf is the term a word stands for, "" for none. A letter or two of a Hebrew or Arabic word may be its article or
// a preposition; figures may stand for letters.
func termOf(w string) string {
	if t := terms[w]; t != "" {
		return t
	}
	for _, prefix := range prefixes {
		if rest, ok := strings.CutPrefix(w, prefix); ok && terms[rest] != "" {
			return terms[rest]
		}
	}
	if strings.ContainsAny(w, "01345780$") {
		return terms[figuresAsLetters.Replace(w)]
	}
	return ""
}

var prefixes = []string{"ה", "ו", "ב", "ל", "מ", "ש", "וה", "של", "ال", "و", "ب", "ل", "وال", "بال"}

var figuresAsLetters = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b")

// plainWords are the words of a folded text in lower case, and beside them what is left when the signs within a
// word, or the spaces between single letters, are taken out: n.a.m.e, n a m e, na-me.
func plainWords(s string) (words, joined []string) {
	wordByte := func(c byte) bool { return alnum(c) || c >= 0x80 }
	var letters, parts []byte
	pieces := 0 // of parts
	flush := func(b *[]byte, enough bool) {
		if enough && len(*b) >= 3 {
			joined = append(joined, strings.ToLower(string(*b)))
		}
		*b = (*b)[:0]
	}
	for i := 0; i < len(s); {
		if !wordByte(s[i]) {
			i++
			continue
		}
		e := i
		for e < len(s) && wordByte(s[e]) {
			e++
		}
		words = append(words, strings.ToLower(s[i:e]))
		if e-i > 1 {
			flush(&letters, true)
		} else {
			letters = append(letters, s[i])
		}
		parts = append(parts, s[i:e]...)
		pieces++
		i = e
		for e < len(s) && !wordByte(s[e]) {
			e++
		}
		if gap := s[i:e]; len(gap) != 1 || strings.ContainsAny(gap, " ,?/\n") {
			flush(&parts, pieces > 1)
			pieces = 0
		}
		if e-i > 3 {
			flush(&letters, true)
		}
		i = e
	}
	flush(&letters, true)
	flush(&parts, pieces > 1)
	return words, joined
}

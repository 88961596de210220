package knowledge

import (
	"context"
	"errors"
	"sync"
)

// Library is the embedded corpus with its index, which the first question builds: a program that is
// asked nothing of optics pays nothing for it. It is safe for concurrent use.
type Library struct {
	mu     sync.Mutex
	index  *Index
	closed bool
}

var errClosed = errors.New("knowledge: the library is closed")

func (l *Library) open() (*Index, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, errClosed
	case l.index != nil:
		return l.index, nil
	}
	c, err := Embedded()
	if err != nil {
		return nil, err
	}
	l.index, err = NewIndex(c)
	return l.index, err
}

// Find is Index.Find.
func (l *Library) Find(ctx context.Context, question string) (Finding, error) {
	x, err := l.open()
	if err != nil {
		return Finding{}, err
	}
	return x.Find(ctx, question)
}

// Shared is the part of a sentence's telling words that stand in any of the texts, 0 to 1: how much of
// what somebody wrote was said before.
func (l *Library) Shared(sentence string, texts ...string) float64 {
	x, err := l.open()
	if err != nil {
		return 0
	}
	said := map[string]bool{}
	for _, text := range texts {
		for _, t := range x.terms.read(text) {
			said[t.stem] = true
		}
	}
	terms, shared := x.terms.read(sentence), 0
	for _, t := range terms {
		if said[t.stem] {
			shared++
		}
	}
	if len(terms) == 0 {
		return 1
	}
	return float64(shared) / float64(len(terms))
}

// Close frees the index. Nothing is found afterwards.
func (l *Library) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.index == nil {
		return nil
	}
	x := l.index
	l.index = nil
	return x.Close()
}

// Suggestions are questions that the embedded corpus answers.
func Suggestions() []string {
	return []string{
		"Which lens index for −6.00?", "How do I measure the fitting height of a progressive?", "What does an anti-reflective coating do?",
		"Which sunglasses for driving?", "How do I clean coated lenses?", "How long does it take to get used to new progressives?",
		"Which lenses for a small child?", "What do the numbers on a frame mean?", "How can a child's myopia be slowed?",
		"Which lenses for screen work?", "How do I transpose a prescription?", "When should contact lenses be taken out?",
	}
}

package llama

/*
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// Sampling says how the next token is chosen.
type Sampling struct {
	Temperature float32 // 0: always the likeliest token, and the rest is not looked at
	TopK        int     // 0: no limit
	TopP        float32 // 0 or 1: no limit
	MinP        float32 // 0: no limit
	Seed        uint32
}

// Validate refuses numbers that samplers of llama.cpp assert or divide by.
func (s Sampling) Validate() error {
	unit := func(f float32) bool { return f >= 0 && f <= 1 } // false for NaN
	switch {
	case !(s.Temperature >= 0 && s.Temperature <= 100):
		return fmt.Errorf("llama: temperature %v is not between 0 and 100", s.Temperature)
	case !unit(s.TopP) || !unit(s.MinP):
		return fmt.Errorf("llama: top_p %v and min_p %v are not both between 0 and 1", s.TopP, s.MinP)
	case s.TopK < 0 || s.TopK > math.MaxInt32:
		return fmt.Errorf("llama: top_k %d is negative or too large", s.TopK)
	}
	return nil
}

// Sampler chooses tokens for one sequence and remembers where in its grammar that sequence is.
// It belongs to one goroutine at a time and must be closed.
type Sampler struct {
	model *Model
	c     *C.ilsai_sampler
	// staged is the step that it chooses a token of: rows of one step choose at the same time.
	staged stagedIn
}

type stagedIn struct {
	context *Context
	step    uint64
}

// NewSampler makes a sampler. grammar is GBNF with a rule named root, or "" for free text; what it
// may contain is bounded by CheckGrammar. The error is a *GrammarError if the grammar is to blame.
// Making one reads the vocabulary only, so it needs no context and no particular goroutine.
func (m *Model) NewSampler(s Sampling, grammar string) (*Sampler, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if grammar != "" {
		if err := CheckGrammar(grammar); err != nil {
			return nil, err
		}
	}
	if err := m.retain(); err != nil {
		return nil, err
	}
	p := C.ilsai_sampling{
		temperature: C.float(s.Temperature), top_k: C.int32_t(s.TopK),
		top_p: C.float(s.TopP), min_p: C.float(s.MinP), seed: C.uint32_t(s.Seed),
	}
	if s.TopP == 0 {
		p.top_p = 1
	}
	var text *C.char
	if grammar != "" {
		c, free := cString(grammar)
		defer free()
		text = c
	}
	c := C.ilsai_sampler_new(m.c, &p, text)
	if c == nil {
		m.release()
		if grammar != "" {
			return nil, &GrammarError{Message: "llama.cpp does not accept it"}
		}
		return nil, errors.New("llama: no memory for a sampler")
	}
	return &Sampler{model: m, c: c}, nil
}

// Close frees the sampler. No Step may be using it. Closing twice is harmless.
func (s *Sampler) Close() error {
	if s != nil && s.c != nil {
		C.ilsai_sampler_free(s.c)
		s.c = nil
		s.model.release()
	}
	return nil
}

func (s *Sampler) handle() uintptr {
	if s == nil {
		return 0
	}
	return uintptr(unsafe.Pointer(s.c))
}

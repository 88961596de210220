package llama

import "fmt"

// Bounds of a grammar. llama.cpp parses and advances grammars by recursion, copies what is
// repeated, and follows left recursion without end; a grammar beyond these could take the process
// down with it. Grammars come from our own code, never from a client, so they are generous.
const (
	MaxGrammarBytes      = 256 << 10
	maxGrammarDepth      = 32      // parentheses within parentheses
	maxGrammarRules      = 8 << 10 // rules, groups and repetitions, as llama.cpp counts them
	maxGrammarElements   = 1 << 18 // characters, ranges and references, after repetition
	maxGrammarRepetition = 2000    // llama.cpp's own limit
)

// GrammarError tells where a grammar is wrong. Line and Column count from 1; 0 means everywhere.
type GrammarError struct {
	Line, Column int
	Message      string
}

func (e *GrammarError) Error() string {
	if e.Line == 0 {
		return "grammar: " + e.Message
	}
	return fmt.Sprintf("grammar: line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// CheckGrammar tells whether llama.cpp would accept a grammar and survive it: syntax, every rule
// defined, a rule named root, no left recursion, and the bounds above. The error is a *GrammarError.
func CheckGrammar(text string) error {
	p := gbnfParser{src: text, names: map[string]int{}}
	if err := p.parse(); err != nil {
		return err
	}
	return p.checkRules()
}

// gbnfRule is what recursion needs to be known of a rule: which rules each alternate may start
// with. A group or a repetition is a rule without a name.
type gbnfRule struct {
	name       string
	defined    bool
	line       int
	alternates [][]gbnfItem
}

// gbnfItem is one element of an alternate: a reference, or (rule < 0) something that takes a
// character or a token.
type gbnfItem struct {
	rule     int
	optional bool // may be left out
	endless  bool // repeated without an upper bound
}

// checkRules looks at the grammar as a whole.
func (p *gbnfParser) checkRules() error {
	for _, r := range p.rules {
		if !r.defined {
			return &GrammarError{Line: r.line, Column: 1, Message: fmt.Sprintf("the rule %q is used and not defined", r.name)}
		}
	}
	if i, ok := p.names["root"]; !ok || !p.rules[i].defined {
		return &GrammarError{Message: `there is no rule named "root"`}
	}
	null := p.nullable()
	if err := p.checkEndless(null); err != nil {
		return err
	}
	return p.checkLeftRecursion(null)
}

// checkEndless refuses to repeat without bound what may match nothing: llama.cpp writes x* as a
// rule that starts with x and then itself, which is left recursion when x is empty.
func (p *gbnfParser) checkEndless(null []bool) error {
	for _, r := range p.rules {
		for _, alt := range r.alternates {
			for _, it := range alt {
				if it.endless && it.rule >= 0 && null[it.rule] {
					return &GrammarError{Line: r.line, Column: 1, Message: fmt.Sprintf("%q repeats without end what may be empty", r.name)}
				}
			}
		}
	}
	return nil
}

// nullable tells which rules may match nothing: the least fixed point.
func (p *gbnfParser) nullable() []bool {
	null := make([]bool, len(p.rules))
	for changed := true; changed; {
		changed = false
		for i, r := range p.rules {
			for _, alt := range r.alternates {
				if !null[i] && allNullable(alt, null) {
					null[i], changed = true, true
				}
			}
		}
	}
	return null
}

func allNullable(alt []gbnfItem, null []bool) bool {
	for _, it := range alt {
		if !it.optional && (it.rule < 0 || !null[it.rule]) {
			return false
		}
	}
	return true
}

// checkLeftRecursion refuses a rule that can reach itself before it takes a character. llama.cpp
// looks for the same, but sees only rules that are empty by their own text, not through others.
func (p *gbnfParser) checkLeftRecursion(null []bool) error {
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(p.rules))
	var visit func(i int) error
	visit = func(i int) error {
		if state[i] == done {
			return nil
		}
		if state[i] == open {
			r := p.rules[i]
			return &GrammarError{Line: r.line, Column: 1, Message: fmt.Sprintf("the rule %q can start with itself", r.name)}
		}
		state[i] = open
		for _, alt := range p.rules[i].alternates {
			for _, it := range alt {
				if it.rule >= 0 {
					if err := visit(it.rule); err != nil {
						return err
					}
				}
				if !it.optional && (it.rule < 0 || !null[it.rule]) {
					break
				}
			}
		}
		state[i] = done
		return nil
	}
	for i := range p.rules {
		if err := visit(i); err != nil {
			return err
		}
	}
	return nil
}

package gbnf

// instruction is one step of a compiled grammar. What arg is depends on op.
type instruction struct {
	op op
	// tail marks a call after which the rule only returns: the caller's stack serves. Without it a rule that
	// ends with itself, as every list does, would pile up a frame for each of its characters.
	tail bool
	arg  int32
}

type op uint8

const (
	opChar   op = iota // take the character arg
	opSet              // take one of sets[arg]
	opJump             // go on at arg
	opSplit            // go on at all of splits[arg]
	opCall             // go on at arg, a rule, and then here
	opReturn           // the rule has ended
)

// takes tells whether an instruction that takes a character takes this one.
func (g *Grammar) takes(pc int32, r rune) bool {
	in := g.code[pc]
	return in.op == opChar && in.arg == r || in.op == opSet && g.sets[in.arg].has(r)
}

// only returns the one character that an instruction takes which takes one.
func (g *Grammar) only(pc int32) (rune, bool) {
	in := g.code[pc]
	if in.op == opChar {
		return in.arg, true
	}
	s := g.sets[in.arg]
	return s[0].Low, len(s) == 1 && s[0].Low == s[0].High
}

type compiler struct{ Grammar }

// compile is given about how much code to expect.
func compile(rules []*node, root, size int) (*Grammar, error) {
	c := &compiler{Grammar{code: make([]instruction, 0, size)}}
	starts := make([]int32, len(rules))
	for i, body := range rules {
		starts[i] = int32(len(c.code))
		if !c.emit(body) {
			return nil, ErrTooLarge
		}
		c.add(opReturn, 0)
	}
	for i := range c.code {
		if in := &c.code[i]; in.op == opCall {
			in.arg = starts[in.arg]
			in.tail = c.code[c.follow(i+1)].op == opReturn
		}
	}
	c.start = starts[root]
	return &c.Grammar, nil
}

func (c *compiler) add(o op, arg int32) int {
	c.code = append(c.code, instruction{op: o, arg: arg})
	return len(c.code) - 1
}

// split adds a split whose targets are yet to be known, and returns its place in splits.
func (c *compiler) split() int {
	c.splits = append(c.splits, nil)
	c.add(opSplit, int32(len(c.splits)-1))
	return len(c.splits) - 1
}

func (c *compiler) here() int32 { return int32(len(c.code)) }

// follow is where jumps from pc lead. A loop of jumps alone cannot be written.
func (c *compiler) follow(pc int) int {
	for c.code[pc].op == opJump {
		pc = int(c.code[pc].arg)
	}
	return pc
}

// emit appends the code of an expression; false: there is too much of it.
func (c *compiler) emit(n *node) bool {
	if len(c.code) > maxCode {
		return false
	}
	switch n.kind {
	case character:
		c.sets = append(c.sets, n.set)
		c.add(opSet, int32(len(c.sets)-1))
	case literal:
		for _, r := range n.text {
			c.add(opChar, r)
		}
	case reference:
		c.add(opCall, int32(n.rule))
	case sequence:
		for _, item := range n.list {
			if !c.emit(item) {
				return false
			}
		}
	case choice:
		return c.choice(n)
	case repetition:
		return c.repetition(n)
	}
	return true
}

func (c *compiler) choice(n *node) bool {
	if len(n.list) == 1 {
		return c.emit(n.list[0])
	}
	split := c.split()
	var jumps []int
	var starts []int32
	for _, option := range n.list {
		starts = append(starts, c.here())
		if !c.emit(option) {
			return false
		}
		jumps = append(jumps, c.add(opJump, 0))
	}
	for _, j := range jumps {
		c.code[j].arg = c.here()
	}
	c.splits[split] = starts
	return true
}

func (c *compiler) repetition(n *node) bool {
	for range n.least {
		if !c.emit(n.list[0]) {
			return false
		}
	}
	if n.most < 0 {
		split := c.split()
		body := c.here()
		ok := c.emit(n.list[0])
		c.add(opJump, body-1)
		c.splits[split] = []int32{body, c.here()}
		return ok
	}
	var splits []int
	var starts []int32
	for range n.most - n.least {
		splits = append(splits, c.split())
		starts = append(starts, c.here())
		if !c.emit(n.list[0]) {
			return false
		}
	}
	for i, s := range splits {
		c.splits[s] = []int32{starts[i], c.here()}
	}
	return true
}

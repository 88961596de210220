package sched

import "time"

// pace learns how long steps take and says how much prompt one may hold beside running answers, so that
// those keep their rhythm: a long prompt is fed in pieces of about the budget's length.
//
// A step is taken to last base + perRow × rows of prompt. Both are learnt from the steps themselves,
// fading, since they change with the number of answers and with the machine's other work.
type pace struct {
	budget time.Duration // 0: no limit
	base   float64       // seconds of a step without prompt
	perRow float64       // seconds per row of prompt
	row    fit           // seconds by rows of a step without prompt
}

const (
	paceMemory = 0.8 // of what was learnt before, at each step
	minChunk   = 16  // rows of prompt a step may always hold, so that prompts never stand still
)

func (p *pace) observe(promptRows, rows int, took time.Duration) {
	if promptRows == 0 {
		p.row.add(rows, took.Seconds())
		p.base = fade(p.base, took.Seconds())
	} else if x := (took.Seconds() - p.base) / float64(promptRows); x > 0 {
		p.perRow = fade(p.perRow, x)
	}
}

func fade(old, now float64) float64 {
	if old == 0 {
		return now
	}
	return paceMemory*old + (1-paceMemory)*now
}

// promptRows bounds the rows of prompt in a step that also feeds answers.
func (p *pace) promptRows(room int) int {
	if p.budget == 0 || p.perRow == 0 {
		return room
	}
	return min(room, max(minChunk, int((p.budget.Seconds()-p.base)/p.perRow)))
}

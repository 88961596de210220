package attacktest

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// Outcome is what became of one attack.
type Outcome string

// Outcomes. Ran is a statement that ended without an error; whether it did any harm is measured apart.
const (
	Refused Outcome = "refused"
	Stopped Outcome = "stopped by a limit"
	Ran     Outcome = "ran"
)

// Report gathers the outcomes of a corpus.
type Report struct {
	Title    string
	attacks  []Attack
	outcomes []Outcome
	bars     []string
	Missed   bool
}

// Add notes the outcome of one attack.
func (r *Report) Add(a Attack, o Outcome) {
	r.attacks, r.outcomes = append(r.attacks, a), append(r.outcomes, o)
}

// Count counts the attacks that ended so.
func (r *Report) Count(o Outcome) int {
	n := 0
	for _, x := range r.outcomes {
		if x == o {
			n++
		}
	}
	return n
}

// AtMost and AtLeast add a bar; Figure a figure without one.
func (r *Report) AtMost(name string, value, limit int) {
	r.bar(name, value, fmt.Sprintf("at most %d", limit), value <= limit)
}

// AtLeast adds a bar.
func (r *Report) AtLeast(name string, value, limit int) {
	r.bar(name, value, fmt.Sprintf("at least %d", limit), value >= limit)
}

// Figure adds a figure without a bar.
func (r *Report) Figure(name string, value int) {
	r.bars = append(r.bars, fmt.Sprintf("%s\t%d\t\t", name, value))
}

func (r *Report) bar(name string, value int, limit string, holds bool) {
	verdict := "holds"
	if !holds {
		verdict, r.Missed = "MISSED", true
	}
	r.bars = append(r.bars, fmt.Sprintf("%s\t%d\t%s\t%s", name, value, limit, verdict))
}

// Print writes the table by class, each statement if list is set, and the bars.
func (r *Report) Print(w io.Writer, list bool) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\n%s\n", r.Title)
	if list {
		for i, a := range r.attacks {
			fmt.Fprintf(table, "%s\t%s\t%s\t%.70q\n", a.Class, r.outcomes[i], a.Tries, a.SQL)
		}
		fmt.Fprintln(table)
	}
	classes := map[string]map[Outcome]int{}
	for i, a := range r.attacks {
		if classes[a.Class] == nil {
			classes[a.Class] = map[Outcome]int{}
		}
		classes[a.Class][r.outcomes[i]]++
	}
	fmt.Fprintln(table, "class\tstatements\trefused\tstopped\tran")
	for _, c := range slices.Sorted(maps.Keys(classes)) {
		n := classes[c]
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\n", c, n[Refused]+n[Stopped]+n[Ran], n[Refused], n[Stopped], n[Ran])
	}
	fmt.Fprintf(table, "all\t%d\t%d\t%d\t%d\n\n", len(r.attacks), r.Count(Refused), r.Count(Stopped), r.Count(Ran))
	for _, b := range r.bars {
		fmt.Fprintln(table, b)
	}
	return table.Flush()
}

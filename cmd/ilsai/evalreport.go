package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"github.com/ils-platform/ilsai/assistant/evaluation"
)

// Bars of every set, beside the one it is given: shares in per cent, times in milliseconds for one user on two cores.
const (
	refusedBar     = 85
	wronglyBar     = 5
	kindBar        = 95
	answerMedian   = 150
	answerP95      = 400
	fewestToJudge  = 10 // questions that a share is judged over
	contradictions = "sentences against their rows"
)

type evalReport struct {
	Set            string                     `json:"set"`
	Split          string                     `json:"split,omitempty"`
	Questions      int                        `json:"questions"`
	Model          string                     `json:"model"`
	Bars           []bar                      `json:"bars"`
	Contradictions []evaluation.Contradiction `json:"contradictions,omitempty"`
	Misses         []evaluation.Miss          `json:"misses,omitempty"`

	result *evaluation.Result
	sort   evaluation.Sort
}

// newEvalReport names the figures of a set beside its bars.
func newEvalReport(set *evaluation.Set, r *evaluation.Result, model string, least leastShares) *evalReport {
	report := &evalReport{Set: set.Path, Split: set.Split, Questions: r.Questions, Model: model, Contradictions: r.Contradictions, Misses: r.Misses, result: r, sort: set.Sort}
	judged := func(name string, s evaluation.Share, bar func(string, float64, string, float64) bar, limit float64) {
		switch {
		case s.Of == 0:
		case limit > 0 && s.Of >= fewestToJudge:
			report.Bars = append(report.Bars, bar(name, s.Percent(), "%", limit))
		default:
			report.Bars = append(report.Bars, figure(name, s.Percent(), "%"))
		}
	}
	switch set.Sort {
	case evaluation.Kinds:
		judged("right kind", r.Right, atLeast, least.right)
		return report
	case evaluation.Passages:
		judged("from a right passage", r.Right, atLeast, least.right)
		judged("best passage right", r.First, atLeast, 0)
		judged("among the best three", r.Third, atLeast, 0)
		judged("unanswerable refused", r.Refused, atLeast, 0)
		judged("answerable refused", r.WronglyNot, atMost, 0)
		judged("right kind", r.Kind, atLeast, kindBar)
	default:
		judged("same rows", r.Execution, atLeast, least.right)
		judged("exact plans", r.Right, atLeast, least.exact)
		judged("slots right", r.Slots, atLeast, 0)
		judged("unsupported recognised", r.Refused, atLeast, refusedBar)
		judged("answerable refused", r.WronglyNot, atMost, wronglyBar)
		judged("refusals that are right", evaluation.Share{N: r.Refused.N, Of: r.Refused.N + r.WronglyNot.N}, atLeast, 0)
		judged("right kind", r.Kind, atLeast, kindBar)
		report.Bars = append(report.Bars, atMost(contradictions, float64(len(r.Contradictions)), fmt.Sprintf("of %d", r.Sentences), 0),
			figure("in the model's words", evaluation.Share{N: r.Phrased, Of: r.Sentences}.Percent(), "%"), figure("plan, median", median(r.PlanMS), "ms"))
	}
	report.Bars = append(report.Bars, atMost("answer, median", median(r.TotalMS), "ms", answerMedian), atMost("answer, 95th percentile", quantile(r.TotalMS, 0.95), "ms", answerP95))
	return report
}

func (r *evalReport) title() string {
	if r.Split == "" {
		return r.Set
	}
	return r.Set + " (" + r.Split + ")"
}

func (r *evalReport) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %d questions, %s\n", r.title(), r.Questions, r.Model)
	for _, m := range r.Misses {
		if m.Previous != nil {
			fmt.Fprintf(w, "  after %s\n", m.Previous)
		}
		same := ""
		if m.SameRows {
			same = " (the same rows)"
		}
		fmt.Fprintf(w, "  miss  %s%s\n        want %s\n        got  %s\n", m.Question, same, asJSONText(m.Want), asJSONText(m.Got))
	}
	for _, x := range r.Contradictions {
		fmt.Fprintf(w, "  against its rows: %s\n        %s\n", x.Question, x.Answer)
		for _, claim := range x.Claims {
			fmt.Fprintf(w, "        %s\n", claim)
		}
	}
	printBars(w, r.Bars)
	fmt.Fprintln(w)
}

func asJSONText(v any) string {
	if b, err := json.Marshal(v); err == nil {
		return string(b)
	}
	return fmt.Sprint(v)
}

// printEvalTable writes a line for each set.
func printEvalTable(w io.Writer, reports []*evalReport) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "set\tquestions\tright %\texact %\tunsupported %\trefused %\tkind %\tcontradictions\tmedian ms\tp95 ms\t")
	for _, r := range reports {
		x := r.result
		share := func(s evaluation.Share) string {
			if s.Of == 0 {
				return "-"
			}
			return fmt.Sprintf("%.1f", s.Percent())
		}
		right, exact := x.Execution, x.Right
		if r.sort != evaluation.Plans {
			right, exact = x.Right, evaluation.Share{}
		}
		times, against := []string{"-", "-"}, "-"
		if len(x.TotalMS) > 0 {
			times = []string{fmt.Sprintf("%.0f", median(x.TotalMS)), fmt.Sprintf("%.0f", quantile(x.TotalMS, 0.95))}
		}
		if x.Sentences > 0 {
			against = fmt.Sprintf("%d of %d", len(x.Contradictions), x.Sentences)
		}
		name := filepath.Base(r.Set)
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", name, r.Questions, share(right), share(exact), share(x.Refused), share(x.WronglyNot), share(x.Kind), against, times[0], times[1])
	}
	return table.Flush()
}

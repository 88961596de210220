package evaluation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// Subject is who is examined: an assistant, the shop whose data its plans are carried out on, and the search over passages
// that the assistant has.
type Subject struct {
	Assistant *assistant.Assistant
	Tenant    assistant.Tenant
	Library   assistant.Library
}

// Result is what a set came to. Shares are counts of Of.
type Result struct {
	Questions int
	Right     Share // what the sort of set asks for: the plan as it was meant, the kind, a sentence of a right passage
	// Of plans.
	Execution  Share // the same plan, or one that comes to the same rows; of unsupported ones, that they were refused
	Slots      Share // members of answerable plans
	Refused    Share // of the unsupported ones
	WronglyNot Share // refused, of the answerable ones
	Kind       Share // named when it is not given, of the answerable ones
	// Of passages.
	First Share // the best passage found is right, of the answerable ones
	Third Share // one of the best three is

	Sentences      int // written from rows
	Phrased        int // of these, in the model's own words
	Contradictions []Contradiction
	TotalMS        []float64 // of every answer, as its reader waits
	PlanMS         []float64
	Misses         []Miss
}

// Share is how many of how many.
type Share struct{ N, Of int }

// Percent is 100 × N / Of, 0 of none.
func (s Share) Percent() float64 { return 100 * float64(s.N) / float64(max(s.Of, 1)) }

func (s *Share) count(yes bool) {
	s.Of++
	if yes {
		s.N++
	}
}

// Miss is a question whose outcome is not right.
type Miss struct {
	Question string         `json:"question"`
	Previous *semantic.Plan `json:"previous,omitempty"`
	Want     any            `json:"want"` // a plan, a kind or passages
	Got      any            `json:"got"`
	SameRows bool           `json:"same_rows,omitempty"` // another plan, which comes to the same
}

// Contradiction is a sentence whose rows say otherwise.
type Contradiction struct {
	Question string   `json:"question"`
	Answer   string   `json:"answer"`
	Claims   []string `json:"claims"`
}

// Run asks every question of a set, one after the other as one user would, after a warm-up. The error is of the first
// question that got no answer.
func Run(ctx context.Context, s Subject, set *Set) (*Result, error) {
	ask := map[Sort]func(context.Context, Subject, Case, *Result) error{Plans: askPlan, Kinds: askKind, Passages: askPassages}[set.Sort]
	if err := ask(ctx, s, set.Cases[0], &Result{}); err != nil {
		return nil, fmt.Errorf("%q: %w", set.Cases[0].Question, err)
	}
	r := &Result{Questions: len(set.Cases)}
	for _, c := range set.Cases {
		if err := ask(ctx, s, c, r); err != nil {
			return nil, fmt.Errorf("%q: %w", c.Question, err)
		}
	}
	return r, nil
}

func (s Subject) question(c Case) assistant.Question {
	return assistant.Question{Tenant: s.Tenant, UserID: "eval", Text: c.Question, QueryType: c.Type, Previous: c.Previous, RequestID: "eval"}
}

func askKind(ctx context.Context, s Subject, c Case, r *Result) error {
	q := s.question(c)
	q.PreviousType = c.Last
	got, err := s.Assistant.Kind(ctx, q)
	if err != nil {
		return err
	}
	r.Right.count(got == c.Kind)
	if got != c.Kind {
		r.Misses = append(r.Misses, Miss{Question: c.Question, Want: c.Kind, Got: got})
	}
	return nil
}

func askPlan(ctx context.Context, s Subject, c Case, r *Result) error {
	began := time.Now()
	a, err := s.Assistant.Ask(ctx, s.question(c))
	r.TotalMS = append(r.TotalMS, float64(time.Since(began).Microseconds())/1000)
	got := semantic.Plan{Unsupported: semantic.Reason(a.Reason)}
	switch {
	case ilsai.ErrorCode(err) == ilsai.CodePrivacy: // refused before the model sees it
		got.Unsupported, a = semantic.NotInData, assistant.Answer{}
	case err != nil:
		return err
	case a.Unknown != nil: // names that the shop does not have are not shown as they stood in the plan
		if got, err = s.Assistant.Plan(ctx, s.question(c)); err != nil {
			return err
		}
	case a.Plan.Plan != nil:
		got = *a.Plan.Plan
	}
	want := c.Plans[0]
	exact := slices.ContainsFunc(c.Plans, got.Equal)
	same := exact
	if !exact {
		if same, err = s.comesToTheSame(ctx, c, got, a); err != nil {
			return err
		}
		r.Misses = append(r.Misses, Miss{Question: c.Question, Previous: c.Previous, Want: want, Got: got, SameRows: same})
	}
	r.Right.count(exact)
	r.Execution.count(same)
	if want.Unsupported != "" {
		r.Refused.count(got.Unsupported != "")
	} else {
		r.WronglyNot.count(got.Unsupported != "")
		n, of := slotsShared(want, got)
		r.Slots.N, r.Slots.Of = r.Slots.N+n, r.Slots.Of+of
		if err := s.countKind(ctx, c, r); err != nil {
			return err
		}
	}
	if a.Plan.Plan != nil && a.Unknown == nil {
		r.Sentences++
		if a.Phrased {
			r.Phrased++
		}
		r.check(c, a)
	}
	r.PlanMS = append(r.PlanMS, a.Timing.PlanMS)
	return nil
}

// countKind asks which kind a question is that the catalogue of its type answers.
func (s Subject) countKind(ctx context.Context, c Case, r *Result) error {
	q := s.question(c)
	if c.Previous != nil {
		q.PreviousType = c.Type
	}
	kind, err := s.Assistant.Kind(ctx, q)
	r.Kind.count(kind == c.Type)
	return err
}

func (r *Result) check(c Case, a assistant.Answer) {
	var said []string
	for _, x := range a.Contradictions() {
		said = append(said, x.String())
	}
	if said != nil {
		r.Contradictions = append(r.Contradictions, Contradiction{Question: c.Question, Answer: a.Answer, Claims: said})
	}
}

// comesToTheSame says whether a plan that nobody meant has the outcome of one that was.
func (s Subject) comesToTheSame(ctx context.Context, c Case, got semantic.Plan, a assistant.Answer) (bool, error) {
	for _, want := range c.Plans {
		if want.Unsupported != "" {
			if got.Unsupported != "" {
				return true, nil
			}
			continue
		}
		if got.Unsupported != "" {
			continue
		}
		rows, err := s.Assistant.Rows(ctx, s.question(c), want)
		if err != nil {
			return false, err
		}
		if sameRows(rows, a, want.Order != "") {
			return true, nil
		}
	}
	return false, nil
}

// slotsShared counts the members of two plans that agree, of eight.
func slotsShared(want, got semantic.Plan) (same, of int) {
	w, g := want.Canonical(), got.Canonical()
	for _, equal := range []bool{
		w.Metric == g.Metric, slices.Equal(w.By, g.By), slices.Equal(w.Where, g.Where), w.Period == g.Period,
		w.Compare == g.Compare, w.Order == g.Order, w.Limit == g.Limit, w.As == g.As,
	} {
		of++
		if equal {
			same++
		}
	}
	return same, of
}

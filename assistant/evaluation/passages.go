package evaluation

import (
	"context"
	"slices"
	"time"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/knowledge"
)

// askPassages asks about optics: right is an answer that begins with a sentence of a passage that answers, or none where none does.
func askPassages(ctx context.Context, s Subject, c Case, r *Result) error {
	found, err := s.Library.Find(ctx, c.Question)
	if err != nil {
		return err
	}
	began := time.Now()
	a, err := s.Assistant.Ask(ctx, s.question(c))
	if err != nil {
		return err
	}
	r.TotalMS = append(r.TotalMS, float64(time.Since(began).Microseconds())/1000)
	refused := len(a.Passages) == 0
	if len(c.Answers) == 0 {
		r.Refused.count(refused)
		if !refused {
			r.Misses = append(r.Misses, Miss{Question: c.Question, Want: "none", Got: ids(a)})
		}
		return nil
	}
	answers := func(h knowledge.Hit) bool { return slices.Contains(c.Answers, h.ID) }
	at := slices.IndexFunc(found.Hits, answers)
	r.First.count(at == 0)
	r.Third.count(at >= 0)
	r.WronglyNot.count(refused)
	right := firstSaid(a, c.Answers)
	r.Right.count(right)
	if !right {
		r.Misses = append(r.Misses, Miss{Question: c.Question, Want: c.Answers, Got: ids(a)})
	}
	return s.countKind(ctx, c, r)
}

// firstSaid says whether the answer's first sentence is of one of the passages. What is said first to whoever asks for a
// diagnosis is no answer yet, unless it is all there is.
func firstSaid(a assistant.Answer, answers []string) bool {
	first, start := "", -1
	for _, p := range a.Passages {
		for _, s := range p.Sentences {
			if start < 0 || first == knowledge.NoDiagnosis || p.ID != knowledge.NoDiagnosis && s.Start < start {
				first, start = p.ID, s.Start
			}
		}
	}
	return slices.Contains(answers, first)
}

func ids(a assistant.Answer) []string {
	out := []string{}
	for _, p := range a.Passages {
		out = append(out, p.ID)
	}
	return out
}

package semantic

import (
	"strconv"
	"strings"
)

// ReadPlan reads what a model wrote for a question, whatever it was held to while it wrote. White space and the
// order of members are free, letters of where values may be capitals; what comes out is a plan that
// PlanGrammar allows: valid for the catalogue, with spans of this question and of nothing else as its values.
// The error is a *PlanError where a member is wrong.
func ReadPlan(c *Catalogue, question string, text []byte) (Plan, error) {
	p, err := ParsePlan(text)
	if err != nil {
		return Plan{}, err
	}
	for i, span := range p.Where {
		p.Where[i] = strings.ToLower(strings.Join(strings.Fields(span), " "))
	}
	if err := p.Validate(c); err != nil {
		return Plan{}, err
	}
	if len(p.Where) > 0 {
		spans := spanTree(question)
		for _, span := range p.Where {
			if !spans.holds(span) {
				return Plan{}, &PlanError{Member: "where", Reason: strconv.Quote(span) + " is not in the question"}
			}
		}
	}
	return p, nil
}

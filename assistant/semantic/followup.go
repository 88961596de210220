package semantic

import "strings"

// SpanText is the text whose words a plan for the question may name values with: the question, and after a
// previous plan what that one named, so that "and the month before?" keeps "ray-ban". PlanGrammar, PlanSchema and
// ReadPlan take it for the question. previous may be nil.
func SpanText(question string, previous *Plan) string {
	if previous == nil || len(previous.Where) == 0 {
		return question
	}
	var b strings.Builder
	for _, span := range previous.Where {
		b.WriteString("(" + span + ") ") // the brackets keep a span from running into what follows it
	}
	return b.String() + question // a long question is cut at its end
}

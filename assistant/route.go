package assistant

import (
	"context"
	"strings"

	"github.com/ils-platform/ilsai"
)

// The kinds of question a model can name, in the words of docs/plan-language.md.
const routeGrammar = `root ::= "sales" | "inventory" | "patients" | "ophthalmic"
`

var routeSchema = []byte(`{"type":"string","enum":["sales","inventory","patients","ophthalmic"]}`)

// routeTokens are more than any of the names takes.
const routeTokens = 8

var compactRoute = func(question, last string) prompt {
	user := strings.ToLower(question)
	if last != "" {
		user = last + "\n" + user
	}
	return prompt{system: "route", user: user}
}

func instructRoute(question, last string) prompt {
	user := "Question: " + question + "\nKind:"
	if last != "" {
		user = "Kind of the question before: " + last + "\n" + user
	}
	return prompt{system: strings.TrimSuffix(routeRules, "\n"), user: user}
}

// route has the model say which kind of question it is, from the question alone, and asks whether this one may be answered.
func (r *run) route(ctx context.Context) error {
	c, err := r.generate(ctx, r.profile.route(r.text, r.question.PreviousType), language{grammar: routeGrammar, schema: func() []byte { return routeSchema }}, routeTokens)
	if err != nil {
		return err
	}
	switch kind := strings.Trim(strings.TrimSpace(c.Text), `"`); kind {
	case "sales", "inventory", "patients", "ophthalmic":
		r.question.QueryType, r.kind = kind, kind
	default:
		return ilsai.Errorf(ilsai.CodeGenerationFailed, "What the question is about could not be told. Ask again with query_type.")
	}
	if r.question.PreviousType != r.question.QueryType {
		r.question.Previous = nil
	}
	if r.question.Allow != nil {
		return r.question.Allow(r.question.QueryType)
	}
	return nil
}

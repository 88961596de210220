package assistant

import (
	"context"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// Plan is the first half of Ask: what the model makes of a question, of whose tenant the names are known at most; without a
// Tenant none are. It serves evaluation and drafts. Errors as in Ask.
func (a *Assistant) Plan(ctx context.Context, q Question) (semantic.Plan, error) {
	r, err := a.begin(ctx, q)
	if err != nil {
		return semantic.Plan{}, err
	}
	if err := r.plan(ctx); err != nil {
		return semantic.Plan{}, coded(ctx, err, ilsai.CodeGenerationFailed, "The question could not be understood just now. Try again.")
	}
	return r.p, nil
}

// Rows is the rest of Ask up to the sentence, without a model: what a valid plan for the question comes to. It serves
// evaluation. Errors as in Ask.
func (a *Assistant) Rows(ctx context.Context, q Question, p semantic.Plan) (Answer, error) {
	r, err := a.begin(ctx, q)
	if err != nil {
		return Answer{}, err
	}
	if err := p.Validate(r.catalogue); err != nil {
		return Answer{}, ilsai.Wrap(ilsai.CodeInvalid, err, "The plan is not one of %s.", r.catalogue.Domain)
	}
	if p.Unsupported != "" {
		r.answer.Reason = string(p.Unsupported)
		return r.answer, nil
	}
	r.p, r.answer.Plan.Plan = p, &p
	unknown, err := r.rows(ctx)
	if err != nil {
		return Answer{}, coded(ctx, err, ilsai.CodeUnavailable, "The shop's data cannot be read just now. Try again.")
	}
	if unknown != nil {
		return r.unknown(unknown), nil
	}
	return r.finish(), nil
}

// Kind says which kind of question it is when none is given: what Ask would take it for.
func (a *Assistant) Kind(ctx context.Context, q Question) (string, error) {
	q.QueryType = ""
	r, err := a.begin(ctx, q)
	if r.kind == "" && err != nil {
		return "", err
	}
	return r.kind, nil
}

package assistant

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
	_ "time/tzdata" // shops have time zones whether or not the machine has a zone database
	"unicode/utf8"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/knowledge"
	"github.com/ils-platform/ilsai/assistant/privacy"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// Options are what an Assistant is made of. All of it is required but Library, Learned, Profile, Model and Now.
type Options struct {
	Generator  Generator
	Data       DataSource
	Catalogues []*semantic.Catalogue // at most one per domain
	Library    Library               // passages on optics; nil: questions about optics are not answered
	Learned    []string              // domains that a compact model was trained on: the model file's key ilsai.domains
	Profile    string                // ProfileCompact (default) or ProfileInstruct: the model file's key ilsai.profile
	Model      string                // the name shown in answers
	Now        func() time.Time      // default time.Now
}

// Assistant answers questions. It is safe for concurrent use and keeps, per tenant, only the values of
// the dimensions that questions filter by.
type Assistant struct {
	generator  Generator
	data       DataSource
	catalogues map[string]*semantic.Catalogue
	library    Library
	learned    []string
	profile    profile
	model      string
	now        func() time.Time
	values     *valueCache
}

// New checks the options.
func New(c Options) (*Assistant, error) {
	a := &Assistant{generator: c.Generator, data: c.Data, library: c.Library, learned: c.Learned, model: c.Model, now: c.Now, catalogues: map[string]*semantic.Catalogue{}}
	if a.now == nil {
		a.now = time.Now
	}
	if c.Generator == nil || c.Data == nil || len(c.Catalogues) == 0 {
		return nil, errors.New("assistant: a generator, a data source and a catalogue are needed")
	}
	for _, catalogue := range c.Catalogues {
		if a.catalogues[catalogue.Domain] != nil {
			return nil, fmt.Errorf("assistant: two catalogues for %q", catalogue.Domain)
		}
		a.catalogues[catalogue.Domain] = catalogue
	}
	var ok bool
	if a.profile, ok = profiles[c.Profile]; !ok {
		return nil, fmt.Errorf("assistant: profile %q is not known (compact or instruct)", c.Profile)
	}
	a.values = newValueCache(a.now)
	return a, nil
}

// Catalogue is the catalogue of a query type, or nil.
func (a *Assistant) Catalogue(queryType string) *semantic.Catalogue { return a.catalogues[queryType] }

// Ask answers one question. A question that cannot be answered from the data, or that names something
// the shop does not have, is an answer that says so, not an error. Errors carry the codes
// invalid_query (the question), not_found (no data for the tenant), timeout, canceled, unavailable,
// generation_failed, or whatever the Generator and the DataSource gave. With an error the Answer says
// only what was used (Usage) and which QueryType the model named, which is more than nothing once the model has worked.
func (a *Assistant) Ask(ctx context.Context, q Question) (Answer, error) {
	r, err := a.begin(ctx, q)
	switch {
	case ilsai.ErrorCode(err) == ilsai.CodeTooLarge: // not even its kind could be told
		return r.tooLong(), nil
	case err != nil:
		return r.spent(), err
	case r.catalogue == nil:
		return r.consult(ctx)
	}
	switch err := r.plan(ctx); {
	case ilsai.ErrorCode(err) == ilsai.CodeTooLarge:
		return r.tooLong(), nil
	case err != nil:
		return r.spent(), coded(ctx, err, ilsai.CodeGenerationFailed, "The question could not be understood just now. Try again.")
	}
	if r.answer.Plan.Plan == nil {
		return r.unsupported(), nil
	}
	r.progress(StageReading)
	unknown, err := r.rows(ctx)
	if err != nil {
		return r.spent(), coded(ctx, err, ilsai.CodeUnavailable, "The shop's data cannot be read just now. Try again.")
	}
	if unknown != nil {
		return r.unknown(unknown), nil
	}
	if r.nothing() {
		return r.finish(), nil
	}
	r.progress(StageWriting)
	if err := r.phrase(ctx); err != nil {
		return r.spent(), coded(ctx, err, ilsai.CodeGenerationFailed, "The answer could not be written just now. Try again.")
	}
	return r.finish(), nil
}

func (r *run) progress(s Stage) {
	if tell := r.question.Progress; tell != nil {
		tell(Progress{Stage: s, PlanWords: r.answer.PlanWords, Period: r.answer.Period})
	}
}

// run is one question on its way.
type run struct {
	*Assistant
	question  Question
	catalogue *semantic.Catalogue // nil: the question is about optics
	text      string              // normalised, without personal data of a form
	people    people              // the names in it
	previous  *semantic.Plan
	kind      string // that the model named; "" when the question came with it
	started   time.Time
	location  *time.Location
	budget    int // completion tokens left

	p       semantic.Plan
	window  semantic.Window
	against semantic.Window
	table   *semantic.Table
	// unrecorded says why there is nothing to show; "" where there is.
	unrecorded string
	found      knowledge.Finding // of a question about optics
	answer     Answer
}

// begin reads the question and finds what it is about. With an error the run has what was used.
func (a *Assistant) begin(ctx context.Context, q Question) (*run, error) {
	r := &run{Assistant: a, question: q, started: a.now(), budget: q.MaxTokens}
	if r.budget <= 0 {
		r.budget = DefaultMaxTokens
	}
	if !utf8.ValidString(q.Text) {
		return r, ilsai.Errorf(ilsai.CodeInvalid, "The question is not valid UTF-8.")
	}
	if n := utf8.RuneCountInString(q.Text); n > MaxQuestionRunes {
		return r, ilsai.Errorf(ilsai.CodeInvalid, "The question has %d characters; at most %d are read. Ask for one thing at a time.", n, MaxQuestionRunes)
	}
	text := semantic.Normalize(q.Text)
	if text == "" {
		return r, ilsai.Errorf(ilsai.CodeInvalid, "The question is empty.")
	}
	r.text, r.people = withoutPersonal(text)
	var err error
	if r.location, err = time.LoadLocation(q.Tenant.TimeZone); err != nil {
		return r, &ilsai.Error{Code: ilsai.CodeInternal, Err: fmt.Errorf("time zone of %s: %w", q.Tenant.ID, err)}
	}
	r.answer = Answer{
		Model: r.model, AsOf: r.started.In(r.location).Truncate(time.Second), Chart: ChartNone,
		Filters: []semantic.Filter{}, Citations: []Citation{}, Data: Data{Columns: []semantic.Column{}, Rows: [][]any{}},
	}
	if q.QueryType == "" {
		if err := r.route(ctx); err != nil {
			return r, coded(ctx, err, ilsai.CodeGenerationFailed, "The question could not be understood just now. Try again.")
		}
	}
	return r, r.open()
}

// open finds the catalogue of the question's kind.
func (r *run) open() error {
	q := r.question
	if r.catalogue = r.catalogues[q.QueryType]; r.catalogue == nil && (q.QueryType != DomainOphthalmic || r.library == nil) {
		return ilsai.Errorf(ilsai.CodeInvalid, "Questions of type %q cannot be answered here.", q.QueryType)
	}
	if err := guard(r.catalogue, q.Text); err != nil {
		return err
	}
	if q.Previous != nil && r.catalogue != nil && q.Previous.Unsupported == "" && q.Previous.Validate(r.catalogue) == nil { // the catalogue may have changed since
		r.previous = q.Previous
	}
	r.answer.QueryType = q.QueryType
	return nil
}

// language is what a generation may say.
type language struct {
	grammar string
	schema  func() []byte
}

// generate runs one generation within the budget and counts it.
func (r *run) generate(ctx context.Context, p prompt, l language, limit int) (Completion, error) {
	g := Generation{
		RequestID: r.question.RequestID, Scope: string(r.question.Tenant.ID),
		System: p.system, SystemPublic: true, User: p.user, Grammar: l.grammar, Schema: l.schema, MaxTokens: min(limit, r.budget), Weight: r.question.Weight,
	}
	if deadline, ok := ctx.Deadline(); ok {
		g.Deadline = deadline
	}
	if tell := r.question.Progress; tell != nil {
		g.Waiting = func(position int, eta time.Duration) {
			tell(Progress{Stage: StageQueued, PlanWords: r.answer.PlanWords, Position: position, ETAMS: int(eta.Milliseconds())})
		}
	}
	c, err := r.generator.Generate(ctx, g)
	u := &r.answer.Usage
	u.Prompt += c.PromptTokens
	u.Cached += c.CachedTokens
	u.Completion += c.CompletionTokens
	r.answer.Timing.QueueMS += milliseconds(c.Queued)
	r.answer.Timing.QueuePosition += c.Position
	r.answer.Timing.ForcedTokens += c.ForcedTokens
	r.budget -= c.CompletionTokens
	return c, err
}

func (r *run) plan(ctx context.Context) error {
	a, began := r.asking(), r.now()
	if r.question.Tenant.ID != "" {
		values, err := r.values.of(ctx, r.data, r.question.Tenant.ID, r.catalogue)
		r.answer.Timing.DBMS += milliseconds(r.now().Sub(began))
		if err != nil {
			return coded(ctx, err, ilsai.CodeUnavailable, "The shop's data cannot be read just now. Try again.")
		}
		a.linked = values.Linked(r.text, r.previous)
	}
	began = r.now()
	asked := r.profile.plan(r.catalogue, a)
	p, err := r.writePlan(ctx, asked)
	var wrong *notAPlanError
	if errors.As(err, &wrong) && r.profile.planAgain != nil && r.budget >= minPlanTokens {
		p, err = r.writePlan(ctx, r.profile.planAgain(asked, wrong))
	}
	if err != nil {
		return err
	}
	r.answer.Timing.PlanMS = milliseconds(r.now().Sub(began))
	r.p = p
	if p.Unsupported == "" {
		r.answer.Plan.Plan = &p
		r.answer.PlanWords = semantic.Words(r.catalogue, p, nil)
	} else {
		r.answer.Reason = string(p.Unsupported)
	}
	return nil
}

// writePlan has the model write a plan and reads it. What is no plan for this question is a *notAPlanError.
func (r *run) writePlan(ctx context.Context, p prompt) (semantic.Plan, error) {
	spans := semantic.SpanText(r.text, r.previous)
	l := language{semantic.PlanGrammar(r.catalogue, spans), func() []byte { return semantic.PlanSchema(r.catalogue, spans) }}
	limit := min(planTokens, r.budget)
	c, err := r.generate(ctx, p, l, limit)
	if err != nil {
		return semantic.Plan{}, err
	}
	plan, err := semantic.ReadPlan(r.catalogue, spans, []byte(c.Text))
	if own := limit < planTokens && c.CompletionTokens >= limit; c.Truncated && !own && errors.Is(err, io.ErrUnexpectedEOF) { // own: the asker's tokens were used up
		return plan, ilsai.Wrap(ilsai.CodeTooLarge, err, "The question names more than fits into a plan. Ask for one thing at a time.")
	}
	if err != nil {
		return plan, ilsai.Wrap(ilsai.CodeGenerationFailed, &notAPlanError{text: c.Text, err: err},
			"The question could not be turned into a plan. Try fewer or simpler words.")
	}
	return plan, nil
}

// notAPlanError is what the model wrote in place of a plan.
type notAPlanError struct {
	text string
	err  error
}

func (e *notAPlanError) Error() string { return e.err.Error() }
func (e *notAPlanError) Unwrap() error { return e.err }

// rows places the plan in time, links its filters and reads its rows, all in one snapshot.
func (r *run) rows(ctx context.Context) (unknown *semantic.UnknownValueError, err error) {
	began := r.now()
	defer func() { r.answer.Timing.DBMS += milliseconds(r.now().Sub(began)) }()
	if r.window, err = r.p.Place(r.catalogue, r.started, r.location); err != nil {
		return nil, err
	}
	r.answer.Period = shownPeriod(r.window)
	if against, ok := r.window.Against(r.p.Compare); ok {
		r.against = against
		r.answer.ComparisonPeriod = shownPeriod(against)
	}
	snapshot, err := r.data.Snapshot(ctx, r.question.Tenant.ID, r.catalogue.Source())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()

	var filters []semantic.Filter
	if len(r.p.Where) > 0 {
		filters, err = r.values.resolve(ctx, snapshot, r.question.Tenant.ID, r.catalogue, r.p.Where)
		if errors.As(err, &unknown) {
			return unknown, nil
		}
		if err != nil {
			return nil, err
		}
		r.answer.Filters = filters
		r.answer.PlanWords = semantic.Words(r.catalogue, r.p, filters)
	}
	if r.table, err = Read(ctx, snapshot, r.catalogue, r.p, filters, r.window, r.against); err != nil {
		return nil, err
	}
	if err = r.begins(ctx, snapshot); err != nil {
		return nil, err
	}
	t := r.table
	for i := range r.answer.Filters {
		r.answer.Filters[i].Values = hideValues(r.catalogue, r.answer.Filters[i].Values)
	}
	r.answer.Data = Data{
		Columns: t.Columns, Rows: t.Rows, Total: t.Total, RowCount: t.RowCount, Truncated: t.Truncated, Suppressed: t.Suppressed, Currency: r.question.Tenant.Currency,
	}
	r.answer.Formula = t.Formula
	if t.Suppressed { // of a protected catalogue, which tells no first day
		r.answer.Notice = fmt.Sprintf(suppressedNotice, r.catalogue.Minimum)
	}
	r.answer.Chart = chart(r.catalogue, r.p, len(t.Rows))
	return nil, nil
}

// phrase has the model say what the rows show, and falls back to a plain statement of the same cells
// when it says nothing that can be shown. Only an end of the caller's patience is an error.
func (r *run) phrase(ctx context.Context) error {
	began := r.now()
	sheet := r.sheet()
	err := errNoBudget
	if r.budget >= minAnswerTokens {
		var c Completion
		c, err = r.generate(ctx, r.profile.answer(r.catalogue, r.asking(), sheet), language{grammar: semantic.AnswerGrammar(sheet.shape)}, answerTokens)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if code := ilsai.ErrorCode(err); code == ilsai.CodeDeadline || code == ilsai.CodeCanceled {
			return err
		}
		if err == nil {
			r.answer.Answer, r.answer.Citations, err = sheet.render(c.Text)
			if err == nil && r.catalogue.Protected() && privacy.Contains(r.answer.Answer) {
				err = errPersonal
			}
			if wrong := r.answer.Contradictions(); err == nil && len(wrong) > 0 {
				err = fmt.Errorf("assistant: the sentence contradicts its rows: %v", wrong)
			}
		}
	}
	r.answer.Phrased = err == nil
	if err != nil {
		r.answer.PhrasingErr = err
		r.answer.Answer, r.answer.Citations = sheet.plain()
	}
	r.answer.Timing.AnswerMS = milliseconds(r.now().Sub(began))
	return nil
}

var errNoBudget = errors.New("assistant: the token budget leaves no room for a sentence")

// finish closes the books of an answer.
func (r *run) finish() Answer {
	u := r.answer.Usage
	r.answer.TokensUsed = u.Prompt + u.Completion
	r.answer.Timing.TotalMS = milliseconds(r.now().Sub(r.started))
	return r.answer
}

// spent is what goes with an error.
func (r *run) spent() Answer { return Answer{QueryType: r.kind, Usage: r.answer.Usage} }

// Completion tokens a generation may use at most, within the question's budget. The plan comes first:
// without it there is nothing to say.
const (
	planTokens      = 192
	minPlanTokens   = 64 // for a second try
	answerTokens    = 256
	minAnswerTokens = 16
)

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func shownPeriod(w semantic.Window) *Period {
	return &Period{Label: w.Label, From: w.From, To: w.Last(), Partial: w.Partial, Default: w.Default}
}

func chart(c *semantic.Catalogue, p semantic.Plan, rows int) string {
	switch {
	case rows < 2 || len(p.By) == 0:
		return ChartNone
	case p.Series(c) && p.Order == "":
		return ChartLine
	}
	return ChartBar
}

// coded gives an error a code for people, unless it has one.
func coded(ctx context.Context, err error, code ilsai.Code, message string) error {
	var known *ilsai.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		return ilsai.Wrap(ilsai.CodeDeadline, err, "The answer took too long. Try again, or ask for a shorter period.")
	case errors.Is(err, context.Canceled), ctx.Err() != nil:
		return ilsai.Wrap(ilsai.CodeCanceled, err, "The question was withdrawn.")
	}
	return ilsai.Wrap(code, err, "%s", message)
}

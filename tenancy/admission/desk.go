package admission

import (
	"context"
	"errors"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/dedup"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

const (
	// keyTTL is how long an answer is kept for its idempotency key.
	keyTTL = 24 * time.Hour
	// recordTimeout bounds the last step where Options do not.
	recordTimeout = 5 * time.Second
)

// Ledger is what the desk writes to.
type Ledger interface {
	tenancy.Ledger
	AppendUsage(ctx context.Context, e *tenancy.UsageEvent) error
}

// Options are the desk's parts. All are required but Limits, Refusals, Record and ShadowQuota.
type Options struct {
	Limiter  limit.Limiter
	Limits   tenancy.LimitsFinder // what differs from the tiers' limits; asked for every question. nil: nothing does
	Answers  *dedup.Cache
	Ledger   Ledger
	Refusals *Refusals // nil: they are not counted
	Now      func() time.Time
	// Lease is how long one question may take before its reservation ends by itself.
	Lease time.Duration
	// Record bounds the last step, in which a row is written even when the question's own time is over; 0 is 5 s.
	Record time.Duration
	// ShadowQuota counts queries beyond the month's limit and does not refuse them.
	ShadowQuota bool
}

// Desk admits questions. It is safe for concurrent use.
type Desk struct{ Options }

// New makes a Desk.
func New(o Options) *Desk {
	if o.Record <= 0 {
		o.Record = recordTimeout
	}
	return &Desk{o}
}

// Question is one question and what identifies it.
type Question struct {
	Principal tenancy.Principal
	QueryType tenancy.QueryType
	Text      string
	Model     string
	RequestID string
	Started   time.Time
	// Same names everything the answer depends on beside the tenant: questions with equal lists are
	// the same question. nil: it is like no other, so its answer is neither shared nor kept.
	Same []string
	// Key and Fingerprint are the client's idempotency key and what it may be used for again. "" is none.
	Key         string
	Fingerprint [32]byte
	// Working, if not nil, is told once that the question is let in and has no answer yet. It must not
	// wait for anything.
	Working func(limit.Decision)
}

// Work makes the answer. It is run once for all that ask the same at the same time, in a goroutine that
// may outlive the caller it was given by, with a context of its own.
type Work func(ctx context.Context) (Outcome, error)

// Render makes the reply of an outcome. A reply from the cache has no tokens and no detail. It is
// stored for the idempotency key before it is sent.
type Render func(o Outcome, fromCache bool) tenancy.StoredReply

// Reply is what to send.
type Reply struct {
	tenancy.StoredReply
	Admitted  bool           // an error is the failure of an admitted question then, otherwise a refusal
	Replayed  bool           // the stored reply of the same idempotency key
	FromCache bool           // another question's answer
	Rate      limit.Decision // for the headers, set whenever the limiter was asked
}

// Limits are the limits that hold for a user's questions. Errors are those of Options.Limits.
func (d *Desk) Limits(ctx context.Context, p tenancy.Principal) (tenancy.Limits, error) {
	return tenancy.EffectiveLimits(ctx, d.Options.Limits, p)
}

// lookupsPerQuestion is how many look-ups a subscription has for each question of its limit: a search bar asks while
// somebody types.
const lookupsPerQuestion = 4

// Lookup admits what is looked up and not generated. It is counted apart from questions and costs none of the
// month's. Errors: ilsai.CodeRateLimited, and those of the limiter.
func (d *Desk) Lookup(ctx context.Context, p tenancy.Principal) (limit.Decision, error) {
	limits, err := d.Limits(ctx, p)
	if err != nil {
		return limit.Decision{}, err
	}
	most := limits.QueriesPerMinute
	if most != tenancy.Unlimited {
		most *= lookupsPerQuestion
	}
	rate, err := d.Limiter.Allow(ctx, string(p.Tenant.ID)+":lookups", most) // no tenant id has a colon
	if err != nil || rate.Allowed {
		return rate, err
	}
	return rate, ilsai.Errorf(ilsai.CodeRateLimited, "At most %d suggestions and searches a minute are part of this subscription (%s). Please wait %d s.",
		most, p.Tier.Title(), seconds(rate.RetryAfter))
}

// Ask takes one question through. The reply has no body on an error, but Rate is always set once the
// limiter was asked. Errors: ilsai.CodeRateLimited, CodeQuotaExceeded, CodeConflict, CodeKeyReused,
// CodeUnavailable (not recorded, so not given), or work's own.
func (d *Desk) Ask(ctx context.Context, q Question, work Work, render Render) (Reply, error) {
	var r Reply
	limits, err := d.Limits(ctx, q.Principal)
	if err != nil {
		return r, d.Refuse(q, err)
	}
	if err := d.checkRate(ctx, q, limits, &r); err != nil {
		return r, d.Refuse(q, err)
	}
	t, err := d.ticket(q)
	if err != nil {
		return r, d.Refuse(q, err)
	}
	stored, cached := d.Answers.Get(t.key, q.Principal.Tenant.ID)
	if cached && q.Key == "" {
		r.Admitted = true
		o := decode(stored).shared()
		return t.free(ctx, r, o, render(o, true))
	}
	replay, err := t.admit(ctx, limits.QueriesPerMonth, cached)
	if err != nil {
		return r, d.Refuse(q, err)
	}
	r.Admitted = true
	switch {
	case replay != nil:
		r.StoredReply, r.Replayed = *replay, true
		return r, nil
	case cached:
		return t.settle(ctx, r, decode(stored).shared(), true, render)
	default:
		if q.Working != nil {
			q.Working(r.Rate)
		}
		return t.answer(ctx, r, work, render)
	}
}

func (d *Desk) checkRate(ctx context.Context, q Question, limits tenancy.Limits, r *Reply) (err error) {
	r.Rate, err = d.Limiter.Allow(ctx, string(q.Principal.Tenant.ID), limits.QueriesPerMinute)
	if err != nil || r.Rate.Allowed {
		return err
	}
	return ilsai.Errorf(ilsai.CodeRateLimited, "At most %d questions a minute are part of this subscription (%s). Please wait %d s before asking again.",
		limits.QueriesPerMinute, q.Principal.Tier.Title(), seconds(r.Rate.RetryAfter))
}

// Refuse counts a question that is not let in, for whatever reason, and returns the reason.
func (d *Desk) Refuse(q Question, cause error) error {
	if d.Refusals != nil {
		d.Refusals.count(tenancy.RefusalKey{TenantID: q.Principal.Tenant.ID, Hour: tenancy.HourOf(q.Started),
			QueryType: q.QueryType, ErrorType: ilsai.ErrorCode(cause)})
	}
	return cause
}

func (d *Desk) ticket(q Question) (*ticket, error) {
	eventID, err := tenancy.NewEventID()
	if err != nil {
		return nil, err
	}
	zone, err := q.Principal.Tenant.Location()
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	same := q.Same
	if same == nil {
		same = []string{eventID}
	}
	return &ticket{desk: d, question: q, eventID: eventID, month: tenancy.MonthOf(q.Started, zone),
		key: dedup.NewKey(q.Principal.Tenant.ID, same...)}, nil
}

// ticket is one question on its way through.
type ticket struct {
	desk     *Desk
	question Question
	eventID  string
	month    tenancy.Month
	key      dedup.Key
}

func (t *ticket) admit(ctx context.Context, monthly int, free bool) (*tenancy.StoredReply, error) {
	q := t.question
	a := tenancy.Admission{
		EventID: t.eventID, TenantID: q.Principal.Tenant.ID, UserID: q.Principal.UserID, Month: t.month,
		Limit: monthly, Shadow: t.desk.ShadowQuota, Now: t.desk.Now(), Lease: t.desk.Lease,
	}
	if free {
		a.Limit = tenancy.Unlimited
	}
	if q.Key != "" {
		a.Key = &tenancy.IdempotencyKey{Key: q.Key, Fingerprint: q.Fingerprint, TTL: keyTTL}
	}
	admitted, err := t.desk.Ledger.Admit(ctx, a)
	return admitted.Replay, err
}

// answer runs the work, or shares it with whoever asks the same right now. What the work took travels
// with its value, and with its error: the caller it is booked to need not be the one whose function ran.
func (t *ticket) answer(ctx context.Context, r Reply, work Work, render Render) (Reply, error) {
	stored, source, err := t.desk.Answers.Do(ctx, t.key, t.question.Principal.Tenant.ID, func(ctx context.Context) ([]byte, bool, error) {
		o, err := work(ctx)
		return encode(o), err == nil && t.question.Same != nil, err
	})
	o := decode(stored)
	if err != nil {
		if source != dedup.Generated {
			o = Outcome{}
		}
		return r, errors.Join(err, t.refund(ctx, o, err))
	}
	if source != dedup.Generated {
		return t.settle(ctx, r, o.shared(), true, render)
	}
	return t.settle(ctx, r, o, false, render)
}

func (t *ticket) settle(ctx context.Context, r Reply, o Outcome, fromCache bool, render Render) (Reply, error) {
	reply := render(o, fromCache)
	s := tenancy.Settlement{Event: t.event(o, fromCache, nil), Month: t.month, Key: t.question.Key}
	if s.Key != "" {
		s.Reply = &reply
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.desk.Record)
	defer cancel()
	if err := record(func() error { return t.desk.Ledger.Settle(ctx, s) }); err != nil {
		return r, err
	}
	r.StoredReply, r.FromCache = reply, fromCache
	return r, nil
}

func (t *ticket) refund(ctx context.Context, spent Outcome, cause error) error {
	s := tenancy.Settlement{Event: t.event(spent, false, cause), Month: t.month, Key: t.question.Key}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.desk.Record)
	defer cancel()
	return record(func() error { return t.desk.Ledger.Refund(ctx, s) })
}

// free answers from the cache without a reservation: there is nothing to take back.
func (t *ticket) free(ctx context.Context, r Reply, o Outcome, reply tenancy.StoredReply) (Reply, error) {
	e := t.event(o, true, nil)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.desk.Record)
	defer cancel()
	if err := record(func() error { return t.desk.Ledger.AppendUsage(ctx, &e) }); err != nil {
		return r, err
	}
	r.StoredReply, r.FromCache = reply, true
	return r, nil
}

// event is the usage row. A failure is not billed: its tokens are recorded, but not used.
func (t *ticket) event(o Outcome, fromCache bool, cause error) tenancy.UsageEvent {
	q := t.question
	used := 0
	if cause == nil {
		used = o.PromptTokens + o.CompletionTokens
	}
	kind := q.QueryType
	if kind == tenancy.QueryAuto && o.Kind != "" {
		kind = o.Kind
	}
	return tenancy.UsageEvent{
		EventID: t.eventID, RequestID: q.RequestID, TenantID: q.Principal.Tenant.ID, UserID: q.Principal.UserID,
		QueryType: kind, Question: q.Text, Model: q.Model, Timestamp: q.Started, FromCache: fromCache,
		TokensUsed: used, PromptTokens: o.PromptTokens, CachedTokens: o.CachedTokens, CompletionTokens: o.CompletionTokens,
		ResponseTimeMS: int(max(0, t.desk.Now().Sub(q.Started).Milliseconds())), Success: cause == nil, ErrorType: ilsai.ErrorCode(cause),
	}
}

// record writes the last step of a question, and once more when the database was away: whether the first try
// arrived is unknown then, and the event's id makes a repetition do nothing more.
func record(write func() error) error {
	err := write()
	if ilsai.ErrorCode(err) == ilsai.CodeUnavailable {
		err = write()
	}
	return ilsai.Wrap(ilsai.CodeUnavailable, err,
		"The answer could not be recorded, so it is not given. Ask again in a moment; with the same idempotency key it is never billed twice.")
}

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

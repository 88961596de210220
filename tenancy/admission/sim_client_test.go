package admission_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing/synctest"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

// asked is one question of a client.
type asked struct {
	n       int
	process *process
	p       tenancy.Principal
	text    string
	key     string
	started time.Time
	cancel  context.CancelFunc

	hung       bool
	unrecorded bool // the step that records it failed
	unknown    bool // a step that records was applied although it failed, or its process died
	ended      bool
	lost       bool // its client saw the process die
	reply      admission.Reply
	err        error
}

// run is one run of the engine. Its tokens are its own, so that each row tells which it is of.
type run struct{ shop, text string }

var simShops = []tenancy.Principal{principal("a", tenancy.TierBasic), principal("b", tenancy.TierProfessional)}

func (w *world) ask() string {
	q := &asked{n: len(w.asked), process: w.process, p: simShops[w.rng.IntN(len(simShops))], text: fmt.Sprintf("q%d", w.rng.IntN(3)),
		key: []string{"", "", "k1", "k2"}[w.rng.IntN(4)], started: w.wall()}
	w.asked = append(w.asked, q)
	ctx := ilsai.WithRequestID(w.t.Context(), fmt.Sprint(q.n))
	ctx, q.cancel = context.WithTimeout(ctx, simTimeout+time.Duration(q.n)*time.Microsecond)
	go func() {
		defer q.cancel()
		r, err := q.process.desk.Ask(ctx, q.question(), func(ctx context.Context) (admission.Outcome, error) { return w.engine(ctx, q) }, simRender)
		w.mu.Lock()
		defer w.mu.Unlock()
		q.reply, q.err, q.ended = r, err, true
		q.lost = q.process.dead
	}()
	return fmt.Sprintf("shop %s asks %s with key %q", q.p.Tenant.ID, q.text, q.key)
}

func (q *asked) question() admission.Question {
	out := admission.Question{Principal: q.p, QueryType: tenancy.QuerySales, Text: q.text, RequestID: fmt.Sprint(q.n), Started: q.started, Same: []string{q.text}, Key: q.key}
	copy(out.Fingerprint[:], q.text)
	return out
}

// engine is one run. Canceled, it says what it took until then.
func (w *world) engine(ctx context.Context, q *asked) (admission.Outcome, error) {
	w.mu.Lock()
	w.runs = append(w.runs, run{string(q.p.Tenant.ID), q.text})
	n := len(w.runs)
	w.mu.Unlock()
	out := admission.Outcome{PromptTokens: n, CompletionTokens: 1_000_000}
	v, ok := q.process.wait(ctx, q.n, engineStep)
	switch {
	case !ok:
		return out, context.Cause(ctx)
	case v.fails:
		return out, ilsai.Errorf(ilsai.CodeGenerationFailed, "no")
	}
	out.Answer = fmt.Appendf(nil, "%s %s of run %d", q.p.Tenant.ID, q.text, n)
	return out, nil
}

func simRender(o admission.Outcome, fromCache bool) tenancy.StoredReply {
	return tenancy.StoredReply{Status: 200, ContentType: "text/plain", Body: fmt.Appendf(nil, "%s, %d tokens, cached %v", o.Answer, o.PromptTokens+o.CompletionTokens, fromCache)}
}

// hangUp ends the connection of a client that waits.
func (w *world) hangUp() string {
	var waiting []*asked
	for _, q := range w.asked {
		if !q.ended && !q.hung {
			waiting = append(waiting, q)
		}
	}
	if len(waiting) == 0 {
		return "nobody to hang up"
	}
	q := waiting[w.rng.IntN(len(waiting))]
	for _, g := range w.sorted() { // better a leader
		if leader := w.asked[g.ask]; g.step == engineStep && !leader.hung && w.rng.IntN(2) == 0 {
			q = leader
		}
	}
	q.hung = true
	q.cancel()
	synctest.Wait()
	w.saw(hungUp)
	if slices.ContainsFunc(w.sorted(), func(g *gate) bool { return g.step == engineStep && g.ask == q.n }) {
		w.saw(handedOver) // its run goes on
	}
	return fmt.Sprintf("client of question %d hangs up", q.n)
}

// asking is the number of the question that a step is of.
func asking(ctx context.Context) int {
	n, err := strconv.Atoi(ilsai.RequestID(ctx))
	if err != nil {
		panic(err)
	}
	return n
}

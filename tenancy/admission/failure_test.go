package admission_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

// A failure records what it took, once, however many shared it, and bills none of it.
func TestFailureRecordsItsTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		p := principal("a", tenancy.TierEnterprise)
		release := make(chan struct{})
		var runs atomic.Int64
		broken := func(context.Context) (admission.Outcome, error) {
			runs.Add(1)
			<-release
			return admission.Outcome{PromptTokens: 40, CachedTokens: 30, CompletionTokens: 7}, ilsai.Errorf(ilsai.CodeGenerationFailed, "broken")
		}
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				r, err := b.desk.Ask(t.Context(), b.question(p, "q", ""), broken, render)
				if ilsai.ErrorCode(err) != ilsai.CodeGenerationFailed || !r.Admitted || r.Body != nil {
					t.Errorf("got %+v, %v", r, err)
				}
			})
		}
		synctest.Wait()
		close(release)
		wg.Wait()
		b.wantSpent(t, 5, tenancy.UsageEvent{PromptTokens: 40, CachedTokens: 30, CompletionTokens: 7, ErrorType: ilsai.CodeGenerationFailed})
		if runs.Load() != 1 {
			t.Errorf("%d runs", runs.Load())
		}
	})
}

// So does a question whose time ended while it was answered: its run is canceled, and says what it took.
func TestTimeoutRecordsItsTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := b.desk.Ask(ctx, b.question(principal("a", tenancy.TierBasic), "q", ""), func(ctx context.Context) (admission.Outcome, error) {
			<-ctx.Done()
			return admission.Outcome{PromptTokens: 40, CompletionTokens: 9}, ctx.Err()
		}, render)
		if ilsai.ErrorCode(err) != ilsai.CodeDeadline {
			t.Errorf("got %v, want %s", err, ilsai.CodeDeadline)
		}
		b.wantSpent(t, 1, tenancy.UsageEvent{PromptTokens: 40, CompletionTokens: 9, ErrorType: ilsai.CodeDeadline})
	})
}

// wantSpent checks that all rows failed alike and one of them has the tokens.
func (b *bench) wantSpent(t *testing.T, rows int, want tenancy.UsageEvent) {
	t.Helper()
	all, spent := b.ledger.Rows(), 0
	for _, e := range all {
		if e.Success || e.TokensUsed != 0 || e.ErrorType != want.ErrorType {
			t.Errorf("row %+v", e)
		}
		if e.PromptTokens == want.PromptTokens && e.CachedTokens == want.CachedTokens && e.CompletionTokens == want.CompletionTokens {
			spent++
		} else if e.PromptTokens+e.CachedTokens+e.CompletionTokens != 0 {
			t.Errorf("row %+v has other tokens", e)
		}
	}
	if len(all) != rows || spent != 1 {
		t.Errorf("%d rows, %d with the tokens, want %d and 1", len(all), spent, rows)
	}
	b.wantRefused(t, map[tenancy.RefusalKey]int64{})
}

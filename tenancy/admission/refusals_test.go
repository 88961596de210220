package admission_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/admission/admissiontest"
)

// Whatever keeps a question out is counted under its code, in the hour it was asked, and is no row.
func TestRefusalsAreCounted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := principal("a", tenancy.TierProfessional)
	month, minute := 1, 100
	b.limits["a"] = func() (tenancy.LimitsOverride, error) {
		return tenancy.LimitsOverride{QueriesPerMonth: &month, QueriesPerMinute: &minute}, nil
	}
	var calls atomic.Int64
	began := b.clock.Now()
	want := map[tenancy.RefusalKey]int64{}
	ask := func(text, key string, code ilsai.Code) {
		t.Helper()
		r, err := b.desk.Ask(t.Context(), b.question(p, text, key), answering("x", &calls), render)
		if ilsai.ErrorCode(err) != code || r.Admitted != (code == "") {
			t.Errorf("%s: got %v, admitted %v, want %q", text, err, r.Admitted, code)
		}
		if code != "" {
			want[refused("a", b.clock.Now(), code)]++
		}
	}
	ask("first", "k", "")
	ask("second", "", ilsai.CodeQuotaExceeded)
	ask("third", "", ilsai.CodeQuotaExceeded)
	ask("other", "k", ilsai.CodeKeyReused)
	b.clock.advance(time.Hour)
	ask("second", "", ilsai.CodeQuotaExceeded)
	minute = 0
	ask("fourth", "", ilsai.CodeRateLimited)
	b.ledger.Fail(func(step string) error {
		if step == "admit" {
			return errDown
		}
		return nil
	})
	minute = 100
	ask("fifth", "", ilsai.CodeUnavailable)
	if err := b.desk.Refuse(b.question(p, "gated", ""), ilsai.Errorf(ilsai.CodeFeatureDisabled, "no")); ilsai.ErrorCode(err) != ilsai.CodeFeatureDisabled {
		t.Errorf("got %v, want the reason", err)
	}
	want[refused("a", b.clock.Now(), ilsai.CodeFeatureDisabled)]++
	b.wantRefused(t, want)
	if want[refused("a", began, ilsai.CodeQuotaExceeded)] != 2 || len(b.ledger.Rows()) != 1 || calls.Load() != 1 {
		t.Errorf("want %v; %d rows, %d calls", want, len(b.ledger.Rows()), calls.Load())
	}
}

// A store that is away loses nothing until there is no room left, and then counts what it lost.
func TestRefusalsWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	refusals := admission.NewRefusals(admission.RefusalsOptions{Store: b.ledger, Max: 3})
	desk := admission.New(admission.Options{Refusals: refusals})
	refuse := func(shop string, times int) {
		for range times {
			_ = desk.Refuse(b.question(principal(shop, tenancy.TierBasic), "q", ""), errDown)
		}
	}
	var failure error = errDown
	b.ledger.Fail(func(string) error { return failure })
	refuse("a", 2)
	for range 2 {
		if err := refusals.Write(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("got %v, want that the store is away", err)
		}
		refuse("b", 1)
	}
	refuse("c", 1)
	refuse("d", 5)
	refuse("a", 1)
	if got := refusals.Stats(); got != (admission.RefusalStats{Pending: 6, Lost: 5}) {
		t.Errorf("got %+v", got)
	}
	failure = nil
	if err := refusals.Write(t.Context()); err != nil {
		t.Error(err)
	}
	want := map[tenancy.RefusalKey]int64{}
	for shop, n := range map[ilsai.TenantID]int64{"a": 3, "b": 2, "c": 1} {
		want[refused(shop, b.clock.Now(), ilsai.CodeUnavailable)] = n
	}
	b.wantRefused(t, want)
	failure = errors.Join(errDown, tenancy.ErrOutcomeUnknown)
	refuse("a", 4)
	if err := refusals.Write(t.Context()); err == nil {
		t.Error("got nil, want an unknown outcome")
	}
	failure = nil
	if err := refusals.Write(t.Context()); err != nil {
		t.Error(err)
	}
	b.wantRefused(t, want) // lost rather than counted twice
	if got := refusals.Stats(); got != (admission.RefusalStats{Lost: 9}) {
		t.Errorf("got %+v", got)
	}
}

func TestRefusalsAreWrittenOnceASecondAndAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := admissiontest.NewLedger(time.Now)
		refusals := admission.NewRefusals(admission.RefusalsOptions{Store: ledger, Log: slog.New(slog.DiscardHandler)})
		desk := admission.New(admission.Options{Refusals: refusals})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { refusals.Run(ctx); close(done) }()
		sum := func() (n int64) {
			synctest.Wait()
			for _, c := range ledger.Refusals() {
				n += c
			}
			return n
		}
		refuse := func() {
			_ = desk.Refuse(admission.Question{Principal: principal("a", tenancy.TierBasic), QueryType: tenancy.QuerySales, Started: time.Now()}, errDown)
		}
		refuse()
		if got := sum(); got != 0 {
			t.Errorf("%d were written at once", got)
		}
		time.Sleep(time.Second)
		if got := sum(); got != 1 {
			t.Errorf("%d were written after a second, want 1", got)
		}
		ledger.Fail(func(string) error { return errDown })
		refuse()
		time.Sleep(10 * time.Second)
		ledger.Fail(nil)
		refuse()
		stop()
		<-done
		if got := sum(); got != 3 || refusals.Stats() != (admission.RefusalStats{}) {
			t.Errorf("%d were written at the end, %+v, want 3", got, refusals.Stats())
		}
	})
}

// Many refusals at once, with writes between them: none is lost and none counted twice.
func TestRefusalsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const clients, each = 16, 500
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			p := principal(fmt.Sprint("shop-", i%4), tenancy.TierBasic)
			for n := range each {
				_ = b.desk.Refuse(b.question(p, "q", ""), errDown)
				if n%50 == 0 {
					if err := b.refusals.Write(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	want := map[tenancy.RefusalKey]int64{}
	for i := range 4 {
		want[refused(ilsai.TenantID(fmt.Sprint("shop-", i)), b.clock.Now(), ilsai.CodeUnavailable)] = clients / 4 * each
	}
	b.wantRefused(t, want)
}

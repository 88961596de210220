package storetest

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// LedgerStore is a store with a ledger.
type LedgerStore interface {
	tenancy.Store
	tenancy.Ledger
}

// ExerciseLedger runs the ledger's suite. open gives each test an empty store of its own on the given
// clock and closes it when the test ends.
func ExerciseLedger(t *testing.T, open func(t *testing.T, now func() time.Time) LedgerStore) {
	for name, test := range map[string]func(*ledgerTest){
		"Settle":           settleOnce,
		"Refund":           refund,
		"QuotaExceeded":    quotaExceeded,
		"QuotaAtOnce":      quotaAtOnce,
		"KeyAtOnce":        keyAtOnce,
		"Replay":           replay,
		"KeyReused":        keyReused,
		"KeyOfOtherTenant": keyOfOtherTenant,
		"LeaseOver":        leaseOver,
		"LateSettle":       lateSettle,
		"AdmitAgain":       admitAgain,
		"Reap":             reap,
		"CountsAllMethods": countsAllMethods,
		"LedgerInvalid":    ledgerInvalid,
		"LedgerCanceled":   ledgerCanceled,
		"RandomSteps":      randomSteps,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &ledgerTest{T: t}
			l.clock.Store(Start.UnixNano())
			l.s = open(t, l.now)
			mustCreate(t, l.s, "abc123", "xyz789")
			test(l)
		})
	}
}

const lease = time.Minute

type ledgerTest struct {
	*testing.T
	s     LedgerStore
	clock atomic.Int64
}

func (l *ledgerTest) now() time.Time          { return time.Unix(0, l.clock.Load()).UTC() }
func (l *ledgerTest) advance(d time.Duration) { l.clock.Add(int64(d)) }

const november = tenancy.Month("2026-11")

func (l *ledgerTest) admission(key string) tenancy.Admission {
	return Admission(l.T, "abc123", key, l.now())
}

// Admission is a valid admission of a tenant, for tests of ledgers. key "" is none.
func Admission(t testing.TB, id ilsai.TenantID, key string, now time.Time) tenancy.Admission {
	t.Helper()
	a := tenancy.Admission{EventID: Event(t, id, 0).EventID, TenantID: id, UserID: "456", Month: november,
		Limit: tenancy.Unlimited, Now: now, Lease: lease}
	if key != "" {
		a.Key = &tenancy.IdempotencyKey{Key: key, Fingerprint: [32]byte{1, 2, 3}, TTL: 24 * time.Hour}
	}
	return a
}

// Settlement is the settlement of an admission that was answered, for tests of ledgers.
func Settlement(t testing.TB, a tenancy.Admission) tenancy.Settlement {
	t.Helper()
	e := Event(t, a.TenantID, 0)
	e.EventID, e.UserID = a.EventID, a.UserID
	s := tenancy.Settlement{Event: e, Month: a.Month}
	if a.Key != nil {
		s.Key = a.Key.Key
		s.Reply = &tenancy.StoredReply{Status: 200, ContentType: "application/json; charset=utf-8", Body: []byte("{\"answer\":\"\x00\xff " + a.EventID + "\"}\n")}
	}
	return s
}

func failed(s tenancy.Settlement) tenancy.Settlement {
	s.Event.Success, s.Event.ErrorType, s.Event.TokensUsed, s.Reply = false, ilsai.CodeGenerationFailed, 0, nil
	return s
}

func (l *ledgerTest) admit(a tenancy.Admission) tenancy.Admitted {
	l.Helper()
	got, err := l.s.Admit(l.Context(), a)
	if err != nil {
		l.Fatal(err)
	}
	return got
}

func (l *ledgerTest) settle(s tenancy.Settlement) {
	l.Helper()
	if err := l.s.Settle(l.Context(), s); err != nil {
		l.Fatal(err)
	}
}

func (l *ledgerTest) wantQuota(what string, used, reserved int) {
	l.Helper()
	got, err := l.s.Quota(l.Context(), "abc123", november)
	if want := (tenancy.Quota{Used: used, Reserved: reserved}); err != nil || got != want {
		l.Errorf("%s: got %+v, %v, want %+v", what, got, err, want)
	}
}

func (l *ledgerTest) wantRows(what string, want int) {
	l.Helper()
	if got, err := l.s.SumUsage(l.Context(), "abc123", time.Time{}, time.Time{}); err != nil || got.Queries != want {
		l.Errorf("%s: got %+v, %v, want %d rows", what, got, err, want)
	}
}

func settleOnce(l *ledgerTest) {
	a := l.admission("key")
	if got := l.admit(a); got.Used != 1 || got.Replay != nil || got.Exceeded {
		l.Errorf("got %+v, want 1 used", got)
	}
	l.wantQuota("admitted", 0, 1)
	s := Settlement(l.T, a)
	l.settle(s)
	l.settle(s)
	l.wantQuota("settled twice", 1, 0)
	l.wantRows("settled twice", 1)
	other := s
	other.Event.TokensUsed++
	wantCode(l.T, "other content", l.s.Settle(l.Context(), other), ilsai.CodeConflict)
	wantCode(l.T, "refund of a settled one", l.s.Refund(l.Context(), failed(s)), ilsai.CodeConflict)
	l.wantQuota("after refusals", 1, 0)
	l.wantRows("after refusals", 1)
	if got := l.admit(l.admission("key")); got.Replay == nil || !bytes.Equal(got.Replay.Body, s.Reply.Body) {
		l.Errorf("got %+v, want the settled answer", got)
	}
}

func refund(l *ledgerTest) {
	a := l.admission("key")
	l.admit(a)
	s := failed(Settlement(l.T, a))
	for range 2 {
		if err := l.s.Refund(l.Context(), s); err != nil {
			l.Fatal(err)
		}
	}
	l.wantQuota("refunded", 0, 0)
	l.wantRows("refunded", 1)
	if got := l.admit(l.admission("key")); got.Replay != nil || got.Used != 1 {
		l.Errorf("got %+v, want the key free again", got)
	}
	l.wantQuota("again", 0, 1)
}

func quotaExceeded(l *ledgerTest) {
	limited := func() tenancy.Admission {
		a := l.admission("")
		a.Limit = 2
		return a
	}
	first := limited()
	l.admit(first)
	l.admit(limited())
	third := l.admission("key")
	third.Limit = 2
	_, err := l.s.Admit(l.Context(), third)
	wantCode(l.T, "third", err, ilsai.CodeQuotaExceeded)
	l.wantQuota("refused", 0, 2)
	third.Shadow = true
	if got := l.admit(third); !got.Exceeded || got.Used != 3 {
		l.Errorf("shadowed: got %+v, want exceeded with 3 used", got)
	}
	december := limited()
	december.Month = "2026-12"
	if got := l.admit(december); got.Used != 1 {
		l.Errorf("another month: got %+v, want 1 used", got)
	}
	zero := limited()
	zero.Limit, zero.Month = 0, "2027-01"
	_, err = l.s.Admit(l.Context(), zero)
	wantCode(l.T, "limit 0", err, ilsai.CodeQuotaExceeded)
	// A refund makes room; a settlement keeps it taken.
	if err := l.s.Refund(l.Context(), failed(Settlement(l.T, first))); err != nil {
		l.Fatal(err)
	}
	l.wantQuota("refunded", 0, 2)
}

// atOnce runs n at the same time and counts the outcomes: "" is nil.
func (l *ledgerTest) atOnce(n int, do func(i int) error) map[ilsai.Code]int {
	l.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = do(i) })
	}
	wg.Wait()
	got := make(map[ilsai.Code]int)
	for _, err := range errs {
		got[ilsai.ErrorCode(err)]++
	}
	return got
}

func quotaAtOnce(l *ledgerTest) {
	const n, left = 1000, 10
	for range 3 {
		a := l.admission("")
		l.admit(a)
		l.settle(Settlement(l.T, a))
	}
	got := l.atOnce(n, func(int) error {
		a := l.admission("")
		a.Limit = 3 + left
		_, err := l.s.Admit(l.Context(), a)
		return err
	})
	if want := map[ilsai.Code]int{"": left, ilsai.CodeQuotaExceeded: n - left}; fmt.Sprint(got) != fmt.Sprint(want) {
		l.Errorf("got %v, want %v", got, want)
	}
	l.wantQuota("after all", 3, left)
}

func keyAtOnce(l *ledgerTest) {
	const n = 1000
	var admitted, replayed atomic.Int64
	got := l.atOnce(n, func(int) error {
		a := l.admission("one-key")
		out, err := l.s.Admit(l.Context(), a)
		switch {
		case err != nil:
			if after, ok := tenancy.RetryAfter(err); ilsai.ErrorCode(err) == ilsai.CodeConflict && (!ok || after <= 0 || after > lease) {
				l.Errorf("retry after %v, %v, want up to %v", after, ok, lease)
			}
			return err
		case out.Replay != nil:
			replayed.Add(1)
			return nil
		default:
			admitted.Add(1)
			return l.s.Settle(l.Context(), Settlement(l.T, a))
		}
	})
	if admitted.Load() != 1 || got[""] != 1+int(replayed.Load()) || got[""]+got[ilsai.CodeConflict] != n {
		l.Errorf("admitted %d, replayed %d, outcomes %v; want 1 admitted and the others replayed or in conflict", admitted.Load(), replayed.Load(), got)
	}
	l.wantQuota("after all", 1, 0)
	l.wantRows("after all", 1)
}

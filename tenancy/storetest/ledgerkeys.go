package storetest

import (
	"context"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func replay(l *ledgerTest) {
	began := l.now()
	a := l.admission("key")
	l.admit(a)
	s := Settlement(l.T, a)
	l.advance(5 * time.Second)
	l.settle(s)
	for _, at := range []time.Duration{5 * time.Second, time.Hour, 24*time.Hour - time.Second} {
		l.clock.Store(began.Add(at).UnixNano())
		if err := l.s.ReapLedger(l.Context(), l.now()); err != nil {
			l.Fatal(err)
		}
		got := l.admit(l.admission("key"))
		if got.Replay == nil || got.Replay.Status != s.Reply.Status || got.Replay.ContentType != s.Reply.ContentType || string(got.Replay.Body) != string(s.Reply.Body) {
			l.Fatalf("after %v: got %+v, want the stored answer", at, got.Replay)
		}
	}
	l.wantQuota("replayed", 1, 0)
	l.clock.Store(began.Add(24*time.Hour + time.Second).UnixNano())
	if got := l.admit(l.admission("key")); got.Replay != nil {
		l.Errorf("after 24 h: got %+v, want a new admission", got)
	}
	empty := l.admission("empty")
	l.admit(empty)
	bare := Settlement(l.T, empty)
	bare.Reply = &tenancy.StoredReply{Status: 204}
	l.settle(bare)
	if got := l.admit(l.admission("empty")); got.Replay == nil || got.Replay.Status != 204 || len(got.Replay.Body) != 0 {
		l.Errorf("empty body: got %+v", got.Replay)
	}
}

func keyReused(l *ledgerTest) {
	a := l.admission("key")
	l.admit(a)
	change := map[string]func(*tenancy.Admission){
		"fingerprint": func(a *tenancy.Admission) { a.Key.Fingerprint[31] = 1 },
		"user":        func(a *tenancy.Admission) { a.UserID = "457" },
	}
	try := func(when string) {
		for what, edit := range change {
			b := l.admission("key")
			edit(&b)
			_, err := l.s.Admit(l.Context(), b)
			wantCode(l.T, when+", other "+what, err, ilsai.CodeKeyReused)
		}
	}
	try("in flight")
	l.settle(Settlement(l.T, a))
	try("answered")
	l.wantQuota("refused", 1, 0)
}

func keyOfOtherTenant(l *ledgerTest) {
	a := l.admission("key")
	l.admit(a)
	l.settle(Settlement(l.T, a))
	b := Admission(l.T, "xyz789", "key", l.now())
	b.EventID = a.EventID // even that is a tenant's own
	if got := l.admit(b); got.Replay != nil || got.Used != 1 {
		l.Errorf("got %+v, want an admission of its own", got)
	}
	l.settle(Settlement(l.T, b))
	l.wantQuota("first tenant", 1, 0)
}

func leaseOver(l *ledgerTest) {
	dead := l.admission("key")
	dead.Limit = 1
	l.admit(dead)
	l.advance(lease - time.Millisecond)
	next := l.admission("key")
	next.Limit = 1
	_, err := l.s.Admit(l.Context(), next)
	wantCode(l.T, "lease holds", err, ilsai.CodeConflict)
	if after, ok := tenancy.RetryAfter(err); !ok || after != time.Millisecond {
		l.Errorf("got retry after %v, want 1ms", after)
	}
	l.advance(time.Millisecond)
	l.wantQuota("lease over", 0, 0)
	next.Now = l.now()
	if got := l.admit(next); got.Used != 1 {
		l.Errorf("got %+v, want the one query free again", got)
	}
}

// The answer of a request whose lease ended is recorded once, and never replaces the answer of the
// request that took its key over.
func lateSettle(l *ledgerTest) {
	late := l.admission("key")
	l.admit(late)
	l.advance(lease)
	next := l.admission("key")
	l.admit(next)
	l.settle(Settlement(l.T, late))
	_, err := l.s.Admit(l.Context(), l.admission("key"))
	wantCode(l.T, "the second still works", err, ilsai.CodeConflict)
	answer := Settlement(l.T, next)
	l.settle(answer)
	l.settle(Settlement(l.T, late))
	if got := l.admit(l.admission("key")); got.Replay == nil || string(got.Replay.Body) != string(answer.Reply.Body) {
		l.Errorf("got %+v, want the second request's answer", got)
	}
	l.wantRows("both", 2)
	l.wantQuota("both", 2, 0)
	// Nobody took the key over: the late answer is kept, even if its lease was reaped.
	alone := l.admission("alone")
	l.admit(alone)
	l.advance(lease)
	if err := l.s.ReapLedger(l.Context(), l.now()); err != nil {
		l.Fatal(err)
	}
	l.settle(Settlement(l.T, alone))
	if got := l.admit(l.admission("alone")); got.Replay == nil {
		l.Errorf("got %+v, want the late answer", got)
	}
	l.wantRows("all", 3)
}

func admitAgain(l *ledgerTest) {
	a := l.admission("key")
	a.Limit = 1
	for range 2 {
		if got := l.admit(a); got.Used != 1 {
			l.Errorf("got %+v, want one admission", got)
		}
	}
	l.wantQuota("twice", 0, 1)
}

func reap(l *ledgerTest) {
	settled, dead := l.admission("settled"), l.admission("dead")
	l.admit(settled)
	l.admit(dead)
	l.settle(Settlement(l.T, settled))
	l.advance(24*time.Hour + time.Second)
	for range 2 {
		if err := l.s.ReapLedger(l.Context(), l.now()); err != nil {
			l.Fatal(err)
		}
	}
	l.wantQuota("reaped", 1, 0)
	l.wantRows("reaped", 1)
	for _, key := range []string{"settled", "dead"} {
		if got := l.admit(l.admission(key)); got.Replay != nil {
			l.Errorf("%s: got %+v, want the key free", key, got)
		}
	}
}

// A month's count is its successful rows that are not from the cache, however they came in.
func countsAllMethods(l *ledgerTest) {
	paid, cached := l.admission(""), l.admission("")
	l.admit(paid)
	l.admit(cached)
	l.settle(Settlement(l.T, paid))
	free := Settlement(l.T, cached)
	free.Event.FromCache, free.Event.TokensUsed = true, 0
	l.settle(free)
	appended, appendedCached, appendedFailed := Event(l.T, "abc123", 1), Event(l.T, "abc123", 2), Event(l.T, "abc123", 3)
	appendedCached.FromCache, appendedCached.TokensUsed = true, 0
	appendedFailed.Success, appendedFailed.ErrorType = false, ilsai.CodeDeadline
	mustAppend(l.T, l.s, &appended, &appendedCached, &appendedFailed)
	l.wantQuota("november", 2, 0)
	// The tenant is in Paris: 23:30 UTC on 30 November is December there.
	edge := Event(l.T, "abc123", 4)
	edge.Timestamp = time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC)
	mustAppend(l.T, l.s, &edge)
	l.wantQuota("november still", 2, 0)
	if got, err := l.s.Quota(l.Context(), "abc123", "2026-12"); err != nil || got.Used != 1 {
		l.Errorf("december: got %+v, %v, want 1 used", got, err)
	}
}

func ledgerInvalid(l *ledgerTest) {
	for what, edit := range map[string]func(*tenancy.Admission){
		"tenant": func(a *tenancy.Admission) { a.TenantID = "A B" }, "event": func(a *tenancy.Admission) { a.EventID = "1" },
		"month": func(a *tenancy.Admission) { a.Month = "2026-13" }, "lease": func(a *tenancy.Admission) { a.Lease = 0 },
		"time": func(a *tenancy.Admission) { a.Now = time.Time{} }, "limit": func(a *tenancy.Admission) { a.Limit = -2 },
		"ttl":       func(a *tenancy.Admission) { a.Key.TTL = 0 },
		"no key":    func(a *tenancy.Admission) { a.Key.Key = "" },
		"blank":     func(a *tenancy.Admission) { a.Key.Key = "a b" },
		"not ASCII": func(a *tenancy.Admission) { a.Key.Key = "é" },
		"long key":  func(a *tenancy.Admission) { a.Key.Key = strings.Repeat("k", 256) },
	} {
		a := l.admission("key")
		edit(&a)
		_, err := l.s.Admit(l.Context(), a)
		wantCode(l.T, what, err, ilsai.CodeInvalid)
	}
	unknown := Admission(l.T, "nobody", "key", l.now())
	_, err := l.s.Admit(l.Context(), unknown)
	wantCode(l.T, "unknown tenant", err, ilsai.CodeNotFound)
	wantCode(l.T, "unknown tenant", l.s.Settle(l.Context(), Settlement(l.T, unknown)), ilsai.CodeNotFound)
	wantCode(l.T, "refund of a success", l.s.Refund(l.Context(), Settlement(l.T, l.admission(""))), ilsai.CodeInvalid)
	l.wantQuota("nothing left behind", 0, 0)
	longest := l.admission(strings.Repeat("~", 255))
	l.admit(longest)
}

func ledgerCanceled(l *ledgerTest) {
	ctx, cancel := context.WithCancel(l.Context())
	cancel()
	a := l.admission("key")
	_, err := l.s.Admit(ctx, a)
	wantCode(l.T, "Admit", err, ilsai.CodeCanceled)
	wantCode(l.T, "Settle", l.s.Settle(ctx, Settlement(l.T, a)), ilsai.CodeCanceled)
	_, err = l.s.Quota(ctx, "abc123", november)
	wantCode(l.T, "Quota", err, ilsai.CodeCanceled)
	l.wantQuota("nothing happened", 0, 0)
	l.wantRows("nothing happened", 0)
}

// randomSteps compares the ledger with the simplest model of it, over random admissions, settlements,
// refunds and passing time. The seed is in rapid's report of a failure.
func randomSteps(l *ledgerTest) {
	type held struct {
		a     tenancy.Admission
		until time.Time
		ended bool
	}
	const limit = 6
	month, run := november, 0
	rapid.Check(l.T, func(t *rapid.T) {
		run++
		month = tenancy.MonthOf(time.Date(2000+run/12, time.Month(1+run%12), 1, 0, 0, 0, 0, time.UTC), time.UTC) // an empty one each run
		var all []*held
		used, rows := 0, 0
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"admit", "admit", "settle", "refund", "wait"}).Draw(t, "step") {
			case "wait":
				l.advance(rapid.SampledFrom([]time.Duration{time.Second, lease}).Draw(t, "time"))
			case "admit":
				live := 0
				for _, h := range all {
					if !h.ended && h.until.After(l.now()) {
						live++
					}
				}
				a := l.admission("")
				a.Month, a.Limit = month, limit
				got, err := l.s.Admit(l.Context(), a)
				if refused := ilsai.ErrorCode(err) == ilsai.CodeQuotaExceeded; refused != (used+live >= limit) || !refused && (err != nil || got.Used != used+live+1) {
					t.Fatalf("got %+v, %v with %d used and %d live", got, err, used, live)
				}
				if err == nil {
					all = append(all, &held{a: a, until: a.Now.Add(lease)})
				}
			case "settle", "refund":
				if len(all) == 0 {
					continue
				}
				h := rapid.SampledFrom(all).Draw(t, "which")
				if h.ended {
					continue
				}
				h.ended = true
				rows++
				s := Settlement(l.T, h.a)
				end := l.s.Settle
				if rapid.Bool().Draw(t, "failed") {
					s, end = failed(s), l.s.Refund
				} else {
					used++
				}
				if err := end(l.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
		}
		live := 0
		for _, h := range all {
			if !h.ended && h.until.After(l.now()) {
				live++
			}
		}
		if got, err := l.s.Quota(l.Context(), "abc123", month); err != nil || got != (tenancy.Quota{Used: used, Reserved: live}) {
			t.Fatalf("got %+v, %v, want %d used and %d reserved", got, err, used, live)
		}
	})
}

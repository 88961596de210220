package server_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy"
)

// One key is sent a thousand times at once: one generation, one row, one answer that is no replay, and
// for the others the replay or 409 with the time to wait.
func TestThousandSendsOfOneKey(t *testing.T) {
	t.Parallel()
	const sends, conflictsFirst = 1000, 50
	var release chan struct{}
	s := startStack(t, stackOptions{tenants: 1, limits: unlimited, engine: func(context.Context, assistant.Question) error { <-release; return nil }})
	for round := range barSize(3, 20) {
		key := fmt.Sprintf("key-%d", round)
		release = make(chan struct{})
		var first, replays, conflicts atomic.Int64
		var wg sync.WaitGroup
		for range sends {
			wg.Go(func() {
				a, err := s.ask(t.Context(), shop(0), "1", "q "+key, "X-Idempotency-Key", key)
				switch {
				case err != nil:
					t.Error(err)
				case a.status == http.StatusConflict && a.retryAfter() > 0:
					if conflicts.Add(1) == conflictsFirst {
						close(release)
					}
				case a.status == http.StatusOK && a.replayed():
					replays.Add(1)
				case a.status == http.StatusOK:
					first.Add(1)
				default:
					t.Errorf("got %d %s", a.status, a.body)
				}
			})
		}
		wg.Wait()
		if first.Load() != 1 || first.Load()+replays.Load()+conflicts.Load() != sends || s.engine.runs.Load() != int64(round+1) || len(s.rows()) != round+1 {
			t.Fatalf("round %d: %d first, %d replays, %d conflicts, %d runs, %d rows", round, first.Load(), replays.Load(), conflicts.Load(), s.engine.runs.Load(), len(s.rows()))
		}
	}
}

// A replay is the first reply to the byte, and costs nothing.
func TestReplayIsTheReply(t *testing.T) {
	t.Parallel()
	s := startStack(t, stackOptions{tenants: 1, limits: unlimited})
	const keys = 20
	var first [keys]answered
	for i := range keys {
		first[i] = s.mustAsk(shop(0), "1", fmt.Sprint("q ", i), "X-Idempotency-Key", fmt.Sprint("k", i))
	}
	for i := range keys {
		again := s.mustAsk(shop(0), "1", fmt.Sprint("q ", i), "Idempotency-Key", fmt.Sprintf(`"k%d"`, i))
		if again.status != first[i].status || !bytes.Equal(again.body, first[i].body) || again.header.Get("Content-Type") != first[i].header.Get("Content-Type") || !again.replayed() || first[i].replayed() {
			t.Errorf("key %d: got %d %s, first %d %s", i, again.status, again.body, first[i].status, first[i].body)
		}
	}
	if s.engine.runs.Load() != keys || len(s.rows()) != keys {
		t.Errorf("%d runs, %d rows, want %d", s.engine.runs.Load(), len(s.rows()), keys)
	}
	s.wantQuota(shop(0), tenancy.Quota{Used: keys})
}

// Random requests of few shops, users, keys and questions: a key replays to who used it for what it was
// used for, is refused for anything else, and means nothing to another shop.
func TestKeysNeverCross(t *testing.T) {
	t.Parallel()
	const workers = 20
	cases := barSize(underRace(400, 1_000), 10_000) / workers // of five requests: hundreds of replays and of refusals in the fewest
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := startStack(t, stackOptions{tenants: 3, limits: unlimited})
	var wg sync.WaitGroup
	var outcomes [3]atomic.Int64
	for worker := range workers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, uint64(worker)))
			for n := range cases {
				keyCase(t, s, rng, fmt.Sprintf("%d-%d", worker, n), &outcomes)
			}
		})
	}
	wg.Wait()
	t.Logf("%d cases: %d new, %d replayed, %d refused", workers*cases, outcomes[0].Load(), outcomes[1].Load(), outcomes[2].Load())
	for i := range outcomes {
		if outcomes[i].Load() == 0 {
			t.Errorf("outcome %d never happened", i)
		}
	}
}

func keyCase(t *testing.T, s *stack, rng *rand.Rand, name string, outcomes *[3]atomic.Int64) {
	type use struct{ user, question, body string }
	used := map[string]use{} // shop and key → its first use
	for range 5 {
		tenant, user, question := shop(rng.IntN(3)), fmt.Sprint(rng.IntN(2)), fmt.Sprintf("q%d of %s", rng.IntN(2), name)
		key := fmt.Sprintf("k%d-%s", rng.IntN(2), name)
		a, err := s.ask(t.Context(), tenant, user, question, "X-Idempotency-Key", key)
		if err != nil {
			t.Error(err)
			return
		}
		first, known := used[string(tenant)+key]
		switch {
		case known && (first.user != user || first.question != question):
			outcomes[2].Add(1)
			if a.status != http.StatusUnprocessableEntity || a.Code != string(ilsai.CodeKeyReused) || strings.Contains(string(a.body), "asked") {
				t.Errorf("%s: key of %+v used by %s for %s: %d %s", name, first, user, question, a.status, a.body)
			}
		case known:
			outcomes[1].Add(1)
			if !a.replayed() || string(a.body) != first.body {
				t.Errorf("%s: got %d %s, want the replay of %+v", name, a.status, a.body, first)
			}
		default:
			outcomes[0].Add(1)
			if a.status != http.StatusOK || a.replayed() || a.Answer != string(tenant)+" asked "+question {
				t.Errorf("%s: got %d %s, want an answer of its own", name, a.status, a.body)
			}
			used[string(tenant)+key] = use{user, question, string(a.body)}
		}
	}
}

// What was refused, and what failed, is not kept: the same key works once the reason is gone.
func TestFailuresAreNotKept(t *testing.T) {
	t.Parallel()
	var failure atomic.Pointer[ilsai.Error]
	s := startStack(t, stackOptions{tenants: 1, limits: tenancy.LimitsOverride{QueriesPerMinute: count(3)}, engine: func(context.Context, assistant.Question) error {
		if e := failure.Load(); e != nil {
			return e
		}
		return nil
	}})
	post := func(bearer, queryType, question, key string) answered {
		t.Helper()
		a, err := s.send(t.Context(), http.MethodPost, "/api/ai/query", bearer, ask(question, queryType), "X-Idempotency-Key", key)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	good := s.token(shop(0), "1", tenancy.TierEnterprise)
	retry := func(key string) {
		t.Helper()
		if a := post(good, "sales", "q "+key, key); a.status != 200 || a.replayed() {
			t.Errorf("%s, again: %d %s", key, a.status, a.body)
		}
		s.advance(time.Minute)
	}
	for key, refused := range map[string]func() int{
		"401":      func() int { return post("x.y.z", "sales", "q 401", "401").status },
		"403":      func() int { return post(s.token(shop(0), "1", tenancy.TierBasic), "sales", "q 403", "403").status },
		"400":      func() int { return post(good, "sales", " ", "400").status },
		"400 type": func() int { return post(good, "weather", "q 400", "400-type").status },
	} {
		status := refused()
		if !strings.HasPrefix(key, fmt.Sprint(status)) {
			t.Errorf("%s: got %d", key, status)
		}
		retry(strings.ReplaceAll(key, " ", "-"))
	}
	for i := range 3 {
		post(good, "sales", fmt.Sprint("q", i), "")
	}
	if a := post(good, "sales", "q 429", "429"); a.status != 429 {
		t.Errorf("429: got %d", a.status)
	}
	s.advance(time.Minute)
	retry("429")
	used := s.engine.runs.Load()
	for _, code := range []ilsai.Code{ilsai.CodeGenerationFailed, ilsai.CodeOverloaded, ilsai.CodeInternal, ilsai.CodeDeadline} {
		failure.Store(ilsai.Errorf(code, "no"))
		if a := post(good, "sales", "q "+string(code), string(code)); a.status < 500 || a.replayed() {
			t.Errorf("%s: got %d %s", code, a.status, a.body)
		}
		s.wantQuota(shop(0), tenancy.Quota{Used: int(used)})
		failure.Store(nil)
		retry(string(code))
		used++
	}
	for _, e := range s.rows() {
		if !e.Success && e.TokensUsed != 0 {
			t.Errorf("a failure is billed: %+v", e)
		}
	}
}

// A key holds for 24 hours, and over a restart.
func TestKeyHoldsForADay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startStack(t, stackOptions{dir: dir, tenants: 1, limits: unlimited})
	first := s.mustAsk(shop(0), "1", "q", "X-Idempotency-Key", "k")
	for _, c := range []struct {
		after    time.Duration
		replayed bool
	}{{24*time.Hour - time.Second, true}, {24*time.Hour + time.Second, false}} {
		s.stop()
		s = startStack(t, stackOptions{dir: dir, clock: now.Add(c.after)})
		if err := s.store.ReapLedger(t.Context(), s.now()); err != nil {
			t.Fatal(err)
		}
		again := s.mustAsk(shop(0), "1", "q", "X-Idempotency-Key", "k")
		if again.status != 200 || again.replayed() != c.replayed || bytes.Equal(again.body, first.body) != c.replayed {
			t.Errorf("after %v: %d %s", c.after, again.status, again.body)
		}
	}
	if n := len(s.rows()); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

func TestKeySyntax(t *testing.T) {
	t.Parallel()
	s := startStack(t, stackOptions{tenants: 1, limits: unlimited})
	for key, status := range map[string]int{
		"!": 200, "~": 200, strings.Repeat("k", 255): 200, `"quoted"`: 200, `"a`: 200, "a/b?c=d": 200,
		strings.Repeat("k", 256): 400, "a b": 400, "é": 400, `""`: 400, "a\tb": 400, `"a b"`: 400, strings.Repeat("k", 2000): 400,
	} {
		a, err := s.ask(t.Context(), shop(0), "1", "q "+key, "X-Idempotency-Key", key)
		if err != nil || a.status != status || status == 400 && a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("key %.20q: got %d %s, %v, want %d", key, a.status, a.body, err, status)
		}
	}
}

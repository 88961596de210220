package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/demo"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

var testNow = time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)

// shops is one app with the real model on seeded shops; the whole package shares it, because seeding and loading take a second.
type shops struct {
	app     *app
	data    *tenantdb.DB
	tenants map[string]tenancy.Tenant
}

var openShops = sync.OnceValues(func() (*shops, error) {
	flags := newServe().Flags()
	c, err := loadConfig(flags, nil)
	if err != nil {
		return nil, err
	}
	c.DataDir = filepath.Join(shopsDir, "data")
	ctx := context.Background()
	control, err := store.Open(ctx, c.DataDir, store.Options{})
	if err != nil {
		return nil, err
	}
	if _, err := seedDemo(ctx, c, control, testNow); err != nil {
		return nil, err
	}
	s := &shops{tenants: map[string]tenancy.Tenant{}}
	for _, shop := range demo.Shops() {
		if s.tenants[string(shop.ID)], err = control.Tenant(ctx, shop.ID); err != nil {
			return nil, err
		}
	}
	if err := control.Close(); err != nil {
		return nil, err
	}
	if s.app, err = openApp(c, slog.New(slog.DiscardHandler), func() time.Time { return testNow }); err != nil {
		return nil, err
	}
	s.data, sharedShops = s.app.data, s
	return s, nil
})

func demoShops(t testing.TB) *shops {
	t.Helper()
	s, err := openShops()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shops) ask(t testing.TB, tenant, text string) assistant.Answer {
	t.Helper()
	a, err := s.app.assistant.Ask(context.Background(), question(s.tenants[tenant], tenancy.QuerySales, text))
	if err != nil {
		t.Fatalf("%s: %q: %v", tenant, text, err)
	}
	if a.Timing.ForcedTokens == 0 { // a plan's skeleton is never sampled
		t.Errorf("%s: %q: no step was saved", tenant, text)
	}
	return a
}

// query runs SQL of the test's own, past the catalogue.
func (s *shops) query(t testing.TB, tenant, sql string) [][]any {
	t.Helper()
	snap, err := s.data.Snapshot(context.Background(), ilsai.TenantID(tenant), "sales")
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	_, rows, err := snap.Query(context.Background(), sql, nil, 1000)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return rows
}

// leastRight is how many of figureCases the default model must answer right, end to end. What it
// misses is logged; a miss is a wrong plan, never a wrong figure, which checkText holds for all of them.
const leastRight = 46

// TestFigures asks the default model and compares every row with SQL written for this test. A figure
// in the sentence must be one of the rows' figures, in the shop's currency.
func TestFigures(t *testing.T) {
	t.Parallel()
	s := demoShops(t)
	right := 0
	for _, c := range figureCases {
		a := s.ask(t, c.tenant, c.question)
		if a.Plan.Plan != nil && len(a.Data.Rows) > 0 {
			checkText(t, a)
		}
		if problem := compare(a, s.query(t, c.tenant, c.sql)); problem == "" {
			right++
		} else if c.guide {
			t.Errorf("%s: %q: plan %s: %s", c.tenant, c.question, planText(a), problem)
		} else {
			t.Logf("miss: %s: %q: plan %s: %s", c.tenant, c.question, planText(a), problem)
		}
	}
	t.Logf("%d of %d right", right, len(figureCases))
	if right < leastRight {
		t.Errorf("%d of %d questions were answered right, want %d", right, len(figureCases), leastRight)
	}
}

func planText(a assistant.Answer) string {
	if a.Plan.Plan == nil {
		return "unsupported (" + a.Reason + ")"
	}
	return a.Plan.String()
}

// compare says how an answer's rows differ from the expected ones, "" when they do not.
func compare(a assistant.Answer, want [][]any) string {
	if a.Plan.Plan == nil {
		return "no answer"
	}
	got := a.Data.Rows
	if a.Plan.Series(semantic.Sales()) {
		got = nonEmpty(got)
	}
	if len(got) != len(want) {
		return fmt.Sprintf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if !sameCells(got[i], want[i]) {
			return fmt.Sprintf("row %d is %v, want %v", i+1, got[i], want[i])
		}
	}
	return ""
}

// sameCells compares a row's first cells with the expected ones; change columns after them are derived.
func sameCells(got, want []any) bool {
	if len(got) < len(want) {
		return false
	}
	for i, w := range want {
		wf, wNumber := number(w)
		gf, gNumber := number(got[i])
		if wNumber != gNumber || wNumber && math.Abs(wf-gf) > 1e-9*math.Max(1, math.Abs(wf)) || !wNumber && w != got[i] {
			return false
		}
	}
	return true
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

func nonEmpty(rows [][]any) [][]any {
	var out [][]any
	for _, r := range rows {
		if f, ok := number(r[1]); !ok || f != 0 {
			out = append(out, r)
		}
	}
	return out
}

var figureInText = regexp.MustCompile(`[$£€]?[\d][\d,]*(?:\.\d+)?%?`)

// checkText takes the citations away from the sentence: what is left may hold no figure but the plan's limit and dates.
func checkText(t *testing.T, a assistant.Answer) {
	t.Helper()
	if len(a.Citations) == 0 {
		t.Errorf("no citation in %q", a.Answer)
		return
	}
	cited := map[string]bool{}
	text := []rune(a.Answer)
	figures := 0
	for _, c := range a.Citations {
		if got := string(text[c.Start:c.End]); !strings.EqualFold(got, c.Text) {
			t.Errorf("citation %s says %q, the answer %q", c.Ref, c.Text, got)
		}
		if _, isNumber := number(c.Value); isNumber {
			figures++
		}
		cited[c.Text] = true
	}
	if figures == 0 {
		t.Errorf("no figure is cited in %q", a.Answer)
	}
	rest := text
	for i := len(a.Citations) - 1; i >= 0; i-- {
		c := a.Citations[i]
		rest = append(append([]rune{}, rest[:c.Start]...), rest[c.End:]...)
	}
	left := string(rest)
	for _, label := range []*assistant.Period{a.Period, a.ComparisonPeriod} {
		if label != nil {
			left = strings.ReplaceAll(strings.ToLower(left), strings.ToLower(label.Label), "")
		}
	}
	for _, f := range figureInText.FindAllString(left, -1) {
		if f != fmt.Sprint(a.Plan.Limit) {
			t.Errorf("%q is no cell: %q", f, a.Answer)
		}
	}
}

// TestInterleavedShops asks 1,000 questions of three shops at once, 150 of them without ILSAI_BARS=full: still each question of
// each shop several times, and more questions than slots all along. Each answer must be the one the same question got when the
// shops asked one after the other.
func TestInterleavedShops(t *testing.T) {
	t.Parallel()
	s := demoShops(t)
	var tenants []string
	for _, shop := range demo.Shops() {
		tenants = append(tenants, string(shop.ID))
	}
	type key struct{ tenant, question string }
	want := map[key]string{}
	for _, tenant := range tenants {
		for _, q := range benchQuestions {
			want[key{tenant, q}] = essence(s.ask(t, tenant, q))
		}
	}
	const seed = 20261118
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	order := make([]key, 150)
	if fullBars() {
		order = make([]key, 1000)
	}
	for i := range order {
		order[i] = key{tenants[rng.IntN(3)], benchQuestions[rng.IntN(len(benchQuestions))]}
	}
	next := make(chan key)
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() {
			for k := range next {
				a, err := s.app.assistant.Ask(context.Background(), question(s.tenants[k.tenant], tenancy.QuerySales, k.question))
				if err != nil {
					t.Errorf("%v: %v", k, err)
				} else if got := essence(a); got != want[k] {
					t.Errorf("%v:\ngot  %s\nwant %s", k, got, want[k])
				}
			}
		})
	}
	for _, k := range order {
		next <- k
	}
	close(next)
	wg.Wait()
	for _, q := range benchQuestions[:5] {
		if want[key{tenants[0], q}] == want[key{tenants[1], q}] {
			t.Errorf("two shops have the same answer to %q: the test cannot tell them apart", q)
		}
	}
}

func essence(a assistant.Answer) string {
	return fmt.Sprintf("%s | %s | %v | %v", a.Answer, a.Plan, a.Data.Rows, a.Data.Total)
}

func TestUnsupportedQuestionsInventNothing(t *testing.T) {
	t.Parallel()
	s := demoShops(t)
	questions := []string{"What is the weather like today?", "How much will we sell next month?", "Why did sales drop last month?", "Tell me a joke", "Which suppliers are late?"}
	for _, q := range questions {
		a := s.ask(t, shop2, q)
		if a.Plan.Plan != nil {
			t.Errorf("%q was planned as %s", q, a.Plan)
			continue
		}
		if len(a.Suggestions) != 3 || len(a.Data.Rows) != 0 || len(a.Citations) != 0 || !strings.Contains(a.Answer, "can't answer that") {
			t.Errorf("%q: %q with %d suggestions", q, a.Answer, len(a.Suggestions))
		}
	}
}

// TestSuggestionsCanBeAnswered keeps a promise: what the assistant proposes, it can do.
func TestSuggestionsCanBeAnswered(t *testing.T) {
	t.Parallel()
	s := demoShops(t)
	for _, q := range semantic.Sales().Suggestions {
		if a := s.ask(t, shop3, q); a.Plan.Plan == nil || len(a.Data.Rows) == 0 {
			t.Errorf("%q: plan %v, %d rows, %q", q, a.Plan.Plan, len(a.Data.Rows), a.Answer)
		}
	}
}

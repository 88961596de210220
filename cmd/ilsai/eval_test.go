package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/assistant/evaluation"
)

// TestEvaluation asks the default model a few questions whose outcome is known, and some that are marked wrongly on purpose:
// a measure that cannot fail measures nothing.
func TestEvaluation(t *testing.T) {
	t.Parallel()
	s := demoShops(t)
	subject := evaluation.Subject{Assistant: s.app.assistant, Tenant: question(s.tenants["optical-shop-3"], "", "").Tenant, Library: s.app.library}
	run := func(text string) *evaluation.Result {
		t.Helper()
		path := filepath.Join(t.TempDir(), "set.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		set, err := evaluation.ReadSet(path, "", "sales")
		if err != nil {
			t.Fatal(err)
		}
		r, err := evaluation.Run(t.Context(), subject, set)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := run(`
- {q: "total revenue last month", plan: {metric: revenue, period: last_month}}
- {q: "total revenue in october", plan: {metric: revenue, period: last_month}} # another plan, the same rows
- {q: "revenue by store last month", plan: {metric: revenue, by: [store], period: last_month}}
- {q: "total revenue this month", plan: {metric: revenue, period: last_month}} # wrong, and other rows
- {q: "tell me a joke", plan: {unsupported: cause}} # unsupported, for another reason
- {q: "revenue yesterday", plan: {unsupported: forecast}} # wrong
- {type: sales, previous: {metric: revenue, period: this_week}, q: "and last month?", plan: {metric: revenue, period: last_month}}
`)
	if r.Questions != 7 || r.Right != (evaluation.Share{N: 3, Of: 7}) || r.Execution != (evaluation.Share{N: 5, Of: 7}) || r.Refused != (evaluation.Share{N: 1, Of: 2}) ||
		r.WronglyNot != (evaluation.Share{N: 0, Of: 5}) || r.Slots != (evaluation.Share{N: 38, Of: 40}) || r.Kind.Of != 5 || len(r.Misses) != 4 || len(r.TotalMS) != 7 || r.Sentences != 6 || len(r.Contradictions) != 0 {
		t.Errorf("plans: %+v", r)
	}
	r = run(`
- {q: "how much did we take yesterday", kind: sales}
- {q: "how many frames are in stock", kind: patients} # wrong
`)
	if r.Right != (evaluation.Share{N: 1, Of: 2}) || len(r.Misses) != 1 || r.Misses[0].Got != "inventory" {
		t.Errorf("kinds: %+v", r)
	}
	r = run(`
- {q: "Which coating for night driving?", answers: [coating-antireflective-night-driving]}
- {q: "Which coating for night driving?", answers: [care-ultrasonic]} # wrong
- {q: "how do I bake sourdough bread", answers: []}
- {q: "what index for −8.00", answers: []} # wrong
`)
	if r.Right != (evaluation.Share{N: 1, Of: 2}) || r.First != r.Right || r.Refused != (evaluation.Share{N: 1, Of: 2}) || r.WronglyNot.N != 0 {
		t.Errorf("passages: %+v", r)
	}
}

func TestEvalPrints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "inventory.yaml")
	if err := os.WriteFile(path, []byte(`- {q: "which items are low in stock?", plan: {metric: low_stock, by: [product], period: now}}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := runProgram(t, nil, "eval", "--set", path+"=90", "--set", path, "--strict")
	if code != 0 || !strings.Contains(out, "same rows") || !strings.Contains(out, "inventory.yaml          1    100.0") {
		t.Errorf("exit %d\n%s\n%s", code, out, stderr)
	}
	if code, _, stderr := runProgram(t, nil, "eval", "--set", path+"=most"); code != exitUsage || !strings.Contains(stderr, "such as 90") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if code, _, stderr := runProgram(t, nil, "eval", "--set", path+"=90/all"); code != exitUsage || !strings.Contains(stderr, "such as 90/85") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// TestExactPlansHaveABarOfTheirOwn: another plan with the same rows is right, and not exact.
func TestExactPlansHaveABarOfTheirOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sales.yaml")
	text := strings.Repeat(`- {q: "total revenue in october", plan: {metric: revenue, period: october}}`+"\n", fewestToJudge)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	set, least, err := readSet(path+"=90/85", "", "", leastShares{})
	if err != nil || least != (leastShares{right: 90, exact: 85}) {
		t.Fatalf("%+v, %v", least, err)
	}
	r := &evaluation.Result{Questions: 10, Execution: evaluation.Share{N: 10, Of: 10}, Right: evaluation.Share{N: 8, Of: 10}}
	if err := judge(newEvalReport(set, r, "model", least).Bars, true); err == nil {
		t.Error("8 of 10 exact plans pass a bar of 85")
	}
	r.Right.N = 9
	if err := judge(newEvalReport(set, r, "model", least).Bars, true); err != nil {
		t.Errorf("9 of 10: %v", err)
	}
}

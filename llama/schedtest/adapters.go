package schedtest

import (
	"context"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/sched"
)

// adapters are the model alone and two adapters; none without them.
func (x exercise) adapters(t *testing.T) []int {
	t.Helper()
	if len(x.Adapters) < 2 {
		t.Skip("a Backend without adapters")
	}
	return []int{0, x.Adapters[0], x.Adapters[1]}
}

// testAdapters: whatever runs at once, each request is computed with its own adapter and no other.
func testAdapters(t *testing.T, x exercise) {
	ids := x.adapters(t)
	var alone [][]sched.Result
	var rs []sched.Request
	for i, id := range ids {
		alone = append(alone, nil)
		for _, r := range x.questions(12) {
			r.Adapter = id
			alone[i] = append(alone[i], x.generate(t, r))
		}
	}
	for q, r := range x.questions(12) {
		for _, id := range ids {
			r.Adapter, r.Keep, r.Scope = id, q%2 == 0, "a"
			rs = append(rs, r)
		}
	}
	for n, got := range x.together(t, rs) {
		if want := alone[n%len(ids)][n/len(ids)]; got.Text != want.Text || got.CompletionTokens != want.CompletionTokens {
			t.Errorf("request %d with adapter %d: %q among others, %q alone", n, rs[n].Adapter, got.Text, want.Text)
		}
	}
	for i := range ids {
		for j := range i {
			same := 0
			for n := range alone[i] {
				if alone[i][n].Text == alone[j][n].Text {
					same++
				}
			}
			if same == len(alone[i]) {
				t.Errorf("adapters %d and %d say the same to all %d questions", ids[i], ids[j], same)
			}
		}
	}
}

// testPrefixesBelongToAnAdapter: neither a public prefix nor what a request left serves another adapter.
func testPrefixesBelongToAnAdapter(t *testing.T, x exercise) {
	ids := x.adapters(t)
	const public, private = "you answer questions about sales. ", "what sold best?"
	common, whole := len(x.Tokenize(public)), len(x.Tokenize(public+private))-1
	for i, tt := range []struct {
		adapter int
		keep    bool
		cached  int
	}{
		{ids[0], false, 0}, {ids[0], true, common}, {ids[0], true, whole},
		{ids[1], false, 0}, {ids[1], false, common}, {ids[1], true, common}, {ids[1], true, whole},
		{ids[0], false, whole}, {ids[2], false, 0},
	} {
		r := x.request(public+private, 8)
		r.Adapter = tt.adapter
		want := x.generate(t, r)
		r.PublicPrefix, r.Scope, r.Keep = common, "a", tt.keep
		if got := x.generate(t, r); got.Text != want.Text || got.CachedTokens != tt.cached {
			t.Errorf("%d: adapter %d: %q with %d tokens cached, want %q with %d", i, tt.adapter, got.Text, got.CachedTokens, want.Text, tt.cached)
		}
	}
}

func testUnknownAdapter(t *testing.T, x exercise) {
	unknown := 1
	for _, id := range x.Adapters {
		unknown = max(unknown, id+1)
	}
	for _, id := range []int{-1, unknown} {
		r := x.request("fine", 3)
		r.Adapter = id
		if _, err := x.Submit(context.Background(), r); ilsai.ErrorCode(err) != ilsai.CodeNotFound {
			t.Errorf("adapter %d: %v (code %s), want code %s", id, err, ilsai.ErrorCode(err), ilsai.CodeNotFound)
		}
	}
}

package schedtest_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestExerciseFake(t *testing.T) {
	schedtest.Exercise(t, func(t *testing.T) schedtest.Subject {
		f := schedtest.NewFake(sched.Shape{Sequences: 8, ContextPerSeq: 128, BatchTokens: 32})
		t.Cleanup(func() {
			if st := f.State(); len(st.Broken) > 0 || st.Samplers != 0 {
				t.Errorf("the fake complains: %+v", st)
			}
		})
		return schedtest.Subject{Backend: f, Tokenize: schedtest.Tokens}
	})
}

package schedtest_test

import (
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestExerciseFake(t *testing.T) {
	for name, cells := range map[string]int{"own cells": 0, "shared cells": 400} {
		for _, adapters := range [][]int{nil, {3, 1}} {
			t.Run(fmt.Sprintf("%s, %d adapters", name, len(adapters)), func(t *testing.T) {
				schedtest.Exercise(t, func(t *testing.T) schedtest.Subject {
					f := schedtest.NewFake(sched.Shape{Sequences: 8, ContextPerSeq: 128, Cells: cells, BatchTokens: 32})
					for _, id := range adapters {
						f.Adapter(id, nil)
					}
					t.Cleanup(func() {
						if st := f.State(); len(st.Broken) > 0 || st.Samplers != 0 || st.Full > 0 {
							t.Errorf("the fake complains: %+v", st)
						}
					})
					return schedtest.Subject{Backend: f, Tokenize: schedtest.Tokens, Adapters: adapters}
				})
			})
		}
	}
}

package assistant_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
)

// A question that fails says what it used up to there, and nothing else.
func TestAskSpent(t *testing.T) {
	t.Parallel()
	const good = `{"metric":"revenue","period":"last_month"}`
	cut := func(tokens int, err error) func(assistant.Generation) (assistant.Completion, error) {
		return func(assistant.Generation) (assistant.Completion, error) { return completion("", tokens), err }
	}
	timeout := ilsai.Errorf(ilsai.CodeDeadline, "too slow")
	tests := map[string]struct {
		script *script
		away   error // of the shop's data, from the start
		lost   error // once the model has begun
		code   ilsai.Code
		want   assistant.Usage
	}{
		"nothing has run":  {&script{planFunc: func(assistant.Generation) (assistant.Completion, error) { return assistant.Completion{}, timeout }}, nil, nil, ilsai.CodeDeadline, assistant.Usage{}},
		"plan cut off":     {&script{planFunc: cut(11, timeout)}, nil, nil, ilsai.CodeDeadline, assistant.Usage{Prompt: 20, Cached: 5, Completion: 11}},
		"no plan at all":   {&script{plan: "nonsense"}, nil, nil, ilsai.CodeGenerationFailed, assistant.Usage{Prompt: 20, Cached: 5, Completion: 30}},
		"data away":        {&script{plan: good}, errors.New("disk"), nil, ilsai.CodeUnavailable, assistant.Usage{}},
		"data lost":        {&script{plan: good}, nil, errors.New("disk"), ilsai.CodeUnavailable, assistant.Usage{Prompt: 20, Cached: 5, Completion: 30}},
		"sentence cut off": {&script{plan: good, answerFunc: cut(3, timeout)}, nil, nil, ilsai.CodeDeadline, assistant.Usage{Prompt: 40, Cached: 10, Completion: 33}},
	}
	for name, tt := range tests {
		a, source := asker(t, quietShop(t), tt.script)
		source.err = tt.away
		if tt.lost != nil {
			tt.script.before = func() { source.err = tt.lost }
		}
		got, err := a.Ask(context.Background(), question(t, "revenue last month"))
		if ilsai.ErrorCode(err) != tt.code || !reflect.DeepEqual(got, assistant.Answer{Usage: tt.want}) {
			t.Errorf("%s: got %+v, %v, want %+v and %s", name, got, err, tt.want, tt.code)
		}
	}
}

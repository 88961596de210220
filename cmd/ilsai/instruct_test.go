package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/evaluation"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/llama/ggufgen"
)

// instructContext is the context that docs/operations.md asks for of an instruct model, in tokens of Llama 3's vocabulary, which take four
// characters of English; the vocabulary of random models has a token for a character or two.
const instructContext = 4096

// TestInstructWithRandomWeights: a model that knows nothing, told of the catalogues as a large one is, gives a valid plan or an
// unsupported question every time, and its prompts fit.
func TestInstructWithRandomWeights(t *testing.T) {
	n := 1 // of each domain: the prompt is the catalogue, whatever is asked
	if fullBars() {
		n = 60
	}
	shape := ggufgen.Tiny(11)
	shape.Context = 4 * instructContext
	var file bytes.Buffer
	if err := ggufgen.Write(&file, shape); err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(engine.Options{Path: "random", Bytes: file.Bytes(), ContextPerSeq: 4 * instructContext, Slots: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	s := demoShops(t)
	g := &longest{Generator: generator{e, &shopAdapters{}}}
	a, err := assistant.New(assistant.Options{Generator: g, Data: dataSource{s.app}, Catalogues: semantic.Shipped(), Profile: assistant.ProfileInstruct, Now: func() time.Time { return testNow }})
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]int{}
	for _, domain := range []string{"sales", "inventory", "patients"} {
		set, err := evaluation.ReadSet("../../assistant/testdata/questions/"+domain+"_counter.yaml", "dev", domain)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range set.Cases[:min(n, len(set.Cases))] {
			q := question(s.tenants["optical-shop-3"], "", c.Question)
			q.QueryType = domain
			p, err := a.Plan(t.Context(), q)
			switch code := ilsai.ErrorCode(err); {
			case code == ilsai.CodeGenerationFailed: // cut off by the number of tokens; said, and never half a plan
				outcomes["cut off"]++
			case err != nil:
				t.Errorf("%q: %v", c.Question, err)
			default:
				if err := p.Validate(s.app.assistant.Catalogue(domain)); err != nil {
					t.Errorf("%q: %s: %v", c.Question, p, err)
				}
				outcomes["plan"]++
			}
		}
	}
	t.Logf("%v; the longest prompt has %d characters", outcomes, g.characters)
	if outcomes["plan"] == 0 {
		t.Errorf("no plan at all: %v", outcomes)
	}
	if g.characters > instructContext*7/2 { // leaves room for the plan at fewer than four characters a token
		t.Errorf("a prompt of %d characters does not fit a context of %d tokens", g.characters, instructContext)
	}
}

// longest remembers the longest prompt.
type longest struct {
	assistant.Generator
	characters int
}

func (l *longest) Generate(ctx context.Context, g assistant.Generation) (assistant.Completion, error) {
	l.characters = max(l.characters, len(strings.TrimSpace(g.System))+len(g.User))
	return l.Generator.Generate(ctx, g)
}

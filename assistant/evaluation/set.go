package evaluation

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"

	"github.com/goccy/go-yaml"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// Case is one question and what is right for it.
type Case struct {
	Question string
	Type     string // the query type asked with
	Split    string
	Previous *semantic.Plan  // the plan that the question goes on from
	Plans    []semantic.Plan // any of them is right; the first is what was meant
	Kind     string          // of a set of kinds: the kind it is of
	Last     string          // of a set of kinds: the kind of the question before
	Answers  []string        // of a set of passages: ids, any one of which answers; none: the corpus does not
}

// Set is what is asked, all of it of one sort.
type Set struct {
	Path  string
	Split string
	Sort  Sort
	Cases []Case
}

// Sort is what the cases of a set say is right.
type Sort int

// The sorts of sets.
const (
	Plans Sort = iota
	Kinds
	Passages
)

// written is a case as a file has it. `where` is written without the leading space, a year may be a number.
type written struct {
	Question string           `yaml:"q"`
	Type     string           `yaml:"type"`
	Split    string           `yaml:"split"`
	Previous map[string]any   `yaml:"previous"`
	Plan     map[string]any   `yaml:"plan"`
	Also     []map[string]any `yaml:"also"`
	Kind     string           `yaml:"kind"`
	Last     string           `yaml:"last"`
	Answers  *[]string        `yaml:"answers"`
	Why      string           `yaml:"why"` // of a draft: why it was written
}

// testSplit is the split of cases that name none: nothing may be learned from those either.
const testSplit = "test"

// ReadSet reads the cases of a split ("": all). Those that name no query type are of the one given. Every plan is one that the
// grammar allows for its question. Errors have the code invalid and name the question.
func ReadSet(path, split, queryType string) (*Set, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "the question set %s cannot be read", path)
	}
	var all []written
	if err := yaml.UnmarshalWithOptions(b, &all, yaml.Strict()); err != nil {
		return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "the question set %s is not a list of {q, plan}", path)
	}
	catalogues := map[string]*semantic.Catalogue{}
	for _, c := range semantic.Shipped() {
		catalogues[c.Domain] = c
	}
	set := &Set{Path: path, Split: split}
	for i, w := range all {
		sort := w.sort()
		if i > 0 && sort != set.Sort {
			return nil, ilsai.Errorf(ilsai.CodeInvalid, "question %d of %s (%q) is of another sort than the first", i+1, path, w.Question)
		}
		set.Sort = sort
		if split != "" && split != cmp.Or(w.Split, testSplit) {
			continue
		}
		c, err := w.read(queryType, catalogues)
		if err != nil {
			return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "question %d of %s (%q) is wrong", i+1, path, w.Question)
		}
		set.Cases = append(set.Cases, c)
	}
	if len(set.Cases) == 0 {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "the question set %s has no question of split %q", path, split)
	}
	return set, nil
}

func (w *written) sort() Sort {
	switch {
	case w.Kind != "":
		return Kinds
	case w.Answers != nil:
		return Passages
	}
	return Plans
}

func (w *written) read(queryType string, catalogues map[string]*semantic.Catalogue) (Case, error) {
	c := Case{Question: w.Question, Type: w.Type, Split: w.Split, Kind: w.Kind, Last: w.Last}
	if c.Question == "" {
		return c, fmt.Errorf("there is no question")
	}
	switch w.sort() {
	case Kinds:
		return c, nil
	case Passages:
		c.Type, c.Answers = assistant.DomainOphthalmic, *w.Answers
		return c, nil
	}
	if c.Type == "" {
		c.Type = queryType
	}
	catalogue := catalogues[c.Type]
	if catalogue == nil {
		return c, fmt.Errorf("type %q has no catalogue", c.Type)
	}
	if w.Previous != nil {
		p, err := planOf(w.Previous)
		if err == nil {
			err = p.Validate(catalogue)
		}
		if err != nil {
			return c, fmt.Errorf("previous: %w", err)
		}
		c.Previous = &p
	}
	spans := semantic.SpanText(semantic.Normalize(c.Question), c.Previous)
	for _, members := range append([]map[string]any{w.Plan}, w.Also...) {
		p, err := planOf(members)
		if err != nil {
			return c, err
		}
		text, err := p.MarshalJSON()
		if err != nil {
			return c, err
		}
		if p, err = semantic.ReadPlan(catalogue, spans, text); err != nil {
			return c, err
		}
		c.Plans = append(c.Plans, p)
	}
	return c, nil
}

// planOf reads a plan as a set writes it.
func planOf(members map[string]any) (semantic.Plan, error) {
	if period, ok := members["period"]; ok {
		members["period"] = fmt.Sprint(period)
	}
	b, err := json.Marshal(members)
	if err != nil {
		return semantic.Plan{}, err
	}
	return semantic.ParsePlan(b)
}

package semantic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Plan is what a question asks for, before any SQL exists. docs/plan-language.md is its contract.
// Either Unsupported is set and nothing else, or Metric and Period are.
type Plan struct {
	Metric      string
	By          []string // zero to two dimension ids, at most one of them a time dimension
	Where       []string // zero to four spans of the question, trimmed
	Period      string   // see ParsePeriod
	Compare     Compare
	Order       Order
	Limit       int // 1 to 100; 0 when left out
	As          As
	Unsupported Reason
}

// Compare names the range a plan's period is held against.
type Compare string

// Order is how rows are ranked: by the metric, or by its relative change.
type Order string

// As says what is shown beside the metric: its share of the total, or its sum up to each step.
type As string

// Reason says why a question cannot be answered.
type Reason string

// The closed vocabularies of a plan.
const (
	ComparePrevious Compare = "previous"
	CompareYearAgo  Compare = "year_ago"

	OrderDesc    Order = "desc"
	OrderAsc     Order = "asc"
	OrderGrowth  Order = "growth"
	OrderDecline Order = "decline"

	AsShare   As = "share"
	AsRunning As = "running"

	OffTopic  Reason = "off_topic"
	NotInData Reason = "not_in_data"
	Forecast  Reason = "forecast"
	Cause     Reason = "cause"
)

// Bounds of a plan.
const (
	maxBy        = 2
	maxWhere     = 4
	maxSpanWords = 5
	maxLimit     = 100
	rankingLimit = 5 // rows of an ordered plan that names no limit
)

var (
	compares = []Compare{ComparePrevious, CompareYearAgo}
	orders   = []Order{OrderDesc, OrderAsc, OrderGrowth, OrderDecline}
	reasons  = []Reason{OffTopic, NotInData, Forecast, Cause}
)

// ByChange says whether rows are ranked by relative change, which needs a comparison.
func (o Order) ByChange() bool { return o == OrderGrowth || o == OrderDecline }

// planJSON is the wire form; its field order is the canonical member order.
type planJSON struct {
	Metric      string   `json:"metric,omitempty"`
	By          []string `json:"by,omitempty"`
	Where       []string `json:"where,omitempty"`
	Period      string   `json:"period,omitempty"`
	Compare     Compare  `json:"compare,omitempty"`
	Order       Order    `json:"order,omitempty"`
	Limit       int      `json:"limit,omitempty"`
	As          As       `json:"as,omitempty"`
	Unsupported Reason   `json:"unsupported,omitempty"`
}

// ParsePlan reads one plan in its JSON form. Unknown members and trailing text are errors; whether
// the plan makes sense is Validate's to say.
func ParsePlan(data []byte) (Plan, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var w planJSON
	if err := dec.Decode(&w); err != nil {
		return Plan{}, fmt.Errorf("plan: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Plan{}, fmt.Errorf("plan: text after the plan")
	}
	for i := range w.Where {
		w.Where[i] = strings.TrimSpace(w.Where[i])
	}
	return Plan(w), nil
}

// UnmarshalJSON reads the form ParsePlan reads.
func (p *Plan) UnmarshalJSON(data []byte) error {
	q, err := ParsePlan(data)
	if err == nil {
		*p = q
	}
	return err
}

// MarshalJSON writes the canonical form: members in order, defaults left out, where values with one
// leading space (so that a tokenizer sees the word as it stands inside a question).
func (p Plan) MarshalJSON() ([]byte, error) {
	w := planJSON(p)
	w.Where = make([]string, len(p.Where))
	for i, s := range p.Where {
		w.Where[i] = " " + s
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(w); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// String is the canonical JSON line.
func (p Plan) String() string {
	b, err := p.MarshalJSON()
	if err != nil {
		return "{}" // unreachable: strings and numbers always encode
	}
	return string(b)
}

// Canonical is the plan in the one spelling that all plans of the same meaning share: evaluation
// compares these. Filters are a set, so their order does not count; a ranking's own limit is left out.
func (p Plan) Canonical() Plan {
	p.By = slices.Clone(p.By)
	where := make([]string, 0, len(p.Where))
	for _, s := range p.Where {
		where = append(where, strings.Join(strings.Fields(strings.ToLower(s)), " "))
	}
	slices.Sort(where)
	p.Where = slices.Compact(where)
	if p.Order != "" && p.Limit == rankingLimit {
		p.Limit = 0
	}
	return p
}

// Equal says whether two plans mean the same.
func (p Plan) Equal(q Plan) bool { return p.Canonical().String() == q.Canonical().String() }

// RowLimit is how many rows the plan asks to see.
func (p Plan) RowLimit() int {
	switch {
	case p.Limit > 0:
		return p.Limit
	case p.Order != "":
		return rankingLimit
	}
	return maxLimit
}

// TimeGrain is the step of the plan's time dimension, "" when it has none.
func (p Plan) TimeGrain(c *Catalogue) Grain {
	for _, id := range p.By {
		if d := c.Dimension(id); d != nil && d.Time != "" {
			return d.Time
		}
	}
	return ""
}

// RunningTotal says whether the rows can be summed up step by step: a series as it ran, with nothing
// left out.
func (p Plan) RunningTotal(c *Catalogue) bool {
	return p.Series(c) && c.Metric(p.Metric).HasTotal() && p.Compare == "" && p.Order == "" && p.Limit == 0
}

// Series says whether the rows are one value per step of time.
func (p Plan) Series(c *Catalogue) bool { return len(p.By) == 1 && p.TimeGrain(c) != "" }

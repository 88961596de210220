package assistant

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// Answer is what a question comes to: the API's answer object and what `ilsai ask --json` prints.
type Answer struct {
	Answer    string  `json:"answer"`
	QueryType string  `json:"query_type"`
	Plan      Outcome `json:"plan"`             // the plan, "knowledge" or "unsupported"
	Reason    string  `json:"reason,omitempty"` // why it is unsupported
	PlanWords string  `json:"plan_words,omitempty"`

	Period           *Period           `json:"period,omitempty"`
	ComparisonPeriod *Period           `json:"comparison_period,omitempty"`
	Filters          []semantic.Filter `json:"filters"`
	Unknown          *UnknownWord      `json:"unknown,omitempty"` // set when a word named nothing the shop has; there are no rows then

	Data      Data       `json:"data"`
	Formula   string     `json:"formula,omitempty"` // how the metric comes from the columns after it
	Notice    string     `json:"notice,omitempty"`  // what is not shown, or not recorded, and why
	Citations []Citation `json:"citations"`
	// Passages are what an answer about optics quotes, and Refer how soon an eye care professional should
	// be seen by them: same_day, soon, routine, or "" for not at all.
	Passages    []PassageCitation `json:"passages,omitempty"`
	Refer       string            `json:"refer,omitempty"`
	Recommended *Recommendation   `json:"recommended,omitempty"`
	Chart       string            `json:"chart"`                 // bar, line or none
	Suggestions []string          `json:"suggestions,omitempty"` // questions that can be answered, when this one could not

	Phrased    bool      `json:"phrased"` // the model's own sentence; false: a plain statement of the same cells
	AsOf       time.Time `json:"as_of"`   // in the shop's time zone
	Model      string    `json:"model"`
	TokensUsed int       `json:"tokens_used"` // prompt and completion tokens of all generations
	Usage      Usage     `json:"usage"`
	Timing     Timing    `json:"timing"`

	// PhrasingErr is why Phrased is false, for the log: what the model wrote that could not be shown, or
	// the failure of the second generation.
	PhrasingErr error `json:"-"`
	// ProductsErr is why the shop's own products are missing from Recommended, for the log.
	ProductsErr error `json:"-"`
}

// Outcome is an answer's plan; without one it stands for an answer from passages, or for a question that
// is not supported.
type Outcome struct {
	*semantic.Plan
	Knowledge bool
}

const (
	outcomeKnowledge   = "knowledge"
	outcomeUnsupported = "unsupported"
)

// MarshalJSON writes the plan object, or the string "knowledge" or "unsupported".
func (o Outcome) MarshalJSON() ([]byte, error) {
	if o.Knowledge {
		return json.Marshal(outcomeKnowledge)
	}
	if o.Plan == nil {
		return json.Marshal(outcomeUnsupported)
	}
	return o.Plan.MarshalJSON()
}

// UnmarshalJSON reads what MarshalJSON writes.
func (o *Outcome) UnmarshalJSON(data []byte) error {
	var word string
	if json.Unmarshal(data, &word) == nil {
		if word != outcomeUnsupported && word != outcomeKnowledge {
			return fmt.Errorf("plan: %q is neither a plan nor %q nor %q", word, outcomeKnowledge, outcomeUnsupported)
		}
		o.Plan, o.Knowledge = nil, word == outcomeKnowledge
		return nil
	}
	p, err := semantic.ParsePlan(data)
	o.Plan, o.Knowledge = &p, false
	return err
}

// Period is a stretch of days, both ends included.
type Period struct {
	Label   string        `json:"label"`
	From    semantic.Date `json:"from"` // "" when there is no beginning
	To      semantic.Date `json:"to"`
	Partial bool          `json:"partial"` // contains today and would go on
	Default bool          `json:"default"` // the question named none
}

// UnknownWord is a word of the question that names nothing in the shop's data.
type UnknownWord struct {
	Asked   string   `json:"asked"`
	Nearest []string `json:"nearest"`
}

// Data holds the rows an answer was made from. Cells are raw: money in hundredths of Currency, per cent
// as a number, days, years and ratios as well, steps of time as YYYY-MM-DD of their first day, weekdays by name, null for
// no figure, "<11" for one that too few people are behind.
type Data struct {
	Columns   []semantic.Column `json:"columns"`
	Rows      [][]any           `json:"rows"`
	Total     []any             `json:"total,omitempty"` // as wide as a row, keys null
	RowCount  int               `json:"row_count"`       // groups found, of which rows holds the first
	Truncated bool              `json:"truncated"`       // more rows than are shown were asked for
	Currency  string            `json:"currency,omitempty"`

	// Suppressed says that figures about too few people are not shown: "<11" or "not shown" stands in their cells.
	Suppressed bool `json:"suppressed,omitempty"`
}

// Citation ties a stretch of the answer to the cell it shows. Start and End count Unicode code points
// of the answer. Row counts from 1 in data.rows; 0 is a cell outside them: the total, or a step of a
// long series that is not shown.
type Citation struct {
	Ref    string `json:"ref"`
	Row    int    `json:"row"`
	Column string `json:"column"`
	Value  any    `json:"value"`
	Text   string `json:"text"`
	Start  int    `json:"start"`
	End    int    `json:"end"`
}

// Usage counts tokens over all generations of an answer.
type Usage struct {
	Prompt     int `json:"prompt"` // cached ones included
	Cached     int `json:"cached"`
	Completion int `json:"completion"`
}

// Timing is in milliseconds of wall time. Plan and answer include their waiting, which Queue sums.
type Timing struct {
	// QueuePosition is how many questions were before this one when its generations were asked for.
	QueuePosition int `json:"queue_position"`
	// ForcedTokens is how many steps of the model were saved: completion tokens that the grammar left no choice about.
	ForcedTokens int `json:"forced_tokens"`

	PlanMS   float64 `json:"plan_ms"`
	DBMS     float64 `json:"db_ms"`
	AnswerMS float64 `json:"answer_ms"`
	QueueMS  float64 `json:"queue_ms"`
	TotalMS  float64 `json:"total_ms"`
}

// Kinds of chart that suit an answer's rows.
const (
	ChartBar  = "bar"
	ChartLine = "line"
	ChartNone = "none"
)

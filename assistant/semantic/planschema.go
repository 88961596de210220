package semantic

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// maxSchemaSpans is how many spans a schema lists; a question with more of them gets any short text as where
// values. Servers that constrain by a schema bound its enumerations.
const maxSchemaSpans = 250

// schema is the part of JSON Schema (2020-12) that plans need: what vLLM, llama-server and OpenAI all follow.
type schema struct {
	Type                 string      `json:"type,omitempty"`
	AnyOf                []schema    `json:"anyOf,omitempty"`
	Properties           *planSchema `json:"properties,omitempty"`
	Required             []string    `json:"required,omitempty"`
	AdditionalProperties *bool       `json:"additionalProperties,omitempty"`
	Enum                 []string    `json:"enum,omitempty"`
	Pattern              string      `json:"pattern,omitempty"`
	MaxLength            int         `json:"maxLength,omitempty"`
	Items                *schema     `json:"items,omitempty"`
	MinItems             int         `json:"minItems,omitempty"`
	MaxItems             int         `json:"maxItems,omitempty"`
	Minimum              int         `json:"minimum,omitempty"`
	Maximum              int         `json:"maximum,omitempty"`
}

// planSchema has a plan's members in their order, which servers keep.
type planSchema struct {
	Metric      *schema `json:"metric,omitempty"`
	By          *schema `json:"by,omitempty"`
	Where       *schema `json:"where,omitempty"`
	Period      *schema `json:"period,omitempty"`
	Compare     *schema `json:"compare,omitempty"`
	Order       *schema `json:"order,omitempty"`
	Limit       *schema `json:"limit,omitempty"`
	As          *schema `json:"as,omitempty"`
	Unsupported *schema `json:"unsupported,omitempty"`
}

// PlanSchema is the JSON Schema of the plans for this question, for servers that know no GBNF. It allows every
// plan that PlanGrammar allows, and some that it does not: a schema cannot say that two dimensions differ, that
// growth needs a comparison and a share none, or which days a month has. ReadPlan refuses those.
func PlanSchema(c *Catalogue, question string) []byte {
	closed := false
	object := func(p planSchema, required ...string) schema {
		return schema{Type: "object", Properties: &p, Required: required, AdditionalProperties: &closed}
	}
	var metrics, dimensions []string
	for _, m := range c.Metrics {
		metrics = append(metrics, m.ID)
	}
	for _, d := range c.Dimensions {
		dimensions = append(dimensions, d.ID)
	}
	total := planSchema{
		Metric: oneOf(metrics), Where: whereSchema(question), Period: &schema{Type: "string", Pattern: periodPattern}, Compare: oneOf(compares),
	}
	rows := total
	rows.By = &schema{Type: "array", Items: oneOf(dimensions), MinItems: 1, MaxItems: maxBy}
	rows.Order = oneOf(orders)
	rows.Limit = &schema{Type: "integer", Minimum: 1, Maximum: maxLimit}
	rows.As = oneOf([]As{AsShare, AsRunning})
	b, err := json.Marshal(schema{AnyOf: []schema{
		object(planSchema{Unsupported: oneOf(reasons)}, "unsupported"),
		object(total, "metric", "period"),
		object(rows, "metric", "by", "period"),
	}})
	if err != nil {
		return nil // unreachable: strings and numbers always encode
	}
	return b
}

// whereSchema is nil when the question has no usable word.
func whereSchema(question string) *schema {
	tree := spanTree(question)
	if len(tree.next) == 0 {
		return nil
	}
	span := &schema{Type: "string", MaxLength: maxSpanWords * (maxWordBytes + 1)}
	if spans := tree.list(nil, " ", maxSchemaSpans+1); len(spans) <= maxSchemaSpans {
		span = &schema{Type: "string", Enum: spans}
	}
	return &schema{Type: "array", Items: span, MinItems: 1, MaxItems: maxWhere}
}

func oneOf[S ~string](values []S) *schema {
	s := &schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

// periodPattern is a regular expression of the periods that ParsePeriod reads, and of days that months lack.
var periodPattern = func() string {
	var named []string
	for name := range namedPeriods {
		named = append(named, name)
	}
	slices.Sort(named)
	group := func(words []string) string { return "(" + strings.Join(words, "|") + ")" }
	const (
		number = `([2-9]|[1-9][0-9]|[12][0-9][0-9]|3[0-5][0-9]|36[0-6])`
		year   = `20[0-9][0-9]`
	)
	month, weekday := group(monthNames), group(weekdayNames)
	date := fmt.Sprintf(`%s(_([1-9]|[12][0-9]|3[01]))?(_%s)?`, month, year)
	return "^" + group([]string{
		strings.Join(named, "|"),
		`last_` + number + `_(days|weeks|months|years)`,
		number + `_(days|weeks|months|quarters|years)_ago`,
		date + `(\.\.(` + date + `|today))?`,
		month + `_last_year`,
		`q[1-4](_` + year + `|_last_year)?`,
		weekday + `(\.\.(` + weekday + `|today))?`,
		year + `(\.\.(` + year + `|today))?`,
	}) + "$"
}()

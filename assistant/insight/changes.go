package insight

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// What is worth telling: a change of at least minRate per cent that moves the whole by at least minShare of it. Of
// what is counted, chance alone makes two counts differ by about the root of their sum: only minSpread of those count.
const (
	minRate    = 10.0
	minShare   = 0.02
	minSpread  = 2.0
	maxChanges = 5
	// settled is from which day of a month on it is held against the last one; before, the last one against its own.
	settled = 4
)

// Kinds of insight.
const (
	KindChange  = "change"  // something is noticeably more or less than before
	KindMetric  = "metric"  // a figure that can be asked for
	KindValue   = "value"   // something of the shop's own: a product, a brand, a store
	KindPassage = "passage" // something to read on optics
)

// Insight is one thing to tell.
type Insight struct {
	Kind      string `json:"kind"`
	Text      string `json:"text"`
	Question  string `json:"question,omitempty"` // that leads further
	QueryType string `json:"query_type"`

	Metric    string `json:"metric,omitempty"`
	Dimension string `json:"dimension,omitempty"`
	Value     string `json:"value,omitempty"` // of the dimension, as the shop writes it
	Passage   string `json:"passage,omitempty"`

	// Of a change: what was read, and the cells that Text shows.
	Plan             *semantic.Plan    `json:"plan,omitempty"`
	Period           *assistant.Period `json:"period,omitempty"`
	ComparisonPeriod *assistant.Period `json:"comparison_period,omitempty"`
	Cells            []Cell            `json:"cells,omitempty"`

	weight float64 // of a change: the part of the whole that it moves
}

// Cell is a figure that a text shows.
type Cell struct {
	Column semantic.Column `json:"column"`
	Value  any             `json:"value"`
	Text   string          `json:"text"`
}

// changes are what the catalogue watches and is worth telling, what moves the whole most first.
func (r reader) changes(ctx context.Context) ([]Insight, error) {
	period := "this_month"
	if r.now.In(r.zone).Day() < settled {
		period = "last_month"
	}
	var out []Insight
	for _, w := range r.catalogue.Watches {
		for _, p := range w.Plans(period) {
			t, window, against, err := r.table(ctx, p)
			if err != nil {
				return nil, err
			}
			first, err := assistant.FirstDay(ctx, r.snapshot, r.catalogue, p.Metric)
			if err != nil {
				return nil, err
			}
			if against.From.Before(first) {
				continue // what was recorded in part must not pass for a weak time
			}
			// With one small cell hidden, those beside it and those of the next table could tell it.
			if !t.Suppressed {
				out = append(out, r.noteworthy(p, t, window, against)...)
			}
		}
	}
	slices.SortStableFunc(out, heavier)
	return out[:min(len(out), maxChanges)], nil
}

// noteworthy picks the rows of one table.
func (r reader) noteworthy(p semantic.Plan, t *semantic.Table, window, against semantic.Window) []Insight {
	keys := len(p.By)
	var whole float64
	for _, row := range t.Rows {
		before, _ := assistant.Figure(row[keys+1])
		whole += math.Abs(before)
	}
	text := assistant.Data{Columns: t.Columns, Rows: t.Rows, Currency: r.tenant.Currency}.Text()
	var out []Insight
	for i, row := range t.Rows {
		before, hadBefore := assistant.Figure(row[keys+1])
		change, hasChange := assistant.Figure(row[keys+2])
		rate, hasRate := assistant.Figure(row[keys+3])
		switch {
		case !hadBefore || !hasChange || !hasRate || whole == 0, keys == 1 && row[0] == "":
			continue
		case math.Abs(rate) < minRate, math.Abs(change) < minShare*whole:
			continue
		case t.Columns[keys].Unit == string(semantic.Count) && math.Abs(change) < minSpread*math.Sqrt(2*before+change): // the spread of a difference of two counts
			continue
		}
		plan := p
		in := Insight{
			Kind: KindChange, QueryType: r.catalogue.Domain, Metric: p.Metric, Plan: &plan, weight: math.Abs(change) / whole,
			Period: assistant.PeriodOf(window), ComparisonPeriod: assistant.PeriodOf(against),
		}
		if keys == 1 {
			in.Dimension, in.Value = p.By[0], text[i][0]
		}
		for j := keys; j < keys+4; j++ {
			if j != keys+2 {
				in.Cells = append(in.Cells, Cell{Column: t.Columns[j], Value: row[j], Text: text[i][j]})
			}
		}
		in.Text, in.Question = sentence(t.Columns[keys].Label, in, p.Period, rate < 0)
		out = append(out, in)
	}
	return out
}

// sentence is written from cells: the metric, what it was, and the rate without its sign.
func sentence(label string, in Insight, period string, less bool) (text, question string) {
	whose, of := label, strings.ToLower(label)
	if in.Value != "" {
		whose = in.Value + ": " + of
		of += " of " + in.Value
	}
	direction := "above"
	if less {
		direction = "under"
	}
	rate := strings.TrimLeft(in.Cells[2].Text, "+-")
	now, before := in.Cells[0].Text, in.Cells[1].Text
	if period == "last_month" {
		return fmt.Sprintf("%s last month %s %s the month before (%s against %s)", whose, rate, direction, now, before),
			fmt.Sprintf("Compare %s last month with the month before", of)
	}
	return fmt.Sprintf("%s %s %s the same days of last month (%s against %s)", whose, rate, direction, now, before),
		fmt.Sprintf("Compare %s this month with last month", of)
}

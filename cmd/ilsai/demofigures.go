package main

import (
	"context"
	"errors"
	"time"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
)

// demoPlans are what the demo's pages show of a shop by themselves, as a dashboard would without any model. Pages that
// are not listed show the examples of their catalogue.
var demoPlans = map[string][]string{
	"sales": {
		`{"metric":"revenue","by":["month"],"period":"last_12_months"}`,
		`{"metric":"revenue","by":["product"],"period":"this_month","order":"desc","limit":6}`,
		`{"metric":"revenue","by":["month","category"],"period":"last_6_months"}`,
		`{"metric":"revenue","by":["store"],"period":"last_month","compare":"previous","order":"desc"}`,
	},
}

const demoFiguresPerPage = 4

// demoFigures reads a page's figures from the shop's data.
func (a *app) demoFigures(ctx context.Context, t tenancy.Tenant, page string) (_ []server.DemoFigure, err error) {
	catalogue := a.assistant.Catalogue(page)
	if catalogue == nil {
		return nil, nil
	}
	plans, err := demoPlansOf(catalogue, page)
	if err != nil || len(plans) == 0 {
		return nil, err
	}
	snapshot, err := dataSource{a}.Snapshot(ctx, t.ID, catalogue.Source())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	var all []server.DemoFigure
	for _, p := range plans {
		f, err := demoFigure(ctx, snapshot, catalogue, t, p)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

func demoPlansOf(c *semantic.Catalogue, page string) ([]semantic.Plan, error) {
	var plans []semantic.Plan
	for _, text := range demoPlans[page] {
		p, err := semantic.ParsePlan([]byte(text))
		if err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	for i := range c.Examples {
		p := c.ExamplePlan(i)
		if len(demoPlans[page]) == 0 && p.Unsupported == "" && len(p.Where) == 0 && len(p.By) > 0 && len(plans) < demoFiguresPerPage {
			plans = append(plans, p)
		}
	}
	return plans, nil
}

func demoFigure(ctx context.Context, snapshot assistant.Snapshot, c *semantic.Catalogue, t tenancy.Tenant, p semantic.Plan) (server.DemoFigure, error) {
	f := server.DemoFigure{Title: semantic.Words(c, p, nil), Chart: assistant.ChartBar}
	zone, err := t.Location()
	if err != nil {
		return f, err
	}
	window, err := p.Place(c, time.Now(), zone)
	if err != nil {
		return f, err
	}
	against, _ := window.Against(p.Compare)
	queries, err := assistant.Compile(snapshot, c, p, nil, window, against)
	if err != nil {
		return f, err
	}
	results := map[semantic.Purpose][][]any{}
	for _, q := range queries {
		_, rows, err := snapshot.Query(ctx, q.SQL, q.Args, q.Limit)
		if err != nil {
			return f, err
		}
		results[q.Purpose] = rows
	}
	table, err := c.Tabulate(p, window, against, results)
	if err != nil {
		return f, err
	}
	if p.Series(c) && p.Order == "" {
		f.Chart = assistant.ChartLine
	}
	f.Period = &assistant.Period{Label: window.Label, From: window.From, To: window.Last(), Partial: window.Partial}
	f.Data = assistant.Data{Columns: table.Columns, Rows: table.Rows, Total: table.Total, RowCount: table.RowCount, Truncated: table.Truncated, Currency: t.Currency}
	return f, nil
}

package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/demo"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/provision"
)

const (
	planLimit  = 50.0 // milliseconds of one query of a demo question
	planRounds = 5    // the median counts
	planSlow   = 25   // rows of the table of what took longest
)

// planBench is a run of 'bench plans': what the data of one large shop costs to ask.
type planBench struct {
	lines  int
	facts  bool // leave the rollups out
	all    bool // beside what the demo asks, every metric by every dimension
	tenant ilsai.TenantID
	now    time.Time
	names  map[string]float64 // milliseconds to read the shop's names, by domain
}

func newBenchPlans() *cobra.Command {
	p, admin := &planBench{tenant: demo.Shops()[2].ID}, ""
	cmd := benchCommand("plans", "Queries of one shop with a million lines of sales: every question the catalogues suggest",
		func(ctx context.Context, c *config, m *measurement) ([]bar, error) {
			c.PostgresAdminDSN = admin
			return p.run(ctx, c, m)
		})
	f := cmd.Flags()
	f.IntVar(&p.lines, "rows", 1_000_000, "lines of sales; stock and patients grow with them")
	f.StringVar(&admin, "postgres", "", "PostgreSQL server to make the shop on, with a superuser; its databases are dropped again. Absent: SQLite")
	f.BoolVar(&p.all, "all", false, "also every metric by every dimension over a year; takes minutes")
	f.BoolVar(&p.facts, "no-rollups", false, "read the facts themselves, to see what the rollups save")
	return cmd
}

// timedPlan is what one query of a plan took.
type timedPlan struct {
	domain, question, purpose string
	ms                        float64
	demo                      bool
}

func (p *planBench) run(ctx context.Context, c *config, m *measurement) (bars []bar, err error) {
	temp, remove, err := temporaryDemo(c)
	if err != nil {
		return nil, err
	}
	defer remove()
	p.now, p.names = time.Now(), map[string]float64{}
	m.sayf("a shop with %d lines of sales", p.lines)
	tables, err := demo.Busy(p.tenant, p.lines, demoSeed, p.now)
	if err != nil {
		return nil, err
	}
	open, done, err := p.fill(ctx, temp, tables, m)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	var all []timedPlan
	for _, catalogue := range semantic.Shipped() {
		m.sayf("asking about %s", catalogue.Domain)
		s, err := open(catalogue.Source())
		if err != nil {
			return nil, err
		}
		timed, err := p.time(ctx, s, catalogue)
		if err = errors.Join(err, s.Close()); err != nil {
			return nil, err
		}
		all = append(all, timed...)
	}
	return p.report(all, m), nil
}

// fill puts the shop where it is to be asked, and says how to read it and how to remove it.
func (p *planBench) fill(ctx context.Context, c *config, tables func(string) ([]demo.Table, error), m *measurement) (open func(string) (assistant.Snapshot, error), done func() error, err error) {
	if c.PostgresAdminDSN != "" {
		return p.fillPostgres(ctx, c, tables, m)
	}
	data, err := tenantdb.Open(c.DataDir, tenantdb.Options{MaxRows: semantic.MaxGroups, StatementTimeout: time.Minute})
	if err != nil {
		return nil, nil, err
	}
	for _, domain := range demo.Domains() {
		m.sayf("writing %s", domain)
		err := data.Create(ctx, p.tenant, domain, demoSchemas[domain], func(tx *sql.Tx) error {
			t, err := tables(domain)
			if err != nil {
				return err
			}
			return demo.Fill(ctx, tx, t)
		})
		if err != nil {
			return nil, nil, errors.Join(err, data.Close())
		}
	}
	open = func(domain string) (assistant.Snapshot, error) {
		s, err := data.Snapshot(ctx, p.tenant, domain)
		return snapshot{s}, err
	}
	return open, data.Close, nil
}

func (p *planBench) fillPostgres(ctx context.Context, c *config, tables func(string) ([]demo.Table, error), m *measurement) (open func(string) (assistant.Snapshot, error), done func() error, err error) {
	c.KeyFile = filepath.Join(c.DataDir, "key")
	control, err := store.Open(ctx, c.DataDir, store.Options{})
	if err != nil {
		return nil, nil, err
	}
	closers := []func() error{control.Close}
	closeAll := func() (err error) {
		for _, c := range slices.Backward(closers) {
			err = errors.Join(err, c())
		}
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closeAll())
		}
	}()
	file, err := store.OpenKeyFile(c.keyFile())
	if err != nil {
		return nil, nil, err
	}
	databases := control.TenantDatabases(file)
	cluster, err := provision.Open(ctx, c.PostgresAdminDSN, databases, provision.Options{Schemas: postgresSchemas})
	if err != nil {
		return nil, nil, err
	}
	closers = append(closers, cluster.Close, func() error { return cluster.Drop(context.WithoutCancel(ctx), p.tenant, "") })
	err = control.CreateTenant(ctx, tenancy.Tenant{ID: p.tenant, Code: string(p.tenant), Name: string(p.tenant), Tier: tenancy.TierBasic, Status: tenancy.StatusActive,
		TimeZone: "UTC", Currency: "USD", CreatedAt: p.now})
	if err != nil {
		return nil, nil, err
	}
	if _, err := cluster.Provision(ctx, p.tenant); err != nil {
		return nil, nil, err
	}
	for _, domain := range demo.Domains() {
		t, err := tables(domain)
		if err == nil {
			began := time.Now()
			m.sayf("writing %s", domain)
			err = cluster.Load(ctx, p.tenant, domain, watched(contents(t), m))
			m.sayf("wrote %s and its rollups in %.0f s", domain, time.Since(began).Seconds())
		}
		if err != nil {
			return nil, nil, err
		}
	}
	servers := tenantdb.OpenPostgres(databases.TenantDatabases, tenantdb.Options{MaxRows: semantic.MaxGroups, StatementTimeout: time.Minute})
	closers = append(closers, servers.Close)
	open = func(domain string) (assistant.Snapshot, error) {
		s, err := servers.Snapshot(ctx, p.tenant, domain)
		return serverSnapshot{s}, err
	}
	return open, closeAll, nil
}

// planProgress is after how many rows of a table it is told how far writing has come.
const planProgress = 500_000

// watched are contents that say now and then how far they have been read: a million rows and their rollups take a minute or two.
func watched(all []provision.Content, m *measurement) []provision.Content {
	for i, c := range all {
		all[i].Rows = func(yield func([]any) bool) {
			n := 0
			for row := range c.Rows {
				if n++; n%planProgress == 0 {
					m.sayf("%s: %d rows", c.Table, n)
				}
				if !yield(row) {
					return
				}
			}
		}
	}
	return all
}

// askedPlan is a plan and the question it comes from.
type askedPlan struct {
	question string
	plan     semantic.Plan
	demo     bool
}

// plans are what the catalogue suggests and shows as examples, then, if asked for, every metric by every dimension over a year.
func (p *planBench) plans(c *semantic.Catalogue) ([]askedPlan, error) {
	var out []askedPlan
	for _, e := range slices.Concat(c.Examples, c.SuggestionPlans) {
		plan, err := semantic.ParsePlan([]byte(e.Plan))
		if err != nil {
			return nil, err
		}
		if plan.Unsupported == "" {
			out = append(out, askedPlan{e.Question, plan, true})
		}
	}
	for i := range c.Metrics {
		if !p.all {
			break
		}
		metric := &c.Metrics[i]
		period := "last_12_months"
		if metric.Point() {
			period = semantic.PeriodNow
		}
		for j := range c.Dimensions {
			if d := &c.Dimensions[j]; metric.Allows(d) {
				out = append(out, askedPlan{fmt.Sprintf("%s by %s, %s", metric.ID, d.ID, period), semantic.Plan{Metric: metric.ID, By: []string{d.ID}, Period: period}, false})
			}
		}
	}
	return out, nil
}

func (p *planBench) time(ctx context.Context, s assistant.Snapshot, c *semantic.Catalogue) ([]timedPlan, error) {
	var shop *semantic.Values
	var took []float64
	for range planRounds {
		began := time.Now()
		values, err := assistant.LoadValues(ctx, s, c)
		if err != nil {
			return nil, err
		}
		shop = values
		took = append(took, float64(time.Since(began).Microseconds())/1000)
	}
	p.names[c.Domain] = median(took)
	plans, err := p.plans(c)
	if err != nil {
		return nil, err
	}
	var out []timedPlan
	for _, a := range plans {
		filters, err := shop.Resolve(a.plan.Where)
		if err != nil {
			filters = nil // an example of another shop's brands: everything is more to read
		}
		window, err := a.plan.Place(c, p.now, time.UTC)
		if err != nil {
			return nil, err
		}
		against, _ := window.Against(a.plan.Compare)
		compile := assistant.Compile
		if p.facts {
			compile = func(s assistant.Snapshot, c *semantic.Catalogue, p semantic.Plan, f []semantic.Filter, w, against semantic.Window) ([]semantic.Query, error) {
				return c.Compile(p, f, w, against, s.Dialect())
			}
		}
		queries, err := compile(s, c, a.plan, filters, window, against)
		if err != nil {
			return nil, err
		}
		for _, q := range queries {
			ms, err := timeQuery(ctx, s, q)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", a.question, err)
			}
			out = append(out, timedPlan{c.Domain, a.question, string(q.Purpose), ms, a.demo})
		}
	}
	return out, nil
}

// timeQuery is the median of some runs, after one that fills the caches.
func timeQuery(ctx context.Context, s assistant.Snapshot, q semantic.Query) (float64, error) {
	var took []float64
	for range planRounds + 1 {
		began := time.Now()
		if _, _, err := s.Query(ctx, q.SQL, q.Args, q.Limit); err != nil {
			return 0, err
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
		if took[0] > 5*planLimit {
			return took[0], nil // the verdict is clear
		}
	}
	return median(took[1:]), nil
}

func (p *planBench) report(all []timedPlan, m *measurement) []bar {
	slices.SortStableFunc(all, func(a, b timedPlan) int { return cmp.Compare(b.ms, a.ms) })
	slow := func(demo bool) *bench.Table {
		t := &bench.Table{Header: []string{"domain", "question", "query", "ms"}}
		for _, a := range all {
			if a.demo == demo && len(t.Rows) < planSlow {
				t.Add(a.domain, a.question, a.purpose, a.ms)
			}
		}
		return t
	}
	m.sections = append(m.sections, bench.Section{Title: "Demo questions that take longest", Table: slow(true)})
	if p.all {
		m.sections = append(m.sections, bench.Section{Title: "Metrics by dimensions that take longest", Table: slow(false)})
	}
	var bars []bar
	for _, c := range semantic.Shipped() {
		var suggested, shapes []float64
		within := 0.0
		for _, a := range all {
			switch {
			case a.domain != c.Domain:
			case a.demo:
				suggested = append(suggested, a.ms)
			default:
				shapes = append(shapes, a.ms)
				if a.ms <= planLimit {
					within++
				}
			}
		}
		bars = append(bars, atMost(c.Domain+", slowest demo query", slices.Max(suggested), "ms", planLimit), figure(c.Domain+", median demo query", median(suggested), "ms"),
			figure(c.Domain+", names of the shop", p.names[c.Domain], "ms"))
		if p.all {
			bars = append(bars, figure(c.Domain+", any metric by any dimension p95", quantile(shapes, 0.95), "ms"), figure(c.Domain+", of them within the bar", 100*within/float64(len(shapes)), "%"))
		}
	}
	return bars
}

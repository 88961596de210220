package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/provision"
)

const (
	poolTemplate = "ilsai_bench_template"
	poolTimeout  = 2 * time.Second // of a statement, for the runaway one
	poolWorkers  = 32
	poolRunaways = 3
)

// poolBench is a run of 'bench pools'.
type poolBench struct {
	tenants  int
	duration time.Duration
	keep     string // folder of what a further run needs, "": nothing is kept

	control *store.Store
	cluster *provision.Cluster
	data    *tenantdb.Postgres

	wrong, failed, crowded atomic.Int64
	firstFailure           atomic.Pointer[error]
}

func newBenchPools() *cobra.Command {
	p, admin := &poolBench{}, ""
	cmd := benchCommand("pools", "Thousands of PostgreSQL tenants under Zipf load: connections, memory, cold and warm queries, a runaway query",
		func(ctx context.Context, c *config, m *measurement) ([]bar, error) {
			if admin == "" {
				return nil, usagef("name a PostgreSQL server for the benchmark with --postgres: it makes %d databases there and drops them again", p.tenants)
			}
			c.PostgresAdminDSN = admin
			return p.run(ctx, c, m)
		})
	f := cmd.Flags()
	f.StringVar(&admin, "postgres", "", "PostgreSQL server to make the tenants on, with a superuser (required)")
	f.IntVar(&p.tenants, "tenants", 2000, "tenants, each with a database and a role of its own, copied from one template")
	f.DurationVar(&p.duration, "duration", 30*time.Second, "how long the load runs")
	f.StringVar(&p.keep, "keep", "", "leave the databases there, and what is known of them in this folder; a further run with it goes on, also after one that was stopped")
	return cmd
}

func poolTenant(i int) ilsai.TenantID { return ilsai.TenantID(fmt.Sprintf("bench-pool-%05d", i)) }

func (p *poolBench) run(ctx context.Context, c *config, m *measurement) (bars []bar, err error) {
	temp, remove, err := temporaryDemo(c)
	if err != nil {
		return nil, err
	}
	defer remove()
	if p.keep != "" {
		if err := os.MkdirAll(p.keep, 0o700); err != nil {
			return nil, err
		}
		temp.DataDir = p.keep
	}
	temp.KeyFile = filepath.Join(temp.DataDir, "key")
	if p.control, err = store.Open(ctx, temp.DataDir, store.Options{}); err != nil {
		return nil, err
	}
	defer p.control.Close()
	file, err := store.OpenKeyFile(temp.keyFile())
	if err != nil {
		return nil, err
	}
	databases := p.control.TenantDatabases(file)
	p.cluster, err = provision.Open(ctx, c.PostgresAdminDSN, databases, provision.Options{
		Schemas:   map[string]string{tenantdb.DomainSales: postgresSchemas[tenantdb.DomainSales]},
		Templates: map[string]string{tenantdb.DomainSales: poolTemplate},
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.cluster.Close()) }()
	defer func() { err = errors.Join(err, p.drop(context.WithoutCancel(ctx), m)) }()
	start := time.Now()
	made, err := p.make(ctx, databases, m)
	if err != nil {
		return nil, err
	}
	took := time.Since(start)
	p.data = tenantdb.OpenPostgres(databases.TenantDatabases, tenantdb.Options{StatementTimeout: poolTimeout, MaxConns: 80, IdleTimeout: 10 * time.Second})
	defer p.data.Close()
	if bars, err = p.measure(ctx, m); err != nil {
		return nil, err
	}
	head := []bar{figure("tenants", float64(p.tenants), "")}
	if made > 0 {
		head = append(head, figure("made per second", float64(made)/took.Seconds(), "1/s"))
	}
	return append(head, bars...), nil
}

// make provisions the tenants that are not ready yet, and says how many; each has one store, named after it, so that a
// wrong row is seen.
func (p *poolBench) make(ctx context.Context, databases tenancy.TenantDatabaseStore, m *measurement) (made int, err error) {
	m.sayf("making %d tenants", p.tenants)
	if err := p.cluster.Prepare(ctx, poolTemplate, tenantdb.DomainSales); err != nil {
		return 0, err
	}
	for i := range p.tenants {
		id := poolTenant(i)
		known, err := databases.TenantDatabases(ctx, id)
		if err != nil {
			return made, err
		}
		// A tenant's rows are there before the next one is begun: only the last of a stopped run may be empty.
		next, err := databases.TenantDatabases(ctx, poolTenant(i+1))
		if err != nil {
			return made, err
		}
		if len(known) == 1 && len(next) == 1 {
			continue
		}
		if err := p.makeOne(ctx, i); err != nil {
			return made, err
		}
		made++
		m.part(float64(i+1) / float64(p.tenants))
	}
	return made, nil
}

func (p *poolBench) makeOne(ctx context.Context, i int) error {
	id := poolTenant(i)
	err := p.control.CreateTenant(ctx, tenancy.Tenant{ID: id, Code: string(id), Name: string(id), Tier: tenancy.TierBasic, Status: tenancy.StatusActive,
		TimeZone: "UTC", Currency: "USD", CreatedAt: time.Now()})
	if err != nil && ilsai.ErrorCode(err) != ilsai.CodeConflict {
		return err
	}
	if _, err := p.cluster.Provision(ctx, id); err != nil {
		return err
	}
	rows := func(yield func([]any) bool) { yield([]any{int64(i), string(id), "x"}) }
	return p.cluster.Load(ctx, id, tenantdb.DomainSales, []provision.Content{{Table: "staff", Columns: []string{"id"}, Rows: func(func([]any) bool) {}},
		{Table: "sale_lines", Columns: []string{"id"}, Rows: func(func([]any) bool) {}}, {Table: "stores", Columns: []string{"id", "name", "city"}, Rows: rows}})
}

func (p *poolBench) drop(ctx context.Context, m *measurement) error {
	if p.keep != "" {
		return nil
	}
	var errs []error
	m.sayf("dropping them")
	for i := range p.tenants {
		errs = append(errs, p.cluster.Drop(ctx, poolTenant(i), ""))
		m.part(float64(i+1) / float64(p.tenants))
	}
	return errors.Join(errs...)
}

// ask reads one tenant's own row and reports how long it took, connecting included.
func (p *poolBench) ask(ctx context.Context, id ilsai.TenantID) float64 {
	start := time.Now()
	err := p.read(ctx, id)
	if err != nil {
		p.failed.Add(1)
		p.firstFailure.CompareAndSwap(nil, &err)
		if strings.Contains(err.Error(), "53300") {
			p.crowded.Add(1)
		}
	}
	return float64(time.Since(start).Microseconds()) / 1000
}

func (p *poolBench) read(ctx context.Context, id ilsai.TenantID) error {
	s, err := p.data.Snapshot(ctx, id, tenantdb.DomainSales)
	if err != nil {
		return err
	}
	_, rows, err := s.Query(ctx, "SELECT name FROM stores ORDER BY id", nil, 10)
	if err == nil && (len(rows) != 1 || rows[0][0] != string(id)) {
		p.wrong.Add(1)
	}
	return errors.Join(err, s.Close())
}

func (p *poolBench) measure(ctx context.Context, m *measurement) ([]bar, error) {
	m.sayf("cold: the first query of each tenant")
	before, err := readResources()
	if err != nil {
		return nil, err
	}
	var cold []float64
	for i := range p.tenants {
		cold = append(cold, p.ask(ctx, poolTenant(i)))
	}
	after, err := readResources()
	if err != nil {
		return nil, err
	}
	perTenant := (after.resident - before.resident) / 1024 / float64(p.tenants)

	watch := p.watch(ctx)
	m.sayf("load of %d workers for %v", poolWorkers, p.duration)
	warm, goroutines := p.load(ctx)
	backends, err := watch()
	if err != nil {
		return nil, err
	}
	m.sayf("a runaway query beside others")
	solo := p.few(ctx)
	over, beside, err := p.runaway(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.firstFailure.Load(); err != nil {
		m.sayf("the first query that failed: %v", *err)
	}
	return []bar{
		atMost("rows of another tenant", float64(p.wrong.Load()), "", 0),
		atMost("too many clients", float64(p.crowded.Load()), "", 0),
		atMost("failed queries", float64(p.failed.Load()), "", 0),
		atMost("backends at most", backends, "", 90),
		atMost("goroutines at most", float64(goroutines), "", 200+3*poolWorkers),
		atMost("memory per tenant that was asked", perTenant, "KiB", 20),
		atMost("cold tenant p95", quantile(cold, 0.95), "ms", 150),
		figure("cold tenant p50", median(cold), "ms"),
		figure("under load p50", median(warm), "ms"),
		figure("under load p95", quantile(warm, 0.95), "ms"),
		figure("under load", float64(len(warm))/p.duration.Seconds(), "queries/s"),
		atMost("runaway query, beyond its timeout", over, "s", 1),
		atMost("p95 of others beside it / alone", quantile(beside, 0.95)/quantile(solo, 0.95), "", 1.2),
	}, nil
}

// load asks tenants by Zipf's law until the time is over.
func (p *poolBench) load(ctx context.Context) (took []float64, goroutines int) {
	const seed = 1
	end := time.Now().Add(p.duration)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range poolWorkers {
		wg.Go(func() {
			zipf := rand.NewZipf(rand.New(rand.NewPCG(seed, uint64(w))), 1.1, 1, uint64(p.tenants-1))
			var own []float64
			for time.Now().Before(end) && ctx.Err() == nil {
				own = append(own, p.ask(ctx, poolTenant(int(zipf.Uint64()))))
			}
			mu.Lock()
			took = append(took, own...)
			goroutines = max(goroutines, runtime.NumGoroutine())
			mu.Unlock()
		})
	}
	wg.Wait()
	return took, goroutines
}

// few asks four tenants in turn, one question at a time.
func (p *poolBench) few(ctx context.Context) (took []float64) {
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end) && ctx.Err() == nil; {
		for i := range 4 {
			took = append(took, p.ask(ctx, poolTenant(i+1)))
		}
	}
	return took
}

// runaway lets one tenant run what never ends, while others ask, and says how much longer than its timeout it took.
func (p *poolBench) runaway(ctx context.Context) (over float64, beside []float64, err error) {
	done := make(chan error, 1)
	go func() {
		var err error
		for range poolRunaways {
			start := time.Now()
			s, serr := p.data.Snapshot(ctx, poolTenant(0), tenantdb.DomainSales)
			if serr != nil {
				err = serr
				break
			}
			endless := "SELECT count(*) FROM stores" // it has one row; a union of it has many
			union := "(SELECT 1 AS n" + strings.Repeat(" UNION ALL SELECT 1", 40) + ")"
			for i := range 8 {
				endless += fmt.Sprintf(", %s AS x%d", union, i)
			}
			_, _, qerr := s.Query(ctx, endless, nil, 1)
			if ilsai.ErrorCode(qerr) != ilsai.CodeDeadline {
				err = fmt.Errorf("the runaway query ended with %w", qerr)
			}
			err = errors.Join(err, s.Close())
			over = max(over, (time.Since(start) - poolTimeout).Seconds())
		}
		done <- err
	}()
	for {
		select {
		case err := <-done:
			return over, beside, err
		default:
			for i := range 4 {
				beside = append(beside, p.ask(ctx, poolTenant(i+1)))
			}
		}
	}
}

// watch counts the server's backends of ours until it is asked for the most there were.
func (p *poolBench) watch(ctx context.Context) func() (float64, error) {
	ctx, cancel := context.WithCancel(ctx)
	var counts []float64
	done := make(chan error, 1)
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				n, err := p.cluster.Backends(ctx)
				if err != nil {
					done <- err
					return
				}
				counts = append(counts, float64(n))
			case <-ctx.Done():
				done <- nil
				return
			}
		}
	}()
	return func() (float64, error) {
		cancel()
		err := <-done
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		return slices.Max(append(counts, 0)), err
	}
}

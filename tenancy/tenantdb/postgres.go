package tenantdb

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/connpool"
)

const (
	lookupAge   = 10 * time.Second // a moved database or changed password is seen after this time
	reaperEvery = 15 * time.Second
	// versionWindow is how long the data of a PostgreSQL tenant counts as unchanged: it does not say when
	// somebody writes to it, so an answer is repeated for this time at most.
	versionWindow = 30 * time.Second
)

// Postgres lends snapshots of the tenants whose data is in PostgreSQL, one database per tenant and domain.
// The wall between shops is what each tenant's role may do there (package provision); in front of it
// stands package sqlguard, and around it the deadlines and bounds of Options. It is safe for concurrent
// use and runs one goroutine, which closes idle connections.
type Postgres struct {
	options   Options
	databases func(context.Context, ilsai.TenantID) ([]tenancy.TenantDatabase, error)
	conns     *connpool.Pool[key, *pgConn]

	mu      sync.Mutex
	known   map[ilsai.TenantID]lookedUp
	servers map[string]bool // whose max_connections is known
	away    map[string]bool // that did not answer when they were last connected to

	stop chan struct{}
	done chan struct{}
}

type lookedUp struct {
	databases []tenancy.TenantDatabase
	at        time.Time
}

// OpenPostgres makes a Postgres that asks databases where a tenant's data is. Nothing is connected to
// until it is asked for. Options.MaxConns bounds the connections to all servers together, and is lowered
// to stay 10 below the max_connections of each. The caller closes it.
func OpenPostgres(databases func(context.Context, ilsai.TenantID) ([]tenancy.TenantDatabase, error), o Options) *Postgres {
	p := &Postgres{options: o.withDefaults(), databases: databases, known: make(map[ilsai.TenantID]lookedUp), servers: make(map[string]bool), away: make(map[string]bool),
		stop: make(chan struct{}), done: make(chan struct{})}
	p.conns = connpool.New(p.connect, p.options.pool())
	go p.reap()
	return p
}

// reap closes idle connections while nobody asks, and forgets old lookups.
func (p *Postgres) reap() {
	defer close(p.done)
	tick := time.NewTicker(reaperEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.conns.Expire()
			p.forgetOld()
		case <-p.stop:
			return
		}
	}
}

func (p *Postgres) forgetOld() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for tenant, l := range p.known {
		if p.options.Now().Sub(l.at) > lookupAge {
			delete(p.known, tenant)
		}
	}
}

// Close closes every idle connection now and each lent one when its snapshot is closed. A second call
// does nothing.
func (p *Postgres) Close() error {
	err := p.conns.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.stop:
	default:
		close(p.stop)
		<-p.done
	}
	return err
}

// Has reports whether a tenant's data of a domain is in PostgreSQL. Errors: those of the lookup.
func (p *Postgres) Has(ctx context.Context, tenant ilsai.TenantID, domain string) (bool, error) {
	_, err := p.lookup(ctx, key{tenant, domain}, lookupAge)
	if ilsai.ErrorCode(err) == ilsai.CodeNotFound {
		return false, nil
	}
	return err == nil, err
}

// Version names the state of a tenant's data as DB.Version does; it is another one every 30 seconds.
func (p *Postgres) Version() string {
	return p.options.Now().UTC().Truncate(versionWindow).Format(time.RFC3339)
}

// Away lists the servers, as host:port, that could not be connected to the last time it was tried: their shops get
// ilsai.CodeUnavailable.
func (p *Postgres) Away() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.away))
}

// Stats counts open connections, those of them that nobody uses, and the databases they are to.
func (p *Postgres) Stats() (open, idle, databases int) { return p.conns.Stats() }

// lookup finds where k's data is, by an answer of at most maxAge.
func (p *Postgres) lookup(ctx context.Context, k key, maxAge time.Duration) (tenancy.TenantDatabase, error) {
	if _, err := keyOf(k.tenant, k.domain); err != nil {
		return tenancy.TenantDatabase{}, err
	}
	p.mu.Lock()
	l, ok := p.known[k.tenant]
	p.mu.Unlock()
	if !ok || p.options.Now().Sub(l.at) >= maxAge {
		var err error
		l.at = p.options.Now()
		if l.databases, err = p.databases(ctx, k.tenant); err != nil {
			return tenancy.TenantDatabase{}, err
		}
		p.mu.Lock()
		p.known[k.tenant] = l
		p.mu.Unlock()
	}
	for _, d := range l.databases {
		if d.Domain == k.domain && d.Ready {
			return d, nil
		}
	}
	return tenancy.TenantDatabase{}, noData(k)
}

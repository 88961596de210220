package insight

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// DomainOphthalmic is the domain of passages on optics, which has no catalogue.
const DomainOphthalmic = "ophthalmic"

// Passage is something to read on optics.
type Passage struct{ ID, Title string }

// Library finds passages on optics, the best first.
type Library interface {
	Find(ctx context.Context, text string) ([]Passage, error)
}

// Options are what a Service is made of. Data and Catalogues are required.
type Options struct {
	Data       assistant.DataSource
	Catalogues []*semantic.Catalogue
	Library    Library // nil: no passages are found
	// DataVersion names the state of a tenant's data of a domain; what was found of another state is looked up
	// anew. nil or "": what is older than 5 minutes is.
	DataVersion func(tenant ilsai.TenantID, domain string) string
	Now         func() time.Time // nil: time.Now
	Patience    time.Duration    // of a search with a shop's data; 15 ms
	Logger      *slog.Logger     // nil: quiet
}

// Service is safe for concurrent use.
type Service struct {
	o     Options
	cache *cache

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	work sync.WaitGroup
}

// New makes a Service. The caller closes it.
func New(o Options) (*Service, error) {
	if o.Data == nil || len(o.Catalogues) == 0 {
		return nil, errors.New("insight: a data source and a catalogue are needed")
	}
	if o.DataVersion == nil {
		o.DataVersion = func(ilsai.TenantID, string) string { return "" }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Patience == 0 {
		o.Patience = 15 * time.Millisecond
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{o: o, cache: newCache()}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// Close ends what is looked up in the background.
func (s *Service) Close() error {
	s.stop()
	s.work.Wait()
	return nil
}

// Shop is whom something is told, and of which domains: those its subscription has.
type Shop struct {
	assistant.Tenant
	Domains []string
}

// catalogues are those of the shop's domains, in the domains' order.
func (s *Service) catalogues(shop Shop) []*semantic.Catalogue {
	var out []*semantic.Catalogue
	for _, domain := range shop.Domains {
		for _, c := range s.o.Catalogues {
			if c.Domain == domain {
				out = append(out, c)
			}
		}
	}
	return out
}

// found is what one tenant's data of one domain came to.
type found struct {
	suggestions []string
	changes     []Insight
	values      []candidate
}

// look reads what is known of a tenant's domain, or looks it up. A shop without data there has nothing.
func (s *Service) look(ctx context.Context, tenant assistant.Tenant, c *semantic.Catalogue) (found, error) {
	if f, ok := s.known(tenant, c); ok {
		return f, nil
	}
	zone, err := time.LoadLocation(tenant.TimeZone)
	if err != nil {
		return found{}, ilsai.Wrap(ilsai.CodeInternal, fmt.Errorf("time zone of %s: %w", tenant.ID, err), "")
	}
	now := s.o.Now()
	state := s.state(tenant, c, now) // before the data is read: what changes meanwhile is read again
	f, err := s.read(ctx, tenant, c, now, zone)
	if err != nil {
		return found{}, err
	}
	s.cache.put(cacheKey{tenant.ID, c.Domain}, state, now, f)
	return f, nil
}

// known is what was read of the data as it is now, not too long ago.
func (s *Service) known(tenant assistant.Tenant, c *semantic.Catalogue) (found, bool) {
	now := s.o.Now()
	return s.cache.get(cacheKey{tenant.ID, c.Domain}, s.state(tenant, c, now), now)
}

// state names all that what is found depends on: the data, the shop's calendar day, how money is written.
func (s *Service) state(tenant assistant.Tenant, c *semantic.Catalogue, now time.Time) string {
	day := now.UTC()
	if zone, err := time.LoadLocation(tenant.TimeZone); err == nil {
		day = now.In(zone)
	}
	return s.o.DataVersion(tenant.ID, c.Source()) + "\x00" + semantic.DateOf(day).String() + "\x00" + tenant.Currency
}

// read looks everything up in one snapshot.
func (s *Service) read(ctx context.Context, tenant assistant.Tenant, c *semantic.Catalogue, now time.Time, zone *time.Location) (f found, err error) {
	snapshot, err := s.o.Data.Snapshot(ctx, tenant.ID, c.Source())
	if ilsai.ErrorCode(err) == ilsai.CodeNotFound {
		return found{}, nil
	}
	if err != nil {
		return found{}, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	r := reader{snapshot: snapshot, catalogue: c, tenant: tenant, now: now, zone: zone}
	if f.suggestions, err = r.suggestions(ctx); err != nil {
		return found{}, err
	}
	if f.changes, err = r.changes(ctx); err != nil {
		return found{}, err
	}
	f.values, err = r.values(ctx)
	return f, err
}

// reader reads one tenant's domain at one moment.
type reader struct {
	snapshot  assistant.Snapshot
	catalogue *semantic.Catalogue
	tenant    assistant.Tenant
	now       time.Time
	zone      *time.Location
}

// table is a plan's table with the windows it is about.
func (r reader) table(ctx context.Context, p semantic.Plan) (t *semantic.Table, window, against semantic.Window, err error) {
	if window, err = p.Place(r.catalogue, r.now, r.zone); err != nil {
		return nil, window, against, err
	}
	against, _ = window.Against(p.Compare)
	t, err = assistant.Read(ctx, r.snapshot, r.catalogue, p, nil, window, against)
	return t, window, against, err
}

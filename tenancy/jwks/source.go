package jwks

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

const (
	fetchTime   = 5 * time.Second
	maxSetBytes = 512 << 10

	// RefreshAge is when a set is fetched again, so a key that the provider removed is refused soon after.
	RefreshAge = 5 * time.Minute
	// MaxAge is how long a set is used while its provider cannot be reached.
	MaxAge = 24 * time.Hour
	// FetchInterval is the shortest time between two fetches, whatever ids tokens name.
	FetchInterval = 15 * time.Second
)

// Options configures New. The zero value is ready to use.
type Options struct {
	RootCAs *x509.CertPool   // nil means the system's
	Now     func() time.Time // nil means time.Now
}

// Source is a cached key set. It is safe for concurrent use. It fetches when asked and not before; no
// goroutine of it runs in between.
type Source struct {
	url    string
	client *http.Client
	now    func() time.Time

	mu      sync.Mutex
	keys    map[string]tenancy.Key
	fetched time.Time // of keys; zero: never
	tried   time.Time
	failure error  // of the last fetch
	current *fetch // the one that runs
}

// fetch is one request, shared by all who wait for it.
type fetch struct{ done chan struct{} }

var _ tenancy.KeySource = (*Source)(nil)

// New makes a source for an https URL. Nothing is fetched yet. Errors: ilsai.CodeInvalid for another
// kind of URL.
func New(address string, o Options) (*Source, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "The address of a key set is like https://login.example.org/keys, without a user and a fragment.")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Source{url: address, now: o.Now, client: &http.Client{
		Timeout: fetchTime,
		// A redirect would let the provider's host, or whoever answers for it, name other hosts.
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("key sets are not redirected") },
		Transport: &http.Transport{
			Proxy:           http.ProxyFromEnvironment,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs},
			// One request in minutes: a kept connection would be closed by then.
			DisableKeepAlives: true, ResponseHeaderTimeout: fetchTime, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
		},
	}}, nil
}

// PublicKey implements tenancy.KeySource. An id that is not in the set makes it fetch the set again,
// at most once in FetchInterval; a set older than RefreshAge is fetched again beside the answer.
func (s *Source) PublicKey(ctx context.Context, id string) (tenancy.Key, error) {
	s.mu.Lock()
	_, known := s.keys[id]
	age := s.now().Sub(s.fetched)
	usable := s.keys != nil && age >= 0 && age < MaxAge
	var wait *fetch
	if !usable || !known || age >= RefreshAge {
		wait = s.begin(ctx)
	}
	s.mu.Unlock()
	// Twice as old means that nobody asked for long: then a key may have been removed long ago.
	if wait != nil && (!usable || !known || age >= 2*RefreshAge) {
		select {
		case <-wait.done:
		case <-ctx.Done():
			return tenancy.Key{}, ilsai.Wrap(ilsai.CodeUnavailable, ctx.Err(), "The key set did not come in time.")
		}
	}
	return s.find(id)
}

func (s *Source) find(id string) (tenancy.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := s.now().Sub(s.fetched)
	if s.keys == nil || age < 0 || age >= MaxAge {
		return tenancy.Key{}, ilsai.Wrap(ilsai.CodeUnavailable, cause(s.failure), "The key set cannot be fetched.")
	}
	if k, ok := s.keys[id]; ok {
		return k, nil
	}
	if s.failure != nil { // the provider may have a new key by now
		return tenancy.Key{}, ilsai.Wrap(ilsai.CodeUnavailable, s.failure, "The key set cannot be fetched.")
	}
	return tenancy.Key{}, ilsai.Errorf(ilsai.CodeNotFound, "The key set has no key with the id %.64q.", id)
}

func cause(err error) error {
	if err == nil {
		return errors.New("the key set is too old and was not fetched yet")
	}
	return err
}

// begin starts a fetch, joins the one that runs, or returns nil when the last one was a moment ago.
// s.mu is held.
func (s *Source) begin(ctx context.Context) *fetch {
	if s.current != nil {
		return s.current
	}
	now := s.now()
	if since := now.Sub(s.tried); !s.tried.IsZero() && since >= 0 && since < FetchInterval {
		return nil
	}
	s.tried = now
	f := &fetch{done: make(chan struct{})}
	s.current = f
	go func() {
		keys, err := s.get(context.WithoutCancel(ctx)) // others wait for it too; the client's time limit ends it
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.failure = err; err == nil {
			s.keys, s.fetched = keys, now
		}
		s.current = nil
		close(f.done)
	}()
	return f
}

func (s *Source) get(ctx context.Context) (map[string]tenancy.Key, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	res, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("key set: %s", res.Status)
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxSetBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxSetBytes {
		return nil, fmt.Errorf("key set of more than %d bytes", maxSetBytes)
	}
	return parse(text)
}

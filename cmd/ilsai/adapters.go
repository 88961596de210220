package main

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/models"
	"github.com/ils-platform/ilsai/tenancy"
)

// adaptersEvery is how soon a server uses what 'ilsai adapter' has changed.
const adaptersEvery = 20 * time.Second

// adapterLoader is an engine that computes with adapters.
type adapterLoader interface {
	AddAdapter(path, sha256 string) error
	RemoveAdapter(sha256 string)
}

// adapterControl is the part of the control database that tells whose adapters there are.
type adapterControl interface {
	tenancy.AdapterStore
	tenancy.TenantFinder
}

// shopAdapters knows which shop's answers are computed with which adapter. There is no other way to choose one: a
// request says whose it is, by its token, and nothing about adapters. The zero value, and nil, know of none.
type shopAdapters struct {
	current atomic.Pointer[map[ilsai.TenantID]string] // checksums

	mu      sync.Mutex      // of refresh
	loaded  map[string]bool // in the engine, and of some shop
	retired map[string]bool // in the engine: a request may have looked one up just before it was nobody's any more
	failed  string          // what the last refresh could not load
}

// of is the adapter of a shop, by its checksum; "" for none.
func (s *shopAdapters) of(tenant ilsai.TenantID) string {
	if s == nil {
		return ""
	}
	if m := s.current.Load(); m != nil {
		return (*m)[tenant]
	}
	return ""
}

// refresh makes the adapters that are registered for the model those in use. A shop whose adapter cannot be loaded
// is answered by the model as it is; the error says so, once.
func (s *shopAdapters) refresh(ctx context.Context, control adapterControl, engine adapterLoader, base string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	registered, err := tenancy.AdaptersInUse(ctx, control, control, base)
	if err != nil {
		return err
	}
	next, loaded := map[ilsai.TenantID]string{}, map[string]bool{}
	var failures []error
	for _, a := range registered {
		if err := engine.AddAdapter(a.File, a.SHA256); err != nil {
			failures = append(failures, ilsai.Wrap(ilsai.CodeModelFile, err, "%s is answered without its adapter", a.TenantID))
			continue
		}
		next[a.TenantID], loaded[a.SHA256] = a.SHA256, true
	}
	s.current.Store(&next)
	for sum := range s.retired {
		if !loaded[sum] {
			engine.RemoveAdapter(sum)
		}
	}
	maps.DeleteFunc(s.loaded, func(sum string, _ bool) bool { return loaded[sum] })
	s.retired, s.loaded = s.loaded, loaded
	err = errors.Join(failures...)
	if text := errorText(err); text != s.failed {
		s.failed = text
		return err
	}
	return nil
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// inUse is a copy, for tests and logs.
func (s *shopAdapters) inUse() map[ilsai.TenantID]string {
	if m := s.current.Load(); m != nil {
		return maps.Clone(*m)
	}
	return nil
}

// refreshAdapters loads what is registered for the model that runs.
func (a *app) refreshAdapters(ctx context.Context, control adapterControl) error {
	if a.adapters == nil {
		return nil // the server elsewhere has its own
	}
	return a.adapters.refresh(ctx, control, a.engine, a.modelSHA256)
}

// modelSHA256 names the configured model.
func (c *config) modelSHA256() string {
	if c.Model == "" {
		return models.Default().SHA256
	}
	return c.ModelSHA256
}

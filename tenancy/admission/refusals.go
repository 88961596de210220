package admission

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
)

const (
	writeEvery = time.Second
	// maxRefusalKeys bounds the memory, about 150 bytes each. Within a second as many tenants would have
	// to be refused for as many reasons; it is reached only while the database is away.
	maxRefusalKeys = 1 << 14
)

// RefusalsOptions configures NewRefusals. Store is required.
type RefusalsOptions struct {
	Store tenancy.RefusalStore
	Every time.Duration // between writes; 0 means 1 s
	Max   int           // different keys kept at most; 0 means 16,384
	Log   *slog.Logger  // nil means slog.Default()
}

// Refusals counts refused questions in memory and adds the counts to a store. It is safe for
// concurrent use.
type Refusals struct {
	options RefusalsOptions

	writing sync.Mutex // held by the one who writes
	failing bool       // the last write of Run failed, and was logged

	mu      sync.Mutex
	counts  map[tenancy.RefusalKey]int64
	pending int64 // their sum, with what is being written
	lost    uint64
}

// RefusalStats says where the counting stands.
type RefusalStats struct {
	Pending int64  // counted and not written yet
	Lost    uint64 // never to be written: no room while the store was away, or a write of unknown outcome
}

// NewRefusals makes an empty count. Run writes it.
func NewRefusals(o RefusalsOptions) *Refusals {
	if o.Every <= 0 {
		o.Every = writeEvery
	}
	if o.Max <= 0 {
		o.Max = maxRefusalKeys
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Refusals{options: o, counts: make(map[tenancy.RefusalKey]int64)}
}

// Run writes every second until ctx ends, and then what is left. It ends after the last question was
// asked and before the store is closed.
func (r *Refusals) Run(ctx context.Context) {
	tick := time.NewTicker(r.options.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			r.write(ctx)
			return
		case <-tick.C:
			r.write(ctx)
		}
	}
}

// Write adds what was counted so far to the store. What it could not write stays counted, unless the
// outcome is unknown: then it is lost rather than counted twice.
func (r *Refusals) Write(ctx context.Context) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.mu.Lock()
	taken := r.counts
	r.counts = make(map[tenancy.RefusalKey]int64)
	r.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	counts, sum := make([]tenancy.RefusalCount, 0, len(taken)), int64(0)
	for key, n := range taken {
		counts = append(counts, tenancy.RefusalCount{RefusalKey: key, Count: n})
		sum += n
	}
	err := r.options.Store.AddRefusals(ctx, counts)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending -= sum
	switch {
	case err == nil:
	case errors.Is(err, tenancy.ErrOutcomeUnknown):
		r.lost += uint64(sum)
	default:
		for key, n := range taken {
			r.add(key, n)
		}
	}
	return err
}

// Stats reads the counters.
func (r *Refusals) Stats() RefusalStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return RefusalStats{Pending: r.pending, Lost: r.lost}
}

func (r *Refusals) count(key tenancy.RefusalKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(key, 1)
}

// add counts n more. The caller holds the lock.
func (r *Refusals) add(key tenancy.RefusalKey, n int64) {
	if _, known := r.counts[key]; !known && len(r.counts) >= r.options.Max {
		r.lost += uint64(n)
		return
	}
	r.counts[key] += n
	r.pending += n
}

// write is Write for the loop: bounded in time, also after ctx has ended, and logged once per outage.
func (r *Refusals) write(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	err := r.Write(ctx)
	if err != nil && !r.failing {
		s := r.Stats()
		r.options.Log.Warn("writing the counts of refused questions failed", "pending", s.Pending, "lost", s.Lost, "cause", err)
	}
	r.failing = err != nil
}

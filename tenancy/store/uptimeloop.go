package store

import (
	"context"
	"log/slog"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
)

// probeEvery is how often readiness is looked at until the minute is recorded: a minute counts as
// ready when one of its probes was.
const probeEvery = 15 * time.Second

// UptimeOptions are an Uptime's parts. All but Now and Log are required.
type UptimeOptions struct {
	// Record writes one minute, see Store.RecordReady.
	Record func(ctx context.Context, at time.Time) error
	// Ready reports whether this process could answer a question now.
	Ready func(ctx context.Context) bool
	Now   func() time.Time // nil means time.Now
	Log   *slog.Logger     // nil means slog.Default()
}

// Uptime records the minutes in which this process was ready.
type Uptime struct {
	options  UptimeOptions
	recorded int64 // the last minute
	failing  bool  // the last write failed, and was logged
}

// NewUptime makes an Uptime. Run starts it.
func NewUptime(o UptimeOptions) *Uptime {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Uptime{options: o, recorded: -1}
}

// Run probes at once and then every 15 seconds until ctx ends. What fails is tried again by the next
// probe; a minute that no probe could record counts as one in which nothing ran. It runs once.
func (u *Uptime) Run(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		u.probe(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (u *Uptime) probe(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, probeEvery)
	defer cancel()
	now := u.options.Now()
	minute := tenancy.MinuteOf(now)
	if minute == u.recorded || !u.options.Ready(bounded) {
		return
	}
	err := u.options.Record(bounded, now)
	switch {
	case err == nil:
		u.recorded, u.failing = minute, false
	case ctx.Err() == nil && !u.failing:
		u.failing = true
		u.options.Log.Warn("recording the uptime failed", "cause", err)
	}
}

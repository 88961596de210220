package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ils-platform/ilsai/tenancy/store"
)

// A minute is recorded once if one of its probes finds the process ready and can be written.
func TestUptimeRecordsReadyMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ready, away atomic.Bool
		ready.Store(true)
		var recorded []string
		began := time.Now() // on a whole minute
		u := store.NewUptime(store.UptimeOptions{
			Ready: func(context.Context) bool { return ready.Load() },
			Record: func(_ context.Context, at time.Time) error {
				if away.Load() {
					return errors.New("away")
				}
				recorded = append(recorded, at.Sub(began).String())
				return nil
			},
			Log: slog.New(slog.DiscardHandler),
		})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { u.Run(ctx); close(done) }()
		step := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		step(time.Second) // between the probes from here on
		step(2 * time.Minute)
		ready.Store(false) // for the whole of minute 3 and the first probe of minute 4
		step(2 * time.Minute)
		ready.Store(true)
		away.Store(true) // for the rest of minute 4 and the first probe of minute 5
		step(65 * time.Second)
		away.Store(false)
		step(55 * time.Second)
		stop()
		<-done
		if got, want := fmt.Sprint(recorded), "[0s 1m0s 2m0s 5m15s 6m0s]"; got != want {
			t.Errorf("recorded at %s, want %s", got, want)
		}
	})
}

// A probe that hangs is given up, and does not keep the next minute from being recorded.
func TestUptimeGivesUpAHangingProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, recorded := 0, 0
		u := store.NewUptime(store.UptimeOptions{
			Ready: func(ctx context.Context) bool {
				if calls++; calls == 1 {
					<-ctx.Done()
					return false
				}
				return true
			},
			Record: func(context.Context, time.Time) error { recorded++; return nil },
		})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { u.Run(ctx); close(done) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		<-done
		if recorded < 1 {
			t.Errorf("%d recorded after %d probes", recorded, calls)
		}
	})
}

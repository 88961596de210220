package main

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
)

// background runs what a server does beside its requests. close ends all of it.
type background struct {
	ctx  context.Context
	stop context.CancelFunc
	log  *slog.Logger
	wg   sync.WaitGroup
}

// newBackground outlives ctx: what runs goes on while the last requests are finished.
func newBackground(ctx context.Context, log *slog.Logger) *background {
	b := &background{log: log}
	b.ctx, b.stop = context.WithCancel(context.WithoutCancel(ctx))
	return b
}

// every takes a step now and then again each d. A step that fails is logged, and taken again at its time.
func (b *background) every(d time.Duration, what string, step func(context.Context) error) {
	b.wg.Go(func() {
		tick := time.NewTicker(d)
		defer tick.Stop()
		for {
			if err := step(b.ctx); err != nil && b.ctx.Err() == nil {
				b.log.Warn(what+" failed", "cause", err)
			}
			select {
			case <-b.ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
}

// run runs f, which returns when its context ends.
func (b *background) run(f func(context.Context)) { b.wg.Go(func() { f(b.ctx) }) }

// reloadKeys reads the token keys again at each tick, and at once at each hang-up.
func (b *background) reloadKeys(keys *tokenKeys, ring *tenancy.Keyring, tick <-chan time.Time, hangups <-chan os.Signal) {
	b.wg.Go(func() {
		for {
			asked := false
			select {
			case <-b.ctx.Done():
				return
			case <-tick:
			case <-hangups:
				asked = true
			}
			before := ring.Keys()
			err := keys.reload(b.ctx, ring)
			switch {
			case err != nil && b.ctx.Err() == nil:
				b.log.Error("the token keys were not reloaded; those from before stay in use", "cause", err)
			case err == nil && (asked || !sameKeys(before, ring.Keys())):
				b.log.Info("token keys reloaded", "keys", len(ring.Keys()))
			}
		}
	})
}

func sameKeys(a, b []tenancy.Key) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID || !a[i].RetiresAt.Equal(b[i].RetiresAt) {
			return false
		}
	}
	return true
}

// close ends every step and waits for it.
func (b *background) close() {
	b.stop()
	b.wg.Wait()
}

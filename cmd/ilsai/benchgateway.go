package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// The bars of the gateway. The load generator shares the machine with the server.
const (
	cachedBarPerSecond = 5000
	cachedBarMS        = 25
	replayBarMS        = 10
	authBarMicros      = 100
	limiterBarMicros   = 5
	tenantsStartBarMS  = 2000
	tenantBarKiB       = 10
	neighbourBar       = 1.2
)

const (
	quietFew, quietMany = 10, 10_000 // tenants of the two servers that are compared
	busyTenants         = 20         // those that ask in the measured time
	gatewayConns        = 64
	gatewaySeconds      = 8
	replayPerSecond     = 500
	quietPerMinute      = 6000 // the limit of a tenant that asks 80 of 100 questions it may each second,
	noisyPerMinute      = 600  // beside one that asks 500 and may ask 10
)

// benchGateway measures what stands between a client and the model: two processes, this one with the
// clients and 'ilsai serve' itself, over TCP on the loopback interface. The server answers each question
// once with its model, which is not measured, and then from its cache: token, tenant, limits, cache,
// durable usage row, JSON. The limits are raised by an override, so the limiter still counts.
func benchGateway(ctx context.Context, c *config, m *measurement) ([]bar, error) {
	answers, err := benchCached(ctx, c, m)
	if err != nil {
		return nil, err
	}
	beside, err := benchNeighbour(ctx, c, m)
	if err != nil {
		return nil, err
	}
	many, err := benchManyTenants(ctx, c, m)
	if err != nil {
		return nil, err
	}
	m.sayf("the parts alone")
	parts, err := benchGatewayParts(ctx)
	return slices.Concat(answers, beside, parts, many), err
}

// benchCached asks what was asked before: as fast as the server answers, then at the bar's rate on a fixed
// schedule, then with idempotency keys that were answered before.
func benchCached(ctx context.Context, c *config, m *measurement) (_ []bar, err error) {
	m.sayf("making %d tenants with sales", busyTenants)
	g, err := newBenchServer(ctx, c, benchShops{count: busyTenants, sales: true})
	if err != nil {
		return nil, err
	}
	defer g.remove()
	if _, err := g.start(ctx); err != nil {
		return nil, err
	}
	defer g.stop()
	var cached, keyed [][]byte
	for i := range busyTenants {
		for n, question := range benchQuestions[:2] {
			cached = append(cached, g.request(i, question, ""))
			keyed = append(keyed, g.request(i, question, fmt.Sprintf("key-%d", n)))
		}
	}
	l := &traffic{address: g.address, server: g.cmd.Process.Pid, conns: gatewayConns, status: "200"}
	m.sayf("answering each question once")
	sent := 0
	for _, warm := range [][][]byte{cached, keyed} {
		if _, err := l.run(ctx, schedule{requests: warm, count: len(warm)}); err != nil {
			return nil, err
		}
		sent += len(warm)
	}
	m.sayf("cached answers, as fast as they come")
	l.mark = []byte(`"from_cache":true`)
	full, err := l.run(ctx, schedule{requests: cached, lasts: gatewaySeconds * time.Second})
	if err != nil {
		return nil, err
	}
	m.sayf("cached answers, %d/s on schedule", cachedBarPerSecond)
	open, err := l.run(ctx, schedule{requests: cached, perSecond: cachedBarPerSecond, count: cachedBarPerSecond * gatewaySeconds})
	if err != nil {
		return nil, err
	}
	m.sayf("replays of idempotency keys, %d/s on schedule", replayPerSecond)
	l.mark = []byte("Idempotency-Replayed: true")
	again, err := l.run(ctx, schedule{requests: keyed, perSecond: replayPerSecond, count: replayPerSecond * gatewaySeconds})
	if err != nil {
		return nil, err
	}
	sent += len(full.latencies) + len(open.latencies)
	rows, err := g.rows(ctx)
	if err != nil {
		return nil, err
	}
	return []bar{
		atLeast("cached answers, 64 connections", full.perSecond(), "requests/s", cachedBarPerSecond),
		figure("cached answers, 64 conn., 99th perc.", full.quantile(0.99), "ms"),
		figure("cached answers, CPU of the server", full.server, "µs"),
		figure("cached answers, CPU of the clients", full.self, "µs"),
		atLeast("cached answers on schedule, done", open.perSecond(), "requests/s", 0.99*cachedBarPerSecond),
		figure("cached answers on schedule, median", open.quantile(0.5), "ms"),
		atMost("cached answers on schedule, 99th p.", open.quantile(0.99), "ms", cachedBarMS),
		atMost("replay of a key, 99th percentile", again.quantile(0.99), "ms", replayBarMS),
		atMost("answers without exactly one row", absolute(float64(sent-rows)), "rows", 0),
	}, nil
}

// benchNeighbour has a tenant within its limit ask by itself and beside one that asks 50 times as much as it may.
func benchNeighbour(ctx context.Context, c *config, m *measurement) ([]bar, error) {
	g, err := newBenchServer(ctx, c, benchShops{count: 2, sales: true, perMinute: []int{quietPerMinute, noisyPerMinute}})
	if err != nil {
		return nil, err
	}
	defer g.remove()
	if _, err := g.start(ctx); err != nil {
		return nil, err
	}
	defer g.stop()
	quiet, noisy := [][]byte{g.request(0, benchQuestions[0], "")}, [][]byte{g.request(1, benchQuestions[0], "")}
	l := &traffic{address: g.address, server: g.cmd.Process.Pid, conns: 4, status: "200"}
	if _, err := l.run(ctx, schedule{requests: slices.Concat(quiet, noisy), count: 2}); err != nil {
		return nil, err
	}
	var alone, together []float64
	for round := range 3 {
		m.sayf("a quiet tenant alone and beside a noisy one, round %d of 3", round+1)
		steady := schedule{requests: quiet, perSecond: quietPerMinute / 60 * 8 / 10, lasts: 3 * time.Second}
		first, err := l.run(ctx, steady)
		if err != nil {
			return nil, err
		}
		noise := &traffic{address: g.address, server: l.server, conns: 16}
		var loud error
		var wg sync.WaitGroup
		wg.Go(func() {
			_, loud = noise.run(ctx, schedule{requests: noisy, perSecond: noisyPerMinute / 60 * 50, lasts: 3 * time.Second})
		})
		second, err := l.run(ctx, steady)
		if wg.Wait(); err != nil || loud != nil {
			return nil, errors.Join(err, loud)
		}
		alone, together = append(alone, first.quantile(0.95)), append(together, second.quantile(0.95))
	}
	return []bar{
		figure("quiet tenant alone, 95th percentile", median(alone), "ms"),
		atMost("beside one at 50 times its limit", median(together)/median(alone), "times", neighbourBar),
	}, nil
}

// benchManyTenants starts the server on few and on many tenants, and has each ask a question that the
// month's limit refuses: that fills all the server keeps of a tenant, but answers, whose memory is bounded.
func benchManyTenants(ctx context.Context, c *config, m *measurement) ([]bar, error) {
	var started, resident [2]float64
	for i, tenants := range []int{quietFew, quietMany} {
		m.sayf("making %d tenants", tenants)
		g, err := newBenchServer(ctx, c, benchShops{count: tenants})
		if err != nil {
			return nil, err
		}
		defer g.remove()
		m.sayf("starting on %d tenants", tenants)
		var starts []float64
		for range 5 {
			took, err := g.start(ctx)
			if err != nil {
				return nil, err
			}
			starts = append(starts, took)
			if len(starts) < 5 {
				g.stop()
			}
		}
		started[i] = median(starts)
		var requests [][]byte
		for t := range tenants {
			requests = append(requests, g.request(t, benchQuestions[0], ""))
		}
		l := &traffic{address: g.address, server: g.cmd.Process.Pid, conns: gatewayConns, status: "429", mark: []byte("quota_exceeded")}
		if _, err := l.run(ctx, schedule{requests: requests, count: 2 * quietMany}); err != nil {
			return nil, err
		}
		if resident[i], err = residentMemory(g.cmd.Process.Pid); err != nil {
			return nil, err
		}
		g.stop()
	}
	return []bar{
		atMost("10,000 tenants, start to ready", started[1], "ms", tenantsStartBarMS),
		figure("10 tenants, start to ready", started[0], "ms"),
		atMost("10,000 tenants, memory of each", 1024*(resident[1]-resident[0])/(quietMany-quietFew), "KiB", tenantBarKiB),
	}, nil
}

func absolute(v float64) float64 { return max(v, -v) }

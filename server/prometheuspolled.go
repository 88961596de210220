package server

import "github.com/prometheus/client_golang/prometheus"

// polled reads the counters that other parts keep, once for each reading of /metrics.
type polled struct {
	read []func(chan<- prometheus.Metric)
}

// series is one counter or gauge without labels.
type series struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func counterOf(name, help string) series {
	return series{prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue}
}

func gaugeOf(name, help string) series {
	return series{prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue}
}

func (s series) of(value float64) prometheus.Metric {
	return prometheus.MustNewConstMetric(s.desc, s.kind, value)
}

func newPolled(o PrometheusOptions) *polled {
	p := &polled{}
	if o.Limiter != nil {
		away := gaugeOf("ilsai_limiter_store_away", "1 while the shared store of the rate limit is away and this process decides alone.")
		lost := counterOf("ilsai_limiter_store_losses_total", "Times the shared store of the rate limit went away.")
		back := counterOf("ilsai_limiter_store_recoveries_total", "Times it came back.")
		local := counterOf("ilsai_limiter_local_decisions_total", "Requests decided without it.")
		p.read = append(p.read, func(ch chan<- prometheus.Metric) {
			s, isAway := o.Limiter.Stats(), 0.0
			if s.Away {
				isAway = 1
			}
			ch <- away.of(isAway)
			ch <- lost.of(float64(s.Lost))
			ch <- back.of(float64(s.Recovered))
			ch <- local.of(float64(s.Local))
		})
	}
	if o.Answers != nil {
		hits := counterOf("ilsai_dedup_hits_total", "Questions answered from memory.")
		misses := counterOf("ilsai_dedup_misses_total", "Questions that had to be worked on.")
		coalesced := counterOf("ilsai_dedup_coalesced_total", "Questions that joined the work on the same one.")
		evictions := counterOf("ilsai_dedup_evictions_total", "Answers dropped for want of room or for age.")
		mismatches := counterOf("ilsai_dedup_mismatches_total", "Answers of another tenant found under a key and not used: a defect.")
		size := gaugeOf("ilsai_dedup_bytes", "Memory in use for answers.")
		p.read = append(p.read, func(ch chan<- prometheus.Metric) {
			s := o.Answers.Stats()
			ch <- hits.of(float64(s.Hits))
			ch <- misses.of(float64(s.Misses))
			ch <- coalesced.of(float64(s.Coalesced))
			ch <- evictions.of(float64(s.Evicted))
			ch <- mismatches.of(float64(s.Mismatches))
			ch <- size.of(float64(s.Bytes))
		})
	}
	if o.Refusals != nil {
		pending := gaugeOf("ilsai_refusals_pending", "Refusals counted in memory and not written yet.")
		lost := counterOf("ilsai_refusals_lost_total", "Refusals that were counted and never written.")
		p.read = append(p.read, func(ch chan<- prometheus.Metric) {
			s := o.Refusals.Stats()
			ch <- pending.of(float64(s.Pending))
			ch <- lost.of(float64(s.Lost))
		})
	}
	return p
}

// Describe implements prometheus.Collector.
func (p *polled) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(p, ch) }

// Collect implements prometheus.Collector.
func (p *polled) Collect(ch chan<- prometheus.Metric) {
	for _, read := range p.read {
		read(ch)
	}
}

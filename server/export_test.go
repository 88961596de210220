package server

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Gatherer reads the metrics as /metrics does.
func (p *Prometheus) Gatherer() prometheus.Gatherer { return p.registry }

// SetTicker replaces the clock of pings in streams.
func (s *Server) SetTicker(ticks <-chan time.Time) {
	s.ticker = func() <-chan time.Time { return ticks }
}

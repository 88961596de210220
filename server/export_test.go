package server

import "github.com/prometheus/client_golang/prometheus"

// Gatherer reads the metrics as /metrics does.
func (p *Prometheus) Gatherer() prometheus.Gatherer { return p.registry }

package limit

// Keys counts the keys a limiter holds.
func Keys(l *Local) int {
	n := 0
	for i := range l.shards {
		l.shards[i].mu.Lock()
		n += len(l.shards[i].logs)
		l.shards[i].mu.Unlock()
	}
	return n
}

// ClockIsMonotonic reports whether the default clock's origin carries a monotonic reading.
func ClockIsMonotonic() bool { return started != started.Round(0) }

package main

import (
	"log/slog"
	"strings"
	"testing"
)

// TestShadowLimitsRefuseNothing: what would have been refused is admitted, counted and logged once.
func TestShadowLimitsRefuseNothing(t *testing.T) {
	t.Parallel()
	lines := logLines{said: make(chan string, 10)}
	log := slog.New(slog.NewTextHandler(&lines, nil))
	l, err := openLimiter(&config{ShadowLimits: true, Replicas: 1}, log)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for i := range 5 {
		if d, err := l.Allow(t.Context(), "shop", 2); err != nil || !d.Allowed || d.Exceeded != (i >= 2) {
			t.Errorf("request %d: %+v %v", i, d, err)
		}
	}
	report := l.logShadow(log)
	for range 2 {
		if err := report(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if line := <-lines.said; !strings.Contains(line, "since_last=3 since_start=3") || len(lines.said) > 0 {
		t.Errorf("it said %q and %d more", line, len(lines.said))
	}
}

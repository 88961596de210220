package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/server"
)

// The queue shows all shops to the platform's administrators, and nothing of it to anybody else.
func TestQueueIsThePlatforms(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t, func(d *server.Deps) {
		d.Queue = func() server.QueueState {
			return server.QueueState{Waiting: 3, Running: 1, Window: 10 * time.Minute, Tenants: []server.QueueTenant{
				{ID: "b", Weight: 4, Waiting: 1, VirtualTime: 120.4, Served: 300},
				{ID: "a", Weight: 1, Waiting: 2, Running: 1, VirtualTime: 480, Served: 100, Position: 1, ETA: 1500 * time.Millisecond},
			}}
		}
	})
	for _, c := range []struct{ name, bearer string }{
		{"a shop's administrator", b.bearer("a", "admin")}, {"a shop's user", b.bearer("a", "staff")}, {"the platform's user", b.bearer("ils", "staff")},
	} {
		if got := b.do(http.MethodGet, "/api/admin/queue", c.bearer, ""); got.status != http.StatusForbidden {
			t.Errorf("%s: %d: %s", c.name, got.status, got.body)
		}
	}
	if got := b.do(http.MethodGet, "/api/admin/queue", "", ""); got.status != http.StatusUnauthorized {
		t.Errorf("nobody: %d: %s", got.status, got.body)
	}
	platform := b.bearer("ils", "admin")
	got := b.do(http.MethodGet, "/api/admin/queue", platform, "")
	if got.status != http.StatusOK {
		t.Fatalf("the platform: %d: %s", got.status, got.body)
	}
	golden(t, "admin_queue.json", got.body)
	if got := b.do(http.MethodGet, "/api/admin/queue?limit=0", platform, ""); got.status != http.StatusBadRequest {
		t.Errorf("limit=0: %d: %s", got.status, got.body)
	}
}

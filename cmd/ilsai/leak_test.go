package main

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// TestServeLeavesNothingBehind starts and stops a server with everything on, in this process. It is
// serial: goroutines of other tests would be taken for the server's.
func TestServeLeavesNothingBehind(t *testing.T) {
	before := goleak.IgnoreCurrent()
	dir := makeShop(t)
	c, err := load(t, []string{"--data-dir=" + dir, "--listen=127.0.0.1:0", "--threads=1", "--local-login", "--metrics", "--shadow-limits", "--drain-timeout=10s"},
		[]string{"ILSAI_JWT_SECRET=" + secretText("a"), "ILSAI_REDIS_URL=redis://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := listen(c.Listen)
	if err != nil {
		t.Fatal(err)
	}
	control, err := openServerControl(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ready, served := make(chan struct{}), make(chan error, 1)
	go func() {
		served <- serve(ctx, c, slog.New(slog.DiscardHandler), ln, control, func() { close(ready) })
	}()
	select {
	case <-ready:
	case err := <-served:
		t.Fatal(err)
	}
	url, token := "http://"+ln.Addr().String(), signed(t, "a", "")
	for _, r := range []struct{ method, path, body string }{
		{http.MethodGet, "/readyz", ""}, {http.MethodGet, "/metrics", ""}, {http.MethodGet, "/api/ai/usage", ""},
		{http.MethodPost, "/api/ai/query", `{"question": "How much did we sell?", "query_type": "sales"}`},
		{http.MethodPost, "/api/ai/query", `{"question": "", "query_type": "sales"}`}, // refused, and counted
		{http.MethodPost, "/api/auth/login", `{"tenant": "corner-optics", "email": "nobody@corner.example", "password": "seven green lamps"}`},
	} {
		if _, _, err := request(r.method, url+r.path, token, r.body); err != nil {
			t.Errorf("%s: %v", r.path, err)
		}
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := control.Close(); err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, before,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),    // one per process, never ends
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2")) // looks every 10 s whether to end

	// What was counted in memory a moment ago is in the database: the store closes last.
	again, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	m, err := again.TenantMetrics(t.Context(), testShop, time.Now().Add(-2*time.Hour), time.Now().Add(time.Hour))
	if err != nil || !slices.Contains(m.Errors, tenancy.ErrorCount{Type: ilsai.CodeInvalid, Count: 1}) {
		t.Errorf("the refusal was not counted: %+v %v", m, err)
	}
}

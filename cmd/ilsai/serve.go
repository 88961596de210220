package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy/store"
)

const (
	// reapEvery is how often leases that are over are cleared away; they count for nothing meanwhile.
	reapEvery = time.Minute
	// purgeEvery is how often the data of deleted tenants is looked through; their grace is in days.
	purgeEvery = time.Hour
	// shadowEvery is how often the log says what limits that are only watched would have refused.
	shadowEvery = time.Minute
	// keysEvery is how often token keys are read again: below half of tenancy.KeySpread.
	keysEvery = 20 * time.Second
)

func newServe() *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Serve the HTTP API", Args: cobra.NoArgs,
		Long: "Serves the HTTP API until SIGINT or SIGTERM, then finishes the running questions; a second signal ends it at once.\n" +
			"SIGHUP reads the token keys again.",
		Example: "  openssl rand -hex 32 > secret && chmod 600 secret\n  ilsai serve --data-dir /var/lib/ilsai --jwt-secret-file secret --listen 127.0.0.1:8080",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := configure(cmd)
			if err != nil {
				return err
			}
			if _, err := secretKeys(c); err != nil { // a weak secret is refused before anything is made
				return err
			}
			ln, err := listen(c.Listen)
			if err != nil {
				return err
			}
			defer ln.Close()
			control, err := openServerControl(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer control.Close()
			return serve(cmd.Context(), c, log, ln, control, nil)
		},
	}
	addConfigFlags(cmd.Flags())
	return cmd
}

func configure(cmd *cobra.Command) (*config, *slog.Logger, error) {
	c, err := loadConfig(cmd.Flags(), os.Environ())
	if err != nil {
		return nil, nil, err
	}
	log, err := newLogger(c, os.Stderr)
	return c, log, err
}

// listen takes the port before anything slow or lasting happens.
func listen(address string) (net.Listener, error) {
	ln, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, ilsai.Errorf(ilsai.CodeConflict, "%s is in use by another program: stop it, or choose another address with --listen", address)
	case errors.Is(err, syscall.EACCES):
		return nil, ilsai.Errorf(ilsai.CodeUnavailable, "this user may not listen on %s: choose a port above 1023 with --listen", address)
	case err != nil:
		return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "cannot listen on %q: it must be HOST:PORT", address)
	}
	return ln, nil
}

// serve answers on ln until ctx ends, then stops in order: no new connections, running questions
// finished, background work ended and its counts written, model and shops' data closed. The caller closes ln and control.
// ready, if not nil, is called when questions can be answered.
func serve(ctx context.Context, c *config, log *slog.Logger, ln net.Listener, control *store.Store, ready func()) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	keys, err := openKeys(c, control)
	if err != nil {
		return err
	}
	ring, err := keys.ring(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.tenantsDir(), 0o700); err != nil { // a server may start before its first shop has data
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "the data directory %s cannot be written", c.DataDir)
	}
	a, err := openApp(c, log, time.Now)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.openServers(c, control); err != nil {
		return err
	}
	if err := a.refreshAdapters(ctx, control); err != nil {
		log.Error("not every shop is answered with its adapter", "cause", err) // nobody waits for one file
	}
	g, err := openGateway(c, log, control, ring, a)
	if err != nil {
		return err
	}
	defer g.Close()
	tick := time.NewTicker(keysEvery)
	defer tick.Stop()
	work := newBackground(ctx, log)
	defer work.close()
	work.reloadKeys(keys, ring, tick.C, hangups)
	work.every(reapEvery, "clearing the ledger", func(ctx context.Context) error { return control.ReapLedger(ctx, time.Now()) })
	work.every(purgeEvery, "removing the data of deleted tenants", func(ctx context.Context) error { return g.purge(ctx, log) })
	work.every(adaptersEvery, "loading the shops' adapters", func(ctx context.Context) error { return a.refreshAdapters(ctx, control) })
	if g.limiter.shadow != nil {
		work.every(shadowEvery, "watching the rate limits", g.limiter.logShadow(log))
	}
	work.run(g.refusals.Run)
	work.run(store.NewUptime(store.UptimeOptions{Record: control.RecordReady, Ready: g.isReady, Log: log}).Run)

	served := make(chan error, 1)
	go func() { served <- g.server.Serve(ln) }()
	log.Info("serving", "address", ln.Addr().String(), "model", a.modelName)
	if ready != nil {
		ready()
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	g.stopping.Store(true)
	return drain(ctx, c, log, g.server, served)
}

// drain goes on answering for the delay, so that load balancers see /readyz say 503 before connections
// are refused, then finishes what runs.
func drain(ctx context.Context, c *config, log *slog.Logger, s *server.Server, served <-chan error) error {
	log.Info("stopping: finishing the running questions", "after", c.DrainDelay.String(), "at_most", c.DrainTimeout.String())
	select {
	case err := <-served:
		return err
	case <-time.After(c.DrainDelay):
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.DrainTimeout)
	defer cancel()
	if err := s.Shutdown(drain); err != nil {
		return ilsai.Wrap(ilsai.CodeDeadline, err, "questions were still running after %s and were cut off", c.DrainTimeout)
	}
	return <-served
}

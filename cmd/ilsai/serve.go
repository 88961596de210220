package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/dedup"
	"github.com/ils-platform/ilsai/tenancy/limit"
	"github.com/ils-platform/ilsai/tenancy/store"
)

func (c *config) tenantsDir() string { return filepath.Join(c.DataDir, "tenants") }

func newServe() *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Serve the HTTP API", Args: cobra.NoArgs,
		Example: "  openssl rand -hex 32 > secret && chmod 600 secret\n  ilsai serve --data-dir /var/lib/ilsai --jwt-secret-file secret --listen 127.0.0.1:8080",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := configure(cmd)
			if err != nil {
				return err
			}
			secret, err := readSecret(c)
			if err != nil {
				return err
			}
			ln, err := listen(c.Listen)
			if err != nil {
				return err
			}
			control, err := store.Open(cmd.Context(), c.DataDir, store.Options{})
			if err != nil {
				return errors.Join(err, ln.Close())
			}
			defer control.Close()
			return serve(cmd.Context(), c, log, ln, control, secret, nil)
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

// serve answers on ln until ctx ends, then finishes what runs. ready, if not nil, is called when questions can be answered.
func serve(ctx context.Context, c *config, log *slog.Logger, ln net.Listener, control *store.Store, secret []byte, ready func()) error {
	verifier, err := tenancy.NewTokenVerifier(secret, tenancy.TokenOptions{})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	a, err := openApp(c, log, time.Now)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	defer a.Close()
	memory := dedup.Options{MaxBytes: int64(c.CacheMiB) << 20}
	var limiter limit.Limiter = limit.NewLocal(limit.Options{})
	if c.measuring {
		memory.TTL, limiter = time.Nanosecond, limitless{}
	}
	answers, err := dedup.New(memory)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	defer answers.Close()
	desk := admission.New(admission.Options{
		Limiter: limiter, Answers: answers, Ledger: control, Now: time.Now, Lease: c.QueryTimeout + leaseSpare,
	})
	reaped := make(chan struct{})
	reaping, stopReaping := context.WithCancel(context.WithoutCancel(ctx))
	defer func() { stopReaping(); <-reaped }()
	go reap(reaping, control, log, reaped)
	s := server.New(server.Deps{
		Asker: a.assistant, Auth: tenancy.NewAuthenticator(verifier, tenancy.NewTenantCache(control, tenancy.TenantCacheOptions{})), Desk: desk, Quota: control,
		Ready: readiness(c, control, a), Log: log, Now: time.Now, ModelName: a.modelName, QueryTimeout: c.QueryTimeout,
	})
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	log.Info("serving", "address", ln.Addr().String(), "model", a.modelName)
	if ready != nil {
		ready()
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping: finishing the running questions", "at_most", c.DrainTimeout.String())
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.DrainTimeout)
	defer cancel()
	if err := s.Shutdown(drain); err != nil {
		return ilsai.Wrap(ilsai.CodeDeadline, err, "questions were still running after %s and were cut off", c.DrainTimeout)
	}
	return <-served
}

// limitless lets a measurement ask as fast as it can.
type limitless struct{}

func (limitless) Allow(context.Context, string, int) (limit.Decision, error) {
	return limit.Decision{Allowed: true, Limit: tenancy.Unlimited}, nil
}

const (
	// leaseSpare is added to the longest question: a lease that ends earlier would let the same key run twice.
	leaseSpare = 30 * time.Second
	// reapEvery is how often leases that are over are cleared away; they count for nothing meanwhile.
	reapEvery = time.Minute
)

// reap clears the ledger's leases and stored answers that are over, until ctx ends.
func reap(ctx context.Context, control *store.Store, log *slog.Logger, done chan<- struct{}) {
	defer close(done)
	tick := time.NewTicker(reapEvery)
	defer tick.Stop()
	for {
		if err := control.ReapLedger(ctx, time.Now()); err != nil && ctx.Err() == nil {
			log.Warn("clearing the ledger failed", "cause", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// readiness is what /readyz asks: the control database answers, the shops' data can be read, the model's loop lives.
func readiness(c *config, control *store.Store, a *app) func(context.Context) []server.Check {
	return func(ctx context.Context) []server.Check {
		database := server.Check{Name: "control database"}
		if control.Ping(ctx) != nil {
			database.Err = errors.New("the control database does not answer")
		}
		info := a.engine.Info()
		return []server.Check{
			database,
			{Name: "tenant data", Err: checkData(c.tenantsDir())},
			{Name: "model", Detail: a.modelName + " (" + info.Profile + ")"},
		}
	}
}

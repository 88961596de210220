package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/dedup"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// leaseSpare is added to the longest question: a lease that ends earlier would let the same key run twice.
const leaseSpare = 30 * time.Second

// gateway is what stands between the listener and the assistant: who asks, how much they may, what it costs.
type gateway struct {
	server   *server.Server
	limiter  *rateLimit
	answers  *dedup.Cache
	refusals *admission.Refusals
	admin    *tenancy.Administration
	ready    func(context.Context) []server.Check
	stopping atomic.Bool // /readyz says 503 while requests are still answered
}

// openGateway wires the parts. It starts nothing. The caller closes it after the last request, before app and control.
func openGateway(c *config, log *slog.Logger, control *store.Store, ring *tenancy.Keyring, a *app) (_ *gateway, err error) {
	g := &gateway{refusals: admission.NewRefusals(admission.RefusalsOptions{Store: control, Log: log})}
	defer func() {
		if err != nil {
			g.Close()
		}
	}()
	proxies, err := c.trustedProxies()
	if err != nil {
		return nil, err
	}
	origins, err := c.allowedOrigins()
	if err != nil {
		return nil, err
	}
	login, err := openLogin(c, control, ring)
	if err != nil {
		return nil, err
	}
	if g.limiter, err = openLimiter(c, log); err != nil {
		return nil, err
	}
	memory := dedup.Options{MaxBytes: int64(c.CacheMiB) << 20}
	if c.measuring {
		memory.TTL = time.Nanosecond
	}
	if g.answers, err = dedup.New(memory); err != nil {
		return nil, err
	}
	tenants := tenancy.NewTenantCache(control, tenancy.TenantCacheOptions{})
	limits := tenancy.NewLimitsCache(control, tenancy.TenantCacheOptions{})
	g.admin = tenancy.NewAdministration(control, login, tenancy.AdministrationOptions{
		Forget: func(id ilsai.TenantID) { tenants.Forget(id); limits.Forget(id) }, DropData: c.dropShop(control),
	})
	g.ready = g.readiness(c, control, a)
	d := server.Deps{
		Asker: a.assistant, Auth: tenancy.NewAuthenticator(tenancy.NewKeyringVerifier(ring, tenancy.TokenOptions{}), tenants), Quota: control,
		Desk: admission.New(admission.Options{
			Limiter: g.limiter, Limits: limits, Answers: g.answers, Ledger: control, Refusals: g.refusals, Now: time.Now,
			Lease: c.QueryTimeout + leaseSpare, ShadowQuota: c.ShadowLimits,
		}),
		Ready: g.ready, Log: log, Now: time.Now, ModelName: a.modelName, QueryTimeout: c.QueryTimeout,
		DataVersion: a.dataVersion, Insights: a.insights,
		Chat: a.model, ChatName: a.model.chatName(), Queue: func() server.QueueState { return queueState(a.model) },
		Conversations: control, Feedback: control, Audit: control, FilterChat: c.FilterChat,
		Platform: ilsai.TenantID(c.PlatformTenant), Metrics: control, Tenants: tenants, Admin: g.admin, TrustedProxies: proxies,
	}
	c.addPages(&d, a, origins)
	if login != nil { // an interface that holds nil would not be nil
		d.Login = login
	}
	if c.Metrics {
		d.Prometheus = g.prometheus()
		control.ObserveCommits(d.Prometheus.ObserveCommit)
	}
	g.server = server.New(d)
	return g, nil
}

// openLogin is nil when users sign in elsewhere.
func openLogin(c *config, control *store.Store, ring *tenancy.Keyring) (*tenancy.LocalLogin, error) {
	if !c.LocalLogin {
		return nil, nil
	}
	if !slices.ContainsFunc(ring.Keys(), func(k tenancy.Key) bool { return k.Algorithm == tenancy.HS256 }) {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "local_login signs tokens, and there is no secret to sign with: make one with 'ilsai key rotate', or set jwt_secret_file")
	}
	return tenancy.NewLocalLogin(control, control, tenancy.NewKeyringIssuer(ring, tenancy.TokenOptions{}), tenancy.LoginOptions{})
}

func (g *gateway) prometheus() *server.Prometheus {
	o := server.PrometheusOptions{Version: version, Answers: g.answers, Refusals: g.refusals}
	if g.limiter.fallback != nil {
		o.Limiter = g.limiter.fallback
	}
	return server.NewPrometheus(o)
}

// readiness is what /readyz asks: the control database answers, the shops' data can be read, the model is there.
func (g *gateway) readiness(c *config, control *store.Store, a *app) func(context.Context) []server.Check {
	return func(ctx context.Context) []server.Check {
		database := server.Check{Name: "control database"}
		if control.Ping(ctx) != nil {
			database.Err = errors.New("the control database does not answer")
		}
		checks := []server.Check{
			database,
			{Name: "tenant data", Err: checkData(c.tenantsDir())},
			a.model.check(ctx),
		}
		if a.on != nil {
			checks = append(checks, a.on.check())
		}
		if g.stopping.Load() {
			checks = append(checks, server.Check{Name: "process", Err: errors.New("stopping: send questions to another replica")})
		}
		return append(append(checks, a.serverChecks()...), g.limiter.checks()...)
	}
}

func (g *gateway) isReady(ctx context.Context) bool {
	return !slices.ContainsFunc(g.ready(ctx), func(check server.Check) bool { return check.Err != nil })
}

// purge removes the data of deleted tenants whose grace period is over.
func (g *gateway) purge(ctx context.Context, log *slog.Logger) error {
	purged, err := g.admin.PurgeTenants(ctx, tenancy.CommandActor("server"), time.Now())
	for _, id := range purged {
		log.Info("the data of a deleted tenant was removed", "tenant", id)
	}
	return err
}

// Close frees what is open.
func (g *gateway) Close() error {
	if g.answers != nil {
		g.answers.Close()
	}
	if g.limiter != nil {
		return g.limiter.Close()
	}
	return nil
}

// trustedProxies reads addresses and networks, separated by commas.
func (c *config) trustedProxies() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for s := range strings.FieldsFuncSeq(c.TrustedProxies, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !strings.Contains(s, "/") {
			if at, err := netip.ParseAddr(s); err == nil {
				s = fmt.Sprintf("%s/%d", at, at.BitLen())
			}
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, usagef("trusted_proxies has %q; it must be addresses or networks such as 10.0.0.0/8, separated by commas", s)
		}
		all = append(all, p)
	}
	return all, nil
}

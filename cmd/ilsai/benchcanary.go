package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/bench/canary"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// canaryOptions size a canary.
type canaryOptions struct {
	shops, requests, connections int
	seed                         uint64
	url, tokens                  string                     // a live server and its tenants; "": one of its own
	edit                         func(*app, *gateway) error // see startCanaryServer
}

const (
	canaryShops, canaryRequests, canaryConnections = 50, 5000, 48
	liveRequests, liveConnections                  = 200, 4
)

func newBenchCanary() *cobra.Command {
	var o canaryOptions
	cmd := benchCommand("canary", "Secrets of many shops through all the server does: none may reach another shop", func(ctx context.Context, c *config, m *measurement) ([]bar, error) {
		o.setDefaults()
		return benchCanary(ctx, c, o, m)
	})
	cmd.Long = "Makes shops whose names, products and questions are secrets, and sends their questions, chats, repetitions, idempotency keys,\n" +
		"cancellations and refused requests all at once, with a restart half-way. Everything that comes back, every line of the log and\n" +
		"every stored row is searched for the secrets of other shops.\n\n" +
		"With --url and --tokens it asks a live server on behalf of the tenants in the file: their secrets are in questions, chats, keys\n" +
		"and request ids only, and replies are all that is searched. Those requests are billed to them: use tenants made for it."
	cmd.Example = "  ilsai bench canary --strict\n  ilsai bench canary --url https://ai.example --tokens tenants.txt   # lines of 'TENANT TOKEN'"
	f := cmd.Flags()
	f.IntVar(&o.shops, "tenants", canaryShops, "shops that ask")
	f.IntVar(&o.requests, "requests", 0, fmt.Sprintf("requests, those that follow from others not counted (default %d, with --url %d)", canaryRequests, liveRequests))
	f.IntVar(&o.connections, "connections", 0, fmt.Sprintf("requests at the same time (default %d, with --url %d)", canaryConnections, liveConnections))
	f.Uint64Var(&o.seed, "seed", 0, "makes the same secrets and requests again (0: new ones)")
	f.StringVar(&o.url, "url", "", "address of a live server")
	f.StringVar(&o.tokens, "tokens", "", "file with the live server's tenants to ask for, one 'TENANT TOKEN' a line")
	cmd.MarkFlagsRequiredTogether("url", "tokens")
	cmd.MarkFlagsMutuallyExclusive("url", "tenants")
	return cmd
}

func (o *canaryOptions) setDefaults() {
	requests, connections := canaryRequests, canaryConnections
	if o.url != "" {
		requests, connections = liveRequests, liveConnections
	}
	if o.requests == 0 {
		o.requests = requests
	}
	if o.connections == 0 {
		o.connections = connections
	}
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano())
	}
}

func benchCanary(ctx context.Context, c *config, o canaryOptions, m *measurement) ([]bar, error) {
	if o.shops < 2 && o.url == "" || o.requests < 1 || o.connections < 1 {
		return nil, usagef("a canary needs at least 2 tenants, a request and a connection")
	}
	m.sayf("seed %d", o.seed)
	m.fact("seed", o.seed)
	words := canary.NewWords(o.seed)
	r := &canaryRun{canaryOptions: o, words: words, watch: canary.NewWatch(words), m: m}
	var err error
	if o.url != "" {
		err = r.live(ctx)
	} else {
		err = r.own(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	r.tables()
	return r.bars(), nil
}

// canaryRun is one canary.
type canaryRun struct {
	canaryOptions
	words  *canary.Words
	watch  *canary.Watch
	m      *measurement
	asking []*canaryShop
	client *canaryClient
	rows   int
	probes []keptProbe
	took   time.Duration
}

// live asks a server that somebody else runs.
func (r *canaryRun) live(ctx context.Context) (err error) {
	if r.asking, err = readCanaryShops(r.tokens, r.words); err != nil {
		return err
	}
	r.client = newCanaryClient(strings.TrimRight(r.url, "/"), r.watch, r.connections)
	r.client.patient = true
	defer r.client.http.CloseIdleConnections()
	if err := r.traffic(ctx, 0, r.requests); err != nil {
		return err
	}
	return r.probe(ctx)
}

// own runs a server on data of its own, stops it half-way and goes on with another on the same data.
func (r *canaryRun) own(ctx context.Context, c *config) (err error) {
	c, remove, err := canaryConfig(c)
	if err != nil {
		return err
	}
	defer remove()
	r.m.sayf("making %d shops", r.shops)
	issuer, err := tenancy.NewTokenIssuer([]byte(c.JWTSecret), tenancy.TokenOptions{})
	if err != nil {
		return err
	}
	if r.asking, err = makeCanaryShops(ctx, c.DataDir, issuer, r.words, r.shops); err != nil {
		return err
	}
	r.client = newCanaryClient("", r.watch, r.connections)
	defer r.client.http.CloseIdleConnections()
	for half := range 2 {
		if err := r.serving(ctx, c, half); err != nil {
			return err
		}
	}
	r.m.sayf("searching what is stored")
	control, err := store.Open(ctx, c.DataDir, store.Options{})
	if err != nil {
		return err
	}
	defer control.Close()
	if r.rows, err = auditCanary(ctx, control, r.watch); err != nil {
		return err
	}
	return r.files(c.tenantsDir())
}

// serving starts a server and sends it one half of the requests.
func (r *canaryRun) serving(ctx context.Context, c *config, half int) (err error) {
	s, err := startCanaryServer(ctx, c, canaryLog(r.watch), r.edit)
	if err != nil {
		return err
	}
	defer func() {
		r.client.http.CloseIdleConnections() // a server waits for its connections
		err = errors.Join(err, s.stop())
	}()
	r.client.url = s.url
	middle := r.requests / 2
	if half == 0 {
		return r.traffic(ctx, 0, middle)
	}
	if err := r.traffic(ctx, middle, r.requests); err != nil {
		return err
	}
	if err := r.probe(ctx); err != nil {
		return err
	}
	return r.client.nobodys(ctx, "/metrics", "/readyz", "/v1/models", "/api/ai/usage")
}

// traffic sends requests from to to.
func (r *canaryRun) traffic(ctx context.Context, from, to int) error {
	r.m.sayf("requests %d to %d of %d shops", from+1, to, len(r.asking))
	t := newCanaryTraffic(r.seed, r.asking)
	run, err := bench.Load{Workers: r.connections, Count: to - from, StopOnError: true, Watch: r.m.live}.Run(ctx,
		func(ctx context.Context, i int, _ *bench.Event) error { return r.client.play(ctx, t.request(from+i)) })
	r.took += run.Took
	return err
}

// files searches the shops' databases: a file in the wrong directory would hold another's names.
func (r *canaryRun) files(dir string) error {
	for _, s := range r.asking {
		paths, err := filepath.Glob(filepath.Join(dir, string(s.id), "*"))
		if err != nil {
			return err
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			r.watch.Saw(string(s.id), "file "+filepath.Base(path), b)
		}
	}
	return nil
}

// bars judge the run. That nothing leaked means something only if secrets did travel, so that is a bar as well.
func (r *canaryRun) bars() []bar {
	_, leaks := r.watch.Leaks()
	inLog, inRows, inReplies := 0, 0, 0
	for where, n := range leaks {
		switch {
		case where == "log":
			inLog += n
		case strings.HasPrefix(where, "table "), strings.HasPrefix(where, "file "):
			inRows += n
		default:
			inReplies += n
		}
	}
	sent := 0
	for _, n := range r.client.sent {
		sent += n
	}
	texts, bytes := r.watch.Looked()
	beyond, again := r.probed()
	bars := []bar{
		figure("requests", float64(sent), "requests"), figure("in a second", float64(sent)/r.took.Seconds(), "requests/s"),
		figure("texts searched", float64(texts), "texts"), figure("bytes searched", float64(bytes)/1e6, "MB"),
		atMost("secrets of others in replies", float64(inReplies), "secrets", 0),
		atMost("cached tokens of others' chats", beyond, "tokens", probeSlack),
	}
	if r.url != "" {
		return append(bars, figure("cached tokens of one's own chat", again, "tokens"), figure("replies nobody expected", float64(r.client.missed), "replies"))
	}
	return append(bars,
		atMost("secrets of others in the log", float64(inLog), "secrets", 0),
		atMost("secrets of others in stored rows", float64(inRows), "secrets", 0),
		figure("rows searched", float64(r.rows), "rows"),
		atLeast("shops that saw their own products", float64(r.sawOwn("product")), "shops", float64(len(r.asking))),
		atLeast("cached tokens of one's own chat", again, "tokens", 1),
		atMost("replies nobody expected", float64(r.client.missed), "replies", 0))
}

// sawOwn is how many shops were told what is planted in a place of theirs.
func (r *canaryRun) sawOwn(place string) int {
	return r.watch.Owners(place, func(where string) bool {
		return !strings.HasPrefix(where, "file ") && !strings.HasPrefix(where, "table ")
	})
}

func (r *canaryRun) tables() {
	own := &bench.Table{Header: []string{"planted in", "seen in", "shops", "times"}}
	for _, s := range r.watch.Own() {
		own.Add(s.Planted, s.Where, s.Owners, s.Times)
	}
	kinds := &bench.Table{Header: []string{"requests", "sent", "status 0 is a client that went away"}}
	for _, kind := range slices.Sorted(maps.Keys(r.client.sent)) {
		text := ""
		for _, status := range slices.Sorted(maps.Keys(r.client.statuses[kind])) {
			text += fmt.Sprintf("%d: %d  ", status, r.client.statuses[kind][status])
		}
		kinds.Add(kind, r.client.sent[kind], strings.TrimSpace(text))
	}
	r.m.sections = append(r.m.sections,
		bench.Section{Title: "Requests", Table: kinds},
		bench.Section{Title: "Secrets that came back to their own shop", Table: own})
	if some, _ := r.watch.Leaks(); len(some) > 0 {
		leaks := &bench.Table{Header: []string{"secret of", "planted in", "seen by", "where", "excerpt"}}
		for _, l := range some {
			leaks.Add(l.Owner, l.Planted, l.SeenBy, l.Where, fmt.Sprintf("%q", l.Excerpt))
		}
		r.m.sections = append(r.m.sections, bench.Section{Title: "Secrets that others saw", Table: leaks})
	}
	if len(r.client.unexpected) > 0 {
		missed := &bench.Table{Header: []string{"replies nobody expected"}}
		for _, text := range r.client.unexpected {
			missed.Add(text)
		}
		r.m.sections = append(r.m.sections, bench.Section{Title: "Replies nobody expected", Table: missed})
	}
}

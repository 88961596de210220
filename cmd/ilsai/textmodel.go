package main

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy/fairq"
)

// textModel is what questions and conversations are answered by: a model in this process, or a server elsewhere.
// Either stands behind the same fair queue.
type textModel interface {
	assistant.Generator
	server.ChatModel

	name() string     // in answers and usage rows
	chatName() string // for clients of /v1
	profile() string  // one of the assistant's
	// check is its line of /readyz.
	check(ctx context.Context) server.Check
	// queue tells who waits for it.
	queue(now time.Time) fairq.Snapshot
	Close() error
}

// queueState shows a model's queue to the platform's administrators: its scopes are the shops' ids.
func queueState(m textModel) server.QueueState {
	s := m.queue(time.Now())
	q := server.QueueState{Waiting: s.Waiting, Running: s.Running, Window: fairq.Window, Tenants: make([]server.QueueTenant, len(s.Tenants))}
	for i, t := range s.Tenants {
		q.Tenants[i] = server.QueueTenant{ID: ilsai.TenantID(t.Tenant), Weight: t.Weight, Waiting: t.Waiting, Running: t.Running,
			VirtualTime: t.VirtualTime, Served: t.Served, Position: t.Next.Position, ETA: t.Next.ETA}
	}
	return q
}

// openTextModel opens the model of the setting engine.
func openTextModel(c *config, log *slog.Logger) (textModel, error) {
	if c.remote() {
		return openRemoteModel(c, log)
	}
	return openLocalModel(c, log)
}

// queueOptions bound those who wait for a model, wherever it is.
func (c *config) queueOptions() fairq.Options {
	soft, hard := inFlight(c.Slots)
	return fairq.Options{MaxWaiting: c.Queue, MaxWaitingPerTenant: c.QueuePerTenant, SoftInFlight: soft, MaxInFlight: hard}
}

// inFlight is how many of the slots one shop may hold while others wait, and how many at all: a quarter of them stays
// free of it, so that another's question starts at once instead of when one of its answers ends.
func inFlight(slots int) (soft, hard int) { return max(1, slots/2), max(1, slots-max(1, slots/4)) }

const (
	engineLocal  = "local"
	enginePrefix = "openai=" // and the address of a server
)

// remote says whether the model is a server elsewhere.
func (c *config) remote() bool { return strings.HasPrefix(c.Engine, enginePrefix) }

// engineURL is the address of the server elsewhere.
func (c *config) engineURL() string { return strings.TrimPrefix(c.Engine, enginePrefix) }

// validateEngine checks the settings of the engine together.
func (c *config) validateEngine() error {
	switch {
	case c.Engine == engineLocal:
		return nil
	case !c.remote():
		return usagef("engine is %q; it must be local, or openai=URL such as openai=http://10.0.0.7:8000/v1", c.Engine)
	}
	u, err := url.Parse(c.engineURL())
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return usagef("engine needs the address of the model's server, with the version, such as openai=http://10.0.0.7:8000/v1")
	case u.User != nil:
		return usagef("engine holds a user or a password, and settings are shown: put the server's key into a file and name it in engine_key_file")
	case u.RawQuery != "" || u.Fragment != "":
		return usagef("engine is %q; the address ends with the version, such as /v1", c.Engine)
	case c.EngineModel == "":
		return usagef("engine_model is missing: the name under which the server has the model (curl %s/models lists them)", strings.TrimSuffix(c.engineURL(), "/"))
	case c.Model != "":
		return usagef("model names a file to load here, and engine a server elsewhere: set one of them")
	}
	return nil
}

// placeEvery is how often one who waits is told where the question stands.
const placeEvery = time.Second

// waiter is a generation that may still wait for its turn.
type waiter interface {
	Place() (position int, eta time.Duration, waiting bool)
	Done() <-chan struct{}
}

// tellPlace tells where a generation stands until it has started or ended.
func tellPlace(w waiter, tell func(position int, eta time.Duration)) {
	position, eta, waiting := w.Place()
	if !waiting || position == 0 {
		return // it is as good as running
	}
	tick := time.NewTicker(placeEvery)
	defer tick.Stop()
	for ; waiting; position, eta, waiting = w.Place() {
		tell(position, eta)
		select {
		case <-tick.C:
		case <-w.Done():
			return
		}
	}
}

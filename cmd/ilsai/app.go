package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/models"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/fairq"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

// app is what answers questions, without HTTP: the model, the assistant and the shops' data.
type app struct {
	engine    *engine.Engine
	data      *tenantdb.DB
	assistant *assistant.Assistant
	modelName string
	log       *slog.Logger
}

// openApp loads the model and opens the shops' data. The caller closes it.
func openApp(c *config, log *slog.Logger, now func() time.Time) (_ *app, err error) {
	a := &app{log: log}
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	if a.engine, a.modelName, err = openEngine(c, log); err != nil {
		return nil, err
	}
	if a.data, err = tenantdb.Open(c.DataDir, tenantdb.Options{MaxRows: semantic.MaxGroups}); err != nil {
		return nil, err
	}
	catalogues := semantic.Shipped()
	if c.CatalogueDir != "" {
		if catalogues, err = semantic.LoadDir(c.CatalogueDir); err != nil {
			return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "the catalogues in %s cannot be used", c.CatalogueDir)
		}
	}
	a.assistant, err = assistant.New(assistant.Options{
		Generator: generator{a.engine}, Data: dataSource{a.data}, Catalogues: catalogues,
		Profile: a.engine.Info().Profile, Model: a.modelName, Now: now,
	})
	return a, err
}

// openEngine loads the configured model: the built-in one, or a file whose checksum the operator vouches for.
func openEngine(c *config, log *slog.Logger) (*engine.Engine, string, error) {
	o := engine.Options{ContextPerSeq: c.ContextTokens, Slots: c.Slots, KeptSlots: c.keptSlots, Threads: c.Threads, Logger: log,
		Source: newFairSource(fairq.Options{MaxWaiting: c.Queue, MaxWaitingPerTenant: c.QueuePerTenant, SoftInFlight: max(1, c.Slots/2)})}
	name := models.Default().Name
	if c.Model == "" {
		o.Path, o.Bytes, o.SHA256 = name, models.DefaultBytes(), models.Default().SHA256
	} else {
		name = c.Model
		o.Path, o.SHA256 = c.Model, c.ModelSHA256
	}
	progress := newLoadProgress(name, os.Stderr)
	o.Progress = progress.report
	e, err := engine.Open(o)
	progress.done(log, err)
	if err != nil {
		return nil, "", err
	}
	return e, name, nil
}

// Close frees what is open, the model last: nothing else may run when it goes.
func (a *app) Close() error {
	var errs []error
	if a.data != nil {
		errs = append(errs, a.data.Close())
	}
	if a.engine != nil {
		errs = append(errs, a.engine.Close())
	}
	return errors.Join(errs...)
}

// generator lets the assistant speak to the engine without knowing it.
type generator struct{ engine *engine.Engine }

func (g generator) Generate(ctx context.Context, r assistant.Generation) (assistant.Completion, error) {
	st, err := g.engine.Stream(ctx, engine.Generation{
		RequestID: r.RequestID, Scope: r.Scope, Weight: r.Weight, System: r.System, PublicSystem: r.SystemPublic, User: r.User,
		Grammar: r.Grammar, MaxTokens: r.MaxTokens, Deadline: r.Deadline,
	})
	if err != nil {
		return assistant.Completion{}, err
	}
	if r.Waiting != nil {
		tellPlace(st, r.Waiting)
	}
	// Not ctx: a generation that is cancelled still ends within a step, and says what it used.
	c, err := st.Result(context.WithoutCancel(ctx))
	return assistant.Completion{ // with an error, as far as it went
		Text: c.Text, PromptTokens: c.PromptTokens, CachedTokens: c.CachedTokens, CompletionTokens: c.CompletionTokens,
		Position: c.Position, Queued: c.Queued, Prefill: c.Prefill, Decode: c.Decode,
	}, err
}

// placeEvery is how often one who waits is told where the question stands.
const placeEvery = time.Second

// tellPlace tells where a generation stands until it has started or ended.
func tellPlace(st *engine.Stream, tell func(position int, eta time.Duration)) {
	position, eta, waiting := st.Place()
	if !waiting || position == 0 {
		return // it is as good as running
	}
	tick := time.NewTicker(placeEvery)
	defer tick.Stop()
	for ; waiting; position, eta, waiting = st.Place() {
		tell(position, eta)
		select {
		case <-tick.C:
		case <-st.Done():
			return
		}
	}
}

// dataSource lets the assistant read a shop's data without knowing the database.
type dataSource struct{ db *tenantdb.DB }

func (d dataSource) Snapshot(ctx context.Context, tenant ilsai.TenantID, domain string) (assistant.Snapshot, error) {
	s, err := d.db.Snapshot(ctx, tenant, domain)
	if err != nil {
		return nil, err
	}
	return snapshot{s}, nil
}

// dataVersion is of the data that questions of a type are answered from.
func (a *app) dataVersion(tenant ilsai.TenantID, q tenancy.QueryType) string {
	if a.assistant.Catalogue(string(q)) == nil {
		return ""
	}
	return a.data.Version(tenant, a.assistant.Catalogue(string(q)).Source())
}

type snapshot struct{ *tenantdb.Snapshot }

func (snapshot) Dialect() semantic.Dialect { return semantic.SQLite }

// checkData says whether the shops' databases can be read: the directory answers, no shop is touched.
func checkData(dir string) error {
	if _, err := os.ReadDir(dir); err != nil {
		return fmt.Errorf("the shops' databases cannot be read")
	}
	return nil
}

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
	"github.com/ils-platform/ilsai/assistant/insight"
	"github.com/ils-platform/ilsai/assistant/knowledge"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

// app is what answers questions, without HTTP: the model, the assistant and the shops' data.
type app struct {
	model       textModel
	engine      *engine.Engine // of a model in this process; nil: it is elsewhere
	data        *tenantdb.DB
	library     *knowledge.Library
	servers     *tenantdb.Postgres // nil until openServers, and when no shop's data is in PostgreSQL
	control     *store.Store       // nil until openServers; the caller closes it
	assistant   *assistant.Assistant
	insights    *insight.Service
	adapters    *shopAdapters // nil: the model is elsewhere
	on          *accelerator  // nil likewise
	modelName   string
	modelSHA256 string
	log         *slog.Logger
}

// openApp opens the model and opens the shops' data. The caller closes it.
func openApp(c *config, log *slog.Logger, now func() time.Time) (_ *app, err error) {
	a := &app{log: log, modelSHA256: c.modelSHA256()}
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	if a.model, err = openTextModel(c, log); err != nil {
		return nil, err
	}
	a.modelName = a.model.name()
	if local, ok := a.model.(localModel); ok {
		a.engine, a.adapters, a.on = local.engine, local.adapters, local.on
	}
	if a.data, err = tenantdb.Open(c.DataDir, tenantdb.Options{MaxRows: semantic.MaxGroups, Refused: a.refused}); err != nil {
		return nil, err
	}
	catalogues := semantic.Shipped()
	if c.CatalogueDir != "" {
		if catalogues, err = semantic.LoadDir(c.CatalogueDir); err != nil {
			return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "the catalogues in %s cannot be used", c.CatalogueDir)
		}
	}
	learned, err := learnedDomains(c)
	if err != nil {
		return nil, err
	}
	a.library = &knowledge.Library{}
	a.assistant, err = assistant.New(assistant.Options{
		Library: a.library, Learned: learned,
		Generator: a.model, Data: dataSource{a}, Catalogues: catalogues,
		Profile: a.model.profile(), Model: a.modelName, Now: now,
	})
	if err != nil {
		return nil, err
	}
	a.insights, err = insight.New(insight.Options{
		Data: dataSource{a}, Catalogues: catalogues, Library: passages{a.library}, DataVersion: a.data.Version, Now: now, Logger: log,
	})
	return a, err
}

// Close frees what is open, the model last: nothing else may run when it goes.
func (a *app) Close() error {
	var errs []error
	if a.insights != nil {
		errs = append(errs, a.insights.Close())
	}
	if a.library != nil {
		errs = append(errs, a.library.Close())
	}
	if a.data != nil {
		errs = append(errs, a.data.Close())
	}
	if a.servers != nil {
		errs = append(errs, a.servers.Close())
	}
	if a.model != nil {
		errs = append(errs, a.model.Close())
	}
	return errors.Join(errs...)
}

// passages lets searches find what to read on optics.
type passages struct{ library *knowledge.Library }

func (p passages) Find(ctx context.Context, text string) ([]insight.Passage, error) {
	f, err := p.library.Find(ctx, text)
	if err != nil || f.Diagnosis { // what to do about an eye is no search result
		return nil, err
	}
	out := make([]insight.Passage, len(f.Hits))
	for i, h := range f.Hits {
		out[i] = insight.Passage{ID: h.ID, Title: h.Title}
	}
	return out, nil
}

// dataVersion is of the data that questions of a type are answered from.
func (a *app) dataVersion(tenant ilsai.TenantID, q tenancy.QueryType) string {
	if a.assistant.Catalogue(string(q)) == nil {
		return ""
	}
	version := a.versionOf(tenant, a.assistant.Catalogue(string(q)).Source())
	if version != "" {
		version += a.adapters.of(tenant) // another adapter answers in other words
	}
	return version
}

// checkData says whether the shops' databases can be read: the directory answers, no shop is touched.
func checkData(dir string) error {
	if _, err := os.ReadDir(dir); err != nil {
		return fmt.Errorf("the shops' databases cannot be read")
	}
	return nil
}

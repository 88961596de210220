package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

// The tests share one server and have a schema each; those that stop a server start their own.
var (
	sharedPostgres = sync.OnceValues(func() (*storetest.Postgres, error) {
		postgresStarted.Store(true)
		return storetest.StartPostgres(context.Background())
	})
	postgresStarted atomic.Bool
	schemas         atomic.Int64
)

func stopPostgres() error {
	if !postgresStarted.Load() {
		return nil
	}
	p, err := sharedPostgres()
	if err != nil {
		return nil // the test that needed it has said so
	}
	return p.Stop()
}

func postgresDSN(t *testing.T) string {
	t.Helper()
	p, err := sharedPostgres()
	if err != nil {
		t.Fatal(err)
	}
	return schemaOf(t, p)
}

func schemaOf(t *testing.T, p *storetest.Postgres) string {
	t.Helper()
	dsn, err := p.DSN(t.Context(), fmt.Sprintf("test_%d", schemas.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

func openPostgres(t *testing.T, dsn string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.OpenPostgres(t.Context(), dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestPostgresConforms(t *testing.T) {
	t.Parallel()
	storetest.Exercise(t, func(t *testing.T) tenancy.Store { return openPostgres(t, postgresDSN(t), store.Options{}) })
	storetest.ExerciseLedger(t, func(t *testing.T, now func() time.Time) storetest.LedgerStore {
		return openPostgres(t, postgresDSN(t), store.Options{Now: now})
	})
}

func TestPostgresAddress(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]ilsai.Code{
		"postgres://user:secret@:x:y/":                                     ilsai.CodeInvalid,
		"host=/nowhere user=ilsai password=secret dbname=x":                ilsai.CodeUnavailable,
		"host=127.0.0.1 port=1 user=ilsai password=secret sslmode=disable": ilsai.CodeUnavailable,
	} {
		_, err := store.OpenPostgres(t.Context(), dsn, store.Options{})
		if ilsai.ErrorCode(err) != want || ilsai.ErrorMessage(err) == "" {
			t.Errorf("%s: got %v, want %s", dsn, err, want)
		}
	}
}

package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

// The tests share one server and have a schema each; those that stop a server start their own.
var (
	sharedPostgres = sync.OnceValues(func() (*storetest.Postgres, error) {
		p, err := storetest.StartPostgres(context.Background())
		started.Store(p)
		return p, err
	})
	started atomic.Pointer[storetest.Postgres]
	schemas atomic.Int64
)

func stopPostgres() error {
	if p := started.Load(); p != nil {
		return p.Stop()
	}
	return nil
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

// Somebody else who holds the ledger up, for example a replica that hangs, is waited for only so long.
func TestPostgresHeldUp(t *testing.T) {
	t.Parallel()
	dsn := postgresDSN(t)
	s := openPostgres(t, dsn, store.Options{})
	if err := s.CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
		t.Fatal(err)
	}
	other, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.WithoutCancel(t.Context()))
	tx, err := other.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT 1 FROM usage_chain FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	e := storetest.Event(t, "abc123", 1)
	began := time.Now()
	checkCode(t, "held up", s.AppendUsage(t.Context(), &e), ilsai.CodeUnavailable)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v, want a bound of 5s", took)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.AppendUsage(t.Context(), &e); err != nil || e.ID != 1 {
		t.Errorf("released: got id %d, %v, want row 1", e.ID, err)
	}
}

// Two processes on one database share quota, keys and the chain.
func TestPostgresReplicas(t *testing.T) {
	t.Parallel()
	dsn := postgresDSN(t)
	replicas := []*store.Store{openPostgres(t, dsn, store.Options{Now: later}), openPostgres(t, dsn, store.Options{Now: later})}
	if err := replicas[0].CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
		t.Fatal(err)
	}
	const n, limit = 60, 10
	var admitted, holders atomic.Int64
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			s := replicas[i%2]
			a := storetest.Admission(t, "abc123", "", later())
			a.Limit = limit
			switch _, err := s.Admit(t.Context(), a); ilsai.ErrorCode(err) {
			case "":
				admitted.Add(1)
				if err := s.Settle(t.Context(), storetest.Settlement(t, a)); err != nil {
					t.Error(err)
				}
			case ilsai.CodeQuotaExceeded:
			default:
				t.Error(err)
			}
			keyed := storetest.Admission(t, "abc123", "one", later())
			keyed.Month = "2026-12"
			if _, err := s.Admit(t.Context(), keyed); err == nil {
				holders.Add(1)
			} else {
				checkCode(t, "key", err, ilsai.CodeConflict)
			}
		})
	}
	wg.Wait()
	if admitted.Load() != limit || holders.Load() != 1 {
		t.Errorf("%d admitted and %d holders of one key, want %d and 1", admitted.Load(), holders.Load(), limit)
	}
	if r, err := replicas[1].VerifyUsage(t.Context(), nil); err != nil || !r.OK() || r.Rows != limit {
		t.Errorf("verify: got %+v, %v, want %d sound rows", r, err, limit)
	}
}

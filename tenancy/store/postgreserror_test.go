package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ils-platform/ilsai"
)

func TestPostgresErrors(t *testing.T) {
	t.Parallel()
	s := &Store{place: "db:5432/ilsai"}
	for _, c := range []struct {
		err       error
		want      ilsai.Code
		transient bool
	}{
		{&pgconn.PgError{Code: "53100"}, ilsai.CodeUnavailable, false}, // disk full
		{&pgconn.PgError{Code: "53300"}, ilsai.CodeUnavailable, false}, // too many connections
		{&pgconn.PgError{Code: "57P01"}, ilsai.CodeUnavailable, true},  // shut down
		{&pgconn.PgError{Code: "57P03"}, ilsai.CodeUnavailable, true},  // starting
		{&pgconn.PgError{Code: "40001"}, ilsai.CodeUnavailable, true},  // serialization
		{&pgconn.PgError{Code: "40P01"}, ilsai.CodeUnavailable, true},  // deadlock
		{&pgconn.PgError{Code: "08006"}, ilsai.CodeUnavailable, true},  // connection
		{&pgconn.PgError{Code: "55P03"}, ilsai.CodeUnavailable, false}, // lock timeout
		{&pgconn.PgError{Code: "25006"}, ilsai.CodeUnavailable, false}, // read-only
		{&pgconn.PgError{Code: "XX001"}, ilsai.CodeUnavailable, false}, // damaged
		{&pgconn.PgError{Code: "42601"}, ilsai.CodeInternal, false},    // our syntax
		{&pgconn.PgError{Code: "23514"}, ilsai.CodeInternal, false},    // our data
		{&pgconn.PgError{Code: ""}, ilsai.CodeInternal, false},
		{io.ErrUnexpectedEOF, ilsai.CodeUnavailable, true},
		{context.DeadlineExceeded, ilsai.CodeDeadline, false},
		{errOutcome, ilsai.CodeUnavailable, false},
		{ilsai.Errorf(ilsai.CodeQuotaExceeded, "x"), ilsai.CodeQuotaExceeded, false},
	} {
		wrapped := fmt.Errorf("step: %w", &operationError{err: c.err})
		if got := ilsai.ErrorCode(s.classify(wrapped)); got != c.want {
			t.Errorf("%v: got %q, want %q", c.err, got, c.want)
		}
		if got := postgresEngine.isTransient(wrapped); got != c.transient {
			t.Errorf("%v: transient %v, want %v", c.err, got, c.transient)
		}
		if sqliteEngine.isTransient(wrapped) {
			t.Errorf("%v: SQLite repeats nothing", c.err)
		}
	}
	if !isUnique(errors.Join(&pgconn.PgError{Code: "23505"})) || !isForeignKey(&pgconn.PgError{Code: "23503"}) {
		t.Error("constraints are not recognized")
	}
}

func TestSplitStatements(t *testing.T) {
	t.Parallel()
	got := splitStatements("-- one; two\nCREATE TABLE a (x INT);\nCREATE TABLE b (\n x INT\n);\nCREATE FUNCTION f() AS $$\nBEGIN\n  RAISE;\nEND;\n$$;\nSELECT 1")
	if len(got) != 4 || got[3] != "SELECT 1" {
		t.Errorf("got %d statements: %q", len(got), got)
	}
}

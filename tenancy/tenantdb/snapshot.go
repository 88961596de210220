package tenantdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/connpool"
)

// Snapshot is a read transaction on one tenant's database: every Query of it sees the same data.
// Its methods may be called from several goroutines; statements run one after the other. The caller
// closes it, soon: it holds one of the tenant's few connections.
type Snapshot struct {
	db  *DB
	key key

	mu     sync.Mutex
	lent   *connpool.Lent[key, *conn] // nil after Close
	usable bool
}

// Snapshot begins a read of a tenant's domain. It waits for a free connection until ctx ends. Errors:
// ilsai.CodeNotFound when the tenant has no such data; ilsai.CodeInvalid for an id or domain that
// cannot exist; ilsai.CodeUnavailable when the file cannot be read or the DB is closed;
// ilsai.CodeCanceled and ilsai.CodeDeadline when ctx ends.
func (d *DB) Snapshot(ctx context.Context, tenant ilsai.TenantID, domain string) (*Snapshot, error) {
	k, err := keyOf(tenant, domain)
	if err != nil {
		return nil, err
	}
	lent, err := d.conns.Acquire(ctx, k)
	if err != nil {
		return nil, acquireError(err)
	}
	if err := lent.Conn.begin(); err != nil {
		return nil, storageError(k, errors.Join(err, d.conns.Release(lent, false)))
	}
	return &Snapshot{db: d, key: k, lent: lent, usable: true}, nil
}

// Query runs one SELECT with args bound to its parameters in order (int, int64, float64, string,
// bool or nil) and returns at most limit rows; a limit below 1 or above Options.MaxRows means MaxRows.
// To learn whether there are more, ask for one more. Values are int64, float64, string or nil. The
// caller owns what is returned.
//
// Errors: ilsai.CodeInvalid for a statement the guard refuses or SQLite cannot run, and for a value
// that is a blob; ilsai.CodeTooLarge beyond Options.MaxBytes; ilsai.CodeDeadline after
// Options.StatementTimeout or ctx's deadline; ilsai.CodeCanceled when ctx is canceled;
// ilsai.CodeUnavailable when the file cannot be read or the Snapshot is closed.
func (s *Snapshot) Query(ctx context.Context, sql string, args []any, limit int) (columns []string, rows [][]any, err error) {
	values, err := bindValues(args)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lent == nil {
		return nil, nil, ilsai.Wrap(ilsai.CodeUnavailable, errors.New("snapshot is closed"), "")
	}
	if err := checkStatement(sql, s.lent.Conn.guard.tables); err != nil {
		return nil, nil, s.db.options.refuse(s.key, sql, err)
	}
	o := s.db.options
	if limit < 1 || limit > o.MaxRows {
		limit = o.MaxRows
	}
	ctx, cancel := context.WithTimeout(ctx, o.StatementTimeout)
	defer cancel()
	return s.run(ctx, sql, values, limit)
}

func (s *Snapshot) run(ctx context.Context, sql string, args []driver.NamedValue, limit int) (columns []string, out [][]any, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, contextError(err)
	}
	prepared, err := s.lent.Conn.Prepare(sql)
	if err != nil {
		return nil, nil, s.db.options.refuse(s.key, sql, err)
	}
	stmt := prepared.(*sqlite3.SQLiteStmt)
	defer stmt.Close()
	if !stmt.Readonly() || stmt.NumInput() != len(args) {
		return nil, nil, s.db.options.refuse(s.key, sql, fmt.Errorf("read-only %v, %d parameters for %d arguments", stmt.Readonly(), stmt.NumInput(), len(args)))
	}
	rows, err := stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, nil, s.fail(ctx, err)
	}
	defer rows.Close()
	columns = rows.Columns()
	dest := make([]driver.Value, len(columns))
	bytes := 0
	for len(out) < limit {
		err := rows.Next(dest)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, s.fail(ctx, err)
		}
		row := make([]any, len(dest))
		for i, v := range dest {
			if row[i], err = plainValue(v); err != nil {
				return nil, nil, err
			}
			bytes += 16
			if text, ok := row[i].(string); ok {
				bytes += len(text)
			}
		}
		if bytes > s.db.options.MaxBytes {
			return nil, nil, tooLarge(s.db.options)
		}
		out = append(out, row)
	}
	return columns, out, nil
}

func (s *Snapshot) fail(ctx context.Context, err error) error {
	err, usable := runError(ctx, s.lent.Conn.key, err)
	s.usable = s.usable && usable
	return err
}

// HasTable reports whether the database has a table or view of this name that may be read.
func (s *Snapshot) HasTable(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lent != nil && s.lent.Conn.guard.tables[name]
}

// Close ends the read and gives the connection back. A second call does nothing.
func (s *Snapshot) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lent == nil {
		return nil
	}
	lent := s.lent
	s.lent = nil
	err := lent.Conn.rollback()
	return errors.Join(err, s.db.conns.Release(lent, s.usable && err == nil))
}

func bindValues(args []any) ([]driver.NamedValue, error) {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v := driver.NamedValue{Ordinal: i + 1, Value: a}
		switch a := a.(type) {
		case nil, int64, float64, string, bool:
		case int:
			v.Value = int64(a)
		default:
			return nil, &ilsai.Error{Code: ilsai.CodeInternal, Err: fmt.Errorf("argument %d is a %T", i+1, a)}
		}
		out[i] = v
	}
	return out, nil
}

// plainValue undoes what the driver makes of declared column types, so that a result holds the
// stored numbers and texts.
func plainValue(v driver.Value) (any, error) {
	switch v := v.(type) {
	case nil, int64, float64:
		return v, nil
	case string:
		return strings.ToValidUTF8(v, "\uFFFD"), nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly), nil
		}
		return v.Format(time.DateTime), nil
	default:
		return nil, notPlain()
	}
}

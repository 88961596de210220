package tenantdb

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/connpool"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/sqlguard"
)

// PostgresSnapshot is a Snapshot of a PostgreSQL tenant: a read-only transaction in which every Query
// sees the same data. After a Query that failed in the database further ones fail as well.
type PostgresSnapshot struct {
	db  *Postgres
	key key

	mu     sync.Mutex
	lent   *connpool.Lent[key, *pgConn] // nil after Close
	usable bool
}

// Snapshot begins a read of a tenant's domain, as DB.Snapshot does, with the same errors. A connection
// that was lost while it was idle is replaced by another one.
func (p *Postgres) Snapshot(ctx context.Context, tenant ilsai.TenantID, domain string) (*PostgresSnapshot, error) {
	k, err := keyOf(tenant, domain)
	if err != nil {
		return nil, err
	}
	for {
		database, err := p.lookup(ctx, k, lookupAge)
		if err != nil {
			return nil, err
		}
		lent, err := p.conns.Acquire(ctx, k)
		if err != nil {
			return nil, acquireError(err)
		}
		if lent.Conn.version < database.Version {
			p.conns.Retire(k)
			_ = p.conns.Release(lent, false) // its goodbye says nothing of the new one
			continue
		}
		err = p.begin(ctx, lent.Conn)
		if err == nil {
			return &PostgresSnapshot{db: p, key: k, lent: lent, usable: true}, nil
		}
		_ = p.conns.Release(lent, false)
		if !lent.Reused || ctx.Err() != nil {
			return nil, p.failure(ctx, k, err)
		}
	}
}

func (p *Postgres) begin(ctx context.Context, c *pgConn) error {
	ctx, cancel := context.WithTimeout(ctx, p.options.StatementTimeout)
	defer cancel()
	return c.begin(ctx)
}

// Query runs one SELECT as Snapshot.Query does, with the same errors.
func (s *PostgresSnapshot) Query(ctx context.Context, sql string, args []any, limit int) (columns []string, rows [][]any, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lent == nil {
		return nil, nil, ilsai.Wrap(ilsai.CodeUnavailable, errors.New("snapshot is closed"), "")
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, contextError(err)
	}
	c, o := s.lent.Conn, s.db.options
	statement, err := sqlguard.Statement(sql, func(name string) bool { return c.tables[name] })
	if err != nil {
		return nil, nil, o.refuse(s.key, sql, err)
	}
	if _, err := bindValues(args); err != nil {
		return nil, nil, err
	}
	if limit < 1 || limit > o.MaxRows {
		limit = o.MaxRows
	}
	ctx, cancel := context.WithTimeout(ctx, o.StatementTimeout+pgAnswer)
	defer cancel()
	return s.run(ctx, statement, args, limit)
}

// run bounds a statement from outside: only a query may stand there, its own order is kept, and the
// server stops at the limit.
func (s *PostgresSnapshot) run(ctx context.Context, statement string, args []any, limit int) (columns []string, out [][]any, err error) {
	rows, err := s.lent.Conn.Query(ctx, fmt.Sprintf("SELECT * FROM (\n%s\n) AS q LIMIT %d", statement, limit), args...)
	if err != nil {
		return nil, nil, s.fail(ctx, err)
	}
	defer rows.Close()
	for _, f := range rows.FieldDescriptions() {
		columns = append(columns, f.Name)
	}
	size := 0
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return nil, nil, s.fail(ctx, err)
		}
		for i, v := range values {
			if values[i], err = plainPostgresValue(v); err != nil {
				return nil, nil, err
			}
			size += 16
			if text, ok := values[i].(string); ok {
				size += len(text)
			}
		}
		if size > s.db.options.MaxBytes {
			return nil, nil, tooLarge(s.db.options)
		}
		out = append(out, values)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, s.fail(ctx, err)
	}
	return columns, out, nil
}

func (s *PostgresSnapshot) fail(ctx context.Context, err error) error {
	var server *pgconn.PgError
	if s.lent.Conn.IsClosed() {
		s.usable = false
	} else if ctx.Err() == nil && !errors.As(err, &server) {
		return refused(err) // the arguments do not fit the statement: nothing was sent
	}
	return s.db.failure(ctx, s.key, err)
}

// HasTable reports whether the database had a table or view of this name that may be read when its connection was opened.
func (s *PostgresSnapshot) HasTable(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lent != nil && s.lent.Conn.tables[name]
}

// Close ends the read and gives the connection back. A second call does nothing.
func (s *PostgresSnapshot) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lent == nil {
		return nil
	}
	lent := s.lent
	s.lent = nil
	if s.usable {
		s.usable = lent.Conn.rollback() == nil // nothing was written: one that fails costs the connection alone
	}
	if err := s.db.conns.Release(lent, s.usable); s.usable {
		return err
	}
	return nil
}

// plainPostgresValue is a cell as SQLite would have returned it.
func plainPostgresValue(v any) (any, error) {
	switch v := v.(type) {
	case int16:
		return int64(v), nil
	case int32:
		return int64(v), nil
	case float32:
		return float64(v), nil
	case pgtype.Numeric:
		return plainNumeric(v)
	default:
		return plainValue(v)
	}
}

// plainNumeric is a whole number if it is one and fits.
func plainNumeric(n pgtype.Numeric) (any, error) {
	if !n.Valid {
		return nil, nil
	}
	if n.NaN || n.InfinityModifier != pgtype.Finite || n.Exp > 30 {
		return nil, notPlain()
	}
	r := new(big.Rat).SetInt(n.Int)
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n.Exp, -n.Exp))), nil))
	if n.Exp < 0 {
		r.Quo(r, scale)
	} else {
		r.Mul(r, scale)
	}
	if r.IsInt() && r.Num().IsInt64() {
		return r.Num().Int64(), nil
	}
	f, _ := r.Float64()
	return f, nil
}

package store

import (
	"context"
	"database/sql"
	"errors"
)

// session is one connection with its prepared statements. It is not safe for concurrent use.
type session struct {
	conn       *sql.Conn
	engine     *engine
	statements map[string]*sql.Stmt
}

func (s *Store) openSession(ctx context.Context) (*session, error) {
	conn, err := s.sql.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &session{conn: conn, engine: s.engine, statements: make(map[string]*sql.Stmt)}, nil
}

func (s *session) close() error {
	var errs []error
	for _, st := range s.statements {
		errs = append(errs, st.Close())
	}
	return errors.Join(append(errs, s.conn.Close())...)
}

func (s *session) prepare(ctx context.Context, q string) (*sql.Stmt, error) {
	if st, ok := s.statements[q]; ok {
		return st, nil
	}
	st, err := s.conn.PrepareContext(ctx, s.engine.rebind(q))
	if err != nil {
		return nil, err
	}
	s.statements[q] = st
	return st, nil
}

// exec runs a statement and tells how many rows it changed.
func (s *session) exec(ctx context.Context, q string, args ...any) (int64, error) {
	st, err := s.prepare(ctx, q)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// row reads one row; sql.ErrNoRows when there is none.
func (s *session) row(ctx context.Context, q string, args, dest []any) error {
	st, err := s.prepare(ctx, q)
	if err != nil {
		return err
	}
	return st.QueryRowContext(ctx, args...).Scan(dest...)
}

// control begins, ends or marks a transaction.
func (s *session) control(ctx context.Context, q string) error {
	_, err := s.exec(ctx, q)
	return err
}

// abandon ends a transaction that failed. On a lost connection there is nothing left to end.
func (s *session) abandon(ctx context.Context) { _ = s.control(ctx, "ROLLBACK") }

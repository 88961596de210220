package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// session is one connection with its prepared statements. It is not safe for concurrent use.
type session struct {
	conn       *sql.Conn
	engine     *engine
	statements map[string]*sql.Stmt
	intercept  func(q string, run func() error) error // runs every statement; tests make it fail
	deferred   *deferred                              // nil: statements run at once
}

func (s *Store) openSession(ctx context.Context) (*session, error) {
	conn, err := s.sql.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &session{conn: conn, engine: s.engine, statements: make(map[string]*sql.Stmt), intercept: s.intercept}, nil
}

func (s *session) close() error { return errors.Join(s.closeStatements(), s.conn.Close()) }

func (s *session) closeStatements() error {
	var errs []error
	for _, st := range s.statements {
		errs = append(errs, st.Close())
	}
	return errors.Join(errs...)
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
func (s *session) exec(ctx context.Context, q string, args ...any) (n int64, err error) {
	err = s.statement(ctx, q, func(st *sql.Stmt) error {
		res, err := st.ExecContext(ctx, args...)
		if err == nil {
			n, err = res.RowsAffected()
		}
		return err
	})
	return n, err
}

// change is exec for a statement that the following ones need not wait for.
func (s *session) change(ctx context.Context, q string, args ...any) error {
	if s.deferred == nil {
		_, err := s.exec(ctx, q, args...)
		return err
	}
	s.deferred.add(s.engine.rebind(q), false, args)
	return nil
}

// insert is change for a row that is most likely new: added is false when it was there. With deferred
// statements it is believed to be new, and flush fails with errOutcome when it was not.
func (s *session) insert(ctx context.Context, q string, args ...any) (added bool, err error) {
	if s.deferred == nil {
		n, err := s.exec(ctx, q, args...)
		return n > 0, err
	}
	s.deferred.add(s.engine.rebind(q), true, args)
	return true, nil
}

// row reads one row; sql.ErrNoRows when there is none.
func (s *session) row(ctx context.Context, q string, args, dest []any) error {
	return s.statement(ctx, q, func(st *sql.Stmt) error { return st.QueryRowContext(ctx, args...).Scan(dest...) })
}

func (s *session) statement(ctx context.Context, q string, run func(*sql.Stmt) error) error {
	if err := s.flush(ctx); err != nil {
		return err
	}
	st, err := s.prepare(ctx, q)
	if err != nil {
		return err
	}
	return s.through(q, func() error { return run(st) })
}

// flush sends the deferred statements.
func (s *session) flush(ctx context.Context) error {
	if s.deferred == nil || len(s.deferred.certain) == 0 {
		return nil
	}
	return s.through("deferred", func() error { return s.deferred.flush(ctx, s.conn) })
}

func (s *session) through(q string, run func() error) error {
	if s.intercept != nil {
		return s.intercept(q, run)
	}
	return run()
}

// control begins, ends or marks a transaction.
func (s *session) control(ctx context.Context, q string) error {
	_, err := s.exec(ctx, q)
	return err
}

// abandon ends a transaction without keeping anything of it.
func (s *session) abandon(ctx context.Context) error {
	s.deferred = nil
	return s.control(ctx, "ROLLBACK")
}

// discard closes the connection itself, so that nothing of a transaction that went wrong lives on in
// the pool. The statements go first: SQLite keeps a connection and its locks alive for them.
func (s *session) discard() {
	_ = s.closeStatements() // whatever they say, the connection goes
	_ = s.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = s.conn.Close() // closed already, unless Raw refused
}

// each reads rows one by one. SQLite's driver starts a goroutine for every row of a query that can be
// canceled, so there the context is looked at between rows instead.
func (s *session) each(ctx context.Context, q string, args []any, read func(*sql.Rows) error) error {
	query := ctx
	if s.engine.oneWriter {
		query = context.WithoutCancel(ctx)
	}
	rows, err := s.conn.QueryContext(query, s.engine.rebind(q), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// snapshot runs read on one state of the database, whatever is written meanwhile.
func (s *Store) snapshot(ctx context.Context, read func(*session) error) error {
	ses, err := s.openSession(ctx)
	if err != nil {
		return s.classify(err)
	}
	err = ses.control(ctx, s.engine.beginRead)
	if err == nil && s.engine.unhurried != "" {
		err = ses.control(ctx, s.engine.unhurried)
	}
	if err == nil {
		err = read(ses)
	}
	if err == nil {
		err = ses.abandon(ctx) // it read only
	}
	if err != nil {
		ses.discard()
		return s.classify(err)
	}
	return s.classify(ses.close())
}

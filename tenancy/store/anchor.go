package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// anchorChain hashes the rows that were written before rows had hashes, once. Their hash is kept at
// the head only, because the log allows no change; the chain goes on from it.
func (s *Store) anchorChain(ctx context.Context) error {
	var hash []byte
	if err := s.sql.QueryRowContext(ctx, "SELECT hash FROM usage_chain WHERE id = 1").Scan(&hash); err != nil || hash != nil {
		return err
	}
	ses, err := s.openSession(ctx)
	if err != nil {
		return err
	}
	if err := ses.control(ctx, s.engine.begin); err != nil {
		return errors.Join(err, ses.close())
	}
	if err = ses.anchor(ctx); err == nil {
		err = ses.control(ctx, "COMMIT")
	}
	if err != nil {
		ses.abandon(context.WithoutCancel(ctx))
	}
	return errors.Join(err, ses.close())
}

func (s *session) anchor(ctx context.Context) error {
	var hash []byte
	var upTo int64
	if err := s.row(ctx, "SELECT hash, anchor_id FROM usage_chain WHERE id = 1"+s.engine.lockRow, nil, []any{&hash, &upTo}); err != nil || hash != nil {
		return err // not nil: another process did it in between
	}
	var c chain
	err := s.each(ctx, selectUsage+" WHERE id <= ?1 ORDER BY id", []any{upTo}, func(rows *sql.Rows) error {
		var row usageRow
		if err := rows.Scan(row.fields()...); err != nil {
			return err
		}
		c = c.with(&row)
		return nil
	})
	if err != nil {
		return fmt.Errorf("hash the usage log: %w", err)
	}
	_, err = s.exec(ctx, "UPDATE usage_chain SET hash = ?1, anchor_hash = ?1 WHERE id = 1", c.hash[:])
	return err
}

// each reads rows one by one.
func (s *session) each(ctx context.Context, q string, args []any, read func(*sql.Rows) error) error {
	rows, err := s.conn.QueryContext(ctx, s.engine.rebind(q), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
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
	if err = ses.control(ctx, s.engine.beginRead); err == nil {
		err = read(ses)
		ses.abandon(context.WithoutCancel(ctx)) // it read only
	}
	return s.classify(errors.Join(err, ses.close()))
}

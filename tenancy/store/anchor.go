package store

import (
	"context"
	"database/sql"
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
	if err = ses.control(ctx, s.engine.begin); err == nil {
		err = ses.anchor(ctx)
	}
	if err == nil {
		err = ses.control(ctx, "COMMIT")
	}
	if err != nil {
		ses.discard()
		return err
	}
	return ses.close()
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

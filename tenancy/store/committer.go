package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/ils-platform/ilsai"
)

// committer writes batches on a connection of its own. Only the queue's goroutine uses it.
type committer struct {
	store   *Store
	session *session
}

// commit writes a batch and tells every operation its outcome.
func (w *committer) commit(batch []*operation) {
	began := w.store.now()
	err := w.try(batch)
	if f := w.store.committed.Load(); f != nil && *f != nil {
		(*f)(len(batch), w.store.now().Sub(began), err)
	}
	for _, op := range batch {
		if err != nil {
			op.err = err // even a refusal: what it was based on was never committed
		}
		op.err = w.store.classify(op.err)
		close(op.done)
	}
}

// try repeats a batch whose connection was lost, on a new one. Whether the lost one was committed is
// unknown, and does not matter: every operation recognizes what it has written before.
func (w *committer) try(batch []*operation) error {
	ctx := context.Background()
	if limit := w.store.engine.timeout; limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	for retry := 0; ; retry++ {
		err := w.attempt(ctx, batch)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || contextCode(err) != "" { // the transaction's own limit: no caller's context is in it
			return ilsai.Wrap(ilsai.CodeUnavailable, fmt.Errorf("no answer within %v: %w", w.store.engine.timeout, err),
				"The records of this service did not answer in time. Try again.")
		}
		if !w.store.engine.isTransient(err) || retry == w.store.engine.retries {
			return err
		}
	}
}

// attempt writes the batch as one transaction. When an operation fails, the transaction is written
// again with a savepoint for each, so that only the failing one is lost; savepoints in every
// transaction would cost two statements for each operation.
func (w *committer) attempt(ctx context.Context, batch []*operation) error {
	if w.session == nil {
		ses, err := w.store.openSession(ctx)
		if err != nil {
			return err
		}
		w.session = ses
	}
	if err := w.store.beginWrite(ctx); err != nil {
		return err
	}
	defer w.store.endWrite()
	err := w.transact(ctx, batch, w.store.engine.deferring, runAll)
	if w.repeatable(ctx, batch, err) {
		err = w.transact(ctx, batch, false, runEach)
	}
	if err != nil {
		w.disconnect()
	}
	return err
}

// repeatable reports whether a transaction that failed is worth writing step by step, and ends it.
func (w *committer) repeatable(ctx context.Context, batch []*operation, err error) bool {
	if err == nil || w.store.engine.isTransient(err) {
		return false
	}
	var failed *operationError
	alone := errors.As(err, &failed) && len(batch) > 1
	if !alone && !w.store.engine.deferring {
		return false
	}
	return w.session.abandon(ctx) == nil
}

func (w *committer) transact(ctx context.Context, batch []*operation, deferring bool, run func(*ledgerTx, []*operation) error) error {
	w.session.deferred = nil
	if deferring {
		w.session.deferred = &deferred{}
	}
	tx, err := w.store.beginLedger(ctx, w.session)
	if err != nil {
		return err
	}
	if deferring {
		err = tx.loadZones(batch)
	}
	if err == nil {
		err = run(tx, batch)
	}
	if err == nil {
		err = tx.commit()
	}
	return err // the transaction stays open then
}

// operationError is a failure of one operation, not of the transaction around it.
type operationError struct{ err error }

func (e *operationError) Error() string { return e.err.Error() }
func (e *operationError) Unwrap() error { return e.err }

func runAll(tx *ledgerTx, batch []*operation) error {
	for _, op := range batch {
		if op.err = op.run(tx); op.err != nil && !isRefusal(op.err) {
			return &operationError{err: op.err}
		}
	}
	return nil
}

func runEach(tx *ledgerTx, batch []*operation) error {
	for _, op := range batch {
		if err := tx.control(tx.ctx, "SAVEPOINT operation"); err != nil {
			return err
		}
		chain, appended := tx.chain, tx.appended
		if op.err = op.run(tx); op.err != nil && !isRefusal(op.err) {
			if err := tx.control(tx.ctx, "ROLLBACK TO SAVEPOINT operation"); err != nil {
				return errors.Join(op.err, err)
			}
			tx.chain, tx.appended = chain, appended
		}
		if err := tx.control(tx.ctx, "RELEASE SAVEPOINT operation"); err != nil {
			return errors.Join(op.err, err)
		}
	}
	return nil
}

// disconnect gives up the connection with whatever is open on it; the next batch opens a new one.
func (w *committer) disconnect() {
	if w.session != nil {
		w.session.discard()
		w.session = nil
	}
}

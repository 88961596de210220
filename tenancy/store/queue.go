package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/ils-platform/ilsai"
)

const (
	queueLength = 1024 // operations that wait; beyond it their callers do
	maxBatch    = 256  // operations of one transaction
)

// queue commits operations of the ledger in groups: whatever waits while one transaction is written
// shares the next one and its single sync to disk. Nothing waits for company: an operation that is
// alone is committed alone.
type queue struct {
	store *Store
	ops   chan *operation
	done  chan struct{}

	mu     sync.RWMutex // held for reading while an operation is handed in
	closed bool
}

// operation is one step of the ledger. run must leave nothing behind when it returns an *ilsai.Error,
// and may be called again when its transaction was rolled back.
type operation struct {
	tenant ilsai.TenantID // whose it is; "" for all tenants'
	run    func(*ledgerTx) error
	taken  atomic.Bool // by the queue, or by a caller that gave up before
	err    error
	done   chan struct{}
}

func newQueue(s *Store) *queue {
	q := &queue{store: s, ops: make(chan *operation, queueLength), done: make(chan struct{})}
	go q.loop()
	return q
}

// write runs an operation and returns when it is durable or refused. A context that ends before its
// transaction begins takes it back; afterwards the outcome is awaited, which the transaction's own
// time limit bounds, so a caller always knows what was written.
func (s *Store) write(ctx context.Context, tenant ilsai.TenantID, run func(*ledgerTx) error) error {
	op := &operation{tenant: tenant, run: run, done: make(chan struct{})}
	if err := s.queue.push(ctx, op); err != nil {
		return s.classify(err)
	}
	select {
	case <-op.done:
		return op.err
	case <-ctx.Done():
	}
	if op.taken.CompareAndSwap(false, true) {
		return s.classify(ctx.Err())
	}
	<-op.done
	return op.err
}

func (q *queue) push(ctx context.Context, op *operation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return sql.ErrConnDone
	}
	select {
	case q.ops <- op:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close writes what was handed in and ends the queue.
func (q *queue) close() {
	q.mu.Lock()
	closed := q.closed
	q.closed = true
	q.mu.Unlock()
	if !closed {
		close(q.ops)
	}
	<-q.done
}

func (q *queue) loop() {
	defer close(q.done)
	w := &committer{store: q.store}
	defer w.disconnect()
	batch := make([]*operation, 0, maxBatch)
	for op := range q.ops {
		batch = q.gather(append(batch[:0], op))
		if len(batch) > 0 {
			w.commit(batch)
		}
	}
}

// gather adds what waits already, and drops what its callers have given up.
func (q *queue) gather(batch []*operation) []*operation {
	if !batch[0].taken.CompareAndSwap(false, true) {
		batch = batch[:0]
	}
	for len(batch) < maxBatch {
		select {
		case op, ok := <-q.ops:
			if !ok {
				return batch
			}
			if op.taken.CompareAndSwap(false, true) {
				batch = append(batch, op)
			}
		default:
			return batch
		}
	}
	return batch
}

// isRefusal tells an answer of the ledger from a failure of the database.
func isRefusal(err error) bool {
	var known *ilsai.Error
	return errors.As(err, &known)
}

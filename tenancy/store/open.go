package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/ils-platform/ilsai/tenancy"
)

// Options configures Open and OpenPostgres. The zero value is ready to use.
type Options struct {
	// Now is the clock for created_at. nil means time.Now.
	Now func() time.Time
	// Shared opens the database beside the process that holds the directory, for short commands:
	// no lock is taken, so nothing that assumes to be alone (seeding, a server) may run on it.
	Shared bool
}

// Store is the control database. It implements tenancy.Store and tenancy.Ledger, and is safe for
// concurrent use.
type Store struct {
	dir    string // "" on PostgreSQL
	place  string // where the database is, for messages to whoever runs the server
	now    func() time.Time
	lock   *os.File
	engine *engine
	sql    *sql.DB
	db     *gorm.DB
	queue  *queue

	intercept func(q string, run func() error) error // see session
	committed atomic.Pointer[CommitFunc]

	// SQLite has one writer at a time and makes the others poll; waiting in a channel is fair and
	// ends with the context. nil on PostgreSQL.
	writer chan struct{}

	closeOnce sync.Once
	closeErr  error
}

var (
	_ tenancy.Store  = (*Store)(nil)
	_ tenancy.Ledger = (*Store)(nil)
)

// start makes an opened and migrated database ready for work.
func (s *Store) start(ctx context.Context, dialector gorm.Dialector) (err error) {
	s.db, err = gorm.Open(dialector, &gorm.Config{
		Logger:                 logger.Discard, // errors go to the caller; values of rows never to a log
		SkipDefaultTransaction: true,           // a single INSERT is atomic already
		NowFunc:                func() time.Time { return s.now().UTC() },
	})
	if err != nil {
		return err
	}
	if err := s.anchorChain(ctx); err != nil {
		return err
	}
	s.queue = newQueue(s)
	return nil
}

// CommitFunc is told of each commit of the ledger: how many operations shared it, how long it took and
// whether it failed as a whole. It is called by the ledger's one goroutine and must not block.
type CommitFunc func(operations int, took time.Duration, err error)

// ObserveCommits has f told of every commit from now on, in place of the one before; nil ends it.
func (s *Store) ObserveCommits(f CommitFunc) { s.committed.Store(&f) }

// Dir is the data directory, as an absolute path; "" on PostgreSQL.
func (s *Store) Dir() string { return s.dir }

// Ping reports whether the database answers, for readiness checks. Errors as in tenancy.TenantStore.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.classify(s.sql.QueryRowContext(ctx, "SELECT 1 FROM schema_migrations LIMIT 1").Scan(&one))
}

// Close writes what was handed in, closes the database and releases the directory. A second call does
// nothing.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		if s.queue != nil {
			s.queue.close()
		}
		if s.sql != nil {
			s.closeErr = s.sql.Close()
		}
		if s.lock != nil {
			s.closeErr = errors.Join(s.closeErr, unlockDir(s.lock))
		}
	})
	return s.closeErr
}

// beginWrite waits for this process's turn to write; endWrite passes it on.
func (s *Store) beginWrite(ctx context.Context) error {
	if !s.engine.oneWriter {
		return nil
	}
	select {
	case s.writer <- struct{}{}:
		return nil
	case <-ctx.Done():
		return s.classify(ctx.Err())
	}
}

func (s *Store) endWrite() {
	if s.engine.oneWriter {
		<-s.writer
	}
}

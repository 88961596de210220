package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/ils-platform/ilsai/tenancy"
)

const (
	databaseFile = "ilsai.db"
	maxConns     = 5 // the ledger's own and readers; each may hold its own page cache
	cacheKiB     = 1024
	busyTimeout  = 5 * time.Second
)

// Options configures Open. The zero value is ready to use.
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
	zones  zones

	intercept func(q string, run func() error) error // see session

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

// Open opens the control database ilsai.db in dir and brings its schema up to date. It creates the
// directory (mode 0700) and the file (mode 0600) when missing, and locks the directory for this
// process until Close. Errors: ilsai.CodeConflict when another process holds the directory or the
// data is of a newer release; ilsai.CodeUnavailable, naming the directory, when it cannot be written
// or the disk is full.
func Open(ctx context.Context, dir string, o Options) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, openError(dir, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, openError(dir, err)
	}
	var lock *os.File
	if !o.Shared {
		if lock, err = lockDir(dir); err != nil {
			return nil, err
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{dir: dir, place: dir, now: o.Now, lock: lock, engine: &sqliteEngine, writer: make(chan struct{}, 1)}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(openError(dir, err), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	file := filepath.Join(s.dir, databaseFile)
	// SQLite would create it readable for everyone; its -wal and -shm files take the mode of this one.
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	s.sql, err = sql.Open(sqlite.DriverName, dsn(file))
	if err != nil {
		return err
	}
	s.sql.SetMaxOpenConns(maxConns)
	s.sql.SetMaxIdleConns(2)
	steps, err := loadMigrations(migrations, s.engine.name)
	if err != nil {
		return err
	}
	if err := migrate(ctx, s.sql, steps); err != nil {
		return err
	}
	return s.start(ctx, sqlite.New(sqlite.Config{Conn: s.sql}))
}

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

// dsn sets what durability needs: synchronous=FULL syncs the write-ahead log before a commit
// returns. Transactions take the write lock at once, so that two can never deadlock upgrading.
// Recursive triggers make REPLACE fire the trigger that forbids deletes from the usage log.
func dsn(file string) string {
	q := url.Values{
		"_journal_mode":       {"WAL"},
		"_synchronous":        {"FULL"},
		"_busy_timeout":       {fmt.Sprint(busyTimeout.Milliseconds())},
		"_foreign_keys":       {"1"},
		"_txlock":             {"immediate"},
		"_recursive_triggers": {"1"},
		"_cache_size":         {fmt.Sprint(-cacheKiB)},
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: file, RawQuery: q.Encode()}).String()
}

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

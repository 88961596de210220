package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"gorm.io/driver/sqlite"
)

const (
	databaseFile = "ilsai.db"
	maxConns     = 5 // the ledger's own and readers; each may hold its own page cache
	cacheKiB     = 1024
	busyTimeout  = 5 * time.Second
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

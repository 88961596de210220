package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"

	"github.com/ils-platform/ilsai"
)

const (
	postgresConns   = 8
	postgresDial    = 3 * time.Second // to one address; the ledger's own limit is above it
	postgresIdle    = time.Minute
	postgresConnAge = 30 * time.Minute // so that a fail-over or a new address is noticed
)

// OpenPostgres opens the control database in the PostgreSQL database that dsn names (a URL or
// key=value pairs; search_path may name a schema) and brings its schema up to date. Several processes
// may use it at once. Options.Shared has no meaning here. Errors: ilsai.CodeInvalid for a dsn that
// cannot be read, ilsai.CodeConflict when the data is of a newer release, ilsai.CodeUnavailable when
// the server does not answer.
func OpenPostgres(ctx context.Context, dsn string, o Options) (*Store, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		// Not the cause: it may quote the password.
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "The address of the control database cannot be read. Write it like postgres://user@host:5432/ilsai.")
	}
	// One statement per message, whatever the dsn says: nothing can smuggle a second one in.
	config.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	if config.ConnectTimeout == 0 || config.ConnectTimeout > postgresDial {
		config.ConnectTimeout = postgresDial
	}
	for name, value := range map[string]string{
		"application_name": "ilsai", "timezone": "UTC",
		"synchronous_commit": "on", // a commit that returns has reached the disk
		"lock_timeout":       "4s", "statement_timeout": "30s", "idle_in_transaction_session_timeout": "30s",
	} {
		config.RuntimeParams[name] = value
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{place: fmt.Sprintf("%s:%d/%s", config.Host, config.Port, config.Database), now: o.Now, engine: &postgresEngine}
	if err := s.openPostgres(ctx, config); err != nil {
		return nil, errors.Join(s.postgresOpenError(err), s.Close())
	}
	return s, nil
}

func (s *Store) openPostgres(ctx context.Context, config *pgx.ConnConfig) error {
	s.sql = stdlib.OpenDB(*config)
	s.sql.SetMaxOpenConns(postgresConns)
	s.sql.SetMaxIdleConns(postgresConns / 2)
	s.sql.SetConnMaxIdleTime(postgresIdle)
	s.sql.SetConnMaxLifetime(postgresConnAge)
	steps, err := loadMigrations(migrations, s.engine.name)
	if err != nil {
		return err
	}
	if err := migratePostgres(ctx, s.sql, steps); err != nil {
		return err
	}
	return s.start(ctx, postgres.New(postgres.Config{Conn: s.sql}))
}

// postgresOpenError is for whoever starts the server.
func (s *Store) postgresOpenError(err error) error {
	var known *ilsai.Error
	if errors.As(err, &known) {
		return err
	}
	if code := contextCode(err); code != "" {
		return ilsai.Wrap(code, err, "Opening the control database at %s was stopped.", s.place)
	}
	return ilsai.Wrap(ilsai.CodeUnavailable, err,
		"The control database at %s cannot be used. Check that PostgreSQL runs there and that this user may create tables in it.", s.place)
}

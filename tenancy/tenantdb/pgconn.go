package tenantdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/ils-platform/ilsai/tenancy"
)

const (
	pgDial       = 3 * time.Second
	pgGoodbye    = time.Second // for what ends a transaction or a connection
	pgStatements = 32          // prepared statements kept per connection
	// pgReserve is how many of a server's connections are left to others: its operators, the control database.
	pgReserve = 10
	// pgAnswer is how much longer than the server the client waits, so that the server's own limit is the
	// one that ends a statement, and the connection stays usable.
	pgAnswer = 500 * time.Millisecond
)

// pgConn is a connection as a tenant's role. One goroutine uses it at a time.
type pgConn struct {
	*pgx.Conn
	version int64           // of the TenantDatabase it was opened by
	tables  map[string]bool // what the statement may name
}

// Close is bounded in time: what is at the other end may not answer.
func (c *pgConn) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), pgGoodbye)
	defer cancel()
	return c.Conn.Close(ctx)
}

// connect opens a connection. While a password is being changed either of two is right.
func (p *Postgres) connect(ctx context.Context, k key) (*pgConn, error) {
	database, err := p.lookup(ctx, k, lookupAge)
	if err != nil {
		return nil, err
	}
	c, err := p.authenticate(ctx, database)
	if refusedPassword(err) { // changed since the lookup, perhaps
		if database, err = p.lookup(ctx, k, 0); err != nil {
			return nil, err
		}
		c, err = p.authenticate(ctx, database)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, contextError(ctx.Err())
		}
		return nil, storageError(k, err)
	}
	out := &pgConn{Conn: c, version: database.Version}
	if err := p.learn(ctx, out); err != nil {
		return nil, storageError(k, errors.Join(err, out.Close()))
	}
	return out, nil
}

func (p *Postgres) authenticate(ctx context.Context, d tenancy.TenantDatabase) (*pgx.Conn, error) {
	c, err := p.dial(ctx, d.DSN)
	if d.PreviousDSN != "" && refusedPassword(err) {
		return p.dial(ctx, d.PreviousDSN)
	}
	return c, err
}

func refusedPassword(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "28P01"
}

func (p *Postgres) dial(ctx context.Context, dsn string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the address cannot be read") // not the cause: it may quote the password
	}
	// One statement per message, whatever the dsn says: nothing can smuggle a second one in.
	config.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	config.StatementCacheCapacity = pgStatements
	config.MaxProtocolMessageBodyLen = p.options.MaxBytes // a row is one message
	if config.ConnectTimeout == 0 || config.ConnectTimeout > pgDial {
		config.ConnectTimeout = pgDial
	}
	delete(config.RuntimeParams, "options")
	// Whoever connects with these wins over what the role or the database has set for itself.
	for name, value := range map[string]string{
		"application_name": "ilsai", "client_encoding": "UTF8", "timezone": "UTC", "datestyle": "ISO", "search_path": "public", "default_transaction_read_only": "on",
		"statement_timeout": fmt.Sprint(p.options.StatementTimeout.Milliseconds()), "lock_timeout": "1000", "idle_in_transaction_session_timeout": "30000",
	} {
		config.RuntimeParams[name] = value
	}
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: pgGoodbye}
	}
	c, err := pgx.ConnectConfig(ctx, config)
	p.mark(ctx, fmt.Sprintf("%s:%d", config.Host, config.Port), err)
	return c, err
}

// mark remembers whether a server answered. One that refuses whoever connects is there.
func (p *Postgres) mark(ctx context.Context, server string, err error) {
	var refused *pgconn.PgError
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil || errors.As(err, &refused) && refused.Code[:2] != "57": // shutting down, starting up
		delete(p.away, server)
	case ctx.Err() == nil:
		p.away[server] = true
	}
}

// learn reads what a fresh connection may be asked about, and, once for each server, how many
// connections that lets in.
func (p *Postgres) learn(ctx context.Context, c *pgConn) error {
	rows, err := c.Query(ctx, `SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm')`)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	c.tables = make(map[string]bool, len(names))
	for _, name := range names {
		c.tables[name] = true
	}
	server := fmt.Sprintf("%s:%d", c.Config().Host, c.Config().Port)
	p.mu.Lock()
	known := p.servers[server]
	p.servers[server] = true
	p.mu.Unlock()
	if known {
		return nil
	}
	var text string
	if err := c.QueryRow(ctx, "SHOW max_connections").Scan(&text); err != nil {
		return err
	}
	limit, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	p.conns.Lower(limit - min(pgReserve, cmp.Or(limit/2, 1)))
	return nil
}

// begin opens a read transaction and reads once: PostgreSQL takes the snapshot at the first statement,
// and refuses to make the transaction a writing one after it.
func (c *pgConn) begin(ctx context.Context) error {
	if _, err := c.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
		return err
	}
	_, err := c.Exec(ctx, "SELECT 1")
	return err
}

func (c *pgConn) rollback() error {
	ctx, cancel := context.WithTimeout(context.Background(), pgGoodbye)
	defer cancel()
	_, err := c.Exec(ctx, "ROLLBACK")
	return err
}

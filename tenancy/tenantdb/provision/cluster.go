package provision

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

const (
	dial = 5 * time.Second
	// oneAtATime is the advisory lock of whoever provisions on a server; the number is arbitrary and fixed.
	oneAtATime = 0x696c7361692d7076 // "ilsai-pv"
	oldest     = 150000             // server_version_num
)

// Options configures Open. Schemas is required for Provision.
type Options struct {
	Schemas map[string]string // domain → the statements that make its tables
	// Templates names, by domain, a database on the server to copy instead of running the schema: one that
	// Prepare made. Optional, and much faster for many tenants.
	Templates map[string]string
	// Connections a role may hold at once [12]: those of all processes that serve the tenant.
	Connections int
}

// Cluster is a PostgreSQL server, administered by a superuser. It is used by one goroutine at a time.
type Cluster struct {
	store   tenancy.TenantDatabaseStore
	options Options
	dsn     string
	admin   *pgx.Conn
}

// Open connects to a server as its administrator and takes the server's turn, which Close ends: of
// several processes that provision on one server, one does so at a time. Errors: ilsai.CodeInvalid for a
// dsn that cannot be read, or a user or server that does not suffice; ilsai.CodeUnavailable when the
// server does not answer.
func Open(ctx context.Context, dsn string, store tenancy.TenantDatabaseStore, o Options) (*Cluster, error) {
	if o.Connections <= 0 {
		o.Connections = 12
	}
	c := &Cluster{store: store, options: o, dsn: dsn}
	var err error
	if c.admin, err = connect(ctx, dsn, ""); err != nil {
		return nil, err
	}
	if err := c.check(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Close ends the connection.
func (c *Cluster) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), dial)
	defer cancel()
	return c.admin.Close(ctx)
}

func (c *Cluster) check(ctx context.Context) error {
	var version int
	var super bool
	err := c.admin.QueryRow(ctx, "SELECT current_setting('server_version_num')::int, rolsuper FROM pg_roles WHERE rolname = current_user").Scan(&version, &super)
	switch {
	case err != nil:
		return c.unavailable(err)
	case version < oldest:
		return ilsai.Errorf(ilsai.CodeInvalid, "The PostgreSQL server is of version %d. Version 15 or later is needed.", version/10000)
	case !super:
		return ilsai.Errorf(ilsai.CodeInvalid, "The user %s is no superuser of the PostgreSQL server, and only one can take rights to built-in functions away. "+
			"Use a superuser, or make the databases yourself and use 'ilsai tenant attach'.", c.admin.Config().User)
	}
	_, err = c.admin.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(oneAtATime))
	return c.unavailable(err)
}

func (c *Cluster) unavailable(err error) error {
	return ilsai.Wrap(ilsai.CodeUnavailable, err, "The PostgreSQL server at %s could not do what was asked of it.", c.admin.Config().Host)
}

// connect opens a connection for administration; database "" means the one dsn names.
func connect(ctx context.Context, dsn, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil { // not the cause: it may quote the password
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "The address of the PostgreSQL server cannot be read. Write it like postgres://user@host:5432/postgres.")
	}
	if database != "" {
		config.Database = database
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // one statement per message; nothing is worth keeping prepared
	config.ConnectTimeout = dial
	config.RuntimeParams["application_name"] = "ilsai provision"
	config.RuntimeParams["search_path"] = "public"
	config.RuntimeParams["timezone"] = "UTC"
	conn, err := pgx.ConnectConfig(ctx, config)
	return conn, ilsai.Wrap(ilsai.CodeUnavailable, err, "The PostgreSQL server at %s cannot be reached as %s.", config.Host, config.User)
}

// within runs f on a connection of its own to another database of the server.
func (c *Cluster) within(ctx context.Context, database string, f func(*pgx.Conn) error) error {
	conn, err := connect(ctx, c.dsn, database)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return f(conn)
}

// address is dsn with another database and another user, as a URL or as key=value pairs, whichever it was.
func address(dsn, database, user, password string) (string, error) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		u, err := url.Parse(dsn)
		if err != nil {
			return "", errors.New("the address is no URL")
		}
		q := u.Query()
		for _, k := range []string{"user", "password", "dbname", "database", "passfile"} {
			q.Del(k)
		}
		u.User, u.Path, u.RawQuery = url.UserPassword(user, password), "/"+database, q.Encode()
		return u.String(), nil
	}
	return fmt.Sprintf("%s dbname=%s user=%s password=%s", dsn, quoted(database), quoted(user), quoted(password)), nil
}

// quoted is a value of key=value pairs.
func quoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// identifier quotes a name for SQL.
func identifier(name string) string { return pgx.Identifier{name}.Sanitize() }

// literal quotes a text for SQL; standard_conforming_strings is on in every supported release.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Backends counts the connections of tenants' roles that the server has.
func (c *Cluster) Backends(ctx context.Context) (n int, err error) {
	err = c.admin.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name = 'ilsai'").Scan(&n)
	return n, c.classify(err)
}

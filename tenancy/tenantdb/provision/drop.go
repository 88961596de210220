package provision

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"

	"github.com/jackc/pgx/v5"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Drop removes what was provisioned for a tenant: each database is first exported to a directory of its
// domain's name below dir, one CSV file per table, unless dir is "". Attached databases are only forgotten.
// It accepts whatever an earlier run has removed already.
func (c *Cluster) Drop(ctx context.Context, tenant ilsai.TenantID, dir string) error {
	all, err := c.store.TenantDatabases(ctx, tenant)
	if err != nil {
		return err
	}
	roles := map[string]bool{}
	for _, d := range all {
		if d.Owned {
			config, err := pgx.ParseConfig(d.DSN)
			if err != nil {
				return c.unavailable(errors.New("the stored address cannot be read"))
			}
			roles[config.User] = true
			if err := c.dropDatabase(ctx, config.Database, d.Domain, dir); err != nil {
				return c.classify(err)
			}
		}
	}
	for role := range roles { // databases first: a role with rights cannot be dropped
		if err := c.exec(ctx, "DROP ROLE IF EXISTS "+identifier(role)); err != nil {
			return c.classify(err)
		}
	}
	for _, d := range all {
		if err := c.store.RemoveTenantDatabase(ctx, tenant, d.Domain); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) dropDatabase(ctx context.Context, database, domain, dir string) error {
	exists, err := c.exists(ctx, "SELECT 1 FROM pg_database WHERE datname = $1", database)
	if err != nil || !exists {
		return err
	}
	if dir != "" {
		if err := c.within(ctx, database, func(conn *pgx.Conn) error { return export(ctx, conn, filepath.Join(dir, domain)) }); err != nil {
			return err
		}
	}
	return c.exec(ctx, "DROP DATABASE IF EXISTS "+identifier(database)+" WITH (FORCE)")
}

var unsafeInFile = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// export writes every table as it is at one moment.
func export(ctx context.Context, conn *pgx.Conn, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "The export cannot be written to %s.", dir)
	}
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) // nothing was changed
	rows, err := tx.Query(ctx, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := exportTable(ctx, tx, table, filepath.Join(dir, unsafeInFile.ReplaceAllString(table, "_")+".csv")); err != nil {
			return err
		}
	}
	return nil
}

func exportTable(ctx context.Context, tx pgx.Tx, table, file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "The export cannot be written to %s.", file)
	}
	_, copyErr := tx.Conn().PgConn().CopyTo(ctx, f, "COPY "+identifier(table)+" TO STDOUT WITH (FORMAT csv, HEADER)")
	if err := errors.Join(f.Sync(), f.Close()); err != nil && copyErr == nil {
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "The export cannot be written to %s.", file)
	}
	return copyErr
}

// Attach records a database the chain already has, after connecting to it. The role's rights there are the
// chain's to set: Attach refuses a role that may do what no reader needs. Errors: ilsai.CodeInvalid for such
// a role, or an address that cannot be read; ilsai.CodeConflict when the domain is provisioned;
// ilsai.CodeUnavailable when the database does not answer.
func Attach(ctx context.Context, store tenancy.TenantDatabaseStore, tenant ilsai.TenantID, domain, dsn string) (tenancy.TenantDatabase, error) {
	conn, err := connect(ctx, dsn, "")
	if err != nil {
		return tenancy.TenantDatabase{}, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	known, err := store.TenantDatabases(ctx, tenant)
	if err != nil {
		return tenancy.TenantDatabase{}, err
	}
	for _, d := range known {
		if d.Domain == domain && d.Owned {
			return d, ilsai.Errorf(ilsai.CodeConflict, "The %s data of %s is provisioned at %s already.", domain, tenant, d.Address)
		}
	}
	var excess bool
	err = conn.QueryRow(ctx, `SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls OR EXISTS (SELECT 1 FROM pg_auth_members WHERE member = r.oid)
		OR pg_has_role(current_user, (SELECT datdba FROM pg_database WHERE datname = current_database()), 'MEMBER')
		OR EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v')
			AND (c.relowner = r.oid OR has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')))
		FROM pg_roles r WHERE rolname = current_user`).Scan(&excess)
	switch {
	case err != nil:
		return tenancy.TenantDatabase{}, ilsai.Wrap(ilsai.CodeUnavailable, err, "The rights of the role could not be checked.")
	case excess:
		return tenancy.TenantDatabase{}, ilsai.Errorf(ilsai.CodeInvalid, "The role %s may do more than read: use one that is no superuser, member of nothing, owns nothing, "+
			"and has only SELECT on the tables.", conn.Config().User)
	}
	config := conn.Config()
	d := tenancy.TenantDatabase{Tenant: tenant, Domain: domain, DSN: dsn, Ready: true, Address: shown(config)}
	return d, store.PutTenantDatabase(ctx, d)
}

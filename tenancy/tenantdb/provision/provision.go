package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Provision makes what is missing of a tenant's databases and roles, one database for each schema in
// Options, and sets everything they may do anew. It returns them. Errors: ilsai.CodeConflict when a
// database or role of such a name is there that no earlier run has made; ilsai.CodeNotFound for an unknown
// tenant; ilsai.CodeUnavailable. After an error, run it again.
func (c *Cluster) Provision(ctx context.Context, tenant ilsai.TenantID) ([]tenancy.TenantDatabase, error) {
	if _, err := ilsai.ParseTenantID(string(tenant)); err != nil {
		return nil, err
	}
	known, err := c.known(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var out []tenancy.TenantDatabase
	for _, domain := range sorted(c.options.Schemas) {
		d, err := c.record(ctx, tenant, domain, known)
		if err != nil {
			return nil, err
		}
		if err := c.build(ctx, d); err != nil {
			return nil, c.classify(err)
		}
		if !d.Ready {
			d.Ready = true
			if err := c.store.PutTenantDatabase(ctx, d); err != nil {
				return nil, err
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// Prepare makes a database that Options.Templates may name: the tables of a domain, hardened, and nothing
// of any tenant.
func (c *Cluster) Prepare(ctx context.Context, name, domain string) error {
	exists, err := c.exists(ctx, "SELECT 1 FROM pg_database WHERE datname = $1", name)
	if err != nil {
		return c.classify(err)
	}
	if !exists {
		if err := c.createDatabase(ctx, name, "template0"); err != nil {
			return c.classify(err)
		}
	}
	return c.classify(c.within(ctx, name, func(conn *pgx.Conn) error { return harden(ctx, conn, c.options.Schemas[domain]) }))
}

func (c *Cluster) known(ctx context.Context, tenant ilsai.TenantID) (map[string]tenancy.TenantDatabase, error) {
	all, err := c.store.TenantDatabases(ctx, tenant)
	if err != nil {
		return nil, err
	}
	known := make(map[string]tenancy.TenantDatabase, len(all))
	for _, d := range all {
		known[d.Domain] = d
	}
	return known, nil
}

// record returns the row of a database, and writes it before anything exists, so that whatever a crash
// leaves is known to be ours.
func (c *Cluster) record(ctx context.Context, tenant ilsai.TenantID, domain string, known map[string]tenancy.TenantDatabase) (tenancy.TenantDatabase, error) {
	if d, ok := known[domain]; ok {
		if !d.Owned {
			return d, ilsai.Errorf(ilsai.CodeConflict, "The %s data of %s is attached from %s. Detach it first.", domain, tenant, d.Address)
		}
		return d, nil
	}
	database, role := DatabaseName(tenant, domain), RoleName(tenant, domain)
	password := ""
	for _, other := range known { // domains share a role and its password
		if config, err := pgx.ParseConfig(other.DSN); err == nil && other.Owned && config.User == role {
			password = config.Password
		}
	}
	taken, err := c.exists(ctx, "SELECT 1 FROM pg_database WHERE datname = $1", database)
	if err == nil && !taken && password == "" {
		taken, err = c.exists(ctx, "SELECT 1 FROM pg_roles WHERE rolname = $1", role)
	}
	switch {
	case err != nil:
		return tenancy.TenantDatabase{}, c.classify(err)
	case taken:
		return tenancy.TenantDatabase{}, ilsai.Errorf(ilsai.CodeConflict, "The PostgreSQL server has a database %s or a role %s already, which were not made "+
			"for this tenant here. Rename or drop them, or use 'ilsai tenant attach'.", database, role)
	case password == "":
		if password, err = newPassword(); err != nil {
			return tenancy.TenantDatabase{}, err
		}
	}
	dsn, err := address(c.dsn, database, role, password)
	if err != nil {
		return tenancy.TenantDatabase{}, ilsai.Wrap(ilsai.CodeInvalid, err, "The address of the PostgreSQL server cannot be used.")
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return tenancy.TenantDatabase{}, ilsai.Errorf(ilsai.CodeInvalid, "The address of the PostgreSQL server cannot be used.")
	}
	d := tenancy.TenantDatabase{Tenant: tenant, Domain: domain, Address: shown(config), DSN: dsn, Owned: true}
	known[domain] = d
	return d, c.store.PutTenantDatabase(ctx, d)
}

// shown is an address for people.
func shown(c *pgx.ConnConfig) string {
	return fmt.Sprintf("%s:%d/%s as %s", c.Host, c.Port, c.Database, c.User)
}

// build makes role, database, tables and grants, whatever of them there is already.
func (c *Cluster) build(ctx context.Context, d tenancy.TenantDatabase) error {
	config, err := pgx.ParseConfig(d.DSN)
	if err != nil {
		return errors.New("the stored address cannot be read")
	}
	if err := c.setRole(ctx, config.User, config.Password); err != nil {
		return err
	}
	exists, err := c.exists(ctx, "SELECT 1 FROM pg_database WHERE datname = $1", config.Database)
	if err != nil {
		return err
	}
	if !exists {
		template := c.options.Templates[d.Domain]
		if template == "" {
			template = "template0"
		}
		if err := c.createDatabase(ctx, config.Database, template); err != nil {
			return err
		}
	}
	if err := c.exec(ctx, "REVOKE ALL ON DATABASE "+identifier(config.Database)+" FROM PUBLIC",
		"GRANT CONNECT ON DATABASE "+identifier(config.Database)+" TO "+identifier(config.User)); err != nil {
		return err
	}
	return c.within(ctx, config.Database, func(conn *pgx.Conn) error {
		if err := harden(ctx, conn, c.options.Schemas[d.Domain]); err != nil {
			return err
		}
		// Not by default privileges, which the role could drop: tables made later are granted by provisioning again.
		for _, s := range []string{"GRANT USAGE ON SCHEMA public TO ", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO "} {
			if _, err := conn.Exec(ctx, s+identifier(config.User)); err != nil {
				return err
			}
		}
		return nil
	})
}

// createDatabase makes a database nobody but the administrator can connect to, not even for a moment
// with anything in it: tables and rows come later, or with the template's own rights.
func (c *Cluster) createDatabase(ctx context.Context, name, template string) error {
	statement := "CREATE DATABASE " + identifier(name) + " TEMPLATE " + identifier(template)
	if template == "template0" {
		statement += " ENCODING 'UTF8'"
	}
	return c.exec(ctx, statement, "REVOKE ALL ON DATABASE "+identifier(name)+" FROM PUBLIC")
}

// setRole makes the role, or sets everything about it anew. temp_file_limit is a superuser's setting, so
// the role cannot undo it; the others it can, for itself, and they are sent with each connection again.
func (c *Cluster) setRole(ctx context.Context, role, password string) error {
	verifier, err := verifier(password)
	if err != nil {
		return err
	}
	exists, err := c.exists(ctx, "SELECT 1 FROM pg_roles WHERE rolname = $1", role)
	if err != nil {
		return err
	}
	verb := "CREATE"
	if exists {
		verb = "ALTER"
	}
	name := identifier(role)
	return c.exec(ctx,
		fmt.Sprintf("%s ROLE %s LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT CONNECTION LIMIT %d PASSWORD %s",
			verb, name, c.options.Connections, literal(verifier)),
		"ALTER ROLE "+name+" RESET ALL",
		"ALTER ROLE "+name+" SET temp_file_limit = '64MB'",
		"ALTER ROLE "+name+" SET work_mem = '8MB'",
		"ALTER ROLE "+name+" SET statement_timeout = '10s'",
		"ALTER ROLE "+name+" SET lock_timeout = '1s'",
		"ALTER ROLE "+name+" SET idle_in_transaction_session_timeout = '30s'",
		"ALTER ROLE "+name+" SET default_transaction_read_only = on",
	)
}

func (c *Cluster) exec(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if _, err := c.admin.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) exists(ctx context.Context, query, name string) (bool, error) {
	var one int
	err := c.admin.QueryRow(ctx, query, name).Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (c *Cluster) classify(err error) error {
	var known *ilsai.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return c.unavailable(err)
}

func sorted(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

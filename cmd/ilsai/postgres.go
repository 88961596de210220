package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/provision"
)

const auditTimeout = 5 * time.Second

// postgresSchemas are those of the shipped catalogues.
var postgresSchemas = map[string]string{
	tenantdb.DomainSales: semantic.SalesSchemaPostgres, tenantdb.DomainInventory: semantic.InventorySchemaPostgres, tenantdb.DomainPatients: semantic.PatientsSchemaPostgres,
}

// openServers lets the app read the shops whose data is in PostgreSQL, and writes what the guards refuse to
// the audit log. Without a key file no such shop can have been made.
func (a *app) openServers(c *config, control *store.Store) error {
	a.control = control
	if _, err := os.Stat(c.keyFile()); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	file, err := store.OpenKeyFile(c.keyFile())
	if err != nil {
		return err
	}
	a.servers = tenantdb.OpenPostgres(control.TenantDatabases(file).TenantDatabases, tenantdb.Options{
		MaxRows: semantic.MaxGroups, MaxConns: c.PostgresMaxConns, ConnsPerTenant: c.PostgresConns, Refused: a.refused,
	})
	return nil
}

// refused holds up whoever asked until the audit log has it: SQL comes from the catalogues, so it is a
// defect or an attack.
func (a *app) refused(r tenantdb.Refusal) {
	a.log.Warn("a statement was refused", "tenant", r.Tenant, "domain", r.Domain, "reason", r.Reason)
	if a.control == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), auditTimeout)
	defer cancel()
	entry, err := tenancy.NewAuditEntry(ctx, tenancy.CommandActor("guard"), r.Tenant, "sql.refused", r.Domain, nil,
		map[string]string{"reason": r.Reason, "statement": r.Statement})
	if err == nil {
		err = a.control.AppendAudit(ctx, &entry)
	}
	if err != nil {
		a.log.Error("a refused statement is not in the audit log", "tenant", r.Tenant, "error", err)
	}
}

// serverChecks says whether the shops' PostgreSQL answers. Other shops are answered without it, so it never makes the server
// unready.
func (a *app) serverChecks() []server.Check {
	if a.servers == nil {
		return nil
	}
	check := server.Check{Name: "shops' PostgreSQL"}
	if n := len(a.servers.Away()); n > 0 {
		check.Detail = fmt.Sprintf("%d of its servers did not answer when last asked; questions of their shops get 503", n)
	}
	return []server.Check{check}
}

// dataSource lets the assistant read a shop's data without knowing where it is.
type dataSource struct{ app *app }

func (d dataSource) Snapshot(ctx context.Context, tenant ilsai.TenantID, domain string) (assistant.Snapshot, error) {
	if d.app.servers != nil {
		s, err := d.app.servers.Snapshot(ctx, tenant, domain)
		if err == nil {
			return serverSnapshot{s}, nil
		}
		if ilsai.ErrorCode(err) != ilsai.CodeNotFound {
			return nil, err
		}
	}
	s, err := d.app.data.Snapshot(ctx, tenant, domain)
	if err != nil {
		return nil, err
	}
	return snapshot{s}, nil
}

type snapshot struct{ *tenantdb.Snapshot }

func (snapshot) Dialect() semantic.Dialect { return semantic.SQLite }

type serverSnapshot struct{ *tenantdb.PostgresSnapshot }

func (serverSnapshot) Dialect() semantic.Dialect { return semantic.Postgres }

// versionOf is of a shop's data wherever it is; "" when that cannot be said, and nothing is repeated then.
func (a *app) versionOf(tenant ilsai.TenantID, domain string) string {
	if a.servers != nil {
		ctx, cancel := context.WithTimeout(context.Background(), auditTimeout)
		defer cancel()
		has, err := a.servers.Has(ctx, tenant, domain)
		if err != nil {
			return ilsai.ErrorMessage(err) + time.Now().String()
		}
		if has {
			return a.servers.Version()
		}
	}
	return a.data.Version(tenant, domain)
}

// openCluster opens the PostgreSQL server that shops' databases are made on.
func (c *config) openCluster(ctx context.Context, control *store.Store) (*provision.Cluster, error) {
	if c.PostgresAdminDSN == "" {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "there is no PostgreSQL server to work on: name it with --postgres, or set postgres_admin_dsn (ILSAI_POSTGRES_ADMIN_DSN)")
	}
	file, err := store.OpenKeyFile(c.keyFile())
	if err != nil {
		return nil, err
	}
	return provision.Open(ctx, c.PostgresAdminDSN, control.TenantDatabases(file), provision.Options{Schemas: postgresSchemas})
}

// dropShop exports and removes a shop's own databases. A server that still has one open reads on until it
// lets go of it.
func (c *config) dropShop(control *store.Store) func(context.Context, ilsai.TenantID) error {
	return func(ctx context.Context, id ilsai.TenantID) error {
		if _, err := ilsai.ParseTenantID(string(id)); err != nil { // it becomes a path
			return err
		}
		if err := c.dropServerData(ctx, control, id); err != nil {
			return err
		}
		return c.dropFiles(id)
	}
}

// exportOf is where a shop's data goes before it is removed; "" for nowhere. It has no time in its name, so
// that a removal that was cut off goes on in the same place.
func (c *config) exportOf(id ilsai.TenantID) string {
	switch c.ExportDir {
	case "none":
		return ""
	case "":
		return filepath.Join(c.DataDir, "exports", string(id))
	}
	return filepath.Join(c.ExportDir, string(id))
}

func (c *config) dropServerData(ctx context.Context, control *store.Store, id ilsai.TenantID) error {
	if _, err := os.Stat(c.keyFile()); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	file, err := store.OpenKeyFile(c.keyFile())
	if err != nil {
		return err
	}
	databases := control.TenantDatabases(file)
	all, err := databases.TenantDatabases(ctx, id)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.Owned {
			cluster, err := c.openCluster(ctx, control)
			if err != nil {
				return fmt.Errorf("the databases of %s: %w", id, err)
			}
			return errors.Join(cluster.Drop(ctx, id, c.exportOf(id)), cluster.Close())
		}
	}
	for _, d := range all { // attached: the chain's own
		if err := databases.RemoveTenantDatabase(ctx, id, d.Domain); err != nil {
			return err
		}
	}
	return nil
}

func (c *config) dropFiles(id ilsai.TenantID) error {
	dir := filepath.Join(c.tenantsDir(), string(id))
	files, err := filepath.Glob(filepath.Join(dir, "*.db"))
	if err != nil {
		return ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	if to := c.exportOf(id); to != "" && len(files) > 0 {
		if err := os.MkdirAll(to, 0o700); err != nil {
			return ilsai.Wrap(ilsai.CodeUnavailable, err, "the export cannot be written to %s", to)
		}
		for _, f := range files { // moved if it is one file system, which it is unless export_dir says otherwise
			if err := moveFile(f, filepath.Join(to, filepath.Base(f))); err != nil {
				return ilsai.Wrap(ilsai.CodeUnavailable, err, "%s cannot be exported to %s", f, to)
			}
		}
	}
	return ilsai.Wrap(ilsai.CodeUnavailable, os.RemoveAll(dir), "the databases in %s cannot be removed", dir)
}

func moveFile(from, to string) error {
	if os.Rename(from, to) == nil {
		return nil
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, content, 0o600); err != nil { //nolint:gosec // a directory of the operator and a tenant id, which is a safe path
		return err
	}
	return os.Remove(from)
}

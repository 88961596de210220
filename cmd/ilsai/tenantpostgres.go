package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/provision"
)

// shownDatabase is a shop's database as the commands print it, without its password.
type shownDatabase struct {
	Tenant  ilsai.TenantID `json:"tenant"`
	Domain  string         `json:"domain"`
	Address string         `json:"address"`
	Owned   bool           `json:"owned"`
	Ready   bool           `json:"ready"`
}

// databaseCommand adds what every command on a shop's PostgreSQL databases has. run gets the tenant, which exists.
func databaseCommand(cmd *cobra.Command, run func(ctx context.Context, c *config, console *console, id ilsai.TenantID) error) *cobra.Command {
	tenant, admin, asJSON := "", "", false
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withConsole(cmd, func(ctx context.Context, console *console) error {
			c := console.config
			if admin != "" {
				c.PostgresAdminDSN = admin
			}
			t, err := console.Tenant(ctx, console.by, ilsai.TenantID(tenant))
			if err != nil {
				return err
			}
			if err := run(ctx, c, console, t.ID); err != nil {
				return err
			}
			return printDatabases(ctx, cmd.OutOrStdout(), c, console, t.ID, asJSON)
		})
	}
	addConfigFlags(cmd.Flags(), "data_dir", "key_file", "log_level")
	quietByDefault(cmd)
	cmd.Flags().StringVar(&tenant, "tenant", "", "tenant id (required)")
	cmd.Flags().StringVar(&admin, "postgres", "", "PostgreSQL server and superuser, such as postgres://postgres@db.example/postgres (default: setting postgres_admin_dsn; better there if it holds a password)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("tenant")
	return cmd
}

func printDatabases(ctx context.Context, w io.Writer, c *config, console *console, id ilsai.TenantID, asJSON bool) error {
	file, err := store.OpenKeyFile(c.keyFile())
	if err != nil {
		return err
	}
	all, err := console.control.TenantDatabases(file).TenantDatabases(ctx, id)
	if err != nil {
		return err
	}
	shown := make([]shownDatabase, len(all))
	for i, d := range all {
		shown[i] = shownDatabase{d.Tenant, d.Domain, d.Address, d.Owned, d.Ready}
	}
	if asJSON {
		return printJSON(w, shown)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TENANT\tDOMAIN\tDATABASE\tSTATE")
	for _, d := range shown {
		state := "attached"
		if d.Owned {
			state = "provisioned"
		}
		if !d.Ready {
			state = "half made: run 'ilsai tenant provision' again"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", d.Tenant, d.Domain, d.Address, state)
	}
	return table.Flush()
}

func newTenantProvision() *cobra.Command {
	return databaseCommand(&cobra.Command{
		Use: "provision", Short: "Make a shop's PostgreSQL databases and the roles that read them",
		Long: "Makes the databases ils_TENANT_sales, ils_TENANT_inventory and ils_TENANT_patients_anon with their tables, and roles that can\n" +
			"read those and do nothing else. What is there already is kept and its rights are set anew, so it may be run again: after it was\n" +
			"interrupted, and after tables were added. It needs a superuser of PostgreSQL 15 or later.",
		Example: "  ilsai tenant provision --tenant corner-optics --postgres postgres://postgres@db.example/postgres",
	}, func(ctx context.Context, c *config, console *console, id ilsai.TenantID) error {
		return withCluster(ctx, c, console, func(cluster *provision.Cluster) error {
			made, err := cluster.Provision(ctx, id)
			if err != nil {
				return err
			}
			return console.Record(ctx, console.by, id, "tenant.provision", "", nil, addresses(made))
		})
	})
}

func newTenantRotate() *cobra.Command {
	return databaseCommand(&cobra.Command{
		Use: "rotate-password", Short: "Give the roles that read a shop's databases new passwords",
		Long:    "Running servers notice nothing. If it is interrupted, run it again.",
		Example: "  ilsai tenant rotate-password --tenant corner-optics",
	}, func(ctx context.Context, c *config, console *console, id ilsai.TenantID) error {
		return withCluster(ctx, c, console, func(cluster *provision.Cluster) error {
			n, err := cluster.Rotate(ctx, id)
			if err != nil {
				return err
			}
			return console.Record(ctx, console.by, id, "tenant.rotate_password", "", nil, map[string]int{"roles": n})
		})
	})
}

func newTenantAttach() *cobra.Command {
	domain, dsn := "", ""
	cmd := &cobra.Command{
		Use: "attach", Short: "Let a shop's questions read a PostgreSQL database that is there already",
		Long: "Connects to the database, checks that its role may only read, and keeps the address, encrypted. The role's rights are yours to\n" +
			"set: see docs/operations.md.",
		Example: "  ilsai tenant attach --tenant corner-optics --domain sales --dsn - < address-file",
	}
	cmd.Flags().StringVar(&domain, "domain", "", "sales, inventory or patients_anon (required)")
	cmd.Flags().StringVar(&dsn, "dsn", "", "address with user and password, or - to read it from standard input (required)")
	_ = cmd.MarkFlagRequired("domain")
	_ = cmd.MarkFlagRequired("dsn")
	return databaseCommand(cmd, func(ctx context.Context, c *config, console *console, id ilsai.TenantID) error {
		if _, ok := postgresSchemas[domain]; !ok {
			return usagef("there is no domain %q: it is sales, inventory or patients_anon", domain)
		}
		if dsn == "-" {
			line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
			if err != nil && !errors.Is(err, io.EOF) {
				return ilsai.Wrap(ilsai.CodeInvalid, err, "the address cannot be read from standard input")
			}
			dsn = strings.TrimSpace(line)
		}
		file, err := store.OpenKeyFile(c.keyFile())
		if err != nil {
			return err
		}
		d, err := provision.Attach(ctx, console.control.TenantDatabases(file), id, domain, dsn)
		if err != nil {
			return err
		}
		return console.Record(ctx, console.by, id, "tenant.attach", domain, nil, addresses([]tenancy.TenantDatabase{d}))
	})
}

func newTenantDetach() *cobra.Command {
	domain := ""
	cmd := &cobra.Command{
		Use: "detach", Short: "Forget an attached database; it stays as it is",
		Example: "  ilsai tenant detach --tenant corner-optics --domain sales",
	}
	cmd.Flags().StringVar(&domain, "domain", "", "sales, inventory or patients_anon (required)")
	_ = cmd.MarkFlagRequired("domain")
	return databaseCommand(cmd, func(ctx context.Context, c *config, console *console, id ilsai.TenantID) error {
		file, err := store.OpenKeyFile(c.keyFile())
		if err != nil {
			return err
		}
		databases := console.control.TenantDatabases(file)
		all, err := databases.TenantDatabases(ctx, id)
		if err != nil {
			return err
		}
		for _, d := range all {
			switch {
			case d.Domain != domain:
			case d.Owned:
				return ilsai.Errorf(ilsai.CodeConflict, "%s was provisioned, not attached: it goes with 'ilsai tenant delete'", d.Address)
			default:
				if err := databases.RemoveTenantDatabase(ctx, id, domain); err != nil {
					return err
				}
				return console.Record(ctx, console.by, id, "tenant.detach", domain, addresses([]tenancy.TenantDatabase{d}), nil)
			}
		}
		return ilsai.Errorf(ilsai.CodeNotFound, "no %s database is attached to %s", domain, id)
	})
}

func withCluster(ctx context.Context, c *config, console *console, f func(*provision.Cluster) error) error {
	cluster, err := c.openCluster(ctx, console.control)
	if err != nil {
		return err
	}
	return errors.Join(f(cluster), cluster.Close())
}

func addresses(all []tenancy.TenantDatabase) map[string]string {
	m := make(map[string]string, len(all))
	for _, d := range all {
		m[d.Domain] = d.Address
	}
	return m
}

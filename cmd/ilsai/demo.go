package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/demo"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

const (
	demoSeed     = 1
	demoLifetime = 24 * time.Hour // of the printed tokens
)

func newDemo() *cobra.Command {
	postgres, seed := "", seedDemo
	cmd := &cobra.Command{
		Use: "demo", Short: "Serve three demo shops with 18 months of sales, stock and patients", Args: cobra.NoArgs,
		Long: "Makes three demo shops on the first start, keeps them and brings them up to today on the next, and serves the HTTP API.\n" +
			"Prints a token for each shop and a command that asks a question.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := configure(cmd)
			if err != nil {
				return err
			}
			ln, err := listen(c.Listen)
			if err != nil {
				return err
			}
			defer ln.Close()
			control, err := openServerControl(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer control.Close()
			if postgres != "" {
				c.PostgresAdminDSN = postgres
				seed = seedDemoPostgres
			}
			created, err := seed(cmd.Context(), c, control, time.Now())
			if err != nil {
				return err
			}
			if len(created) > 0 {
				log.Info("demo shops made", "shops", len(created), "data_dir", c.DataDir)
			}
			issuer, err := demoIssuer(cmd.Context(), c, control)
			if err != nil {
				return err
			}
			if err := ensureDemoPlatform(cmd.Context(), c, control, time.Now()); err != nil {
				return err
			}
			if c.demo, err = newDemoDashboard(cmd.Context(), control, issuer); err != nil {
				return err
			}
			// The greeting is complete before the server is: it is printed once questions can be answered.
			greeting, err := demoGreeting(cmd.Context(), control, issuer, ln.Addr())
			if err != nil {
				return err
			}
			return serve(cmd.Context(), c, log, ln, control, func() { fmt.Fprint(cmd.OutOrStdout(), greeting) })
		},
	}
	addConfigFlags(cmd.Flags())
	cmd.Flags().StringVar(&postgres, "postgres", "", "keep the shops' data in this PostgreSQL server, named with a superuser, instead of in files")
	return cmd
}

// demoSchemas are those of the shipped catalogues.
var demoSchemas = map[string]string{
	tenantdb.DomainSales: semantic.SalesSchemaSQLite, tenantdb.DomainInventory: semantic.InventorySchemaSQLite, tenantdb.DomainPatients: semantic.PatientsSchemaSQLite,
}

// seedDemo makes what is missing of the demo shops. What it says goes to stderr: it takes seconds on the first start.
func seedDemo(ctx context.Context, c *config, control *store.Store, now time.Time) ([]string, error) {
	data, err := tenantdb.Open(c.DataDir, tenantdb.Options{})
	if err != nil {
		return nil, err
	}
	defer data.Close()
	if _, err := os.Stat(c.tenantsDir()); err != nil {
		fmt.Fprintln(os.Stderr, "making three demo shops with 18 months of sales, stock and patients …")
	}
	result, err := demo.Seed(ctx, demo.Config{Tenants: control, Data: data, Schemas: demoSchemas, Now: now, Seed: demoSeed})
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(result.Created))
	for _, id := range result.Created {
		names = append(names, string(id))
	}
	return names, nil
}

// demoIssuer signs with the configured keys, or else with a secret of the demo's own.
func demoIssuer(ctx context.Context, c *config, control *store.Store) (*tenancy.TokenIssuer, error) {
	if c.JWTSecret == "" && c.JWTSecretFile == "" {
		if err := makeDemoSecret(c.DataDir); err != nil {
			return nil, err
		}
		c.JWTSecretFile = demoSecretFile(c.DataDir)
	}
	keys, err := openKeys(c, control)
	if err != nil {
		return nil, err
	}
	return keys.issuer(ctx)
}

func demoGreeting(ctx context.Context, control tenancy.TenantStore, issuer *tenancy.TokenIssuer, address net.Addr) (string, error) {
	url := "http://" + address.String()
	tokens := map[tenancy.Tier]string{}
	text := "\nilsai demo: three shops are open at " + url + "\n\n"
	for i, shop := range demo.Shops() {
		t, err := control.Tenant(ctx, shop.ID)
		if err != nil {
			return "", err
		}
		token, err := issueToken(issuer, t, tenancy.UserID(fmt.Sprint(i+1)), "", tenancy.RoleAdmin, demoLifetime)
		if err != nil {
			return "", err
		}
		tokens[t.Tier] = token
		text += fmt.Sprintf("%-15s %-23s %-13s token, valid for a day:\n  %s\n", t.ID, t.Name, t.Tier, token)
	}
	return text + "\nOpen " + url + "/ in a browser, or ask as optical-shop-2:\n\n" + askCommand(url, tokens[tenancy.TierProfessional]) +
		"\nCtrl-C stops it; the shops stay in the data directory.\n", nil
}

// askCommand works as pasted into a shell.
func askCommand(url, token string) string {
	return "curl -s " + url + "/api/ai/query \\\n" +
		"  -H 'Authorization: Bearer " + token + "' \\\n" +
		"  -H 'Content-Type: application/json' \\\n" +
		`  -d '{"question": "What were our top 3 products this month?", "query_type": "sales"}'` + "\n"
}

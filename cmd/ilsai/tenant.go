package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// shownTenant is a tenant as the commands print it, with the administration API's names.
type shownTenant struct {
	ID        ilsai.TenantID         `json:"id"`
	Code      string                 `json:"code"`
	Name      string                 `json:"name"`
	Tier      tenancy.Tier           `json:"tier"`
	Status    tenancy.Status         `json:"status"`
	TimeZone  string                 `json:"time_zone"`
	Currency  string                 `json:"currency"`
	CreatedAt time.Time              `json:"created_at"`
	Limits    tenancy.LimitsOverride `json:"limits"`           // what differs from the tier's
	Effective tenancy.Limits         `json:"effective_limits"` // the tier's with those
	PurgeAt   time.Time              `json:"purge_at,omitzero"`
	PurgedAt  time.Time              `json:"purged_at,omitzero"`
}

func showTenant(r tenancy.TenantRecord) shownTenant {
	return shownTenant{
		ID: r.ID, Code: r.Code, Name: r.Name, Tier: r.Tier, Status: r.Status, TimeZone: r.TimeZone, Currency: r.Currency, CreatedAt: r.CreatedAt,
		Limits: r.Limits, Effective: r.Limits.Apply(tenancy.PlanOf(r.Tier).Limits), PurgeAt: r.PurgeAt, PurgedAt: r.PurgedAt,
	}
}

func newTenant() *cobra.Command {
	root := &cobra.Command{Use: "tenant", Short: "The shops: list, create, change, delete, and their databases", Args: cobra.NoArgs}
	root.AddCommand(newTenantList(), newTenantCreate(), newTenantSet(), newTenantDelete(), newTenantRestore(), newTenantPurge(),
		newTenantProvision(), newTenantAttach(), newTenantDetach(), newTenantRotate())
	return root
}

// tenantCommand adds what every tenant command has: the settings and --json.
func tenantCommand(cmd *cobra.Command, run func(ctx context.Context, c *console, args []string) ([]tenancy.TenantRecord, error)) *cobra.Command {
	asJSON := false
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withConsole(cmd, func(ctx context.Context, c *console) error {
			all, err := run(ctx, c, args)
			if err != nil {
				return err
			}
			return printTenants(cmd.OutOrStdout(), all, asJSON)
		})
	}
	addConfigFlags(cmd.Flags(), "data_dir", "log_level")
	quietByDefault(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func one(r tenancy.TenantRecord, err error) ([]tenancy.TenantRecord, error) {
	return []tenancy.TenantRecord{r}, err
}

func newTenantList() *cobra.Command {
	return tenantCommand(&cobra.Command{Use: "list", Short: "List every shop", Args: cobra.NoArgs},
		func(ctx context.Context, c *console, _ []string) ([]tenancy.TenantRecord, error) {
			var all []tenancy.TenantRecord
			after := ilsai.TenantID("")
			for {
				page, err := c.Tenants(ctx, c.by, after, 0)
				if err != nil || len(page) == 0 {
					return all, err
				}
				all, after = append(all, page...), page[len(page)-1].ID
			}
		})
}

func printTenants(w io.Writer, all []tenancy.TenantRecord, asJSON bool) error {
	shown := make([]shownTenant, len(all))
	for i, t := range all {
		shown[i] = showTenant(t)
	}
	if asJSON {
		return printJSON(w, shown)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tTIER\tSTATUS\tTIME ZONE\tCURRENCY\tPER MONTH\tPER MINUTE\tTOKENS")
	for _, t := range shown {
		status := string(t.Status)
		switch {
		case !t.PurgedAt.IsZero():
			status = "purged"
		case !t.PurgeAt.IsZero():
			status = "deleted, kept until " + t.PurgeAt.Format(time.DateOnly)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\n", t.ID, t.Name, t.Tier, status, t.TimeZone, t.Currency,
			showLimit(t.Effective.QueriesPerMonth), showLimit(t.Effective.QueriesPerMinute), t.Effective.MaxTokensPerQuery)
	}
	return table.Flush()
}

func showLimit(n int) string {
	if n == tenancy.Unlimited {
		return unlimited
	}
	return fmt.Sprint(n)
}

func newTenantCreate() *cobra.Command {
	var t tenancy.Tenant
	cmd := &cobra.Command{
		Use: "create", Short: "Add a shop", Args: cobra.NoArgs,
		Example: `  ilsai tenant create --id corner-optics --name "Corner Optics" --tier professional --time-zone Europe/London --currency GBP`,
	}
	f := cmd.Flags()
	f.StringVar((*string)(&t.ID), "id", "", "tenant id: a-z, 0-9, '-' and '_' (required)")
	f.StringVar(&t.Code, "code", "", "code for people (default: the id)")
	f.StringVar(&t.Name, "name", "", "name of the shop (required)")
	f.StringVar((*string)(&t.Tier), "tier", string(tenancy.TierBasic), "basic, professional or enterprise")
	f.StringVar(&t.TimeZone, "time-zone", "UTC", "IANA time zone")
	f.StringVar(&t.Currency, "currency", "USD", "ISO 4217 currency")
	_ = cmd.MarkFlagRequired("id")
	_ = cmd.MarkFlagRequired("name")
	return tenantCommand(cmd, func(ctx context.Context, c *console, _ []string) ([]tenancy.TenantRecord, error) {
		return one(c.CreateTenant(ctx, c.by, t, tenancy.LimitsOverride{}))
	})
}

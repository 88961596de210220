package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// shownTenant is a tenant as the commands print it.
type shownTenant struct {
	ID        ilsai.TenantID `json:"id"`
	Code      string         `json:"code"`
	Name      string         `json:"name"`
	Tier      tenancy.Tier   `json:"tier"`
	Status    tenancy.Status `json:"status"`
	TimeZone  string         `json:"time_zone"`
	Currency  string         `json:"currency"`
	CreatedAt time.Time      `json:"created_at"`
}

func newTenant() *cobra.Command {
	root := &cobra.Command{Use: "tenant", Short: "The shops: list, create, change", Args: cobra.NoArgs}
	root.AddCommand(newTenantList(), newTenantCreate(), newTenantSet())
	return root
}

// withControl runs f on the control database of the configured data directory, beside a running server.
func withControl(cmd *cobra.Command, f func(context.Context, *store.Store) error) error {
	c, _, err := configure(cmd)
	if err != nil {
		return err
	}
	control, err := openControl(cmd.Context(), c)
	if err != nil {
		return err
	}
	defer control.Close()
	return f(cmd.Context(), control)
}

func newTenantList() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "list", Short: "List every shop", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withControl(cmd, func(ctx context.Context, control *store.Store) error {
				all, err := control.Tenants(ctx)
				if err != nil {
					return err
				}
				return printTenants(cmd.OutOrStdout(), all, asJSON)
			})
		},
	}
	addConfigFlags(cmd.Flags(), "data_dir", "log_level")
	quietByDefault(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printTenants(w io.Writer, all []tenancy.Tenant, asJSON bool) error {
	shown := make([]shownTenant, len(all))
	for i, t := range all {
		shown[i] = shownTenant(t)
	}
	if asJSON {
		return printJSON(w, shown)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tTIER\tSTATUS\tTIME ZONE\tCURRENCY")
	for _, t := range shown {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Name, t.Tier, t.Status, t.TimeZone, t.Currency)
	}
	return table.Flush()
}

func newTenantCreate() *cobra.Command {
	var t tenancy.Tenant
	var id, tier string
	asJSON := false
	cmd := &cobra.Command{
		Use: "create", Short: "Add a shop", Args: cobra.NoArgs,
		Example: `  ilsai tenant create --id corner-optics --name "Corner Optics" --tier professional --time-zone Europe/London --currency GBP`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withControl(cmd, func(ctx context.Context, control *store.Store) error {
				t.ID, t.Tier, t.Status = ilsai.TenantID(id), tenancy.Tier(tier), tenancy.StatusActive
				if t.Code == "" {
					t.Code = id
				}
				if err := control.CreateTenant(ctx, t); err != nil {
					return err
				}
				return recordAndPrint(ctx, cmd, control, "tenant.create", nil, t.ID, asJSON)
			})
		},
	}
	addConfigFlags(cmd.Flags(), "data_dir", "log_level")
	quietByDefault(cmd)
	f := cmd.Flags()
	f.StringVar(&id, "id", "", "tenant id: a-z, 0-9, '-' and '_' (required)")
	f.StringVar(&t.Code, "code", "", "code for people (default: the id)")
	f.StringVar(&t.Name, "name", "", "name of the shop (required)")
	f.StringVar(&tier, "tier", string(tenancy.TierBasic), "basic, professional or enterprise")
	f.StringVar(&t.TimeZone, "time-zone", "UTC", "IANA time zone")
	f.StringVar(&t.Currency, "currency", "USD", "ISO 4217 currency")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("id")
	_ = cmd.MarkFlagRequired("name")
	return cmd
}

func newTenantSet() *cobra.Command {
	var tier, status string
	asJSON := false
	cmd := &cobra.Command{
		Use: "set ID", Short: "Change a shop's tier or status", Args: cobra.ExactArgs(1),
		Long:    "Changes a shop's tier or status. A running server sees it within 30 seconds.",
		Example: "  ilsai tenant set optical-shop-1 --tier professional\n  ilsai tenant set optical-shop-1 --status suspended",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withControl(cmd, func(ctx context.Context, control *store.Store) error {
				t, err := control.Tenant(ctx, ilsai.TenantID(args[0]))
				if err != nil {
					return err
				}
				before := shownTenant(t)
				if tier != "" {
					t.Tier = tenancy.Tier(tier)
				}
				if status != "" {
					t.Status = tenancy.Status(status)
				}
				if err := control.UpdateTenant(ctx, t); err != nil {
					return err
				}
				return recordAndPrint(ctx, cmd, control, "tenant.set", &before, t.ID, asJSON)
			})
		},
	}
	addConfigFlags(cmd.Flags(), "data_dir", "log_level")
	quietByDefault(cmd)
	cmd.Flags().StringVar(&tier, "tier", "", "basic, professional or enterprise")
	cmd.Flags().StringVar(&status, "status", "", "active, past_due, suspended or canceled")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// recordAndPrint writes what the operator did into the audit log and prints the tenant as it is now.
func recordAndPrint(ctx context.Context, cmd *cobra.Command, control *store.Store, action string, before *shownTenant, id ilsai.TenantID, asJSON bool) error {
	t, err := control.Tenant(ctx, id)
	if err != nil {
		return err
	}
	entry := tenancy.AuditEntry{Actor: "cli", TenantID: id, Action: action}
	if before != nil {
		if entry.Before, err = json.Marshal(before); err != nil {
			return err
		}
	}
	if entry.After, err = json.Marshal(shownTenant(t)); err != nil {
		return err
	}
	if err := control.AppendAudit(ctx, &entry); err != nil {
		return err
	}
	return printTenants(cmd.OutOrStdout(), []tenancy.Tenant{t}, asJSON)
}

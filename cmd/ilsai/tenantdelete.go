package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func newTenantDelete() *cobra.Command {
	days, sure := tenancy.DefaultGraceDays, false
	cmd := &cobra.Command{
		Use: "delete ID", Short: "Cancel a shop now and remove its data after a grace period", Args: cobra.ExactArgs(1),
		Long: "Cancels a shop at once. Until the grace period is over 'ilsai tenant restore' brings it back as it was; after it a\n" +
			"running server, or 'ilsai tenant purge', removes its data. The usage log stays, for billing.",
		Example: "  ilsai tenant delete optical-shop-1 --grace-days 30",
	}
	cmd.Flags().IntVar(&days, "grace-days", days, "days in which it can be restored, 0 to 365")
	cmd.Flags().BoolVar(&sure, "yes", false, "needed with --grace-days 0, which cannot be undone")
	return tenantCommand(cmd, func(ctx context.Context, c *console, args []string) ([]tenancy.TenantRecord, error) {
		if days == 0 && !sure {
			return nil, usagef("without a grace period %s cannot be restored: add --yes if that is meant", args[0])
		}
		return one(c.DeleteTenant(ctx, c.by, ilsai.TenantID(args[0]), days))
	})
}

func newTenantRestore() *cobra.Command {
	return tenantCommand(&cobra.Command{
		Use: "restore ID", Short: "Bring a deleted shop back, within its grace period", Args: cobra.ExactArgs(1),
		Example: "  ilsai tenant restore optical-shop-1",
	}, func(ctx context.Context, c *console, args []string) ([]tenancy.TenantRecord, error) {
		return one(c.RestoreTenant(ctx, c.by, ilsai.TenantID(args[0])))
	})
}

func newTenantPurge() *cobra.Command {
	sure := false
	cmd := &cobra.Command{
		Use: "purge", Aliases: []string{"drop"}, Short: "Remove the data of deleted shops whose grace period is over", Args: cobra.NoArgs,
		Long: "Removes databases, users, conversations and stored replies of deleted shops whose grace period is over, for good. What the databases hold is first\n" +
			"exported to export_dir. A running\n" +
			"server does it by itself within an hour. The usage log stays. Without --yes it only says which shops.",
		Example: "  ilsai tenant purge --yes",
	}
	cmd.Flags().BoolVar(&sure, "yes", false, "do it")
	return tenantCommand(cmd, func(ctx context.Context, c *console, _ []string) ([]tenancy.TenantRecord, error) {
		now := time.Now()
		due, err := c.control.TenantsToPurge(ctx, now)
		if err != nil {
			return nil, err
		}
		if len(due) > 0 && !sure {
			return nil, usagef("this would remove the data of %s for good: add --yes if that is meant", strings.Trim(fmt.Sprint(due), "[]"))
		}
		purged, err := c.PurgeTenants(ctx, c.by, now)
		if err != nil {
			return nil, err
		}
		records := make([]tenancy.TenantRecord, len(purged))
		for i, id := range purged {
			if records[i], err = c.Tenant(ctx, c.by, id); err != nil {
				return nil, err
			}
		}
		return records, nil
	})
}

package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// unlimited is a limit that never refuses, as people write it.
const unlimited = "unlimited"

// limitFlag is a limit that is set, unlimited, or that of the tier.
type limitFlag struct {
	named bool
	value *int // nil: the tier's
}

var _ pflag.Value = (*limitFlag)(nil)

// Set implements pflag.Value.
func (f *limitFlag) Set(s string) error {
	*f = limitFlag{named: true}
	switch s {
	case "tier":
		return nil
	case unlimited:
		s = fmt.Sprint(tenancy.Unlimited)
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return usagef("%q is no number, %q or %q", s, unlimited, "tier")
	}
	f.value = &n
	return nil
}

// String implements pflag.Value; a default is not shown.
func (f *limitFlag) String() string { return "" }

// Type implements pflag.Value.
func (f *limitFlag) Type() string { return "limit" }

func newTenantSet() *cobra.Command {
	var name, tier, status, zone, currency string
	var month, minute, tokens limitFlag
	cmd := &cobra.Command{
		Use: "set ID", Short: "Change a shop: tier, status, limits, name, time zone, currency", Args: cobra.ExactArgs(1),
		Long: "Changes what is named and leaves the rest. A limit is a number, 'unlimited', or 'tier' for what the tier says.\n" +
			"A running server sees it within 30 seconds.",
		Example: "  ilsai tenant set optical-shop-1 --tier professional\n  ilsai tenant set optical-shop-1 --status suspended\n" +
			"  ilsai tenant set optical-shop-1 --queries-per-month 900 --queries-per-minute tier",
	}
	f := cmd.Flags()
	f.StringVar(&name, "name", "", "name of the shop")
	f.StringVar(&tier, "tier", "", "basic, professional or enterprise")
	f.StringVar(&status, "status", "", "active, past_due, suspended or canceled")
	f.StringVar(&zone, "time-zone", "", "IANA time zone")
	f.StringVar(&currency, "currency", "", "ISO 4217 currency")
	f.Var(&month, "queries-per-month", "questions of a month")
	f.Var(&minute, "queries-per-minute", "questions in every minute")
	f.Var(&tokens, "max-tokens-per-query", "generated tokens of one answer")
	return tenantCommand(cmd, func(ctx context.Context, c *console, args []string) ([]tenancy.TenantRecord, error) {
		id := ilsai.TenantID(args[0])
		change := tenancy.TenantChange{
			Name: named(name), Tier: named(tenancy.Tier(tier)), Status: named(tenancy.Status(status)), TimeZone: named(zone), Currency: named(currency),
		}
		if month.named || minute.named || tokens.named {
			before, err := c.Tenant(ctx, c.by, id)
			if err != nil {
				return nil, err
			}
			limits := before.Limits
			month.override(&limits.QueriesPerMonth)
			minute.override(&limits.QueriesPerMinute)
			tokens.override(&limits.MaxTokensPerQuery)
			change.Limits = &limits
		}
		if change == (tenancy.TenantChange{}) {
			return nil, usagef("nothing to change: name what, for example --tier. See '%s --help'.", cmd.CommandPath())
		}
		return one(c.ChangeTenant(ctx, c.by, id, change))
	})
}

func (f *limitFlag) override(to **int) {
	if f.named {
		*to = f.value
	}
}

// named is nil for a flag that was not given.
func named[T ~string](s T) *T {
	if s == "" {
		return nil
	}
	return &s
}

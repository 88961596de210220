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
)

func newAudit() *cobra.Command {
	root := &cobra.Command{Use: "audit", Short: "The audit log: who changed what", Args: cobra.NoArgs}
	root.AddCommand(newAuditList())
	return root
}

func newAuditList() *cobra.Command {
	var tenant, from, to string
	asJSON := false
	cmd := &cobra.Command{
		Use: "list", Short: "List what was changed, oldest first", Args: cobra.NoArgs,
		Example: "  ilsai audit list --tenant optical-shop-1 --from 2026-11-01 --to 2026-12-01",
		RunE: func(cmd *cobra.Command, _ []string) error {
			span, err := parseSpan(from, to)
			if err != nil {
				return err
			}
			return withConsole(cmd, func(ctx context.Context, c *console) error {
				page := func(after int64) ([]tenancy.AuditEntry, error) {
					return c.Audit(ctx, c.by, ilsai.TenantID(tenant), tenancy.Page{From: span.from, To: span.to, After: after})
				}
				if asJSON {
					return writeAuditJSON(cmd.OutOrStdout(), page)
				}
				return writeAuditTable(cmd.OutOrStdout(), page)
			})
		},
	}
	addConfigFlags(cmd.Flags(), "data_dir", "log_level")
	quietByDefault(cmd)
	f := cmd.Flags()
	f.StringVar(&tenant, "tenant", "", "only changes of this tenant's data (default: of all, and the platform's own)")
	f.StringVar(&from, "from", "", "only from this day or time on (UTC), as 2026-11-01 or 2026-11-01T15:04:05Z")
	f.StringVar(&to, "to", "", "only before this day or time (UTC)")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

type timeSpan struct{ from, to time.Time }

func parseSpan(from, to string) (s timeSpan, err error) {
	if s.from, err = parseDay("from", from); err != nil {
		return s, err
	}
	if s.to, err = parseDay("to", to); err != nil {
		return s, err
	}
	if !s.from.IsZero() && !s.to.IsZero() && !s.from.Before(s.to) {
		return s, usagef("--from %s is not before --to %s", from, to)
	}
	return s, nil
}

func parseDay(flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, usagef("--%s is %q; it must be a day such as 2026-11-01 or a time such as 2026-11-01T15:04:05Z", flag, s)
}

// auditPage returns the entries that follow an id; none at the end.
type auditPage func(after int64) ([]tenancy.AuditEntry, error)

// eachAudit goes through all pages: a log of years never is in memory at once.
func eachAudit(page auditPage, show func(tenancy.AuditEntry) error) error {
	after := int64(0)
	for {
		entries, err := page(after)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			if err := show(e); err != nil {
				return err
			}
			after = e.ID
		}
	}
}

// writeAuditJSON writes one array, an entry a line.
func writeAuditJSON(w io.Writer, page auditPage) error {
	separator := "[\n"
	err := eachAudit(page, func(e tenancy.AuditEntry) error {
		b, err := json.Marshal(e)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s%s", separator, b)
		separator = ",\n"
		return err
	})
	if err != nil {
		return err
	}
	if separator == "[\n" {
		_, err = fmt.Fprintln(w, "[]")
		return err
	}
	_, err = fmt.Fprintln(w, "\n]")
	return err
}

func writeAuditTable(w io.Writer, page auditPage) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tTIME\tACTOR\tTENANT\tACTION\tTARGET\tAFTER")
	err := eachAudit(page, func(e tenancy.AuditEntry) error {
		actor := e.Actor
		if e.ActorTenant != "" {
			actor = string(e.ActorTenant) + "/" + actor
		}
		_, err := fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", e.ID, e.At.Format(time.RFC3339), actor, e.TenantID, e.Action, e.Target, e.After)
		return err
	})
	if err != nil {
		return err
	}
	return table.Flush()
}

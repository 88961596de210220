package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

func newUsage() *cobra.Command {
	root := &cobra.Command{Use: "usage", Short: "The usage ledger: verify and export", Args: cobra.NoArgs}
	root.AddCommand(newUsageVerify(), newUsageExport())
	return root
}

func newUsageVerify() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "verify", Short: "Check the ledger's hash chain, that no event is there twice, and the months' counters", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := configure(cmd)
			if err != nil {
				return err
			}
			control, err := openControl(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer control.Close()
			began := time.Now()
			report, err := control.VerifyUsage(cmd.Context(), func(n int) { fmt.Fprintf(cmd.ErrOrStderr(), "\r%d rows", n) })
			fmt.Fprintf(cmd.ErrOrStderr(), "\r%20s\r", "")
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), report)
			} else {
				for _, p := range report.Problems {
					fmt.Fprintf(cmd.OutOrStdout(), "PROBLEM %s, row %d, tenant %q: %s\n", p.Kind, p.ID, p.Tenant, p.Detail)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d rows in %s, head %s, %d problems\n", report.Rows, time.Since(began).Round(time.Millisecond), report.Head, len(report.Problems))
			}
			if err == nil && !report.OK() {
				err = ilsai.Errorf(ilsai.CodeConflict, "the usage ledger has %d problems: it was changed from outside, or the disk is damaged", len(report.Problems))
			}
			return err
		},
	}
	addConfigFlags(cmd.Flags(), "data_dir", "log_level")
	quietByDefault(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// cloudEvent is CloudEvents 1.0 in JSON; (source, id) is unique, so an importer may see a row twice and count it once.
type cloudEvent struct {
	SpecVersion string             `json:"specversion"`
	ID          string             `json:"id"`
	Source      string             `json:"source"`
	Type        string             `json:"type"`
	Subject     string             `json:"subject"`
	Time        time.Time          `json:"time"`
	Data        tenancy.UsageEvent `json:"data"`
}

// usageFilter reads --month and --tenant; "" asks for all of them.
func usageFilter(month, tenant string) (f store.UsageFilter, err error) {
	if month != "" {
		if f.Month, err = tenancy.ParseMonth(month); err != nil {
			return f, err
		}
	}
	if tenant != "" {
		f.Tenant, err = ilsai.ParseTenantID(tenant)
	}
	return f, err
}

func newUsageExport() *cobra.Command {
	var month, tenant, format string
	cmd := &cobra.Command{
		Use: "export", Short: "Write usage rows to stdout, as CSV or CloudEvents (one JSON object a line)", Args: cobra.NoArgs,
		Example: "  ilsai usage export --month 2026-11 --format csv > usage.csv",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := configure(cmd)
			if err != nil {
				return err
			}
			f, err := usageFilter(month, tenant)
			if err != nil {
				return err
			}
			control, err := openControl(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer control.Close()
			switch format {
			case "cloudevents":
				enc := json.NewEncoder(cmd.OutOrStdout())
				return control.ExportUsage(cmd.Context(), f, func(e tenancy.UsageEvent) error {
					return enc.Encode(cloudEvent{SpecVersion: "1.0", ID: e.EventID, Source: "ilsai", Type: "ilsai.query", Subject: string(e.TenantID), Time: e.Timestamp, Data: e})
				})
			case "csv":
				w := csv.NewWriter(cmd.OutOrStdout())
				if err := w.Write(tenancy.UsageCSVHeader()); err != nil {
					return err
				}
				if err := control.ExportUsage(cmd.Context(), f, func(e tenancy.UsageEvent) error { return w.Write(tenancy.UsageCSVRow(e)) }); err != nil {
					return err
				}
				w.Flush()
				return w.Error()
			default:
				return usagef("--format is %q; it must be csv or cloudevents", format)
			}
		},
	}
	addConfigFlags(cmd.Flags(), "data_dir", "log_level")
	quietByDefault(cmd)
	cmd.Flags().StringVar(&month, "month", "", "only this month of the tenants' quotas, as 2026-11")
	cmd.Flags().StringVar(&tenant, "tenant", "", "only this tenant")
	cmd.Flags().StringVar(&format, "format", "csv", "csv or cloudevents")
	return cmd
}

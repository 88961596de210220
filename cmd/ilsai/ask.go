package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy"
)

func newAsk() *cobra.Command {
	var tenant, queryType string
	asJSON := false
	cmd := &cobra.Command{
		Use: "ask QUESTION", Short: "Answer one question of a shop, without a server", Args: cobra.ExactArgs(1),
		Long: "Answers one question in this process and prints the answer, its rows and its plan. It may run beside a server on the same data.\n" +
			"The operator asks, so nothing is billed.",
		Example: `  ilsai ask --tenant optical-shop-2 --type sales "What were our top 3 products this month?"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, log, err := configure(cmd)
			if err != nil {
				return err
			}
			var q tenancy.QueryType // "": the model names it
			if queryType != "" {
				if q, err = tenancy.ParseQueryType(queryType); err != nil {
					return err
				}
			}
			id, err := ilsai.ParseTenantID(tenant)
			if err != nil {
				return err
			}
			control, err := openControl(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer control.Close()
			t, err := control.Tenant(cmd.Context(), id)
			if err != nil {
				return err
			}
			allow := func(kind string) error { return tenancy.Allow(t.Tier, tenancy.QueryType(kind)) }
			if q != "" {
				if err := allow(string(q)); err != nil {
					return err
				}
			}
			a, err := openApp(c, log, time.Now)
			if err != nil {
				return err
			}
			defer a.Close()
			if err := a.openServers(c, control); err != nil {
				return err
			}
			if err := a.refreshAdapters(cmd.Context(), control); err != nil {
				return err
			}
			asked := question(t, q, args[0])
			asked.Allow = allow
			answer, err := a.assistant.Ask(cmd.Context(), asked)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), answer)
			}
			return printAnswer(cmd.OutOrStdout(), answer)
		},
	}
	addConfigFlags(cmd.Flags(), append(gpuSettings, "data_dir", "key_file", "catalogue_dir", "engine", "engine_model", "engine_key_file", "model", "model_sha256", "threads", "context_tokens", "log_level", "log_format")...)
	quietByDefault(cmd)
	cmd.Flags().StringVar(&tenant, "tenant", "", "tenant id (required)")
	cmd.Flags().StringVar(&queryType, "type", "", "query type: ophthalmic, sales, inventory or patients (default: the model names it)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the API's answer object")
	_ = cmd.MarkFlagRequired("tenant")
	return cmd
}

func question(t tenancy.Tenant, q tenancy.QueryType, text string) assistant.Question {
	return assistant.Question{
		Tenant: assistant.Tenant{ID: t.ID, Name: t.Name, TimeZone: t.TimeZone, Currency: t.Currency},
		UserID: "cli", Text: text, QueryType: string(q), MaxTokens: tenancy.PlanOf(t.Tier).Limits.MaxTokensPerQuery, RequestID: "cli",
		OwnProducts: tenancy.Allow(t.Tier, tenancy.QuerySales) == nil,
	}
}

// printAnswer writes the answer, its rows as a table, and how it came about.
func printAnswer(w io.Writer, a assistant.Answer) error {
	fmt.Fprintf(w, "%s\n", a.Answer)
	if len(a.Data.Rows) > 0 {
		fmt.Fprintln(w)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		var head []string
		for _, c := range a.Data.Columns {
			head = append(head, c.Label)
		}
		fmt.Fprintln(table, "  "+strings.Join(head, "\t"))
		for _, row := range a.Data.Text() {
			fmt.Fprintln(table, "  "+strings.Join(row, "\t"))
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	printPassages(w, a)
	plan, err := json.Marshal(a.Plan)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\ntype    %s\nplan    %s\n", a.QueryType, plan)
	if a.PlanWords != "" {
		fmt.Fprintf(w, "        %s\n", a.PlanWords)
	}
	if a.Period != nil {
		fmt.Fprintf(w, "period  %s\n", a.Period.Label)
	}
	if a.Formula != "" {
		fmt.Fprintf(w, "formula %s\n", a.Formula)
	}
	if a.Notice != "" {
		fmt.Fprintf(w, "note    %s\n", a.Notice)
	}
	_, err = fmt.Fprintf(w, "took    %.1f ms: plan %.1f, data %.1f, answer %.1f; %d tokens (%s)\n",
		a.Timing.TotalMS, a.Timing.PlanMS, a.Timing.DBMS, a.Timing.AnswerMS, a.TokensUsed, a.Model)
	return err
}

// printPassages lists what an answer about optics rests on, and what the shop may offer.
func printPassages(w io.Writer, a assistant.Answer) {
	for _, p := range a.Passages {
		fmt.Fprintf(w, "\n%s  %s (%s)\n", p.Ref, p.Title, p.ID)
		for _, s := range p.Sources {
			fmt.Fprintf(w, "    %s\n", s)
		}
	}
	if a.Refer != "" {
		fmt.Fprintf(w, "\nrefer   %s\n", strings.ReplaceAll(a.Refer, "_", " "))
	}
	if r := a.Recommended; r != nil {
		fmt.Fprintf(w, "\noffer   %s\n", strings.Join(r.Kinds, ", "))
		for _, p := range r.Products {
			fmt.Fprintf(w, "        %s (%s)\n", p.Name, p.Kind)
		}
	}
}

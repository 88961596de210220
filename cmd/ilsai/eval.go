package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai/assistant/evaluation"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// evalNow is when sets are asked, so that "last month" means the same whenever they are; evalShop has every brand and store of the
// demo, and all kinds of questions.
var evalNow = time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)

const evalShop = "optical-shop-3"

func newEval() *cobra.Command {
	var sets []string
	var split, queryType string
	var least float64
	asJSON, misses, strict := false, false, false
	cmd := &cobra.Command{
		Use: "eval", Short: "Measure what the model gets right on sets of questions", Args: cobra.NoArgs,
		Long: "Asks every question of a set on a demo shop of its own, as one user would, and compares the plan with the one that was meant, the rows it\n" +
			"comes to, the kind it is taken for and the passages it is answered from. Every claim of a sentence is recomputed from its rows. Any model can be\n" +
			"judged: --model FILE, or --engine openai=URL.",
		Example: "  ilsai eval --set assistant/testdata/questions/sales_dev.yaml --misses\n  ilsai eval --set models/heldout-inventory.yaml --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := configure(cmd)
			if err != nil {
				return err
			}
			asked := make([]*evaluation.Set, len(sets))
			leasts := make([]leastShares, len(sets))
			for i, s := range sets {
				if asked[i], leasts[i], err = readSet(s, split, queryType, leastShares{right: least}); err != nil {
					return err
				}
			}
			dir, err := os.MkdirTemp("", "ilsai-eval-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			c.DataDir = filepath.Join(dir, "data")
			tenant, err := makeEvalShop(cmd.Context(), c)
			if err != nil {
				return err
			}
			began := time.Now()
			a, err := openApp(c, log, func() time.Time { return evalNow.Add(time.Since(began)) })
			if err != nil {
				return err
			}
			defer a.Close()
			subject := evaluation.Subject{Assistant: a.assistant, Tenant: question(tenant, "", "").Tenant, Library: a.library}
			var reports []*evalReport
			var bars []bar
			for i, set := range asked {
				result, err := evaluation.Run(cmd.Context(), subject, set)
				if err != nil {
					return err
				}
				report := newEvalReport(set, result, a.modelName, leasts[i])
				if !misses {
					report.Misses = nil
				}
				if !asJSON {
					report.print(cmd.OutOrStdout())
				}
				reports, bars = append(reports, report), append(bars, report.Bars...)
			}
			switch {
			case asJSON && len(reports) == 1:
				err = printJSON(cmd.OutOrStdout(), reports[0])
			case asJSON:
				err = printJSON(cmd.OutOrStdout(), map[string]any{"sets": reports, "bars": bars})
			case len(reports) > 1:
				err = printEvalTable(cmd.OutOrStdout(), reports)
			}
			return errors.Join(err, judge(bars, strict))
		},
	}
	addConfigFlags(cmd.Flags(), append(gpuSettings, "engine", "engine_model", "engine_key_file", "model", "model_sha256", "catalogue_dir", "threads", "context_tokens", "log_level", "log_format")...)
	quietByDefault(cmd)
	cmd.Flags().StringArrayVar(&sets, "set", nil, "YAML file of questions and what is right for them; FILE=90 sets its bar, FILE=90/85 another one for exact plans (required, may stand several times)")
	cmd.Flags().StringVar(&split, "split", "", "only the questions of this split; sets without splits are all of split test")
	cmd.Flags().StringVar(&queryType, "type", "", "query type of the questions that do not name one (default: the one in the file's name, else sales)")
	cmd.Flags().Float64Var(&least, "bar", 0, "least share of right outcomes, in per cent: of rows, kinds or passages")
	cmd.Flags().BoolVar(&misses, "misses", false, "print the questions whose outcome is wrong")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&strict, "strict", false, "exit 1 when a bar is missed")
	_ = cmd.MarkFlagRequired("set")
	return cmd
}

// leastShares are the bars of a set in per cent, 0 for none: of right outcomes, and of exact plans.
type leastShares struct{ right, exact float64 }

// readSet reads FILE, FILE=90 or FILE=90/85, whose numbers are the set's own bars; least are those of sets without.
func readSet(s, split, queryType string, least leastShares) (*evaluation.Set, leastShares, error) {
	path, own, ok := strings.Cut(s, "=")
	if ok {
		right, exact, both := strings.Cut(own, "/")
		var err, exactErr error
		least.right, err = strconv.ParseFloat(right, 64)
		if both {
			least.exact, exactErr = strconv.ParseFloat(exact, 64)
		}
		if err != nil || exactErr != nil {
			return nil, leastShares{}, usagef("--set %s: what follows = is the least share of right outcomes in per cent, such as 90, or with that of exact plans, such as 90/85", s)
		}
	}
	set, err := evaluation.ReadSet(path, split, typeOfSet(path, queryType))
	return set, least, err
}

// typeOfSet is the query type of the questions of a file that do not name one.
func typeOfSet(path, given string) string {
	if given != "" {
		return given
	}
	for _, q := range []tenancy.QueryType{tenancy.QueryInventory, tenancy.QueryPatients} {
		if strings.Contains(filepath.Base(path), string(q)) {
			return string(q)
		}
	}
	return string(tenancy.QuerySales)
}

// makeEvalShop makes the demo shops in the data directory and says which one is asked.
func makeEvalShop(ctx context.Context, c *config) (tenancy.Tenant, error) {
	control, err := store.Open(ctx, c.DataDir, store.Options{})
	if err != nil {
		return tenancy.Tenant{}, err
	}
	defer control.Close()
	if _, err := seedDemo(ctx, c, control, evalNow); err != nil {
		return tenancy.Tenant{}, err
	}
	return control.Tenant(ctx, evalShop)
}

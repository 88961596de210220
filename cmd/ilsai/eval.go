package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/evaluation"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

type evalMiss struct {
	Question string         `json:"question"`
	Previous *semantic.Plan `json:"previous,omitempty"`
	Want     any            `json:"want"` // a plan or a kind
	Got      any            `json:"got"`
}

type evalReport struct {
	Set       string     `json:"set"`
	Split     string     `json:"split,omitempty"`
	Questions int        `json:"questions"`
	Model     string     `json:"model"`
	Bars      []bar      `json:"bars"`
	Misses    []evalMiss `json:"misses,omitempty"`
}

func newEval() *cobra.Command {
	var set, split, queryType string
	var least float64
	asJSON, misses, strict := false, false, false
	cmd := &cobra.Command{
		Use: "eval", Short: "Measure how many plans the model gets right on a set of questions", Args: cobra.NoArgs,
		Example: "  ilsai eval --set assistant/testdata/questions/sales_dev.yaml --misses\n  ilsai eval --set models/heldout-inventory.yaml --type inventory",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := configure(cmd)
			if err != nil {
				return err
			}
			cases, err := evaluation.ReadSet(set, split, queryType)
			if err != nil {
				return err
			}
			m, err := openTextModel(c, log)
			if err != nil {
				return err
			}
			defer m.Close()
			a, err := assistant.New(assistant.Options{
				Generator: m, Data: noData{}, Catalogues: semantic.Shipped(), Profile: m.profile(), Model: m.name(),
			})
			if err != nil {
				return err
			}
			run := evaluate
			switch cases.Sort {
			case evaluation.Kinds:
				run = evaluateKinds
			case evaluation.Passages:
				return ilsai.Errorf(ilsai.CodeInvalid, "%s asks for passages: go test ./assistant/knowledge -v -run Recall", set)
			}
			report, err := run(cmd.Context(), a, cases.Cases)
			if err != nil {
				return err
			}
			report.Set, report.Split, report.Model = set, split, m.name()
			if least > 0 {
				report.Bars[0] = atLeast(report.Bars[0].Name, report.Bars[0].Value, report.Bars[0].Unit, least)
			}
			if !misses {
				report.Misses = nil
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), report)
			} else {
				report.print(cmd.OutOrStdout())
			}
			return errors.Join(err, judge(report.Bars, strict))
		},
	}
	addConfigFlags(cmd.Flags(), "engine", "engine_model", "engine_key_file", "model", "model_sha256", "threads", "context_tokens", "log_level", "log_format")
	quietByDefault(cmd)
	cmd.Flags().StringVar(&set, "set", "", "YAML file of questions and their plans (required)")
	cmd.Flags().StringVar(&split, "split", "", "only the questions of this split")
	cmd.Flags().StringVar(&queryType, "type", "sales", "query type of the questions that do not name one")
	cmd.Flags().Float64Var(&least, "bar", 0, "least share of exact plans, in per cent")
	cmd.Flags().BoolVar(&misses, "misses", false, "print the questions whose plan is wrong")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&strict, "strict", false, "exit 1 when a bar is missed")
	_ = cmd.MarkFlagRequired("set")
	return cmd
}

// noData stands in for the shops: a plan needs none.
type noData struct{}

func (noData) Snapshot(context.Context, ilsai.TenantID, string) (assistant.Snapshot, error) {
	return nil, errors.New("no data here")
}

// evaluateKinds asks of every question which kind it is.
func evaluateKinds(ctx context.Context, a *assistant.Assistant, cases []evaluation.Case) (*evalReport, error) {
	r := &evalReport{Questions: len(cases)}
	right := 0
	for _, c := range cases {
		got, err := a.Kind(ctx, assistant.Question{Text: c.Question, PreviousType: c.Last, RequestID: "eval"})
		if err != nil {
			return nil, fmt.Errorf("%q: %w", c.Question, err)
		}
		if got == c.Kind {
			right++
		} else {
			r.Misses = append(r.Misses, evalMiss{Question: c.Question, Want: c.Kind, Got: got})
		}
	}
	r.Bars = []bar{figure("right kind", 100*float64(right)/float64(len(cases)), "%")}
	return r, nil
}

// evaluate plans every question, one after the other as one user would, after a warm-up.
func evaluate(ctx context.Context, a *assistant.Assistant, cases []evaluation.Case) (*evalReport, error) {
	r := &evalReport{Questions: len(cases)}
	var exact, refused, rightlyRefused, unanswerable, slots, slotsRight int
	var took []float64
	for i := -1; i < len(cases); i++ {
		c := cases[max(i, 0)]
		began := time.Now()
		got, err := a.Plan(ctx, assistant.Question{Text: c.Question, QueryType: c.Type, Previous: c.Previous, RequestID: "eval"})
		if ilsai.ErrorCode(err) == ilsai.CodePrivacy { // refused before the model sees it
			got, err = semantic.Plan{Unsupported: semantic.NotInData}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", c.Question, err)
		}
		if i < 0 {
			continue
		}
		took = append(took, float64(time.Since(began).Microseconds())/1000)
		if slices.ContainsFunc(c.Plans, got.Equal) {
			exact++
		} else {
			r.Misses = append(r.Misses, evalMiss{c.Question, c.Previous, c.Plans[0], got})
		}
		wanted := c.Plans[0].Unsupported != ""
		if wanted {
			unanswerable++
		}
		if got.Unsupported != "" {
			refused++
			if wanted {
				rightlyRefused++
			}
		}
		if !wanted {
			n, of := slotsShared(c.Plans[0], got)
			slots, slotsRight = slots+of, slotsRight+n
		}
	}
	percent := func(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }
	answerable := len(cases) - unanswerable
	r.Bars = []bar{
		figure("exact plans", percent(exact, len(cases)), "%"),
		figure("slots right", percent(slotsRight, slots), "%"),
		figure("unsupported recognised", percent(rightlyRefused, unanswerable), "%"),
		figure("answerable refused", percent(refused-rightlyRefused, answerable), "%"),
		figure("plan, median", median(took), "ms"),
		figure("plan, 95th percentile", quantile(took, 0.95), "ms"),
	}
	return r, nil
}

// slotsShared counts the members of two plans that agree, of eight.
func slotsShared(want, got semantic.Plan) (same, of int) {
	w, g := want.Canonical(), got.Canonical()
	for _, equal := range []bool{
		w.Metric == g.Metric, slices.Equal(w.By, g.By), slices.Equal(w.Where, g.Where), w.Period == g.Period,
		w.Compare == g.Compare, w.Order == g.Order, w.Limit == g.Limit, w.As == g.As,
	} {
		of++
		if equal {
			same++
		}
	}
	return same, of
}

func (r *evalReport) print(w io.Writer) {
	title := r.Set
	if r.Split != "" {
		title += " (" + r.Split + ")"
	}
	fmt.Fprintf(w, "%s: %d questions, %s\n", title, r.Questions, r.Model)
	for _, m := range r.Misses {
		if m.Previous != nil {
			fmt.Fprintf(w, "  after %s\n", m.Previous)
		}
		fmt.Fprintf(w, "  miss  %s\n        want %s\n        got  %s\n", m.Question, m.Want, m.Got)
	}
	printBars(w, r.Bars)
}

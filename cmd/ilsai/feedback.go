package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/evaluation"
	"github.com/ils-platform/ilsai/assistant/privacy"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/dedup"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// Why a question is exported.
const (
	whyThumbsDown  = "thumbs_down"
	whyUnsupported = "unsupported"
)

func newFeedback() *cobra.Command {
	root := &cobra.Command{Use: "feedback", Short: "What users thought of answers: export the questions to learn from", Args: cobra.NoArgs}
	root.AddCommand(newFeedbackExport())
	return root
}

func newFeedbackExport() *cobra.Command {
	var month, tenant, queryType string
	thumbsOnly := false
	cmd := &cobra.Command{
		Use: "export", Short: "Write questions with a thumb down, and those that no plan answers, as a question set", Args: cobra.NoArgs,
		Long: "Reads the usage log and the feedback, and writes each question once: those that a user gave a thumb down, and those that the model\n" +
			"finds unsupported. The plan beside a question is what the model makes of it now; correct it before the set is used. Personal data is\n" +
			"replaced by its kind; neither shops nor users are named. What follows on from another question stands without it.",
		Example: "  ilsai feedback export --month 2026-11 > november.yaml\n  ilsai eval --set november.yaml --misses\n  ilsai feedback export --type ophthalmic > optics.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := configure(cmd)
			if err != nil {
				return err
			}
			f, err := usageFilter(month, tenant)
			if err != nil {
				return err
			}
			only, err := tenancy.ParseQueryType(queryType)
			if queryType != "" && err != nil {
				return err
			}
			control, err := openControl(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer control.Close()
			a, err := openApp(c, log, time.Now)
			if err != nil {
				return err
			}
			defer a.Close()
			x := feedbackExport{app: a, control: control, only: only, thumbsOnly: thumbsOnly, w: cmd.OutOrStdout()}
			return x.write(cmd.Context(), f)
		},
	}
	addConfigFlags(cmd.Flags(), "data_dir", "catalogue_dir", "engine", "engine_model", "engine_key_file", "model", "model_sha256", "threads", "context_tokens", "log_level", "log_format")
	quietByDefault(cmd)
	cmd.Flags().StringVar(&month, "month", "", "only this month of the tenants' quotas, as 2026-11")
	cmd.Flags().StringVar(&tenant, "tenant", "", "only this tenant")
	cmd.Flags().StringVar(&queryType, "type", "", "only this query type (default: sales, inventory and patients; ophthalmic has a set of its own form)")
	cmd.Flags().BoolVar(&thumbsOnly, "thumbs-down", false, "only questions with a thumb down")
	return cmd
}

type feedbackExport struct {
	app        *app
	control    *store.Store
	only       tenancy.QueryType // "": all that have a catalogue
	thumbsOnly bool
	w          io.Writer
}

// write goes through the usage log. A question stands once for each type, with its first verdict that is a thumb down.
func (x *feedbackExport) write(ctx context.Context, f store.UsageFilter) error {
	down, err := x.thumbsDown(ctx, f.Tenant)
	if err != nil {
		return err
	}
	var asked []tenancy.UsageEvent // the ledger is not held open while a model works
	err = x.control.ExportUsage(ctx, f, func(e tenancy.UsageEvent) error {
		_, thumb := down[verdictOn{e.TenantID, e.RequestID}]
		if x.wanted(e.QueryType) && e.Question != "" && (thumb || e.Success && !x.thumbsOnly) {
			asked = append(asked, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(x.w, "# Questions to look at. Each plan is what the model makes of the question: correct it, or delete the line, before the set is used.")
	done := map[[2]string]bool{}
	for _, thumbs := range []bool{true, false} { // so that a verdict is not lost behind the same question without one
		for _, e := range asked {
			comment, thumb := down[verdictOn{e.TenantID, e.RequestID}]
			key := [2]string{string(e.QueryType), dedup.Normalize(e.Question)}
			if thumb != thumbs || done[key] {
				continue
			}
			done[key] = true
			if err := x.draft(ctx, e, thumb, comment); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *feedbackExport) wanted(q tenancy.QueryType) bool {
	if x.only != "" {
		return q == x.only
	}
	return x.app.assistant.Catalogue(string(q)) != nil
}

// verdictOn is the answer that a verdict is on.
type verdictOn struct {
	tenant  ilsai.TenantID
	request string
}

// thumbsDown are the answers with a thumb down, and what was said of them. tenant "" is every one.
func (x *feedbackExport) thumbsDown(ctx context.Context, tenant ilsai.TenantID) (map[verdictOn]string, error) {
	tenants, err := x.control.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	down := map[verdictOn]string{}
	for _, t := range tenants {
		if tenant != "" && t.ID != tenant {
			continue
		}
		for after := int64(0); ; {
			page, err := x.control.Feedback(ctx, t.ID, after, 0)
			if err != nil {
				return nil, err
			}
			if len(page) == 0 {
				break
			}
			for _, f := range page {
				if f.Thumbs == tenancy.ThumbsDown {
					down[verdictOn{t.ID, f.RequestID}] = f.Comment
				}
			}
			after = page[len(page)-1].ID
		}
	}
	return down, nil
}

// draft writes a question if there is something to learn from it.
func (x *feedbackExport) draft(ctx context.Context, e tenancy.UsageEvent, thumb bool, comment string) error {
	d := evaluation.Draft{Question: privacy.Redact(e.Question), Type: string(e.QueryType), Why: whyThumbsDown, Comment: privacy.Redact(comment)}
	if e.QueryType == tenancy.QueryOphthalmic {
		found, err := x.app.library.Find(ctx, d.Question)
		if err != nil {
			return err
		}
		for _, h := range found.Hits {
			d.Answers = append(d.Answers, h.ID)
		}
		if !thumb && len(d.Answers) > 0 {
			return nil
		}
	} else {
		p, err := x.app.assistant.Plan(ctx, assistant.Question{Text: d.Question, QueryType: d.Type, RequestID: "feedback"})
		switch code := ilsai.ErrorCode(err); {
		case code == ilsai.CodePrivacy, code == ilsai.CodeInvalid, code == ilsai.CodeGenerationFailed:
			p = semantic.Plan{Unsupported: semantic.NotInData}
		case err != nil:
			return err
		}
		if !thumb && p.Unsupported == "" {
			return nil
		}
		d.Plan = p
	}
	if !thumb {
		d.Why = whyUnsupported
	}
	return errors.Join(ctx.Err(), evaluation.WriteDraft(x.w, d))
}

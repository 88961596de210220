package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai/models"
)

// modelInfo is what `model info` prints.
type modelInfo struct {
	Name         string `json:"name"`
	SHA256       string `json:"sha256"`
	Profile      string `json:"profile"`
	Architecture string `json:"architecture"`
	Description  string `json:"description"`
	Parameters   uint64 `json:"parameters"`
	Bytes        uint64 `json:"bytes"`
	Vocabulary   int    `json:"vocabulary"`
	ContextTrain int    `json:"context_trained"`
	ContextUsed  int    `json:"context_used"`
	Layers       int    `json:"layers"`
	Embedding    int    `json:"embedding"`
	Threads      int    `json:"threads"`
	RunsOn       string `json:"runs_on"`
	LoadMS       int64  `json:"load_ms"`
	Provenance   any    `json:"provenance,omitempty"`
}

func newModel() *cobra.Command {
	root := &cobra.Command{Use: "model", Short: "The model file", Args: cobra.NoArgs}
	asJSON := false
	info := &cobra.Command{
		Use: "info", Short: "Load the model and describe it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := configure(cmd)
			if err != nil {
				return err
			}
			o, err := openEngine(c, log)
			if err != nil {
				return err
			}
			defer o.engine.Close()
			i := o.engine.Info()
			out := modelInfo{
				Name: o.name, SHA256: c.ModelSHA256, Profile: i.Profile, Architecture: i.Model.Architecture, Description: i.Model.Description,
				Parameters: i.Model.Parameters, Bytes: i.Model.Bytes, Vocabulary: i.Model.Vocab, ContextTrain: i.Model.ContextTrain, ContextUsed: i.ContextPerSeq,
				Layers: i.Model.Layers, Embedding: i.Model.Embedding, Threads: i.Threads, RunsOn: o.on.words(), LoadMS: i.LoadTime.Milliseconds(),
			}
			if c.Model == "" {
				out.SHA256 = models.Default().SHA256
				out.Provenance = rawJSON(models.Provenance())
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), out)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, row := range [][2]any{
				{"name", out.Name}, {"sha256", out.SHA256}, {"profile", out.Profile}, {"architecture", out.Architecture}, {"description", out.Description},
				{"parameters", out.Parameters}, {"weights", fmt.Sprintf("%.1f MiB", float64(out.Bytes)/(1<<20))}, {"vocabulary", out.Vocabulary},
				{"layers", out.Layers}, {"embedding", out.Embedding}, {"context", fmt.Sprintf("%d used of %d trained", out.ContextUsed, out.ContextTrain)},
				{"threads", out.Threads}, {"runs on", out.RunsOn}, {"loaded in", fmt.Sprintf("%d ms", out.LoadMS)},
			} {
				fmt.Fprintf(w, "%v\t%v\n", row[0], row[1])
			}
			return w.Flush()
		},
	}
	addConfigFlags(info.Flags(), append(gpuSettings, "model", "model_sha256", "threads", "context_tokens", "log_level", "log_format")...)
	quietByDefault(info)
	info.Flags().BoolVar(&asJSON, "json", false, "print JSON, with how the built-in model was trained")
	root.AddCommand(info)
	return root
}

// quietByDefault makes a one-shot command log warnings only, unless told otherwise.
func quietByDefault(cmd *cobra.Command) {
	f := cmd.Flags().Lookup("log-level")
	f.DefValue = "warn"
	inner := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !f.Changed && os.Getenv("ILSAI_LOG_LEVEL") == "" {
			if err := cmd.Flags().Set("log-level", "warn"); err != nil {
				return err
			}
		}
		return inner(cmd, args)
	}
}

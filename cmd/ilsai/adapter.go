package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/models"
	"github.com/ils-platform/ilsai/tenancy"
)

func newAdapter() *cobra.Command {
	root := &cobra.Command{Use: "adapter", Short: "The shops' own changes to the model, LoRA files: add, list, remove", Args: cobra.NoArgs}
	root.AddCommand(newAdapterAdd(), newAdapterList(), newAdapterRemove())
	return root
}

// adapterCommand adds what every adapter command has: --json and the settings.
func adapterCommand(cmd *cobra.Command, run func(ctx context.Context, c *console, settings *config) ([]tenancy.Adapter, error)) *cobra.Command {
	asJSON := false
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		settings, _, err := configure(cmd)
		if err != nil {
			return err
		}
		return withConsole(cmd, func(ctx context.Context, c *console) error {
			adapters, err := run(ctx, c, settings)
			if err != nil {
				return err
			}
			return printAdapters(cmd.OutOrStdout(), adapters, settings.modelSHA256(), asJSON)
		})
	}
	addConfigFlags(cmd.Flags(), "data_dir", "model", "model_sha256", "log_level")
	quietByDefault(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newAdapterAdd() *cobra.Command {
	var tenant, file, sum string
	cmd := &cobra.Command{
		Use: "add", Short: "Answer a shop's questions with its own adapter, in place of another it has", Args: cobra.NoArgs,
		Long: "Registers a LoRA adapter in GGUF, as llama.cpp's convert_lora_to_gguf.py writes one, for one shop of the enterprise tier.\n" +
			"The file must fit the configured model and stays where it is: the server reads it from there. A running server uses it within half\n" +
			"a minute, for that shop's answers alone.",
		Example: "  ilsai adapter add --tenant optical-shop-3 --file /var/lib/ilsai/adapters/shop-3.gguf",
	}
	f := cmd.Flags()
	f.StringVar(&tenant, "tenant", "", "tenant id (required)")
	f.StringVar(&file, "file", "", "the adapter's GGUF file (required)")
	f.StringVar(&sum, "sha256", "", "SHA-256 the file must have (default: that it has)")
	_ = cmd.MarkFlagRequired("tenant")
	_ = cmd.MarkFlagRequired("file")
	return adapterCommand(cmd, func(ctx context.Context, c *console, settings *config) ([]tenancy.Adapter, error) {
		t, err := c.Tenant(ctx, c.by, ilsai.TenantID(tenant)) // before a large file is read
		if err != nil {
			return nil, err
		}
		if err := tenancy.AllowAdapter(t.Tier); err != nil {
			return nil, err
		}
		a := tenancy.Adapter{TenantID: t.ID, BaseSHA256: settings.modelSHA256()}
		if a.File, err = filepath.Abs(file); err != nil {
			return nil, err
		}
		if a.SHA256, err = checkAdapter(a.File, strings.ToLower(sum), settings); err != nil {
			return nil, err
		}
		a, err = c.SetAdapter(ctx, c.by, a)
		return []tenancy.Adapter{a}, err
	})
}

func newAdapterList() *cobra.Command {
	return adapterCommand(&cobra.Command{Use: "list", Short: "List the shops' adapters", Args: cobra.NoArgs, Example: "  ilsai adapter list"},
		func(ctx context.Context, c *console, _ *config) ([]tenancy.Adapter, error) {
			return c.Adapters(ctx, c.by)
		})
}

func newAdapterRemove() *cobra.Command {
	var tenant string
	cmd := &cobra.Command{
		Use: "remove", Short: "Answer a shop's questions with the model as it is again", Args: cobra.NoArgs,
		Long: "Takes a shop's adapter away and prints what it was. Its file stays.", Example: "  ilsai adapter remove --tenant optical-shop-3",
	}
	cmd.Flags().StringVar(&tenant, "tenant", "", "tenant id (required)")
	_ = cmd.MarkFlagRequired("tenant")
	return adapterCommand(cmd, func(ctx context.Context, c *console, _ *config) ([]tenancy.Adapter, error) {
		a, err := c.RemoveAdapter(ctx, c.by, ilsai.TenantID(tenant))
		return []tenancy.Adapter{a}, err
	})
}

// checkAdapter says whether the server would load a file for the configured model, and returns its checksum.
func checkAdapter(path, want string, c *config) (sum string, err error) {
	base, err := configuredBase(c)
	if err != nil {
		return "", err
	}
	if err := llama.CheckAdapter(path, base); err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", ilsai.Wrap(ilsai.CodeModelFile, err, "the adapter cannot be read")
	}
	defer f.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, f); err != nil {
		return "", ilsai.Wrap(ilsai.CodeModelFile, err, "the adapter cannot be read")
	}
	sum = hex.EncodeToString(digest.Sum(nil))
	if want != "" && want != sum {
		return "", ilsai.Errorf(ilsai.CodeModelFile, "the SHA-256 of %s is %s, not %s: it is another file, or not all of it", path, sum, want)
	}
	return sum, nil
}

// configuredBase is the configured model as adapters see it.
func configuredBase(c *config) (models.Base, error) {
	var r io.Reader
	var size int64
	if c.Model == "" {
		b := models.DefaultBytes()
		r, size = bytes.NewReader(b), int64(len(b))
	} else {
		f, err := os.Open(c.Model)
		if err != nil {
			return models.Base{}, ilsai.Wrap(ilsai.CodeModelFile, err, "the model cannot be read")
		}
		defer f.Close()
		st, err := f.Stat()
		if err != nil {
			return models.Base{}, ilsai.Wrap(ilsai.CodeModelFile, err, "the model cannot be read")
		}
		r, size = f, st.Size()
	}
	h, err := models.ReadHeader(r, size)
	if err != nil {
		return models.Base{}, ilsai.Wrap(ilsai.CodeModelFile, err, "the model cannot be read")
	}
	return h.Base(), nil
}

func printAdapters(w io.Writer, adapters []tenancy.Adapter, model string, asJSON bool) error {
	if asJSON {
		if adapters == nil {
			adapters = []tenancy.Adapter{}
		}
		return printJSON(w, adapters)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TENANT\tSHA-256\tFOR\tSINCE\tFILE")
	for _, a := range adapters {
		made := "this model"
		if a.BaseSHA256 != model {
			made = "another model: not used"
		}
		fmt.Fprintf(table, "%s\t%.12s\t%s\t%s\t%s\n", a.TenantID, a.SHA256, made, a.CreatedAt.Format(time.RFC3339), a.File)
	}
	return table.Flush()
}

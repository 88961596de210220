package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
)

func newBenchTable() *cobra.Command {
	only := ""
	cmd := &cobra.Command{
		Use: "table FILE…", Short: "Turn what measuring commands printed with --json into a Markdown table of bars", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var bars []bar
			for _, path := range args {
				more, err := readBars(path)
				if err != nil {
					return err
				}
				bars = append(bars, more...)
			}
			return writeBarTable(cmd.OutOrStdout(), bars, only)
		},
	}
	cmd.Flags().StringVar(&only, "only", "", "print the value of the first figure with this in its name, and no table")
	return cmd
}

// readBars reads the bars of one measurement. A file that is empty was left by a measurement that failed: it has none.
func readBars(path string) ([]bar, error) {
	b, err := os.ReadFile(path)
	if err != nil || len(b) == 0 {
		return nil, err
	}
	var printed struct {
		Bars []struct {
			Name  string   `json:"name"`
			Value *float64 `json:"value"`
			Unit  string   `json:"unit"`
			Limit *float64 `json:"bar"`
			Sense string   `json:"sense"`
			Holds bool     `json:"holds"`
		} `json:"bars"`
	}
	if err := json.Unmarshal(b, &printed); err != nil {
		return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "%s holds no figures: make it with a measuring command and --json", path)
	}
	var bars []bar
	for _, p := range printed.Bars {
		value := math.NaN() // written as null: nothing was measured
		if p.Value != nil {
			value = *p.Value
		}
		bars = append(bars, bar{Name: p.Name, Value: value, Unit: p.Unit, Limit: p.Limit, Sense: p.Sense, Holds: p.Holds})
	}
	return bars, nil
}

func writeBarTable(w io.Writer, bars []bar, only string) error {
	if only != "" {
		for _, b := range bars {
			if strings.Contains(b.Name, only) {
				_, err := fmt.Fprintf(w, "%.4g %s\n", b.Value, b.Unit)
				return err
			}
		}
		return ilsai.Errorf(ilsai.CodeNotFound, "no figure has %q in its name", only)
	}
	fmt.Fprintln(w, "| figure | value | unit | bar | holds |\n| --- | ---: | --- | --- | --- |")
	for _, b := range bars {
		limit, holds := "", ""
		if b.Limit != nil {
			limit, holds = fmt.Sprintf("%s %g", b.Sense, *b.Limit), map[bool]string{true: "yes", false: "**missed**"}[b.Holds]
		}
		if _, err := fmt.Fprintf(w, "| %s | %.4g | %s | %s | %s |\n", b.Name, b.Value, b.Unit, limit, holds); err != nil {
			return err
		}
	}
	return nil
}

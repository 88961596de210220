package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"sort"
	"time"

	"github.com/spf13/cobra"
)

func newConfig() *cobra.Command {
	root := &cobra.Command{Use: "config", Short: "Show the configuration", Args: cobra.NoArgs}
	asJSON := false
	show := &cobra.Command{
		Use: "print", Short: "Print every setting, its value and where it came from; secrets are hidden", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(cmd.Flags(), os.Environ())
			if err != nil {
				return err
			}
			return c.print(cmd.OutOrStdout(), asJSON)
		},
	}
	addConfigFlags(show.Flags())
	show.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	root.AddCommand(show)
	return root
}

func (c *config) print(w io.Writer, asJSON bool) error {
	type row struct {
		Key    string `json:"key"`
		Value  any    `json:"value"`
		Origin string `json:"origin"`
	}
	var rows []row
	for _, s := range settings {
		v := c.value(s.key)
		if s.secret && v != "" {
			v = "(hidden)"
		}
		rows = append(rows, row{s.key, v, c.origins[s.key]})
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i].Key < rows[j].Key })
	if asJSON {
		return printJSON(w, rows)
	}
	for _, r := range rows {
		if _, err := fmt.Fprintf(w, "%-16s %-24v %s\n", r.Key, r.Value, r.Origin); err != nil {
			return err
		}
	}
	return nil
}

// value is what a setting came to, as it would be written.
func (c *config) value(key string) any {
	fields := reflect.TypeFor[config]()
	for i := range fields.NumField() {
		if fields.Field(i).Tag.Get("koanf") != key {
			continue
		}
		v := reflect.ValueOf(c).Elem().Field(i).Interface()
		if d, ok := v.(time.Duration); ok {
			return d.String()
		}
		return v
	}
	return nil
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// rawJSON puts JSON that is already encoded into a larger document.
func rawJSON(b []byte) any {
	if !json.Valid(b) {
		return nil
	}
	return json.RawMessage(b)
}

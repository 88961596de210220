package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// config is everything an operator can set. Flags win over ILSAI_* variables, those over the file, the file over the defaults.
type config struct {
	Listen        string        `koanf:"listen"`
	DataDir       string        `koanf:"data_dir"`
	JWTSecretFile string        `koanf:"jwt_secret_file"`
	JWTSecret     string        `koanf:"jwt_secret"`
	CatalogueDir  string        `koanf:"catalogue_dir"`
	Model         string        `koanf:"model"`
	ModelSHA256   string        `koanf:"model_sha256"`
	Slots         int           `koanf:"slots"`
	ContextTokens int           `koanf:"context_tokens"`
	Threads       int           `koanf:"threads"`
	CacheMiB      int           `koanf:"cache_mib"`
	QueryTimeout  time.Duration `koanf:"query_timeout"`
	DrainTimeout  time.Duration `koanf:"drain_timeout"`
	LogLevel      string        `koanf:"log_level"`
	LogFormat     string        `koanf:"log_format"`

	origins map[string]string // key → flag, environment, file or default

	// measuring makes every question a new one: no answer is repeated and no rate limit holds.
	measuring bool
}

type setting struct {
	key      string
	fallback any
	secret   bool // never a flag (visible in ps), never printed
	usage    string
}

var settings = []setting{
	{key: "listen", fallback: "127.0.0.1:8080", usage: "address to serve HTTP on"},
	{key: "data_dir", fallback: "ilsai-data", usage: "directory of the control database and the shops' databases"},
	{key: "jwt_secret_file", fallback: "", usage: "file with the HS256 secret that signs tokens (32 bytes or more)"},
	{key: "jwt_secret", fallback: "", secret: true, usage: "the secret itself; better kept in a file"},
	{key: "catalogue_dir", fallback: "", usage: "directory of YAML catalogues that replace the built-in ones, for a schema of your own"},
	{key: "model", fallback: "", usage: "GGUF file to load instead of the built-in model"},
	{key: "model_sha256", fallback: "", usage: "SHA-256 the model file must have (required with --model)"},
	{key: "slots", fallback: 16, usage: "questions generated at the same time"},
	{key: "context_tokens", fallback: 1024, usage: "tokens of context for each of them"},
	{key: "threads", fallback: 0, usage: "CPU threads for the model (0: chosen from the machine and the model's size)"},
	{key: "cache_mib", fallback: 32, usage: "memory for answers that may be repeated within 5 minutes, in MiB"},
	{key: "query_timeout", fallback: 30 * time.Second, usage: "longest time one question may take"},
	{key: "drain_timeout", fallback: 30 * time.Second, usage: "longest time a stop waits for running questions"},
	{key: "log_level", fallback: "info", usage: "debug, info, warn or error"},
	{key: "log_format", fallback: "text", usage: "text or json"},
}

// addConfigFlags declares a flag per setting that is no secret, and --config.
func addConfigFlags(f *pflag.FlagSet, keys ...string) {
	f.String("config", "", "YAML file with any of these settings (env ILSAI_CONFIG)")
	for _, s := range settings {
		if s.secret || len(keys) > 0 && !contains(keys, s.key) {
			continue
		}
		name := strings.ReplaceAll(s.key, "_", "-")
		switch v := s.fallback.(type) {
		case string:
			f.String(name, v, s.usage)
		case int:
			f.Int(name, v, s.usage)
		case time.Duration:
			f.Duration(name, v, s.usage)
		}
	}
}

func contains(all []string, s string) bool {
	for _, one := range all {
		if one == s {
			return true
		}
	}
	return false
}

// loadConfig merges the four layers and remembers where each value came from.
func loadConfig(flags *pflag.FlagSet, environ []string) (*config, error) {
	k := koanf.New(".")
	c := &config{origins: map[string]string{}}
	defaults := map[string]any{}
	for _, s := range settings {
		defaults[s.key] = s.fallback
		c.origins[s.key] = "default"
	}
	if err := k.Load(confmap.Provider(defaults, "."), nil); err != nil {
		return nil, err
	}
	env, err := fromEnviron(environ)
	if err != nil {
		return nil, err
	}
	path, _ := flags.GetString("config")
	if path == "" {
		path, _ = env["config"].(string)
	}
	delete(env, "config")
	if path != "" {
		layer := koanf.New(".")
		if err := layer.Load(file.Provider(path), yaml.Parser()); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil, usagef("there is no configuration file %s", path)
			}
			return nil, usagef("the configuration file %s cannot be read: %v", path, err)
		}
		if err := c.merge(k, layer.All(), "file "+path); err != nil {
			return nil, err
		}
	}
	if err := c.merge(k, env, "environment"); err != nil {
		return nil, err
	}
	changed := map[string]any{}
	flags.Visit(func(f *pflag.Flag) {
		if key := strings.ReplaceAll(f.Name, "-", "_"); known(key) {
			changed[key] = posflag.FlagVal(flags, f)
		}
	})
	if err := c.merge(k, changed, "flag"); err != nil {
		return nil, err
	}
	if err := k.Unmarshal("", c); err != nil {
		return nil, usagef("a setting has the wrong type: %v", err)
	}
	return c, c.validate()
}

func (c *config) merge(k *koanf.Koanf, values map[string]any, origin string) error {
	for key := range values {
		if !known(key) {
			return usagef("%s names an unknown setting %q%s", origin, key, nearest(key))
		}
		c.origins[key] = origin
	}
	return k.Load(confmap.Provider(values, "."), nil)
}

func fromEnviron(environ []string) (map[string]any, error) {
	values := map[string]any{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		rest, ours := strings.CutPrefix(name, "ILSAI_")
		if !ours || rest == "MARCH" { // ILSAI_MARCH is the build's
			continue
		}
		key := strings.ToLower(rest)
		if key != "config" && !known(key) {
			return nil, usagef("the environment names an unknown setting %s%s", name, nearest(key))
		}
		values[key] = value
	}
	return values, nil
}

func known(key string) bool {
	for _, s := range settings {
		if s.key == key {
			return true
		}
	}
	return false
}

// nearest suggests the setting that shares the most letters in order with what was written.
func nearest(key string) string {
	best, score := "", 0
	for _, s := range settings {
		n := commonSubsequence(key, s.key)
		if n*2 > len(s.key) && n > score {
			best, score = s.key, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

func commonSubsequence(a, b string) int {
	row := make([]int, len(b)+1)
	for i := range len(a) {
		diagonal := 0
		for j := range len(b) {
			above := row[j+1]
			if a[i] == b[j] {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}

func (c *config) validate() error {
	switch {
	case c.Slots < 1 || c.Slots > 256:
		return usagef("slots is %d; it must be 1 to 256", c.Slots)
	case c.ContextTokens < 256 || c.ContextTokens > 131072:
		return usagef("context_tokens is %d; it must be 256 to 131072", c.ContextTokens)
	case c.Threads < 0 || c.Threads > 1024:
		return usagef("threads is %d; it must be 0 to 1024", c.Threads)
	case c.CacheMiB < 1 || c.CacheMiB > 1<<16:
		return usagef("cache_mib is %d; it must be 1 to 65536", c.CacheMiB)
	case c.QueryTimeout <= 0 || c.DrainTimeout < 0:
		return usagef("query_timeout and drain_timeout must be positive durations such as 30s")
	case c.LogFormat != "text" && c.LogFormat != "json":
		return usagef("log_format is %q; it must be text or json", c.LogFormat)
	case c.Model != "" && c.ModelSHA256 == "":
		return usagef("a model file is loaded only if its SHA-256 is known: add --model-sha256 (sha256sum %s prints it)", c.Model)
	}
	return nil
}

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
	values := map[string]any{
		"listen": c.Listen, "data_dir": c.DataDir, "jwt_secret_file": c.JWTSecretFile, "jwt_secret": c.JWTSecret, "catalogue_dir": c.CatalogueDir, "model": c.Model,
		"model_sha256": c.ModelSHA256, "slots": c.Slots, "context_tokens": c.ContextTokens, "threads": c.Threads, "cache_mib": c.CacheMiB,
		"query_timeout": c.QueryTimeout.String(), "drain_timeout": c.DrainTimeout.String(), "log_level": c.LogLevel, "log_format": c.LogFormat,
	}
	type row struct {
		Key    string `json:"key"`
		Value  any    `json:"value"`
		Origin string `json:"origin"`
	}
	var rows []row
	for _, s := range settings {
		v := values[s.key]
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

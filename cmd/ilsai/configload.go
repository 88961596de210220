package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

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
		if key := strings.ReplaceAll(f.Name, "-", "_"); find(key) != nil {
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
	for key, value := range values {
		s := find(key)
		if s == nil {
			return usagef("%s names an unknown setting %q%s", origin, key, nearest(key))
		}
		if _, text := value.(string); s.secret && !text { // a later error would quote it
			return usagef("%s: %s is not a text", origin, key)
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
		if key != "config" && find(key) == nil {
			return nil, usagef("the environment names an unknown setting %s%s", name, nearest(key))
		}
		values[key] = value
	}
	return values, nil
}

func find(key string) *setting {
	if i := slices.IndexFunc(settings, func(s setting) bool { return s.key == key }); i >= 0 {
		return &settings[i]
	}
	return nil
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

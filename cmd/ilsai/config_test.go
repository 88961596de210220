package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// layers sets one setting in every way there is; the strongest present one must win.
func TestConfigPrecedence(t *testing.T) {
	t.Parallel()
	cases := []struct {
		key, fileValue, envValue, flagValue string
		get                                 func(*config) any
		fromFile, fromEnv, fromFlag, dflt   any
	}{
		{"listen", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", func(c *config) any { return c.Listen }, "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:8080"},
		{"data_dir", "f", "e", "g", func(c *config) any { return c.DataDir }, "f", "e", "g", "ilsai-data"},
		{"slots", "3", "4", "5", func(c *config) any { return c.Slots }, 3, 4, 5, 16},
		{"context_tokens", "300", "400", "500", func(c *config) any { return c.ContextTokens }, 300, 400, 500, 1024},
		{"threads", "1", "2", "3", func(c *config) any { return c.Threads }, 1, 2, 3, 0},
		{"query_timeout", "1s", "2s", "3s", func(c *config) any { return c.QueryTimeout }, time.Second, 2 * time.Second, 3 * time.Second, 30 * time.Second},
		{"log_level", "warn", "error", "debug", func(c *config) any { return c.LogLevel }, "warn", "error", "debug", "info"},
	}
	for _, c := range cases {
		t.Run(c.key, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "ilsai.yaml")
			if err := os.WriteFile(path, []byte(c.key+": "+c.fileValue+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			env := "ILSAI_" + strings.ToUpper(c.key) + "=" + c.envValue
			flag := "--" + strings.ReplaceAll(c.key, "_", "-") + "=" + c.flagValue
			for _, level := range []struct {
				name   string
				flags  []string
				env    []string
				want   any
				origin string
			}{
				{"default", nil, nil, c.dflt, "default"},
				{"file", []string{"--config=" + path}, nil, c.fromFile, "file " + path},
				{"environment over file", []string{"--config=" + path}, []string{env}, c.fromEnv, "environment"},
				{"file named by the environment", nil, []string{"ILSAI_CONFIG=" + path}, c.fromFile, "file " + path},
				{"flag over all", []string{"--config=" + path, flag}, []string{env}, c.fromFlag, "flag"},
			} {
				got, err := load(t, level.flags, level.env)
				if err != nil {
					t.Fatalf("%s: %v", level.name, err)
				}
				if c.get(got) != level.want || got.origins[c.key] != level.origin {
					t.Errorf("%s: got %v from %s, want %v from %s", level.name, c.get(got), got.origins[c.key], level.want, level.origin)
				}
			}
		})
	}
}

func load(t *testing.T, args, environ []string) (*config, error) {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	addConfigFlags(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return loadConfig(flags, environ)
}

func TestConfigRefusesWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	typo, broken := filepath.Join(dir, "typo.yaml"), filepath.Join(dir, "broken.yaml")
	_ = os.WriteFile(typo, []byte("lissten: 127.0.0.1:1\n"), 0o600)
	_ = os.WriteFile(broken, []byte("listen: [\n"), 0o600)
	for name, c := range map[string]struct {
		args, env []string
		want      string
	}{
		"unknown key in the file":     {args: []string{"--config=" + typo}, want: `did you mean "listen"`},
		"unknown key in the variable": {env: []string{"ILSAI_DATADIR=x"}, want: `did you mean "data_dir"`},
		"broken file":                 {args: []string{"--config=" + broken}, want: "cannot be read"},
		"missing file":                {args: []string{"--config=" + dir + "/none"}, want: "there is no configuration file"},
		"slots":                       {args: []string{"--slots=0"}, want: "slots is 0; it must be 1 to 256"},
		"type":                        {env: []string{"ILSAI_SLOTS=many"}, want: "wrong type"},
		"model without checksum":      {args: []string{"--model=m.gguf"}, want: "--model-sha256"},
		"format":                      {args: []string{"--log-format=xml"}, want: "text or json"},
	} {
		_, err := load(t, c.args, c.env)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestConfigPrintHidesSecrets(t *testing.T) {
	t.Parallel()
	c, err := load(t, nil, []string{"ILSAI_JWT_SECRET=correct-horse-battery-staple-correct"})
	if err != nil {
		t.Fatal(err)
	}
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		if err := c.print(&out, asJSON); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "horse") || !strings.Contains(out.String(), "(hidden)") {
			t.Errorf("json=%v: the secret shows, or nothing says it is hidden:\n%s", asJSON, out.String())
		}
	}
}

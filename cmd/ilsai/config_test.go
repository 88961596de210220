package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// layered are the values a setting takes in the file, the environment and a flag, as they are written there.
func layered(s setting) [3]string {
	switch s.key {
	case "log_format":
		return [3]string{"json", "text", "json"}
	case "log_level":
		return [3]string{"warn", "error", "debug"}
	case "trusted_proxies":
		return [3]string{"10.0.0.0/8", "127.0.0.1", "::1, 10.1.0.0/16"}
	case "engine":
		return [3]string{"openai=http://a/v1", "local", "openai=https://b:8000/v1"}
	case "allowed_origins":
		return [3]string{"https://a.example", "http://localhost:5173", "https://a.example, https://b.example:8443"}
	case "gpu":
		return [3]string{"require", "off", "auto"}
	case "gpu_split":
		return [3]string{"row", "none", "layer"}
	case "kv_type":
		return [3]string{"q8_0", "f16", "q8_0"}
	case "flash_attention":
		return [3]string{"on", "off", "auto"}
	case "context_tokens":
		return [3]string{"300", "400", "500"}
	}
	switch v := s.fallback.(type) {
	case bool:
		return [3]string{fmt.Sprint(!v), fmt.Sprint(v), fmt.Sprint(!v)}
	case int:
		return [3]string{"3", "4", "5"}
	case time.Duration:
		return [3]string{"1s", "2s", "3s"}
	default:
		return [3]string{"from-file", "from-env", "from-flag"}
	}
}

// needed are the settings without which another one is refused.
var needed = map[string][]string{
	"engine":   {"ILSAI_ENGINE_MODEL=m"},
	"model":    {"ILSAI_MODEL_SHA256=00"},
	"replicas": {"ILSAI_REDIS_URL=redis://r", "ILSAI_CONTROL_DSN=postgres://c"},
}

// TestConfigPrecedence sets every setting in every way there is; the strongest present one must win.
func TestConfigPrecedence(t *testing.T) {
	t.Parallel()
	for _, s := range settings {
		t.Run(s.key, func(t *testing.T) {
			t.Parallel()
			values := layered(s)
			path := filepath.Join(t.TempDir(), "ilsai.yaml")
			if err := os.WriteFile(path, []byte(s.key+": "+values[0]+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			env := "ILSAI_" + strings.ToUpper(s.key) + "=" + values[1]
			flag := "--" + strings.ReplaceAll(s.key, "_", "-") + "=" + values[2]
			levels := []struct {
				name   string
				flags  []string
				env    []string
				want   any
				origin string
			}{
				{"default", nil, nil, shown(s.fallback), "default"},
				{"file", []string{"--config=" + path}, nil, values[0], "file " + path},
				{"environment over file", []string{"--config=" + path}, []string{env}, values[1], "environment"},
				{"file named by the environment", nil, []string{"ILSAI_CONFIG=" + path}, values[0], "file " + path},
				{"flag over all", []string{"--config=" + path, flag}, []string{env}, values[2], "flag"},
			}
			if s.secret {
				if f := newServe().Flags().Lookup(strings.ReplaceAll(s.key, "_", "-")); f != nil {
					t.Errorf("a secret is a flag: ps shows it")
				}
				levels = levels[:4]
			}
			for _, level := range levels {
				got, err := load(t, level.flags, append(level.env, needed[s.key]...))
				if err != nil {
					t.Fatalf("%s: %v", level.name, err)
				}
				if shown(got.value(s.key)) != level.want || got.origins[s.key] != level.origin {
					t.Errorf("%s: got %v from %s, want %v from %s", level.name, got.value(s.key), got.origins[s.key], level.want, level.origin)
				}
				if !reflect.TypeOf(got.value(s.key)).AssignableTo(reflect.TypeOf(s.fallback)) && reflect.TypeOf(s.fallback) != reflect.TypeFor[time.Duration]() {
					t.Errorf("%s: is a %T, want %T", level.name, got.value(s.key), s.fallback)
				}
			}
		})
	}
}

func shown(v any) any { return fmt.Sprint(v) }

// TestConfigHasEverySetting finds a field without a setting and the other way round.
func TestConfigHasEverySetting(t *testing.T) {
	t.Parallel()
	fields := map[string]bool{}
	for f := range reflect.TypeFor[config]().Fields() {
		if key := f.Tag.Get("koanf"); key != "" {
			fields[key] = true
		}
	}
	for _, s := range settings {
		if !fields[s.key] || s.usage == "" {
			t.Errorf("%s has no field or no description", s.key)
		}
		delete(fields, s.key)
	}
	if len(fields) > 0 {
		t.Errorf("fields that nobody can set: %v", fields)
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
	typo, broken, list := filepath.Join(dir, "typo.yaml"), filepath.Join(dir, "broken.yaml"), filepath.Join(dir, "list.yaml")
	_ = os.WriteFile(typo, []byte("lissten: 127.0.0.1:1\n"), 0o600)
	_ = os.WriteFile(broken, []byte("listen: [\n"), 0o600)
	_ = os.WriteFile(list, []byte("control_dsn: [postgres://u:hidden-password@h/d]\n"), 0o600)
	for name, c := range map[string]struct {
		args, env []string
		want      string
	}{
		"unknown key in the file":     {args: []string{"--config=" + typo}, want: `did you mean "listen"`},
		"unknown key in the variable": {env: []string{"ILSAI_DATADIR=x"}, want: `did you mean "data_dir"`},
		"broken file":                 {args: []string{"--config=" + broken}, want: "cannot be read"},
		"missing file":                {args: []string{"--config=" + dir + "/none"}, want: "there is no configuration file"},
		"a secret that is no text":    {args: []string{"--config=" + list}, want: "control_dsn is not a text"},
		"slots":                       {args: []string{"--slots=-1"}, want: "slots is -1; it must be 1 to 252"},
		"type":                        {env: []string{"ILSAI_SLOTS=many"}, want: "wrong type"},
		"switch":                      {env: []string{"ILSAI_LOCAL_LOGIN=maybe"}, want: "wrong type"},
		"model without checksum":      {args: []string{"--model=m.gguf"}, want: "--model-sha256"},
		"format":                      {args: []string{"--log-format=xml"}, want: "text or json"},
		"replicas":                    {args: []string{"--replicas=0"}, want: "replicas is 0"},
		"replicas alone":              {args: []string{"--replicas=3"}, want: "set redis_url and control_dsn"},
		"platform tenant":             {args: []string{"--platform-tenant=Not An Id"}, want: "platform_tenant"},
		"proxies":                     {args: []string{"--trusted-proxies=10.0.0.0/8,nowhere"}, want: `trusted_proxies has "nowhere"`},
		"drain delay":                 {args: []string{"--drain-delay=-1s"}, want: "drain_delay"},
	} {
		_, err := load(t, c.args, c.env)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hidden-password") {
			t.Errorf("%s: the message quotes a secret: %v", name, err)
		}
	}
}

func TestConfigPrintHidesSecrets(t *testing.T) {
	t.Parallel()
	c, err := load(t, nil, []string{
		"ILSAI_JWT_SECRET=correct-horse-battery-staple-correct", "ILSAI_CONTROL_DSN=postgres://u:horse@h/d", "ILSAI_REDIS_URL=redis://u:horse@h",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		if err := c.print(&out, asJSON); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "horse") || strings.Count(out.String(), "(hidden)") != 3 {
			t.Errorf("json=%v: a secret shows, or nothing says it is hidden:\n%s", asJSON, out.String())
		}
		for _, s := range settings {
			if !strings.Contains(out.String(), s.key) {
				t.Errorf("json=%v: %s is missing", asJSON, s.key)
			}
		}
	}
}

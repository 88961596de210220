package main

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/server"
)

// config is everything an operator can set. Flags win over ILSAI_* variables, those over the file, the file over the defaults.
type config struct {
	Listen           string        `koanf:"listen"`
	DataDir          string        `koanf:"data_dir"`
	ControlDSN       string        `koanf:"control_dsn"`
	PostgresAdminDSN string        `koanf:"postgres_admin_dsn"`
	PostgresMaxConns int           `koanf:"postgres_max_conns"`
	PostgresConns    int           `koanf:"postgres_conns"`
	ExportDir        string        `koanf:"export_dir"`
	JWTSecretFile    string        `koanf:"jwt_secret_file"`
	JWTSecret        string        `koanf:"jwt_secret"`
	JWTPublicKeys    string        `koanf:"jwt_public_keys"`
	JWKSURL          string        `koanf:"jwks_url"`
	KeyFile          string        `koanf:"key_file"`
	LocalLogin       bool          `koanf:"local_login"`
	PlatformTenant   string        `koanf:"platform_tenant"`
	TrustedProxies   string        `koanf:"trusted_proxies"`
	AllowedOrigins   string        `koanf:"allowed_origins"`
	RedisURL         string        `koanf:"redis_url"`
	Replicas         int           `koanf:"replicas"`
	ShadowLimits     bool          `koanf:"shadow_limits"`
	FilterChat       bool          `koanf:"filter_chat"`
	Metrics          bool          `koanf:"metrics"`
	CatalogueDir     string        `koanf:"catalogue_dir"`
	Engine           string        `koanf:"engine"`
	EngineModel      string        `koanf:"engine_model"`
	EngineKeyFile    string        `koanf:"engine_key_file"`
	Model            string        `koanf:"model"`
	ModelSHA256      string        `koanf:"model_sha256"`
	Slots            int           `koanf:"slots"`
	ContextTokens    int           `koanf:"context_tokens"`
	KeptSequences    int           `koanf:"kept_conversations"`
	Queue            int           `koanf:"queue"`
	QueuePerTenant   int           `koanf:"queue_per_tenant"`
	Threads          int           `koanf:"threads"`
	GPU              string        `koanf:"gpu"`
	GPULibrary       string        `koanf:"gpu_library"`
	GPULayers        int           `koanf:"gpu_layers"`
	GPUSplit         string        `koanf:"gpu_split"`
	KVType           string        `koanf:"kv_type"`
	Flash            string        `koanf:"flash_attention"`
	CacheMiB         int           `koanf:"cache_mib"`
	QueryTimeout     time.Duration `koanf:"query_timeout"`
	DrainDelay       time.Duration `koanf:"drain_delay"`
	DrainTimeout     time.Duration `koanf:"drain_timeout"`
	LogLevel         string        `koanf:"log_level"`
	LogFormat        string        `koanf:"log_format"`

	origins map[string]string // key → flag, environment, file or default

	// slotsChosen says that slots was 0: what fits decides.
	slotsChosen bool
	// on is what a measuring command computes models on; nil: the CPU.
	on *accelerator
	// measuring makes every question a new one: no answer is repeated and no rate limit holds.
	measuring bool
	// demo is the dashboard that `ilsai demo` serves; nil for every other command.
	demo *server.Demo
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
	{key: "control_dsn", fallback: "", secret: true, usage: "PostgreSQL database for the control data instead of a file in data_dir, as postgres://host/database with user and password"},
	{key: "postgres_admin_dsn", fallback: "", secret: true, usage: "PostgreSQL server that shops' databases are made on, as a superuser: postgres://host/postgres with user and password"},
	{key: "postgres_max_conns", fallback: 64, usage: "connections to shops' PostgreSQL databases, of all shops; never nearer than 10 to a server's max_connections"},
	{key: "postgres_conns", fallback: 2, usage: "connections to one PostgreSQL database of a shop, 1 to 10"},
	{key: "export_dir", fallback: "", usage: "directory that the data of a removed shop is exported to, or none (default: exports in the data directory)"},
	{key: "jwt_secret_file", fallback: "", usage: "file with the HS256 secret that signs tokens (32 bytes or more), or a directory of such files, each named as its tokens' kid"},
	{key: "jwt_secret", fallback: "", secret: true, usage: "the secret itself; better kept in a file"},
	{key: "jwt_public_keys", fallback: "", usage: "directory of public keys that verify tokens (RS256, ES256, EdDSA), PEM files named as their tokens' kid, with or without .pem"},
	{key: "jwks_url", fallback: "", usage: "https address of an identity provider's key set"},
	{key: "key_file", fallback: "", usage: "file that encrypts the secrets made by 'ilsai key rotate' and the passwords of shops' databases (default: signing.key in the data directory)"},
	{key: "local_login", fallback: false, usage: "let users of 'ilsai user' sign in at POST /api/auth/login"},
	{key: "platform_tenant", fallback: "", usage: "tenant whose administrators administer all tenants"},
	{key: "trusted_proxies", fallback: "", usage: "reverse proxies whose X-Forwarded-For says who signs in: addresses or networks, separated by commas"},
	{key: "allowed_origins", fallback: "", usage: "origins whose pages may call the API from a browser, such as https://dashboard.example, separated by commas"},
	{key: "redis_url", fallback: "", secret: true, usage: "Redis that counts rate limits for several replicas, as redis://host:6379/0 with user and password"},
	{key: "replicas", fallback: 1, usage: "processes that share redis_url: while it is away, each admits its share"},
	{key: "filter_chat", fallback: false, usage: "replace personal data in what /v1/chat/completions sends; text then comes up to 256 characters later"},
	{key: "shadow_limits", fallback: false, usage: "count what rate limits and quotas would refuse, and refuse nothing"},
	{key: "metrics", fallback: false, usage: "serve Prometheus metrics at /metrics, without a token"},
	{key: "catalogue_dir", fallback: "", usage: "directory of YAML catalogues that replace the built-in ones, for a schema of your own"},
	{key: "engine", fallback: engineLocal, usage: "where the model is: local, or openai=URL of an OpenAI-compatible server (vLLM, llama-server), with the version, such as openai=http://10.0.0.7:8000/v1"},
	{key: "engine_model", fallback: "", usage: "the name under which that server has the model"},
	{key: "engine_key_file", fallback: "", usage: "file with the key that server wants (one line)"},
	{key: "model", fallback: "", usage: "GGUF file to load instead of the built-in model"},
	{key: "model_sha256", fallback: "", usage: "SHA-256 the model file must have (required with --model)"},
	{key: "slots", fallback: 16, usage: "questions generated at the same time, here or at the server of engine; 0: as many as GPU memory has room for, 16 on the CPU"},
	{key: "context_tokens", fallback: 1024, usage: "tokens of context for each of them"},
	{key: "kept_conversations", fallback: 4, usage: "finished answers kept in memory, each as large as a slot, so that the same shop's next question goes on from there; 0: none"},
	{key: "queue", fallback: 1024, usage: "questions that may wait for a slot, of all shops; one more is told to come back"},
	{key: "queue_per_tenant", fallback: 64, usage: "questions of one shop that may wait for a slot"},
	{key: "threads", fallback: 0, usage: "CPU threads for the model (0: chosen from the machine and the model's size)"},
	{key: "gpu", fallback: gpuAuto, usage: "auto: NVIDIA GPUs where they can be used, else the CPU, with a warning; require: an error instead; off: the CPU"},
	{key: "gpu_library", fallback: "", usage: "library of the GPUs (default: libggml-cuda.so beside the program; 'make cuda' builds it)"},
	{key: "gpu_layers", fallback: -1, usage: "layers of the model on GPUs, the last ones first; -1: all"},
	{key: "gpu_split", fallback: string(llama.SplitLayer), usage: "how several GPUs share the model: layer, row, or none for the first GPU alone"},
	{key: "kv_type", fallback: string(llama.KVF16), usage: "how what was read is kept: f16, or q8_0 for half the memory"},
	{key: "flash_attention", fallback: string(llama.FlashAuto), usage: "auto, on or off"},
	{key: "cache_mib", fallback: 32, usage: "memory for answers that may be repeated within 5 minutes, in MiB"},
	{key: "query_timeout", fallback: 30 * time.Second, usage: "longest time one question may take"},
	{key: "drain_delay", fallback: time.Duration(0), usage: "how long a stop goes on answering while /readyz says 503, so that a load balancer sees it"},
	{key: "drain_timeout", fallback: 30 * time.Second, usage: "longest time a stop then waits for running questions"},
	{key: "log_level", fallback: "info", usage: "debug, info, warn or error"},
	{key: "log_format", fallback: "text", usage: "text or json"},
}

// addConfigFlags declares a flag per setting that is no secret, or per named one of them, and --config.
func addConfigFlags(f *pflag.FlagSet, keys ...string) {
	f.String("config", "", "YAML file with any of these settings (env ILSAI_CONFIG)")
	for _, s := range settings {
		if s.secret || len(keys) > 0 && !slices.Contains(keys, s.key) {
			continue
		}
		name := strings.ReplaceAll(s.key, "_", "-")
		switch v := s.fallback.(type) {
		case string:
			f.String(name, v, s.usage)
		case int:
			f.Int(name, v, s.usage)
		case bool:
			f.Bool(name, v, s.usage)
		case time.Duration:
			f.Duration(name, v, s.usage)
		}
	}
}

// maxSequences is what llama.cpp can tell apart, 256, less those for public prefixes.
const maxSequences = 252

func (c *config) validate() error {
	switch {
	case c.Slots < 0 || c.Slots > maxSequences:
		return usagef("slots is %d; it must be 1 to %d, or 0 for as many as fit", c.Slots, maxSequences)
	case c.Slots == 0 && c.remote():
		return usagef("slots is 0; how many requests the server of engine takes at once is to be said")
	case c.ContextTokens < 256 || c.ContextTokens > 131072:
		return usagef("context_tokens is %d; it must be 256 to 131072", c.ContextTokens)
	case c.KeptSequences < 0 || c.Slots+c.KeptSequences > maxSequences:
		return usagef("kept_conversations is %d beside %d slots; it must be 0 to %d", c.KeptSequences, c.Slots, maxSequences-c.Slots)
	case c.Queue < 1 || c.QueuePerTenant < 1:
		return usagef("queue is %d and queue_per_tenant %d; both must be at least 1", c.Queue, c.QueuePerTenant)
	case c.Threads < 0 || c.Threads > 1024:
		return usagef("threads is %d; it must be 0 to 1024", c.Threads)
	case c.CacheMiB < 1 || c.CacheMiB > 1<<16:
		return usagef("cache_mib is %d; it must be 1 to 65536", c.CacheMiB)
	case c.QueryTimeout <= 0 || c.DrainTimeout < 0 || c.DrainDelay < 0:
		return usagef("query_timeout, drain_timeout and drain_delay must be positive durations such as 30s")
	case c.LogFormat != "text" && c.LogFormat != "json":
		return usagef("log_format is %q; it must be text or json", c.LogFormat)
	case c.Model != "" && c.ModelSHA256 == "":
		return usagef("a model file is loaded only if its SHA-256 is known: add --model-sha256 (sha256sum %s prints it)", c.Model)
	case c.PostgresMaxConns < 1 || c.PostgresConns < 1 || c.PostgresConns > 10:
		return usagef("postgres_max_conns is %d and postgres_conns %d; the first must be at least 1, the second 1 to 10", c.PostgresMaxConns, c.PostgresConns)
	case c.Replicas < 1 || c.Replicas > 1024:
		return usagef("replicas is %d; it must be 1 to 1024", c.Replicas)
	case c.Replicas > 1 && (c.RedisURL == "" || c.ControlDSN == ""):
		return usagef("%d replicas share their data: set redis_url and control_dsn", c.Replicas)
	}
	if _, err := ilsai.ParseTenantID(c.PlatformTenant); err != nil && c.PlatformTenant != "" {
		return usagef("platform_tenant is %q; %s", c.PlatformTenant, ilsai.ErrorMessage(err))
	}
	if err := c.validateEngine(); err != nil {
		return err
	}
	if err := c.validateGPU(); err != nil {
		return err
	}
	if _, err := c.allowedOrigins(); err != nil {
		return err
	}
	_, err := c.trustedProxies()
	return err
}

func (c *config) tenantsDir() string { return filepath.Join(c.DataDir, "tenants") }

func (c *config) keyFile() string {
	if c.KeyFile != "" {
		return c.KeyFile
	}
	return filepath.Join(c.DataDir, "signing.key")
}

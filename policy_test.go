package ilsai_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ils-platform/ilsai"

// owners lists every package and the packages of this module it may import (tests included).
// A package that is not listed fails: whoever adds one decides here who may see it.
var owners = map[string][]string{
	"":                  {},
	"llama":             {"", "models", "llama/ggufgen"},
	"llama/backendtest": {"", "llama", "models", "llama/ggufgen", "llama/placement"}, // the latter by its tests
	"llama/placement":   {"models", "llama/ggufgen"},                                 // the latter by its tests
	"llama/ggufgen":     {},
	"llama/gbnf":        {"assistant/semantic"}, // by its tests, which read the real grammars; TestReach
	"llama/sched":       {"", "llama/schedtest"},
	"llama/schedtest":   {"", "llama/sched"},
	"llama/engine":      {"", "bench", "llama", "llama/backendtest", "llama/gbnf", "llama/sched", "llama/schedtest", "llama/ggufgen", "models"},
	"models":            {"", "llama/ggufgen"}, // the latter by its tests
	"tenancy":           {"", "tenancy/storetest"},
	"tenancy/storetest": {"", "tenancy"},
	"tenancy/store":     {"", "tenancy", "tenancy/storetest"},
	"tenancy/tenantdb": {"", "tenancy", "tenancy/storetest", "tenancy/tenantdb/connpool", "tenancy/tenantdb/sqlguard",
		"tenancy/tenantdb/attacktest", "tenancy/tenantdb/provision", "tenancy/tenantdb/tenantdbtest"}, // these by its tests
	"tenancy/tenantdb/attacktest":   {},
	"tenancy/tenantdb/connpool":     {},
	"tenancy/tenantdb/sqlguard":     {},
	"tenancy/tenantdb/provision":    {"", "tenancy", "tenancy/tenantdb", "tenancy/tenantdb/sqlguard", "tenancy/tenantdb/tenantdbtest"},
	"tenancy/tenantdb/tenantdbtest": {"", "tenancy", "tenancy/storetest", "tenancy/tenantdb", "tenancy/tenantdb/provision"},
	"tenancy/demo": {"", "tenancy", "tenancy/store", "tenancy/tenantdb", "assistant/semantic",
		"assistant/semantic/gbnftest", "tenancy/storetest", "tenancy/tenantdb/sqlguard"}, // these by its tests
	"assistant/semantic":              {"", "assistant/semantic/gbnftest"},
	"assistant/semantic/gbnftest":     {},
	"assistant/privacy":               {},
	"assistant/knowledge":             {},
	"assistant/claims":                {},
	"assistant":                       {"", "assistant/claims", "assistant/knowledge", "assistant/privacy", "assistant/semantic", "assistant/semantic/gbnftest"},
	"tenancy/limit":                   {"", "tenancy", "tenancy/limit/limittest"},
	"tenancy/limit/limittest":         {"", "tenancy", "tenancy/limit"},
	"tenancy/admission":               {"", "tenancy", "tenancy/limit", "tenancy/dedup", "tenancy/admission/admissiontest"},
	"tenancy/admission/admissiontest": {"", "tenancy"},
	"tenancy/fairq":                   {},
	"tenancy/jwks":                    {"", "tenancy"},
	"tenancy/dedup":                   {"", "tenancy"},
	"server": {"", "assistant", "assistant/insight", "assistant/privacy", "assistant/semantic", "tenancy", "tenancy/admission", "tenancy/admission/admissiontest", "tenancy/dedup", "tenancy/limit", "tenancy/storetest",
		"tenancy/store"}, // by its tests: TestReach keeps the database out of the package itself
	"assistant/insight":    {"", "assistant", "assistant/semantic"},
	"assistant/evaluation": {"", "assistant", "assistant/knowledge", "assistant/semantic"},
	"remote":               {"", "remote/remotetest", "tenancy/fairq"},
	"remote/remotetest":    {},
	"bench":                {},
	"bench/canary":         {},
	"cmd/ilsai":            {"*"},
	"widget":               {}, // browser code; the server is handed its files by cmd
}

// guarded names technologies and the only packages of ours that may import them, directly.
var guarded = map[string][]string{
	"C":                              {"llama"},
	"github.com/ollama/ollama":       {"llama"},
	"gorm.io":                        {"tenancy/store", "tenancy/tenantdb"},
	"github.com/mattn/go-sqlite3":    {"tenancy/store", "tenancy/tenantdb"},
	"github.com/pganalyze":           {"tenancy/tenantdb/sqlguard"},
	"github.com/jackc/pgx":           {"tenancy/store", "tenancy/tenantdb", "tenancy/tenantdb/provision", "tenancy/tenantdb/tenantdbtest", "cmd/ilsai"},
	"github.com/gofiber/fiber":       {"server"},
	"github.com/golang-jwt/jwt":      {"tenancy"},
	"github.com/spf13/cobra":         {"cmd/ilsai"},
	"github.com/knadh/koanf":         {"cmd/ilsai"},
	"github.com/redis/go-redis":      {"tenancy/limit"},
	"github.com/dgraph-io/ristretto": {"tenancy/dedup"},
	"net/http":                       {"server", "cmd/ilsai", "tenancy/jwks", "remote", "remote/remotetest"},
	"github.com/valyala/fasthttp":    {"server"},
	"github.com/prometheus":          {"server"},
	"github.com/blevesearch/bleve":   {"assistant/knowledge"},
	"database/sql":                   {"tenancy/store", "tenancy/tenantdb", "tenancy/demo", "cmd/ilsai"}, // the last for catalog check
}

type listed struct {
	ImportPath, Doc                          string
	Imports, TestImports, XTestImports, Deps []string
	CgoFiles                                 []string
}

func packages(t *testing.T) map[string]listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Imports,TestImports,XTestImports,CgoFiles,Deps", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	all := map[string]listed{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")] = p
	}
}

func TestImportDirections(t *testing.T) {
	for name, p := range packages(t) {
		allowed, ok := owners[name]
		if !ok {
			t.Errorf("package %q is not listed in policy_test.go: say there what it may import", name)
			continue
		}
		for _, imp := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if imp != module && !strings.HasPrefix(imp, module+"/") {
				continue
			}
			own := strings.TrimPrefix(strings.TrimPrefix(imp, module), "/")
			if own != name && !slices.Contains(allowed, own) && !slices.Contains(allowed, "*") {
				t.Errorf("%s imports %s, which policy_test.go does not allow", name, own)
			}
		}
	}
}

func TestGuardedImports(t *testing.T) {
	for name, p := range packages(t) {
		for _, imp := range p.Imports {
			for prefix, allowed := range guarded {
				if (imp == prefix || strings.HasPrefix(imp, prefix+"/")) && !slices.Contains(allowed, name) {
					t.Errorf("%s imports %s; only %s may", name, imp, strings.Join(allowed, ", "))
				}
			}
		}
		if len(p.CgoFiles) > 0 && name != "llama" {
			t.Errorf("%s has cgo files %v; all cgo lives in llama", name, p.CgoFiles)
		}
	}
}

// TestReach checks what a package can reach through others, not only what it names.
func TestReach(t *testing.T) {
	all := packages(t)
	for name, never := range map[string][]string{
		"":                    {module + "/", "github.com/", "gorm.io/"},
		"server":              {module + "/llama", "github.com/ollama/ollama", "gorm.io/", "github.com/mattn/go-sqlite3"},
		"llama/gbnf":          {module + "/", "github.com/"},
		"bench":               {module + "/", "github.com/", "net/http"},
		"remote":              {module + "/llama", module + "/assistant", module + "/server", "gorm.io/", "github.com/gofiber"},
		"llama/sched":         {module + "/llama/engine", module + "/tenancy", "github.com/ollama/ollama", "net/http", "gorm.io/"},
		"tenancy":             {"gorm.io/", "net/http/httptest", module + "/llama", module + "/assistant"},
		"assistant/privacy":   {module + "/", "github.com/", "net/http", "database/sql"},
		"assistant":           {module + "/llama", "gorm.io/", "github.com/gofiber"},
		"assistant/insight":   {module + "/llama", module + "/tenancy", module + "/server", "gorm.io/", "github.com/gofiber"},
		"assistant/semantic":  {module + "/llama", "gorm.io/", "net/http"},
		"assistant/knowledge": {module + "/", "gorm.io/"},
	} {
		p, ok := all[name]
		if !ok {
			continue
		}
		for _, dep := range p.Deps {
			for _, prefix := range never {
				if strings.HasPrefix(dep, prefix) {
					t.Errorf("%q reaches %s; it must never know %s", name, dep, prefix)
				}
			}
		}
	}
}

func TestPackageDocs(t *testing.T) {
	for name, p := range packages(t) {
		if len(p.Doc) < 20 {
			t.Errorf("package %q has no package doc: say what it knows and must never know", name)
		}
	}
}

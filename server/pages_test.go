package server_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

var builtPages = fstest.MapFS{
	"README":                        {Data: []byte("not served")},
	"index.html":                    {Data: []byte("<!doctype html><title>demo</title>")},
	"assets/index-abcDEF12.js":      {Data: []byte("page()")},
	"widget/ilsai.js":               {Data: []byte("loader()")},
	"widget/elements.js":            {Data: []byte("elements()")},
	"widget/Panel-abcDEF12.js":      {Data: []byte(strings.Repeat("panel()\n", 100))},
	"widget/deep/Chart-12345678.js": {Data: []byte("chart()")},
}

func withPages(d *server.Deps, _ *admission.Options) {
	d.Widget = builtPages
	d.AllowedOrigins = []string{"https://dashboard.example"}
	d.Demo = &server.Demo{
		Pages: builtPages,
		Users: []server.DemoUser{{TenantID: "pro", Shop: "Pro", Tier: tenancy.TierProfessional}},
		SignIn: func(_ context.Context, id ilsai.TenantID) (tenancy.Session, error) {
			return tenancy.Session{Token: "token of " + string(id), Principal: tenancy.Principal{Tenant: tenancy.Tenant{ID: id}}}, nil
		},
		Figures: func(_ context.Context, t tenancy.Tenant, page string) ([]server.DemoFigure, error) {
			return []server.DemoFigure{{Title: page + " of " + string(t.ID)}}, nil
		},
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	b := setup(t, withPages)
	for path, want := range map[string]struct {
		status       int
		kind, caches string
	}{
		"/":                              {200, "text/html; charset=utf-8", "no-cache"},
		"/widget/ilsai.js":               {200, "text/javascript; charset=utf-8", "no-cache"},
		"/widget/Panel-abcDEF12.js":      {200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/widget/deep/Chart-12345678.js": {200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/assets/index-abcDEF12.js":      {200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/README":                        {404, "application/problem+json", ""},
		"/widget/":                       {404, "application/problem+json", ""},
		"/widget/../index.html":          {404, "application/problem+json", ""},
		"/widget/%2e%2e/index.html":      {404, "application/problem+json", ""},
		"/assets/none.js":                {404, "application/problem+json", ""},
	} {
		r := b.do("GET", path, "", "")
		if r.status != want.status || r.header.Get("Content-Type") != want.kind || r.header.Get("Cache-Control") != want.caches {
			t.Errorf("%s: %d %v", path, r.status, r.header)
		}
		if want.status == 200 && r.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, r.header)
		}
	}
	policy := b.do("GET", "/", "", "").header.Get("Content-Security-Policy")
	if policy == "" || strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("policy %q", policy)
	}
	plain := b.do("GET", "/widget/Panel-abcDEF12.js", "", "")
	zipped := b.do("GET", "/widget/Panel-abcDEF12.js", "", "", "Accept-Encoding", "br, gzip")
	if plain.header.Get("Content-Encoding") != "" || zipped.header.Get("Content-Encoding") != "gzip" || len(zipped.body) >= len(plain.body) {
		t.Errorf("plain %v, zipped %v", plain.header, zipped.header)
	}
	if again := b.do("GET", "/widget/ilsai.js", "", "", "If-None-Match", b.do("GET", "/widget/ilsai.js", "", "").header.Get("ETag")); again.status != 304 || len(again.body) > 0 {
		t.Errorf("asked again: %d %q", again.status, again.body)
	}
}

// A program without the demo has neither its pages nor its sessions; one compiled without the pages says how to build them.
func TestNoPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/", "/api/demo", "/widget/ilsai.js", "/assets/index-abcDEF12.js"} {
		if r := b.do("GET", path, "", ""); r.status != 404 {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	if r := b.do("POST", "/api/demo/session", "", `{"tenant": "pro"}`); r.status != 404 {
		t.Errorf("a session: %d %s", r.status, r.body)
	}
	bare := setup(t, func(d *server.Deps, o *admission.Options) {
		withPages(d, o)
		d.Widget, d.Demo.Pages = nil, nil
	})
	if r := bare.do("GET", "/", "", ""); r.status != 200 || !strings.Contains(string(r.body), "make run") {
		t.Errorf("without pages: %d %s", r.status, r.body)
	}
}

func TestDemoSession(t *testing.T) {
	t.Parallel()
	b := setup(t, withPages)
	if r := b.do("POST", "/api/demo/session", "", `{"tenant": "pro"}`); r.status != 200 || !strings.Contains(string(r.body), `"token":"token of pro"`) || r.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := b.do("POST", "/api/demo/session", "", `{"tenant": "basic"}`); r.status != 404 || strings.Contains(string(r.body), "token") {
		t.Errorf("a shop that is not the demo's: %d %s", r.status, r.body)
	}
	pro := token(t, "pro", tenancy.TierProfessional, now)
	if r := b.do("GET", "/api/demo/figures?page=sales", pro, ""); r.status != 200 || !strings.Contains(string(r.body), "sales of pro") {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := b.do("GET", "/api/demo/figures?page=patients", pro, ""); r.status != 403 {
		t.Errorf("beyond the tier: %d %s", r.status, r.body)
	}
	if r := b.do("GET", "/api/demo/figures?page=sales", "", ""); r.status != 401 {
		t.Errorf("without a token: %d %s", r.status, r.body)
	}
}

func TestSharingWithOrigins(t *testing.T) {
	t.Parallel()
	b := setup(t, withPages)
	closed := setup(t)
	const good = "https://dashboard.example"
	for name, c := range map[string]struct {
		b                  *bench
		method, path, from string
		allowed            bool
	}{
		"listed":                     {b, "GET", "/api/ai/usage", good, true},
		"listed, the script":         {b, "GET", "/widget/ilsai.js", good, true},
		"listed, a preflight":        {b, "OPTIONS", "/api/ai/query", good, true},
		"another origin":             {b, "GET", "/api/ai/usage", "https://evil.example", false},
		"its preflight":              {b, "OPTIONS", "/api/ai/query", "https://evil.example", false},
		"a longer name":              {b, "GET", "/api/ai/usage", good + ".evil.example", false},
		"another scheme":             {b, "GET", "/api/ai/usage", "http://dashboard.example", false},
		"no origin at all":           {b, "GET", "/api/ai/usage", "null", false},
		"administration":             {b, "GET", "/api/admin/tenants", good, false},
		"sessions of the demo":       {b, "OPTIONS", "/api/demo/session", good, false},
		"the default: nobody":        {closed, "GET", "/api/ai/usage", good, false},
		"the default: no preflights": {closed, "OPTIONS", "/api/ai/query", good, false},
	} {
		r := c.b.do(c.method, c.path, "", "", "Origin", c.from, "Access-Control-Request-Method", "POST")
		got := r.header.Get("Access-Control-Allow-Origin")
		if c.allowed && got != c.from || !c.allowed && got != "" || r.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %q in %v", name, got, r.header)
		}
		if c.method == "OPTIONS" && c.allowed && (r.status != 204 || !strings.Contains(r.header.Get("Access-Control-Allow-Headers"), "X-Idempotency-Key")) {
			t.Errorf("%s: %d %v", name, r.status, r.header)
		}
		if c.b == b && strings.HasPrefix(c.path, "/api/ai/") && !strings.Contains(r.header.Get("Vary"), "Origin") {
			t.Errorf("%s: a cache would mix origins: %v", name, r.header)
		}
	}
}

func TestParseOrigin(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://Dashboard.example": "https://dashboard.example", "https://a.example:443/": "https://a.example", "http://a.example:80": "http://a.example",
		"http://localhost:5173": "http://localhost:5173",
		"*":                     "", "https://*.example": "", "dashboard.example": "", "https://a.example/page": "", "https://u@a.example": "", "ftp://a.example": "", "null": "", "": "",
	} {
		got, err := server.ParseOrigin(text)
		if got != want || (want == "") != (ilsai.ErrorCode(err) == ilsai.CodeInvalid) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

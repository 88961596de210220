package main

import (
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ils-platform/ilsai/widget"
)

// mustBrowse asks for the tests in a browser, which need npm and chromium: make test sets it.
const mustBrowse = "BROWSER_TESTS"

// TestBrowser opens the demo in a browser and uses it as people do: see widget/browser.
func TestBrowser(t *testing.T) {
	if os.Getenv(mustBrowse) == "" {
		t.Skip("make test runs the browser; here, set " + mustBrowse + "=1")
	}
	t.Parallel()
	noteFiles(t, "../../widget/browser", "../../docs/embedding.md")
	missing := ""
	if _, built := widget.Files(); !built {
		missing = "the widget is not built: make widget"
	}
	if _, err := os.Stat("../../widget/node_modules/vitest"); err != nil {
		missing = "its tests are not installed: make widget"
	}
	for _, tool := range []string{"npm", "chromium"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing = tool + " is not there: scripts/setup.sh test installs it"
		}
	}
	if missing != "" {
		t.Fatal(missing)
	}
	// The pages of docs/embedding.md are another origin's, which the server must be told to allow.
	origin := "http://" + freeAddress(t)
	d := startDemoProcess(t, demoData(t), "ILSAI_ALLOWED_ORIGINS="+origin)
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), "../../scripts/widget.sh", "browser")
	run.Env = append(os.Environ(), "ILSAI_URL="+d.url, "ILSAI_PAGE_ORIGIN="+origin, "ILSAI_CHROMIUM="+chromium, "NO_COLOR=1")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// noteFiles reads files that another program will read, so that go test runs anew when they have changed.
func noteFiles(t *testing.T, roots ...string) {
	t.Helper()
	for _, root := range roots {
		if err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				_, err = os.ReadFile(path)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// freeAddress is one that nobody listens on, at this moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

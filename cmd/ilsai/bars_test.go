package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/bench"
)

func TestBarsHold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		b     bar
		holds bool
	}{
		{atLeast("", 0.95, "", 0.95), true}, {atLeast("", 0.9499, "", 0.95), false}, {atMost("", 2, "", 2), true}, {atMost("", 2.001, "", 2), false},
		{atLeast("", math.NaN(), "", 0), false}, {atMost("", math.NaN(), "", 9), false}, {atLeast("", math.Inf(1), "", 1), false}, {atMost("", math.Inf(-1), "", 1), false},
		{figure("", 7, ""), true},
	} {
		if c.b.Holds != c.holds {
			t.Errorf("%+v", c.b)
		}
	}
	if judge([]bar{atMost("a", 1, "", 2)}, true) != nil || judge([]bar{atMost("b", 3, "", 2)}, false) != nil {
		t.Error("an error although nothing is missed, or nobody asked")
	}
	if err := judge([]bar{atMost("a", 1, "", 2), atMost("b", 3, "", 2)}, true); err == nil || !strings.Contains(err.Error(), "b") {
		t.Errorf("%v", err)
	}
}

func TestBarsAsJSON(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal([]bar{atMost("a", 1.5, "ms", 2), figure("b", math.Inf(1), "MB/h")})
	if want := `[{"name":"a","value":1.5,"unit":"ms","bar":2,"sense":"at most","holds":true},{"name":"b","unit":"MB/h","bar":null,"holds":true,"value":null}]`; err != nil || string(b) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, b, want)
	}
}

func TestMeasurementIsPrintedAndWritten(t *testing.T) {
	t.Parallel()
	var progress, out strings.Builder
	m := newMeasurement("x", &progress)
	m.sayf("first of %d", 2)
	m.fact("seed", 7)
	m.bars = []bar{atMost("waits", 3, "ms", 2), atLeast("share", 1, "", 0.5), figure("speed", 10, "tokens/s")}
	m.sections = []bench.Section{{Title: "By size", Plot: bench.Bars("ms", []string{"a"}, []float64{1})}}
	page := filepath.Join(t.TempDir(), "page.html")
	if err := m.writePage(page); err != nil {
		t.Fatal(err)
	}
	if err := m.print(&out, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"waits", "MISSED", "holds", "tokens/s"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	html, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(html), "MISSED") || !strings.Contains(string(html), "<dd>7</dd>") || !strings.Contains(string(html), "<svg") {
		t.Errorf("%v\n%s", err, html)
	}
	if progress.String() != "x: first of 2\n" {
		t.Errorf("%q", progress.String())
	}
	if m.writePage(filepath.Join(page, "below")) == nil {
		t.Error("a page below a file was written")
	}
}

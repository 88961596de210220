package bench

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
)

// hostile is text that a server under test may have chosen: an error message, a model's name.
const hostile = `</title></svg><script>alert("1")</script><img src=x onerror=alert(1)>'&`

func hostileReport() Report {
	limit := 3.0
	table := &Table{Header: []string{hostile, "value"}}
	table.Add(hostile, 1.5)
	return Report{Title: hostile, Facts: []Fact{{hostile, hostile}}, Sections: []Section{
		{Title: hostile, Note: hostile, Table: table, Plot: &Plot{
			X: hostile, Y: hostile, Lines: []Line{{hostile, []Point{{0, 1}, {1, 4}}}, {hostile, []Point{{0, 2}, {1, 3}}}}, Limit: &limit}},
		{Title: "columns", Plot: Bars(hostile, []string{hostile, "b"}, []float64{1, 2})},
	}}
}

func TestPageEscapes(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	if err := hostileReport().WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{"<script", "<img", "</title></svg>"} {
		if strings.Contains(page.String(), never) {
			t.Errorf("the page holds %s", never)
		}
	}
	if n := strings.Count(page.String(), "&lt;script&gt;"); n < 10 {
		t.Errorf("the text is on the page %d times, want it in title, facts, table, note, axes and legend", n)
	}
}

var (
	loads    = regexp.MustCompile(`(?i)\b(src|href|srcset|action|data)\s*=|url\(|@import|<(script|link|iframe|object|embed)\b`)
	elements = regexp.MustCompile(`<(/?)([a-z0-9]+)[^>]*?(/?)>`)
)

func TestPageIsSelfContainedAndWellFormed(t *testing.T) {
	t.Parallel()
	r := Report{Title: "t", Facts: []Fact{{"seed", "1"}}, Sections: []Section{{Title: "s", Table: &Table{Header: []string{"a"}, Rows: [][]string{{"b"}}},
		Plot: &Plot{X: "x", Y: "y", Lines: []Line{{"l", []Point{{0, 1}, {10, 4}}}, {"m", nil}}}}, {Title: "empty", Plot: &Plot{}}}}
	var page strings.Builder
	if err := r.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	if found := loads.FindString(page.String()); found != "" {
		t.Errorf("the page may load something: %q", found)
	}
	var open []string
	for _, m := range elements.FindAllStringSubmatch(page.String(), -1) {
		closes, name, empty := m[1] != "", m[2], m[3] != "" || m[2] == "meta"
		switch {
		case closes && (len(open) == 0 || open[len(open)-1] != name):
			t.Fatalf("</%s> within %v", name, open)
		case closes:
			open = open[:len(open)-1]
		case !empty:
			open = append(open, name)
		}
	}
	if len(open) > 0 {
		t.Errorf("not closed: %v", open)
	}
	if strings.Contains(page.String(), "NaN") || strings.Contains(page.String(), "Inf") {
		t.Error("a figure has no value")
	}
}

func TestPlotPutsPointsWhereTheyBelong(t *testing.T) {
	t.Parallel()
	svg := string((&Plot{Lines: []Line{{Points: []Point{{0, 0}, {5, 10}, {10, 5}}}}}).SVG())
	// 0 to 10 over the width and height that the margins leave.
	if want := fmt.Sprintf(`points="%d.0,%d.0 385.0,14.0 %d.0,134.0"`, marginLeft, plotHeight-marginBottom, plotWidth-marginRight); !strings.Contains(svg, want) {
		t.Errorf("want %s in\n%s", want, svg)
	}
	columns := string(Bars("y", []string{"a", "b"}, []float64{1, 2}).SVG())
	if n := strings.Count(columns, "<rect"); n != 2 || !strings.Contains(columns, ">a</text>") || !strings.Contains(columns, "<title>2</title>") {
		t.Errorf("%d columns in\n%s", n, columns)
	}
}

func TestTicks(t *testing.T) {
	t.Parallel()
	for top, want := range map[float64]float64{1: 0.1, 1.01: 0.2, 2.5: 0.5, 9: 1, 10: 1, 47: 5, 0.003: 0.0005, 120000: 20000} {
		got := tickStep(top)
		if math.Abs(got-want) > want*1e-9 {
			t.Errorf("ticks to %v are %v apart, want %v", top, got, want)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	table := &Table{Header: []string{"name", "value"}}
	table.Add("long name", 1234.5)
	table.Add("x", 3)
	var out strings.Builder
	if err := (Report{Sections: []Section{{Title: "One", Table: table}, {Title: "Plot only", Plot: &Plot{}}}}).WriteText(&out); err != nil {
		t.Fatal(err)
	}
	if want := "One\nname       value\nlong name  1234\nx          3\n\n"; out.String() != want {
		t.Errorf("got\n%q\nwant\n%q", out.String(), want)
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		0: "0", 1: "1", 0.12345: "0.1235", 12.3456: "12.35", 999.96: "1000", 123456.7: "123457", -4321.2: "-4321", 1e12: "1e+12", 0.00001234: "1.23e-05",
	} {
		if got := Format(v); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
}

package bench

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Point is one of a line.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Line is a named sequence of points, by rising X.
type Line struct {
	Name   string  `json:"name"`
	Points []Point `json:"points"`
}

// Plot shows lines over X, or, when Names is set, groups of columns: one group for each name, in which each line
// has the column of its point with that index. Y begins at 0.
type Plot struct {
	X     string   `json:"x"` // what the axis shows, with its unit
	Y     string   `json:"y"`
	Names []string `json:"names,omitempty"`
	Lines []Line   `json:"lines"`
	// Limit is drawn as a dashed level: the bar that the figures have to reach. nil: none.
	Limit *float64 `json:"limit,omitempty"`
}

// Size of a plot and of its margins, in SVG's user units.
const (
	plotWidth, plotHeight    = 720, 300
	marginLeft, marginBottom = 64, 46
	marginTop, marginRight   = 14, 14
)

// colours are Okabe and Ito's, which colour-blind people can tell apart.
var colours = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999"}

// Bars is a plot of one column for each name.
func Bars(y string, names []string, values []float64) *Plot {
	line := Line{Name: y}
	for i, v := range values {
		line.Points = append(line.Points, Point{X: float64(i), Y: v})
	}
	return &Plot{Y: y, Names: names, Lines: []Line{line}}
}

// SVG is the plot as an element for a page.
func (p *Plot) SVG() template.HTML {
	d := drawing{plot: p}
	d.scale()
	d.tagf(`<svg viewBox="0 0 %d %d" role="img" aria-label="%s">`, plotWidth, plotHeight, template.HTMLEscapeString(p.Y+" / "+p.X))
	d.axes()
	for i, line := range p.Lines {
		if p.Names != nil {
			d.columns(i, line)
		} else {
			d.line(i, line)
		}
	}
	if p.Limit != nil {
		d.tagf(`<line class="limit" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`, marginLeft, plotWidth-marginRight, d.y(*p.Limit), d.y(*p.Limit))
	}
	d.tagf(`</svg>`)
	d.legend()
	return template.HTML(d.out.String()) //nolint:gosec // every text in it was escaped
}

type drawing struct {
	plot       *Plot
	out        strings.Builder
	minX, maxX float64
	maxY, step float64
}

func (d *drawing) tagf(format string, args ...any) { fmt.Fprintf(&d.out, format, args...) }

func (d *drawing) scale() {
	d.minX, d.maxX = math.Inf(1), math.Inf(-1)
	for _, line := range d.plot.Lines {
		for _, p := range line.Points {
			d.minX, d.maxX, d.maxY = min(d.minX, p.X), max(d.maxX, p.X), max(d.maxY, p.Y)
		}
	}
	if d.plot.Limit != nil {
		d.maxY = max(d.maxY, *d.plot.Limit)
	}
	if d.plot.Names != nil {
		d.minX, d.maxX = -0.5, float64(len(d.plot.Names))-0.5
	}
	if !(d.maxX > d.minX) { // also when there is no point at all
		d.minX, d.maxX = 0, 1
	}
	if d.maxY == 0 {
		d.maxY = 1
	}
	d.step = tickStep(d.maxY)
	d.maxY = math.Ceil(d.maxY/d.step-1e-9) * d.step
}

// tickStep is 1, 2 or 5 times a power of ten, so that an axis to top has four to ten ticks.
func tickStep(top float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(top)))
	for _, m := range []float64{0.1, 0.2, 0.5} {
		if top/(unit*m) <= 10 {
			return unit * m
		}
	}
	return unit
}

func (d *drawing) x(v float64) float64 {
	return marginLeft + (v-d.minX)/(d.maxX-d.minX)*(plotWidth-marginLeft-marginRight)
}

func (d *drawing) y(v float64) float64 {
	return plotHeight - marginBottom - v/d.maxY*(plotHeight-marginTop-marginBottom)
}

func (d *drawing) text(x, y float64, class, s string) {
	d.tagf(`<text class="%s" x="%.1f" y="%.1f">%s</text>`, class, x, y, template.HTMLEscapeString(s))
}

func (d *drawing) axes() {
	for v := 0.0; v <= d.maxY*(1+1e-9); v += d.step {
		d.tagf(`<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`, marginLeft, plotWidth-marginRight, d.y(v), d.y(v))
		d.text(marginLeft-6, d.y(v)+4, "ytick", Format(v))
	}
	base := float64(plotHeight - marginBottom)
	if d.plot.Names != nil {
		for i, name := range d.plot.Names {
			d.text(d.x(float64(i)), base+16, "xtick", name)
		}
	} else {
		for step, v := tickStep(d.maxX-d.minX), math.Ceil(d.minX/tickStep(d.maxX-d.minX)); v*step <= d.maxX; v++ {
			d.text(d.x(v*step), base+16, "xtick", Format(v*step))
		}
	}
	d.text(float64(plotWidth+marginLeft-marginRight)/2, plotHeight-8, "xtick", d.plot.X)
	d.tagf(`<text class="xtick" transform="translate(12 %.1f) rotate(-90)">%s</text>`, base/2, template.HTMLEscapeString(d.plot.Y))
}

func (d *drawing) line(i int, line Line) {
	var at []string
	for _, p := range line.Points {
		at = append(at, fmt.Sprintf("%.1f,%.1f", d.x(p.X), d.y(p.Y)))
	}
	d.tagf(`<polyline fill="none" stroke="%s" stroke-width="1.6" points="%s"/>`, colours[i%len(colours)], strings.Join(at, " "))
}

func (d *drawing) columns(i int, line Line) {
	group := 0.8 * (d.x(1) - d.x(0))
	width := group / float64(len(d.plot.Lines))
	for n, p := range line.Points {
		x := d.x(float64(n)) - group/2 + float64(i)*width
		d.tagf(`<rect fill="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s</title></rect>`,
			colours[i%len(colours)], x, d.y(p.Y), 0.92*width, d.y(0)-d.y(p.Y), Format(p.Y))
	}
}

func (d *drawing) legend() {
	if len(d.plot.Lines) < 2 {
		return
	}
	d.tagf(`<p class="legend">`)
	for i, line := range d.plot.Lines {
		d.tagf(`<span><i style="background:%s"></i>%s</span> `, colours[i%len(colours)], template.HTMLEscapeString(line.Name))
	}
	d.tagf(`</p>`)
}

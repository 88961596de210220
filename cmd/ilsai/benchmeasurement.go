package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/bench"
)

// measurement is what a measuring command fills in while it runs: bars, tables and plots. What it is doing is one
// line that rewrites itself on a terminal, and plain lines otherwise.
type measurement struct {
	name     string
	began    time.Time
	facts    []bench.Fact
	sections []bench.Section
	bars     []bar

	out      io.Writer
	terminal bool
	stage    string
	shown    time.Time
}

// liveEvery is how often a stage that goes on says how far it is, where lines cannot be rewritten.
const liveEvery = 10 * time.Second

func newMeasurement(name string, progress io.Writer) *measurement {
	m := &measurement{name: name, began: time.Now(), out: progress}
	if f, ok := progress.(*os.File); ok {
		m.terminal = isTerminal(f)
	}
	m.facts = []bench.Fact{
		{Name: "version", Value: version}, {Name: "began", Value: m.began.UTC().Format(time.RFC3339)},
		{Name: "machine", Value: fmt.Sprintf("%d CPUs, %s/%s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)},
	}
	return m
}

// sayf tells what is about to be measured.
func (m *measurement) sayf(format string, args ...any) {
	m.stage, m.shown = fmt.Sprintf(format, args...), time.Now()
	m.line(m.stage)
}

// live tells how far the stage is. It fits bench.Load's Watch.
func (m *measurement) live(p bench.Progress) {
	if !m.terminal && time.Since(m.shown) < liveEvery {
		return
	}
	m.shown = time.Now()
	text := fmt.Sprintf("%s: %d sent, %d done", m.stage, p.Sent, p.Done)
	if p.Failed > 0 {
		text += fmt.Sprintf(", %d failed", p.Failed)
	}
	if p.Units > 0 {
		text += fmt.Sprintf(", %.0f tokens/s", float64(p.Units)/p.Elapsed.Seconds())
	}
	m.line(fmt.Sprintf("%s, %.0f s", text, p.Elapsed.Seconds()))
}

// part tells which part of the stage is done, between 0 and 1. It may be called as often as one likes.
func (m *measurement) part(done float64) {
	every := liveEvery
	if m.terminal {
		every = liveEvery / 100
	}
	if time.Since(m.shown) >= every {
		m.shown = time.Now()
		m.line(fmt.Sprintf("%s: %.0f %%", m.stage, 100*done))
	}
}

func (m *measurement) line(text string) {
	if m.terminal {
		fmt.Fprintf(m.out, "\r\x1b[K%s: %.100s", m.name, text)
	} else {
		fmt.Fprintf(m.out, "%s: %s\n", m.name, text)
	}
}

// endLine clears the line that rewrites itself.
func (m *measurement) endLine() {
	if m.terminal {
		fmt.Fprint(m.out, "\r\x1b[K")
	}
}

// fact adds a line to the top of the page.
func (m *measurement) fact(name string, value any) {
	m.facts = append(m.facts, bench.Fact{Name: name, Value: fmt.Sprint(value)})
}

func (m *measurement) print(w io.Writer, asJSON bool) error {
	if asJSON {
		out := map[string]any{"bench": m.name, "version": version, "bars": m.bars}
		if len(m.sections) > 0 {
			out["sections"] = m.sections
		}
		return printJSON(w, out)
	}
	err := bench.Report{Sections: m.sections}.WriteText(w)
	printBars(w, m.bars)
	return err
}

// writePage writes the report, bars first.
func (m *measurement) writePage(path string) error {
	table := &bench.Table{Header: []string{"name", "value", "unit", "bar", "holds"}}
	for _, b := range m.bars {
		limit, holds := "", ""
		if b.Limit != nil {
			limit, holds = b.Sense+" "+bench.Format(*b.Limit), map[bool]string{true: "yes", false: "MISSED"}[b.Holds]
		}
		table.Add(b.Name, b.Value, b.Unit, limit, holds)
	}
	r := bench.Report{Title: "ilsai bench " + m.name, Facts: m.facts}
	r.Sections = append([]bench.Section{{Title: "Bars", Table: table}}, m.sections...)
	f, err := os.Create(path)
	if err != nil {
		return ilsai.Wrap(ilsai.CodeInvalid, err, "the page cannot be written to %s", path)
	}
	if err := r.WriteHTML(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

package bench

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"text/tabwriter"
)

// Report is what a measurement came to, for people. Texts are escaped where they are written.
type Report struct {
	Title    string
	Facts    []Fact // of the run: version, seed, machine
	Sections []Section
}

// Fact is a line at the top of a report.
type Fact struct{ Name, Value string }

// Section is a table, a plot, or both.
type Section struct {
	Title string `json:"title"`
	Note  string `json:"note,omitempty"` // a sentence under the title
	Table *Table `json:"table,omitempty"`
	Plot  *Plot  `json:"plot,omitempty"`
}

// Table has a first column of names; the others are aligned as figures.
type Table struct {
	Header []string   `json:"header"`
	Rows   [][]string `json:"rows"`
}

// Add appends a row. Floats are printed with four significant digits, everything else as fmt does.
func (t *Table) Add(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		if f, ok := cell.(float64); ok {
			row[i] = Format(f)
		} else {
			row[i] = fmt.Sprint(cell)
		}
	}
	t.Rows = append(t.Rows, row)
}

// WriteText writes the table for a terminal.
func (t *Table) WriteText(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{t.Header}, t.Rows...) {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(tw, "\t")
			}
			fmt.Fprint(tw, cell)
		}
		fmt.Fprintln(tw)
	}
	return tw.Flush()
}

// WriteText writes the sections that have a table for a terminal.
func (r Report) WriteText(w io.Writer) error {
	for _, s := range r.Sections {
		if s.Table == nil {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s\n", s.Title); err != nil {
			return err
		}
		if err := s.Table.WriteText(w); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	return nil
}

//go:embed report.html
var files embed.FS

var page = template.Must(template.ParseFS(files, "report.html"))

// WriteHTML writes the report as one page that loads nothing: no script, no font, no other file.
func (r Report) WriteHTML(w io.Writer) error { return page.Execute(w, r) }

// Format is a figure with four significant digits, and never an exponent between a thousandth and a billion.
func Format(v float64) string {
	a := max(v, -v)
	switch {
	case a >= 1000 && a < 1e9:
		return fmt.Sprintf("%.0f", v)
	case a >= 1e-3 && a < 1000, a == 0:
		return fmt.Sprintf("%.4g", v)
	}
	return fmt.Sprintf("%.3g", v)
}

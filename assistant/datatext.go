package assistant

// Text is the rows as a person reads them, formatted like the cells in an answer.
func (d Data) Text() [][]string {
	format := cellFormat{currency: d.Currency}
	out := make([][]string, len(d.Rows))
	for i, row := range d.Rows {
		out[i] = make([]string, len(row))
		for j, cell := range row {
			out[i][j] = format.text(d.Columns[j], cell)
		}
	}
	return out
}

package evaluation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ils-platform/ilsai/assistant"
)

// sameRows says whether two answers show the same cells in the same columns, the order of the columns apart and, unless the
// question ranks, that of the rows. Without a row nothing shows that two plans mean the same.
func sameRows(want, got assistant.Answer, ranked bool) bool {
	if want.Unknown != nil || got.Unknown != nil || len(want.Data.Rows) == 0 || len(want.Data.Rows) != len(got.Data.Rows) || want.Data.RowCount != got.Data.RowCount {
		return false
	}
	w, g := lines(want.Data), lines(got.Data)
	if !ranked {
		slices.Sort(w)
		slices.Sort(g)
	}
	return slices.Equal(w, g)
}

// lines writes each row as a text, its columns in the order of their names.
func lines(d assistant.Data) []string {
	var out []string
	for _, row := range d.Rows {
		var cells []string
		for i, c := range d.Columns {
			cells = append(cells, fmt.Sprintf("%s=%v", c.ID, row[i]))
		}
		slices.Sort(cells)
		out = append(out, strings.Join(cells, "\x00"))
	}
	return out
}

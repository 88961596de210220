package semantic

import (
	"fmt"
	"strconv"
)

// Support is how many people a row is made of, in the plan's window and in the one it is held against.
type Support struct{ Current, Previous int64 }

// Suppressed stands in a cell whose figure is not shown, because fewer than Below people are behind
// it, or because it would tell such a figure. The threshold of 11 is the cell size suppression policy of
// the Centers for Medicare & Medicaid Services (ResDAC, 26 January 2024): no cell of 1 to 10.
type Suppressed struct{ Below int }

// String reads as a cell.
func (s Suppressed) String() string { return fmt.Sprintf("fewer than %d", s.Below) }

// MarshalJSON writes a text, "<11", in the place of a number.
func (s Suppressed) MarshalJSON() ([]byte, error) {
	return []byte(strconv.Quote("<" + strconv.Itoa(s.Below))), nil
}

// suppress is primary suppression: it replaces every figure that 1 to Minimum-1 people are behind. With
// one replaced, shares are gone from all rows and running totals from it on, because the figure would
// follow from them; the caller drops the total for the same reason. It says whether it replaced any.
//
// Figures that follow from several answers, or from a row and a column of one, are not its business.
func (b *tableBuilder) suppress(rows []record) bool {
	if !b.c.Protected() {
		return false
	}
	hidden, some := Suppressed{Below: b.c.Minimum}, false
	small := func(n int64) bool { return n > 0 && n < int64(b.c.Minimum) }
	for i := range rows {
		cells, now, before := rows[i].cells, small(rows[i].support.Current), small(rows[i].support.Previous)
		if now {
			cells[b.keys] = hidden
			for j := range rows[i].inputs {
				rows[i].inputs[j] = hidden
			}
		}
		if b.p.Compare != "" && (now || before) {
			if before {
				cells[b.keys+1] = hidden
			}
			cells[b.keys+2], cells[b.keys+3] = hidden, hidden
		}
		some = some || now || before
		if some && b.p.As == AsRunning {
			cells[b.keys+1] = hidden
		}
	}
	if some && b.p.As == AsShare {
		for i := range rows {
			rows[i].cells[b.keys+1] = hidden
		}
	}
	return some
}

package semantic

import "math"

// accompany appends each row's share of the total, or the sum of a series up to it.
func (b *tableBuilder) accompany(rows []record, total []any) {
	switch b.p.As {
	case AsShare:
		var whole any
		if total != nil {
			whole = total[b.keys]
		}
		for i := range rows {
			rows[i].cells = append(rows[i].cells, shareOf(rows[i].cells[b.keys], whole))
		}
	case AsRunning:
		var sum float64
		for i := range rows {
			value, ok := number(rows[i].cells[b.keys])
			if ok {
				sum += value
			}
			if b.metric.Unit.Whole() {
				rows[i].cells = append(rows[i].cells, int64(math.Round(sum)))
			} else {
				rows[i].cells = append(rows[i].cells, sum)
			}
		}
	}
}

// shareOf is in per cent; nil where the whole is not above zero, of which nothing is a share.
func shareOf(part, whole any) any {
	a, okA := number(part)
	w, okW := number(whole)
	if !okA || !okW || w <= 0 {
		return nil
	}
	return 100 * a / w
}

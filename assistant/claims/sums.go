package claims

// numbers that can count rows.
var numbers = map[string]int{
	"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
}

// counts checks what is said of how many rows there are.
func (r *reading) counts(c clause) {
	named := len(c.unique())
	for i := range c {
		prev, next := c.at(i-1), c.at(i+1)
		switch w := c.at(i); {
		case numbers[w] > 0:
			if n := numbers[w]; n != r.Count && n != len(r.Rows.Rows) && n != r.Limit && n != named {
				r.contradictf(c, i, "there are %d", r.Count)
			}
		case w == "single" && (prev == "a" || prev == "one"), w == "only" && (prev == "the" || next == "one"), w == "sole":
			if r.Count != 1 {
				r.contradictf(c, i, "there are %d", r.Count)
			}
		case w == "both":
			if named != 2 && r.Count != 2 && len(r.Rows.Rows) != 2 {
				r.contradictf(c, i, "there are %d", r.Count)
			}
		case w == "rest" || w == "others":
			if r.Count <= r.named {
				r.contradictf(c, i, "there is nothing more")
			}
		}
	}
}

// totals checks figures that are said to be of everything.
func (r *reading) totals(c clause) {
	for i := range c {
		prev, next := c.at(i-1), c.at(i+1)
		sum := c.at(i) == "total" && (prev == "in" || prev == "the") && next != "of" ||
			c.at(i) == "altogether" || c.at(i) == "overall" || c.at(i) == "all" && prev == "in"
		if !sum {
			continue
		}
		cell := c.subject(i)
		if cell == nil || r.column(cell.Column) != r.metric() {
			continue
		}
		var total any
		switch {
		case r.Total != nil:
			total = r.Total[r.metric()]
		case r.Keys == 0 && len(r.Rows.Rows) == 1, len(r.Rows.Rows) == 1 && r.Count == 1:
			total = r.Rows.Rows[0][r.metric()]
		default:
			r.contradictf(c, i, "there is no total")
			continue
		}
		if cell.Value != total {
			r.contradictf(c, i, "the total is %v", total)
		}
	}
}

// spans checks "between A and B": every step lies between them.
func (r *reading) spans(c clause) {
	for i := range c {
		if c.at(i) != "between" || i+1 >= len(c) || c[i+1].cell == nil || r.column(c[i+1].cell.Column) != r.metric() {
			continue
		}
		a, okA := figure(c[i+1].cell.Value)
		for j := i + 2; j+1 < len(c); j++ {
			b := c[j+1].cell
			if c.at(j) != "and" || b == nil || b.Column != c[i+1].cell.Column {
				continue
			}
			high, okB := figure(b.Value)
			for _, row := range r.all() {
				if v, ok := figure(row[r.metric()]); ok && okA && okB && (v < min(a, high) || v > max(a, high)) {
					r.contradictf(c, i, "%v lies outside", v)
					break
				}
			}
			break
		}
	}
}

// pairs checks that a figure in brackets after a name is of that row.
func (r *reading) pairs(c clause) {
	var name *Cell
	for i, w := range c {
		if w.cell == nil {
			continue
		}
		if at := r.column(w.cell.Column); at >= 0 && at < r.Keys {
			name = w.cell
			continue
		}
		if name != nil && (c.at(i-1) == "(" || c.at(i-1) == "with") && c.at(i-2) == cellWord && c[i-2].cell == name && w.cell.Row != name.Row {
			r.contradictf(c, i, "row %d's figure beside row %d's name", w.cell.Row, name.Row)
		}
	}
}

// partial checks that what is said to go on does.
func (r *reading) partial(c clause) {
	for i := range c {
		if !r.Partial && (c.at(i) == "so" && c.at(i+1) == "far" || c.at(i) == "to" && c.at(i+1) == "date") {
			r.contradictf(c, i, "the period is over")
		}
	}
}

// nothing checks that where nothing is said to be, there is nothing.
func (r *reading) nothing(c clause) {
	for i := range c {
		next := c.at(i + 1)
		claimed := c.at(i) == "nothing" && (isForm[next] || next == "to" && c.at(i+2) != "compare" || isForm[c.at(i-1)] && next != "to") ||
			(c.at(i) == "no" || c.at(i) == "none") && (isForm[c.at(i-1)] && c.at(i-2) == "there" || c.has("recorded", "record"))
		if !claimed {
			continue
		}
		for _, row := range r.Rows.Rows {
			if v, ok := figure(row[r.metric()]); ok && v != 0 || hidden(row[r.metric()]) {
				r.contradictf(c, i, "there are rows")
				return
			}
		}
		return
	}
}

package demo

import (
	"cmp"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
)

// Tables per segment, in the order of segments.
var (
	segmentShare  = []float64{0.11, 0.12, 0.17, 0.24, 0.16, 0.20}
	segmentBudget = []float64{90, 95, 150, 230, 140, 200} // US dollars a customer likes to spend on frames
)

// The kinds of basket, and how often each segment brings one.
const (
	basketSpectacles = iota
	basketContacts
	basketSunglasses
	basketCare
)

var basketShare = [][]float64{
	{70, 4, 11, 15}, {41, 34, 14, 11}, {35, 36, 19, 10}, {51, 20, 19, 10}, {52, 15, 19, 14}, {66, 5, 11, 18},
}

// returnRate is how many lines of a category come back.
var returnRate = map[string]float64{frames: 0.032, lenses: 0.024, contacts: 0.018, sunglasses: 0.048, accessories: 0.014, solutions: 0.006}

const (
	openingMinute  = 9 * 60
	tradingMinutes = 10 * 60
	// partialMinute is how far today has come. It is the same at any time of day, so that a seeding
	// depends on the day alone.
	partialMinute = 14 * 60
	maxReturnDays = 24
)

type line struct {
	orderID                                 int64
	day                                     date
	minute                                  int
	storeID, staffID, customerID, productID int64
	quantity, gross, discount, net, cost    int64
	returned, refund                        int64
}

// history generates a shop's days. It is made for (seed, first day) and is not safe for concurrent use.
type history struct {
	shop     *shop
	seed     uint64
	start    date
	products []product
	byID     map[int64]*product
	segment  []string  // of customer id-1
	members  [][]int64 // customer ids by segment
	staff    [][]int64 // ids by store
	choices  map[choiceKey]choice
	month    int             // the one choices were made for
	returns  map[date][]line // still to come
}

type choiceKey struct {
	segment  int
	category string
}

// choice is a weighted list of products.
type choice struct {
	ids        []int64
	cumulative []float64
}

func newHistory(s *shop, seed uint64, start date) *history {
	h := &history{shop: s, seed: seed, start: start, byID: make(map[int64]*product),
		members: make([][]int64, len(segments)), returns: make(map[date][]line), month: -1}
	rng := h.rand(0)
	h.products = s.makeProducts(rng)
	for i := range h.products {
		h.byID[h.products[i].id] = &h.products[i]
	}
	for id := range s.customers {
		g := pick(rng, segmentShare)
		h.segment = append(h.segment, segments[g])
		h.members[g] = append(h.members[g], int64(id+1))
	}
	next := int64(1)
	for _, st := range s.stores {
		var ids []int64
		for range st.staff {
			ids = append(ids, next)
			next++
		}
		h.staff = append(h.staff, ids)
	}
	return h
}

// rand is the random source of one day, or of the shop itself for day 0.
func (h *history) rand(d date) *rand.Rand {
	f := fnv.New64a()
	f.Write([]byte(h.shop.tenant.ID))
	return rand.New(rand.NewPCG(h.seed^f.Sum64(), uint64(d)))
}

// Sources of random numbers beside those of the days' sales, which are numbered by the day alone.
const (
	drawOpening date = -1 - iota
	drawPatients
	drawMornings date = 1 << 40
	drawEvenings date = 1 << 41
)

// day returns the lines of one day in the order they happened. Days are asked for in ascending
// order without gaps, because a day's returns were decided when their goods were sold.
func (h *history) day(d date) []line {
	rng := h.rand(d)
	h.choose(d)
	var orders [][]line
	for i, st := range h.shop.stores {
		// Drawn also for a closed store: its numbers must not shift those of the next one.
		for range max(1, h.shop.busy) {
			for range poisson(rng, h.expectedOrders(i, d)) {
				o := h.order(rng, d, i)
				if st.open(d) {
					orders = append(orders, o)
				}
			}
		}
	}
	slices.SortStableFunc(orders, func(a, b []line) int { return cmp.Compare(a[0].minute, b[0].minute) })
	out := h.returns[d]
	delete(h.returns, d)
	for i, o := range orders {
		for j := range o {
			o[j].orderID = h.orderID(d, i+1)
			h.maybeReturn(rng, o[j])
		}
		out = append(out, o...)
	}
	slices.SortStableFunc(out, func(a, b line) int { return cmp.Compare(a.minute, b.minute) })
	return out
}

// orderID reads as the date and the day's running number: 251224017, or 25122400017 in a busy shop.
func (h *history) orderID(d date, n int) int64 {
	y, m, day := d.time().Date()
	number := int64(y%100*10000+int(m)*100+day) * 1000
	if h.shop.busy > 1 {
		number *= 100
	}
	return number + int64(n)
}

func (h *history) years(d date) float64 { return float64(d-h.start) / 365.25 }

func (h *history) expectedOrders(store int, d date) float64 {
	st := h.shop.stores[store]
	return st.ordersPerDay * weekdayShare[d.weekday()] * monthShare[d.time().Month()] * saleTraffic(d) * math.Pow(st.growth, h.years(d))
}

// choose makes the weighted product lists of a month.
func (h *history) choose(d date) {
	month := d.time().Year()*12 + int(d.time().Month())
	if month == h.month {
		return
	}
	h.month = month
	h.choices = make(map[choiceKey]choice)
	years := h.years(d - date(d.time().Day()-1)) // of the month's first day, whichever day asks first
	for g := range segments {
		for _, p := range h.products {
			k := choiceKey{g, p.category}
			w := p.popularity * math.Pow(p.trendPerYear, years) * affinity(&p, g)
			c := h.choices[k]
			if n := len(c.cumulative); n > 0 {
				w += c.cumulative[n-1]
			}
			c.ids = append(c.ids, p.id)
			c.cumulative = append(c.cumulative, w)
			h.choices[k] = c
		}
	}
}

// order makes one order of two to four lines; lines[0] carries the minute of all.
func (h *history) order(rng *rand.Rand, d date, store int) []line {
	g := h.pickSegment(rng, d)
	members := h.members[g]
	// The exponent makes some customers regulars.
	customer := members[int(float64(len(members))*math.Pow(rng.Float64(), 1.6))]
	staff := h.staff[store]
	seller := staff[min(len(staff)-1, int(float64(len(staff))*math.Pow(rng.Float64(), 1.3)))]
	minute := openingMinute + rng.IntN(tradingMinutes)
	var out []line
	for _, item := range h.basket(rng, d, g) {
		p := h.byID[item.product]
		l := line{day: d, minute: minute, storeID: int64(store + 1), staffID: seller, customerID: customer,
			productID: p.id, quantity: item.quantity, gross: p.priceCents * item.quantity, cost: p.costCents * item.quantity}
		percent := saleWeek(d, p.category, segments[g])
		if percent == 0 && rng.Float64() < 0.08 {
			percent = 5 + 5*rng.IntN(2) // a regular's discount
		}
		l.discount = (l.gross*int64(percent) + 50) / 100
		l.net = l.gross - l.discount
		out = append(out, l)
	}
	return out
}

func (h *history) pickSegment(rng *rand.Rand, d date) int {
	weights := make([]float64, len(segments))
	m := d.time().Month()
	for g, name := range segments {
		weights[g] = segmentShare[g] * math.Pow(h.shop.growth[name], h.years(d))
		if (m == 8 || m == 9) && (name == "Children" || name == "Students") {
			weights[g] *= 1.7 // back to school
		}
	}
	return pick(rng, weights)
}

type item struct {
	product  int64
	quantity int64
}

func (h *history) basket(rng *rand.Rand, d date, g int) []item {
	shares := slices.Clone(basketShare[g])
	shares[basketSunglasses] *= sunShare[d.time().Month()]
	var out []item
	add := func(category string, quantity int) {
		for range 4 { // the same product twice is one line: try another
			id := h.choices[choiceKey{g, category}].pick(rng)
			if !slices.ContainsFunc(out, func(i item) bool { return i.product == id }) {
				out = append(out, item{id, int64(quantity)})
				return
			}
		}
	}
	switch pick(rng, shares) {
	case basketSpectacles:
		add(frames, 1)
		add(lenses, 1)
		switch r := rng.Float64(); {
		case r < 0.30:
			add(accessories, 1)
		case r < 0.40 || segments[g] == "Families" && r < 0.52:
			add(frames, 1) // a second pair
			add(lenses, 1)
		}
	case basketContacts:
		add(contacts, 1+rng.IntN(4))
		if rng.Float64() < 0.25 {
			add(contacts, 1+rng.IntN(2)) // the other eye
		}
		add(solutions, 1+rng.IntN(2))
	case basketSunglasses:
		add(sunglasses, 1)
		if rng.Float64() < 0.2 {
			add(sunglasses, 1)
		}
		add(accessories, 1)
	case basketCare:
		add(accessories, 1+rng.IntN(3))
		add(solutions, 1+rng.IntN(2))
	}
	return out
}

// maybeReturn decides at the sale whether a line comes back, and when.
func (h *history) maybeReturn(rng *rand.Rand, l line) {
	if rng.Float64() >= returnRate[h.byID[l.productID].category] {
		return
	}
	st := h.shop.stores[l.storeID-1]
	d := l.day + date(2+rng.IntN(maxReturnDays-7))
	for !st.open(d) {
		d++
	}
	n := 1 + rng.Int64N(l.quantity)
	staff := h.staff[l.storeID-1]
	h.returns[d] = append(h.returns[d], line{orderID: l.orderID, day: d, minute: openingMinute + rng.IntN(tradingMinutes),
		storeID: l.storeID, staffID: staff[rng.IntN(len(staff))], customerID: l.customerID, productID: l.productID,
		returned: n, refund: (l.net*n + l.quantity/2) / l.quantity})
}

// affinity is how well a product's price suits a segment's budget.
func affinity(p *product, g int) float64 {
	if p.category != frames && p.category != sunglasses {
		return 1
	}
	miss := math.Log(float64(p.priceCents) / 100 / segmentBudget[g])
	return 1 / (1 + 2*miss*miss)
}

func (c choice) pick(rng *rand.Rand) int64 {
	r := rng.Float64() * c.cumulative[len(c.cumulative)-1]
	i, _ := slices.BinarySearch(c.cumulative, r)
	return c.ids[min(i, len(c.ids)-1)]
}

// pick draws an index with the given weights.
func pick(rng *rand.Rand, weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	r := rng.Float64() * sum
	for i, w := range weights {
		if r -= w; r < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// poisson draws the number of orders of a day (Knuth's method; means here are below 50).
func poisson(rng *rand.Rand, mean float64) int {
	limit, p, n := math.Exp(-mean), 1.0, 0
	for {
		if p *= rng.Float64(); p <= limit {
			return n
		}
		n++
	}
}

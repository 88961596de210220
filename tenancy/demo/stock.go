package demo

import (
	"cmp"
	"slices"
)

const (
	demandDays = 84 // recent demand is what this many days sold
	coverDays  = 28 // an order covers this much more than the reorder point
)

// level is one product in one store.
type level struct {
	store, product         int64
	item                   *stocked
	onHand, onOrder, point int64
	due                    []order
	sold                   [demandDays]int64 // by day, a ring
	recent                 int64             // its sum
}

type order struct {
	day      date
	quantity int64
}

type movement struct {
	day            date
	store, product int64
	kind           string
	quantity       int64
}

// stockroom moves the goods that were sold: it begins with an opening stock, orders once a week and forgets to now and
// then, receives, counts, and helps out between stores. What it decides on a day depends on the days before alone, so a
// history that grows keeps its past.
type stockroom struct {
	past      *past
	items     []stocked
	levels    []*level // by store, then product
	movements []movement
}

func (p *past) runStockroom() *stockroom {
	r := &stockroom{past: p, items: p.makeStock()}
	opening := r.openingDemand()
	rng := p.rand(drawOpening)
	for s := range p.shop.stores {
		for i := range r.items {
			item := &r.items[i]
			l := &level{store: int64(s + 1), product: item.id, item: item, recent: opening[[2]int64{int64(s + 1), item.id}]}
			for d := range demandDays { // as if the weeks before had sold as much as the first ones
				l.sold[d] = l.recent * int64(d+1) / demandDays
				l.sold[d] -= l.recent * int64(d) / demandDays
			}
			l.setPoint()
			stock := l.point + l.recent/3 + 1
			switch {
			case item.discontinued:
				stock = int64(rng.IntN(5))
			case rng.Float64() < 0.04:
				stock *= 6 // a buyer's enthusiasm
			}
			if stock > 0 {
				r.move(l, p.start, "receipt", stock)
			}
			r.levels = append(r.levels, l)
		}
	}
	next := 0
	for d := p.start; d <= p.today; d++ {
		r.morning(d)
		for ; next < len(p.lines) && p.lines[next].day == d; next++ {
			r.sale(p.lines[next])
		}
		r.evening(d)
	}
	return r
}

// openingDemand is what each product sells in each store in the first weeks.
func (r *stockroom) openingDemand() map[[2]int64]int64 {
	out := map[[2]int64]int64{}
	for _, l := range r.past.lines {
		if l.day >= r.past.start+demandDays {
			break
		}
		out[[2]int64{l.storeID, l.productID}] += l.quantity
	}
	return out
}

func (r *stockroom) level(store, product int64) *level {
	return r.levels[(int(store)-1)*len(r.items)+int(product)-1]
}

func (r *stockroom) move(l *level, d date, kind string, quantity int64) {
	l.onHand += quantity
	r.movements = append(r.movements, movement{d, l.store, l.product, kind, quantity})
}

// setPoint is demand over the lead time and half as much again for safety, at least one piece.
func (l *level) setPoint() {
	if l.item.discontinued {
		return
	}
	l.point = max(1, (l.recent*l.item.lead*3+2*demandDays-1)/(2*demandDays))
}

// morning receives what is due, counts on the first day of a quarter and sets reorder points on the first of a month.
func (r *stockroom) morning(d date) {
	rng := r.past.rand(d + drawMornings)
	_, month, day := d.time().Date()
	for _, l := range r.levels {
		slot := int(d-r.past.start) % demandDays
		l.recent -= l.sold[slot]
		l.sold[slot] = 0
		for len(l.due) > 0 && l.due[0].day <= d {
			l.onOrder -= l.due[0].quantity
			r.move(l, d, "receipt", l.due[0].quantity)
			l.due = l.due[1:]
		}
		if day == 1 {
			l.setPoint()
		}
		if day == 1 && month%3 == 1 && d > r.past.start {
			switch x := rng.Float64(); {
			case x < 0.07 && l.onHand > 0:
				r.move(l, d, "adjustment", -1-rng.Int64N(min(2, l.onHand)))
			case x > 0.985:
				r.move(l, d, "adjustment", 1)
			}
		}
	}
}

// sale moves one line of the sales. What is missing comes from the store that has most to spare, else from the supplier by
// special order: every sale has its goods.
func (r *stockroom) sale(s line) {
	l := r.level(s.storeID, s.productID)
	l.sold[int(s.day-r.past.start)%demandDays] += s.quantity
	l.recent += s.quantity
	if s.quantity > l.onHand {
		missing := s.quantity - l.onHand
		if from := r.spare(l, missing); from != nil {
			r.move(from, s.day, "transfer", -missing)
			r.move(l, s.day, "transfer", missing)
		} else {
			r.move(l, s.day, "receipt", missing)
		}
	}
	if s.quantity > 0 {
		r.move(l, s.day, "sale", -s.quantity)
	}
	if s.returned > 0 {
		r.move(l, s.day, "return", s.returned)
	}
}

func (r *stockroom) spare(l *level, missing int64) *level {
	var best *level
	for s := range r.past.shop.stores {
		other := r.level(int64(s+1), l.product)
		if other != l && other.onHand-missing > other.point && (best == nil || other.onHand > best.onHand) {
			best = other
		}
	}
	return best
}

// evening orders, each store on its own day of the week. One item in three is overlooked, and now and then somebody types
// a digit too many.
func (r *stockroom) evening(d date) {
	rng := r.past.rand(d + drawEvenings)
	for _, l := range r.levels {
		overlooked, slip := rng.Float64() < 0.35, rng.Float64() < 0.012
		if int(d.weekday()) != 1+int(l.store)%5 || overlooked || l.item.discontinued || l.onHand+l.onOrder > l.point {
			continue
		}
		quantity := l.point + l.recent*coverDays/demandDays - l.onHand - l.onOrder
		if slip {
			quantity *= 8
		}
		quantity = max(1, (quantity+l.item.pack-1)/l.item.pack) * l.item.pack
		arrives := d + date(l.item.lead) + date(rng.IntN(4))
		l.onOrder += quantity
		l.due = append(l.due, order{arrives, quantity})
		slices.SortStableFunc(l.due, func(a, b order) int { return cmp.Compare(a.day, b.day) })
	}
}

func (p *past) inventoryTables() []Table {
	r := p.runStockroom()
	names := make([]string, len(suppliers))
	for i, s := range suppliers {
		names[i] = s.name
	}
	return []Table{
		p.storesTable(),
		table("suppliers", []string{"id", "name"}, names, func(i int, name string) []any { return []any{int64(i + 1), name} }),
		table("products", []string{"id", "sku", "name", "category", "brand", "supplier_id", "cost_cents", "price_cents", "pack_size", "lead_time_days", "discontinued"},
			r.items, func(_ int, x stocked) []any {
				discontinued := int64(0)
				if x.discontinued {
					discontinued = 1
				}
				return []any{x.id, x.sku, x.name, x.category, x.brand, x.supplier, x.costCents, x.priceCents, x.pack, x.lead, discontinued}
			}),
		table("stock_levels", []string{"store_id", "product_id", "on_hand", "on_order", "reorder_point", "first_stocked"}, r.levels, func(_ int, l *level) []any {
			return []any{l.store, l.product, l.onHand, l.onOrder, l.point, p.start.String()}
		}),
		table("stock_movements", []string{"id", "business_date", "store_id", "product_id", "kind", "quantity"}, r.movements, func(i int, m movement) []any {
			return []any{int64(i + 1), m.day.String(), m.store, m.product, m.kind, m.quantity}
		}),
	}
}

package fairq

// Estimates of what is ahead of a waiting item. They are made from sums, in O(1): with thousands waiting,
// all of whom want to know, nobody can afford to count.

func (b *book[T]) sum(f *flow[T]) {
	if f.waiting > 0 {
		b.weight += f.weight
		b.weighted += f.weight * f.counter
	}
}

func (b *book[T]) unsum(f *flow[T]) {
	if f.waiting > 0 {
		b.weight -= f.weight
		b.weighted -= f.weight * f.counter
	}
}

// own is the estimated cost of the items before i at its own tenant, those removed meanwhile included.
func (i *Item[T]) own() float64 {
	return min(max(0, i.before-i.flow.head.before), i.flow.cost-i.Cost)
}

func (i *Item[T]) backBefore() float64 {
	if tail := i.flow.tail; tail != nil {
		return tail.before + tail.Cost
	}
	return 0
}

func (i *Item[T]) frontBefore() float64 {
	if i.next != nil {
		return i.next.before - i.Cost
	}
	return 0
}

// ahead estimates what will be taken before i if nobody else comes: how many items, and their cost.
//
// i's turn is when the counters have reached s = its tenant's counter + own / weight. Until then tenant j
// receives weight_j × (s − counter_j), which summed over all is weight × s − weighted; not less than what
// is before i at its own tenant, and not more than all there is.
func (b *book[T]) ahead(i *Item[T]) (items int, cost float64) {
	own := i.own()
	s := i.flow.counter + own/i.flow.weight
	cost = min(max(own, b.weight*s-b.weighted), b.cost-i.Cost)
	if b.cost > 0 {
		items = int(cost/(b.cost/float64(b.waiting)) + 0.5)
	}
	return min(items, b.waiting-1), max(0, cost)
}

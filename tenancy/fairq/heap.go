package fairq

// heap is a binary heap whose elements know where they are, so that one in the middle can move or leave
// in O(log n). The standard library's costs an interface call and an allocation per operation.
type heap[E any] struct {
	all   []E
	less  func(a, b E) bool
	moved func(e E, at int) // -1: left the heap
}

func (h *heap[E]) len() int { return len(h.all) }

// top is the least element; the heap must not be empty.
func (h *heap[E]) top() E { return h.all[0] }

func (h *heap[E]) push(e E) {
	h.all = append(h.all, e)
	h.moved(e, len(h.all)-1)
	h.up(len(h.all) - 1)
}

func (h *heap[E]) remove(at int) {
	last := len(h.all) - 1
	h.moved(h.all[at], -1)
	if at != last {
		h.all[at] = h.all[last]
		h.moved(h.all[at], at)
	}
	var none E
	h.all[last] = none // what has left must not stay reachable
	h.all = h.all[:last]
	if at != last {
		h.fix(at)
	}
}

// fix restores the order after the element at an index has changed.
func (h *heap[E]) fix(at int) {
	if !h.down(at) {
		h.up(at)
	}
}

func (h *heap[E]) up(at int) {
	for at > 0 {
		parent := (at - 1) / 2
		if !h.less(h.all[at], h.all[parent]) {
			return
		}
		h.swap(at, parent)
		at = parent
	}
}

func (h *heap[E]) down(at int) bool {
	start := at
	for {
		child := 2*at + 1
		if child >= len(h.all) {
			break
		}
		if right := child + 1; right < len(h.all) && h.less(h.all[right], h.all[child]) {
			child = right
		}
		if !h.less(h.all[child], h.all[at]) {
			break
		}
		h.swap(at, child)
		at = child
	}
	return at > start
}

func (h *heap[E]) swap(i, j int) {
	h.all[i], h.all[j] = h.all[j], h.all[i]
	h.moved(h.all[i], i)
	h.moved(h.all[j], j)
}

package schedtest

// Gate holds a fake's steps up, one at a time, so that a test decides what happens between them.
type Gate struct {
	entered chan struct{}
	pass    chan struct{}
	open    chan struct{}
}

// Gate makes every following step wait for the returned Gate. Set it before the scheduler starts.
func (f *Fake) Gate() *Gate {
	g := &Gate{entered: make(chan struct{}), pass: make(chan struct{}), open: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gate = g
	return g
}

func (f *Fake) pass() {
	f.mu.Lock()
	g := f.gate
	f.mu.Unlock()
	if g == nil {
		return
	}
	select {
	case <-g.open:
		return
	case g.entered <- struct{}{}:
	}
	select {
	case <-g.open:
	case <-g.pass:
	}
}

// Await waits until a step has begun; it is held there.
func (g *Gate) Await() { <-g.entered }

// Release lets the step that Await has seen go on.
func (g *Gate) Release() { g.pass <- struct{}{} }

// Step lets n whole steps happen.
func (g *Gate) Step(n int) {
	for range n {
		g.Await()
		g.Release()
	}
}

// Open lets all further steps pass. It is called once.
func (g *Gate) Open() { close(g.open) }

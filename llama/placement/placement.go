package placement

import "sort"

// Settings are what is to run. Zero counts are the caller's to fill in.
type Settings struct {
	Sequences     int // that hold a KV cache: slots, prefixes and kept ones together
	ContextPerSeq int // tokens each may hold
	BatchTokens   int // tokens of a step
	GPULayers     int // the last ones first; 0: all and the output, negative: none
	HalfKV        bool
	Flash         bool // attention stores no scores
	Split         Split
}

// Split is how layers go to devices.
type Split string

// The ways, as llama.cpp has them.
const (
	ByLayer   Split = "layer"
	ByRow     Split = "row"
	FirstOnly Split = "none"
)

// Device has so many bytes free.
type Device struct {
	Name        string
	Free, Total uint64
}

// Need is what a device has to hold, in bytes.
type Need struct {
	Device Device

	Layers  int // and one more with the output
	Weights uint64
	KV      uint64
	Compute uint64 // buffers of a step
	Reserve uint64 // what the driver and its libraries take and cannot be computed; see reserve
}

// Total is all of it.
func (n Need) Total() uint64 { return n.Weights + n.KV + n.Compute + n.Reserve }

// Computed is what is allocated when the model is loaded, so that it can be compared with it.
func (n Need) Computed() uint64 { return n.Weights + n.KV + n.Compute }

// Fits says whether there is room for it.
func (n Need) Fits() bool { return n.Total() <= n.Device.Free }

// Plan is what every device has to hold.
type Plan struct {
	Model    Model
	Settings Settings
	Needs    []Need
}

// New lays out m. Without devices, or layers for them, the plan is empty, and fits.
func New(m Model, s Settings, devices []Device) Plan {
	p := Plan{Model: m, Settings: s}
	if s.GPULayers < 0 || len(devices) == 0 {
		return p
	}
	if s.Split == FirstOnly {
		devices = devices[:1]
	}
	shares := shares(devices)
	layers := len(m.Layers)
	count := s.GPULayers
	if count == 0 || count > layers {
		count = layers + 1
	}
	start, outputAt := max(layers-count, 0), -1
	for _, d := range devices {
		p.Needs = append(p.Needs, Need{Device: d})
	}
	for i := start; i < start+count; i++ {
		// llama.cpp compares in 32 bits, too.
		at := float32(i-start) / float32(count)
		k := sort.Search(len(shares)-1, func(k int) bool { return shares[k] > at })
		n := &p.Needs[k]
		n.Layers++
		if i == layers {
			n.Weights += m.Output
			outputAt = k
			continue
		}
		n.Weights += m.Layers[i]
		n.KV += m.kvBytes(s)
	}
	if s.Split == ByRow {
		spreadRows(p.Needs, shares)
	}
	for i := range p.Needs {
		n := &p.Needs[i]
		if n.Layers > 0 {
			n.Compute, n.Reserve = m.compute(s, n.KV > 0, i == outputAt), reserve(n.Device)
		}
	}
	return p
}

// shares are how much of the free memory the devices up to one have together.
func shares(devices []Device) []float32 {
	var sum float32
	list := make([]float32, len(devices))
	for i, d := range devices {
		sum += float32(d.Free)
		list[i] = sum
	}
	for i := range list {
		if sum == 0 { // nothing is free anywhere
			list[i] = float32(i+1) / float32(len(list))
			continue
		}
		list[i] /= sum
	}
	return list
}

// spreadRows shares the weights of all layers by rows; what belongs to the layers stays where they are.
func spreadRows(needs []Need, shares []float32) {
	var weights uint64
	for i := range needs {
		weights += needs[i].Weights
	}
	before := float32(0)
	for i := range needs {
		needs[i].Weights = uint64(float64(shares[i]-before) * float64(weights))
		before = shares[i]
	}
}

// contextRound is what llama.cpp rounds the context of a sequence up to.
const contextRound = 256

func (s Settings) context() uint64 {
	return uint64((s.ContextPerSeq + contextRound - 1) / contextRound * contextRound)
}

// kvBytes is of one layer.
func (m Model) kvBytes(s Settings) uint64 {
	elements := 2 * uint64(m.KVHeads) * uint64(m.HeadLength) * s.context() * uint64(s.Sequences)
	if s.HalfKV {
		return elements / 32 * 34 // blocks of 32 bytes and a scale
	}
	return 2 * elements
}

// compute is the largest set of tensors that a step holds at once, as llama.cpp's allocator packs them: a feed-forward,
// or an attention whose scores are stored, and the mask of both; or the logits of every row.
func (m Model) compute(s Settings, layers, output bool) (most uint64) {
	const f32 = 4
	rows := uint64(s.BatchTokens)
	stream, mask := rows*uint64(m.Embedding)*f32, uint64(0)
	if layers {
		mask = rows * s.context() * f32
		work := 2 * rows * uint64(m.FeedForward) * f32
		if s.Flash {
			mask += rows * s.context() * 2 // once more in f16
		} else {
			work = max(work, rows*s.context()*uint64(m.Heads)*f32)
		}
		most = work + mask + 3*stream
	}
	if output {
		most = max(most, rows*uint64(m.Vocab)*f32+stream+mask) // whether the mask is gone by then depends on the sizes
	}
	return most
}

// reserve is for what cannot be computed: cuBLAS's workspace, pools for what is converted on the way, graphs. Half a
// GiB, and a hundredth for what other processes on the device do.
func reserve(d Device) uint64 { return min(512<<20, d.Total/16) + d.Total/100 }

// Fits says whether every device has room.
func (p Plan) Fits() bool {
	for _, n := range p.Needs {
		if !n.Fits() {
			return false
		}
	}
	return true
}

// Total is of all devices.
func (p Plan) Total() (n Need) {
	for _, d := range p.Needs {
		n.Device.Free, n.Device.Total = n.Device.Free+d.Device.Free, n.Device.Total+d.Device.Total
		n.Layers += d.Layers
		n.Weights, n.KV, n.Compute, n.Reserve = n.Weights+d.Weights, n.KV+d.KV, n.Compute+d.Compute, n.Reserve+d.Reserve
	}
	return n
}

// with is the plan of other settings on the same devices.
func (p Plan) with(s Settings) Plan {
	devices := make([]Device, len(p.Needs))
	for i, n := range p.Needs {
		devices[i] = n.Device
	}
	return New(p.Model, s, devices)
}

// MostSequences is the largest number of sequences, at most limit, that fit with everything else as it is; 0: none does.
func (p Plan) MostSequences(limit int) int {
	return most(limit, func(n int) bool {
		s := p.Settings
		s.Sequences = n
		return p.with(s).Fits()
	})
}

// MostContext is the longest context, in tokens, that fits with everything else as it is; 0: none does.
func (p Plan) MostContext() int {
	return contextRound * most((p.Settings.ContextPerSeq+contextRound-1)/contextRound, func(n int) bool {
		s := p.Settings
		s.ContextPerSeq = n * contextRound
		return p.with(s).Fits()
	})
}

// MostLayers is how many layers fit with everything else as it is; 0: none does, or all.
func (p Plan) MostLayers() int {
	return most(len(p.Model.Layers), func(n int) bool {
		s := p.Settings
		s.GPULayers = n
		return p.with(s).Fits()
	})
}

// FitsWithHalfKV says whether a KV cache of half the size would fit.
func (p Plan) FitsWithHalfKV() bool {
	s := p.Settings
	s.HalfKV, s.Flash = true, true
	return p.with(s).Fits()
}

// most is the largest n in 1 to limit that fits, where all below one that fits do; 0: none.
func most(limit int, fits func(n int) bool) int {
	return sort.Search(limit, func(i int) bool { return !fits(i + 1) })
}

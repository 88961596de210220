package placement_test

import (
	"bytes"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai/llama/ggufgen"
	"github.com/ils-platform/ilsai/llama/placement"
	"github.com/ils-platform/ilsai/models"
)

const gib = 1 << 30

// eightB is Llama 3.1 8B: 32 layers of about 218 million weights.
func eightB(bitsPerWeight float64) placement.Model {
	m := placement.Model{
		KVHeads: 8, HeadLength: 128, Heads: 32, Embedding: 4096, FeedForward: 14336, Vocab: 128256,
		Output: uint64(128256 * 4096 * bitsPerWeight / 8),
	}
	for range 32 {
		m.Layers = append(m.Layers, uint64(218_112_000*bitsPerWeight/8))
	}
	return m
}

func device(free float64) placement.Device {
	return placement.Device{Name: "GPU", Free: uint64(free * gib), Total: uint64(free * gib)}
}

func settings(sequences, context int) placement.Settings {
	return placement.Settings{Sequences: sequences, ContextPerSeq: context, BatchTokens: 512, Flash: true}
}

// The KV cache of this model is 128 KiB a token: 64 sequences of 4,096 tokens take 32 GiB, whoever computes it.
func TestKVCache(t *testing.T) {
	p := placement.New(eightB(8.5), settings(64, 4096), []placement.Device{device(80)})
	if got := p.Total().KV; got != 32*gib {
		t.Errorf("the KV cache takes %d bytes, want 32 GiB", got)
	}
	half := settings(64, 4096)
	half.HalfKV = true
	if got := placement.New(eightB(8.5), half, []placement.Device{device(80)}).Total().KV; got != 17*gib {
		t.Errorf("the cache of q8_0 takes %d bytes, want 17 GiB", got)
	}
	if p := placement.New(eightB(8.5), settings(64, 4000), []placement.Device{device(80)}); p.Total().KV != 32*gib {
		t.Errorf("4,000 tokens take %d bytes; llama.cpp rounds them to 4,096", p.Total().KV)
	}
}

func TestWhatFits(t *testing.T) {
	for _, c := range []struct {
		name          string
		free          float64 // GiB
		sequences     int
		context       int
		fits          bool
		mostSequences int // of 256
		mostContext   int
		halfFits      bool
		layers        int
	}{
		{"an H100", 80, 64, 4096, true, 148, 4096, true, 32},
		{"a card of 24 GiB, 16 short ones", 24, 20, 1024, true, 149, 1024, true, 32},
		{"a card of 24 GiB, 64 long ones", 24, 64, 4096, false, 37, 2304, true, 20},
		{"a card of 16 GiB, half the cache", 16, 24, 4096, false, 21, 3584, true, 30},
		{"a card of 4 GiB", 4, 4, 1024, false, 0, 0, false, 25},
		{"nothing free", 0, 4, 1024, false, 0, 0, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := placement.New(eightB(4.9), settings(c.sequences, c.context), []placement.Device{device(c.free)})
			if p.Fits() != c.fits || p.FitsWithHalfKV() != c.halfFits {
				t.Errorf("fits: %v, with half the cache %v; needs %d of %d bytes", p.Fits(), p.FitsWithHalfKV(), p.Total().Total(), p.Total().Device.Free)
			}
			if s, n, l := p.MostSequences(256), p.MostContext(), p.MostLayers(); s != c.mostSequences || n != c.mostContext || l != c.layers {
				t.Errorf("at most %d sequences, %d tokens, %d layers; want %d, %d, %d", s, n, l, c.mostSequences, c.mostContext, c.layers)
			}
		})
	}
}

// What is said to fit does, and one more does not; more memory never lets less in; devices lose and gain no layer.
func TestPlanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := placement.Model{KVHeads: 2, HeadLength: 64, Heads: 4, Embedding: 256, FeedForward: 512, Vocab: 1536, Output: rapid.Uint64Range(0, gib).Draw(t, "output")}
		var weights uint64
		for range rapid.IntRange(1, 40).Draw(t, "layers") {
			m.Layers = append(m.Layers, rapid.Uint64Range(1, gib/8).Draw(t, "layer"))
			weights += m.Layers[len(m.Layers)-1]
		}
		s := settings(rapid.IntRange(1, 256).Draw(t, "sequences"), rapid.IntRange(256, 8192).Draw(t, "context"))
		s.Split = rapid.SampledFrom([]placement.Split{placement.ByLayer, placement.ByRow, placement.FirstOnly, ""}).Draw(t, "split")
		var devices []placement.Device
		for range rapid.IntRange(1, 4).Draw(t, "devices") {
			devices = append(devices, device(rapid.Float64Range(0, 16).Draw(t, "free")))
		}
		p := placement.New(m, s, devices)
		if got := p.Total(); got.Layers != len(m.Layers)+1 || math.Abs(float64(got.Weights)-float64(weights+m.Output)) > 1e-6*float64(weights+m.Output)+8 {
			t.Fatalf("%d layers of %d bytes, want %d of %d", got.Layers, got.Weights, len(m.Layers)+1, weights+m.Output)
		}
		n := p.MostSequences(256)
		at := func(sequences int) bool {
			s := s
			s.Sequences = sequences
			return placement.New(m, s, devices).Fits()
		}
		if n > 0 && !at(n) || n < 256 && at(n+1) {
			t.Fatalf("at most %d sequences: that many fit: %v, one more: %v", n, at(max(n, 1)), at(n+1))
		}
		if p.Fits() != (s.Sequences <= n) {
			t.Fatalf("%d sequences fit: %v, at most %d do", s.Sequences, p.Fits(), n)
		}
		s.GPULayers = -1
		if none := placement.New(m, s, devices); len(none.Needs) != 0 || !none.Fits() {
			t.Fatalf("without layers on devices: %+v", none.Needs)
		}
	})
}

// A file's header says what the shape it was written with has.
func TestOf(t *testing.T) {
	for _, tied := range []bool{true, false} {
		shape, _ := ggufgen.Named("tiny")
		shape.Type, shape.Tied = ggufgen.Q8, tied
		var file bytes.Buffer
		if err := ggufgen.Write(&file, shape); err != nil {
			t.Fatal(err)
		}
		h, err := models.ReadHeader(bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil {
			t.Fatal(err)
		}
		m, err := placement.Of(h)
		if err != nil {
			t.Fatal(err)
		}
		if m.Heads != shape.Heads || m.KVHeads != shape.KVHeads || m.HeadLength != shape.Embedding/shape.Heads || m.FeedForward != shape.FeedForward ||
			m.Vocab != shape.Vocab || m.Embedding != shape.Embedding || len(m.Layers) != shape.Layers {
			t.Errorf("%s: %+v", shape.Name, m)
		}
		var sum, all uint64
		for _, b := range m.Layers {
			sum += b
		}
		for _, tensor := range h.Tensors {
			all += tensor.Size
		}
		norm := uint64(4 * shape.Embedding)
		if !shape.Tied {
			sum += m.Output // beside the table of embeddings, which stays where it is
		}
		table := shape.Vocab * shape.Embedding / 32 * 34
		if sum+norm+uint64(table) != all {
			t.Errorf("%s: %d bytes of weights, the file has %d", shape.Name, sum+norm+uint64(table), all)
		}
		if m.Output != uint64(table) {
			t.Errorf("%s: %d bytes of output, want %d", shape.Name, m.Output, table)
		}
	}
}

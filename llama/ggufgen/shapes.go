package ggufgen

import (
	"maps"
	"slices"
)

// shapes are models that people know, and some to measure with. Where a name is a published model's, all
// dimensions are its own; the vocabulary has its size and other words.
var shapes = map[string]Shape{
	"tiny":         {Vocab: 1536, Embedding: 256, Layers: 2, Heads: 4, KVHeads: 2, FeedForward: 512, Context: 2048, Tied: true},
	"80m":          {Vocab: 16000, Embedding: 768, Layers: 10, Heads: 12, KVHeads: 4, FeedForward: 2304, Context: 8192, Tied: true},
	"250m":         {Vocab: 32000, Embedding: 1024, Layers: 16, Heads: 16, KVHeads: 4, FeedForward: 3584, Context: 8192, Tied: true},
	"llama-3.2-1b": {Vocab: 128256, Embedding: 2048, Layers: 16, Heads: 32, KVHeads: 8, FeedForward: 8192, Context: 131072, Tied: true, RopeFactors: 32},
	"llama-3.2-3b": {Vocab: 128256, Embedding: 3072, Layers: 28, Heads: 24, KVHeads: 8, FeedForward: 8192, Context: 131072, Tied: true, RopeFactors: 32},
	"llama-3.1-8b": {Vocab: 128256, Embedding: 4096, Layers: 32, Heads: 32, KVHeads: 8, FeedForward: 14336, Context: 131072, RopeFactors: 8},
}

// Named is a shape by its name; the caller chooses Type and Seed.
func Named(name string) (Shape, bool) {
	s, ok := shapes[name]
	s.Name = name + " (random weights)"
	return s, ok
}

// Names are those that Named knows, smallest model first.
func Names() []string {
	return slices.SortedFunc(maps.Keys(shapes), func(a, b string) int { return int(shapes[a].Parameters() - shapes[b].Parameters()) })
}

// Package placement computes how much memory of which device a model with its KV cache takes, and whether there is
// room, before anything is loaded. It knows arithmetic only; it must never know what a device is or who asks.
package placement

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ils-platform/ilsai/models"
)

// Model is what memory depends on. Sizes are bytes of weights.
type Model struct {
	Layers []uint64
	Output uint64 // what logits are computed with: the table of embeddings once more, where there is no other

	KVHeads, HeadLength, Heads, Embedding, FeedForward, Vocab int
}

// Of reads a model's file header.
func Of(h *models.Header) (Model, error) {
	count := func(key string, fallback int) int {
		n, ok := h.Uint(h.Architecture() + "." + key)
		if !ok || n == 0 || n > 1<<24 {
			return fallback
		}
		return int(n)
	}
	m := Model{Heads: count("attention.head_count", 0), Embedding: count("embedding_length", 0), FeedForward: count("feed_forward_length", 0)}
	layers := count("block_count", 0)
	if m.Heads == 0 || m.Embedding == 0 || layers == 0 || layers > 1<<12 {
		return m, fmt.Errorf("placement: %d layers of %d elements in %d heads", layers, m.Embedding, m.Heads)
	}
	m.KVHeads = count("attention.head_count_kv", m.Heads)
	m.HeadLength = count("attention.key_length", m.Embedding/m.Heads)
	m.Layers = make([]uint64, layers)
	var table, head uint64
	for _, t := range h.Tensors {
		rest, inLayer := strings.CutPrefix(t.Name, "blk.")
		switch {
		case inLayer:
			number, _, _ := strings.Cut(rest, ".")
			if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < layers {
				m.Layers[i] += t.Size
			}
		case t.Name == "token_embd.weight":
			table = t.Size
			if len(t.Dimensions) > 1 {
				m.Vocab = int(t.Dimensions[1])
			}
		case t.Name == "output.weight":
			head = t.Size
		}
	}
	if m.Output = head; head == 0 {
		m.Output = table
	}
	return m, nil
}

package dedup

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/ils-platform/ilsai"
)

// Key stands for everything an answer depends on. It is a SHA-256 hash, so two different lists have
// different keys; the cache compares the tenant on top of that.
type Key [sha256.Size]byte

// NewKey makes the key of an answer from its tenant and, in an order that the caller fixes, all else
// it depends on: query type, normalized question, model, prompt version, role, tier, data version. Each
// part is hashed with its length before it, so what stands at the end of one part and what at the
// start of the next are never confused: ("ab", "c"), ("a", "bc") and ("abc") are three keys.
func NewKey(tenant ilsai.TenantID, parts ...string) Key {
	size := 8 + len(tenant)
	for _, p := range parts {
		size += 8 + len(p)
	}
	b := make([]byte, 0, size)
	b = binary.BigEndian.AppendUint64(b, uint64(len(tenant)))
	b = append(b, tenant...)
	for _, p := range parts {
		b = binary.BigEndian.AppendUint64(b, uint64(len(p)))
		b = append(b, p...)
	}
	return sha256.Sum256(b)
}

// Normalize makes questions equal that differ only in the case of letters or in white space. It is
// for keys, not for prompts: a name in the question loses its capitals.
func Normalize(question string) string {
	return strings.ToLower(strings.Join(strings.Fields(question), " "))
}
